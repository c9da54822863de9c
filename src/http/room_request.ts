import { ChatError } from "../core/errors.ts";
import { rawPath, segment } from "./raw_path.ts";

/** Where a room's id is in a path: `/api/v1/rooms/<id>/…`. */
const ID_SEGMENT = 4;

/** A request that is about a room. */
export interface RoomRequest {
  readonly request: Request;
  readonly query: URLSearchParams;
  /** The room's id as it was given. */
  readonly room: string;
  /** Where the request comes from. */
  readonly address: string;
}

/**
 * Reads which room a request is about.
 *
 * @throws {ChatError} `bad_field`.
 */
export function roomRequest(request: Request, address: string): RoomRequest {
  const room = segment(rawPath(request.url), ID_SEGMENT);
  if (room === undefined) {
    const message = "Cannot use room: its id is not percent-encoded UTF-8";
    throw new ChatError("bad_field", message);
  }
  const query = new URL(request.url).searchParams;
  return { request, query, room, address };
}
