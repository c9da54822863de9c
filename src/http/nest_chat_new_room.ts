/**
 * Reading the body of POST /api/v1/rooms.
 *
 * @module
 */
import { ChatError } from "../core/errors.ts";
import type { Limits } from "../core/limits.ts";
import { roomId, userName } from "../core/text.ts";
import type { Json, RoomId } from "../core/types.ts";
import type { Profile } from "../dialects/dialect.ts";
import { parseObject, textOf } from "../dialects/json.ts";
import { linesOf, newRoom } from "./nest_chat_schemas.ts";
import { BodyError, readBody } from "./request_body.ts";

const FORM_TYPE = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

/** What is wrong with the fields, a line each. */
export class NewRoomError extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join(", "));
    this.name = "NewRoomError";
    this.lines = lines;
  }
}

/**
 * Which room is to be made, by whom.
 *
 * @throws {BodyError} There are no fields in the body.
 * @throws {NewRoomError} They are not what they should be.
 */
export async function readNewRoom(
  request: Request,
  { profile, limits }: { profile: Profile; limits: Limits },
): Promise<{ id: RoomId; maker: string }> {
  const text = await readBody(request, limits.BODY_BYTES_MAX);
  const type = mediaType(request.headers.get("content-type"));
  const fields = profile === "original"
    ? texts(fieldsByType(text, type, limits))
    : fieldsOf(text, type, limits);
  const read = newRoom.safeParse(fields);
  if (!read.success) {
    throw new NewRoomError(linesOf(read.error));
  }
  try {
    const { roomId: id, creatorUsername: maker } = read.data;
    return { id: roomId(id, limits), maker: userName(maker, limits) };
  } catch (error) {
    if (error instanceof ChatError) throw new NewRoomError([error.message]);
    throw error;
  }
}

type Fields = { readonly [name: string]: Json };

/** `document`: curl sends a form's type whatever the body is. */
function fieldsOf(text: string, type: string, limits: Limits): Fields {
  const isForm = type === FORM_TYPE && !text.trimStart().startsWith("{");
  return isForm ? formFields(text) : jsonFields(text, limits);
}

/** `original`: what is of another type has no fields. */
function fieldsByType(text: string, type: string, limits: Limits): Fields {
  if (type === FORM_TYPE) return formFields(text);
  return type === JSON_TYPE ? jsonFields(text, limits) : {};
}

function formFields(text: string): Fields {
  return Object.fromEntries(new URLSearchParams(text));
}

function jsonFields(text: string, limits: Limits): Fields {
  if (text.trim() === "") return {};
  const parsed = parseObject(text, limits);
  if (!parsed.ok) throw new BodyError(parsed.why);
  return parsed.value;
}

/** `original`: any value counts as given, but for null. */
function texts({ roomId, creatorUsername }: Fields): Fields {
  return {
    roomId: textOf(roomId ?? ""),
    creatorUsername: textOf(creatorUsername ?? ""),
  };
}

function mediaType(header: string | null): string {
  return (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}
