/**
 * Chat by curl: sending to a room, and hearing it, over plain HTTP.
 *
 * @module
 */
import { STATUS_CODE } from "@std/http/status";
import { ChatError } from "../core/errors.ts";
import type { Observer } from "../core/ports.ts";
import type { Readiness } from "./app.ts";
import { chatRefusal, foreignOrigin, otherMethod } from "./chat_answers.ts";
import type { OriginPolicy } from "./origins.ts";
import type { RoomEvents } from "./room_events.ts";
import { rawPath } from "./raw_path.ts";
import { roomRequest } from "./room_request.ts";
import { RoomSends, type RoomSendsPorts } from "./room_sends.ts";

/** What chat by curl needs. */
export interface ParleyApiPorts extends RoomSendsPorts {
  readonly origins: OriginPolicy;
  readonly events: RoomEvents;
  readonly readiness: Readiness;
  readonly observer: Observer;
}

/** Answers a request from an address, if it is for this; never rejects. */
type Answering = (
  request: Request,
  address: string,
) => Promise<Response | undefined>;

/** Where a room is spoken in, and where it is heard; as nest-chat's paths are. */
const PLACES = /^\/api\/v1\/rooms\/[^/]+\/(messages|events)\/?$/;

/** Makes the two endpoints; what else there is under their paths is nest-chat's. */
export function parleyApi(ports: ParleyApiPorts): Answering {
  const { readiness, events } = ports;
  const sends = new RoomSends(ports);
  return async (request, address) => {
    const { method } = request;
    const [, place] = PLACES.exec(rawPath(request.url)) ?? [];
    if (place === undefined || method === "OPTIONS") return undefined;
    const isSend = place === "messages";
    if (isSend && method !== "POST") return undefined;
    return await guard(request, ports, async () => {
      const asked = roomRequest(request, address);
      if (isSend) {
        if (readiness.trouble === undefined) return await sends.answer(asked);
        const message = `Cannot send message: ${readiness.trouble}`;
        throw new ChatError("busy", message);
      }
      if (method === "GET" || method === "HEAD") {
        return await events.answer(asked);
      }
      return otherMethod(method, "GET, HEAD, OPTIONS");
    });
  };
}

async function guard(
  request: Request,
  { origins, observer }: ParleyApiPorts,
  run: () => Promise<Response>,
): Promise<Response> {
  try {
    const origin = request.headers.get("origin");
    if (!origins.allows(origin, new URL(request.url))) return foreignOrigin();
    return await run();
  } catch (error) {
    if (error instanceof ChatError) {
      observer.meter?.refusals.by(error.code).add();
      return chatRefusal(error);
    }
    observer.bug("chat by curl", error);
    const { InternalServerError: status } = STATUS_CODE;
    const message = "Internal server error";
    const body = { code: "internal", message, retryable: false };
    return Response.json(body, { status });
  }
}
