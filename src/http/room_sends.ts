import { STATUS_CODE } from "@std/http/status";
import type { Chat } from "../core/chat.ts";
import { encodeEach } from "../core/encoder.ts";
import { ChatError } from "../core/errors.ts";
import type { Appended, Clock, Link } from "../core/ports.ts";
import type { RoomId } from "../core/types.ts";
import { parseObject } from "../dialects/json.ts";
import { placedResult } from "../dialects/parley_v1/answers.ts";
import { AddressBuckets } from "./address_buckets.ts";
import { type NewMessage, newMessage } from "./chat_schemas.ts";
import { VIA } from "./event_text.ts";
import { identify } from "./http_user.ts";
import { BodyError, readBody } from "./request_body.ts";
import type { RoomRequest } from "./room_request.ts";

/** What sending over HTTP needs. */
export interface RoomSendsPorts {
  readonly chat: Chat;
  readonly clock: Clock;
}

/** Nothing is heard of a room by sending to it. */
const ENCODER = encodeEach(VIA, () => null);
const NO_LINK: Link = {
  send() {},
  drained: () => Promise.resolve(),
  close() {},
};

/** Answers requests that send a message to a room. */
export class RoomSends {
  readonly #ports: RoomSendsPorts;
  readonly #buckets: AddressBuckets;

  constructor(ports: RoomSendsPorts) {
    this.#ports = ports;
    const { limits } = ports.chat;
    this.#buckets = new AddressBuckets({
      perSecond: limits.HTTP_SENDS_PER_SECOND_MAX,
      burst: limits.HTTP_SENDS_BURST_MAX,
    });
  }

  /**
   * Answers once the message is on disk.
   *
   * @throws {ChatError} What speaks against it.
   */
  async answer(asked: RoomRequest): Promise<Response> {
    const { request, room, address } = asked;
    const { chat, clock } = this.#ports;
    this.#checkRate(address, clock.elapsed());
    const isJson = hasType(request.headers.get("content-type"), "json");
    const message = await readMessage(asked, { chat, isJson });
    const who = chat.admit({ encoder: ENCODER, link: NO_LINK });
    try {
      const { name, text, key, reply_to: replyTo } = message;
      await identify(chat, who, { headers: request.headers, name });
      const wish = { room, name: who.identity?.name ?? "", text, key, replyTo };
      const { committed } = await chat.send(who, wish);
      const id = chat.roomId(who, room);
      const wantsJson = isJson ||
        hasType(request.headers.get("accept"), "json");
      return acknowledge(id, await committed, wantsJson);
    } finally {
      chat.dismiss(who);
    }
  }

  #checkRate(address: string, nowMs: number): void {
    const waitMs = this.#buckets.take(address, nowMs);
    if (waitMs === 0) return;
    const { HTTP_SENDS_PER_SECOND_MAX: max } = this.#ports.chat.limits;
    throw new ChatError(
      "rate_limited",
      `Cannot send message: more than ${max} per second, try again in ${waitMs} ms`,
      { retryAfterMs: waitMs },
    );
  }
}

async function readMessage(
  { request, query }: RoomRequest,
  { chat, isJson }: { chat: Chat; isJson: boolean },
): Promise<NewMessage> {
  const { headers } = request;
  const type = headers.get("content-type");
  if (hasType(type, "multipart/form-data")) {
    throw badBody("a form in parts is no text; say --data, not --form");
  }
  const body = await bodyOf(request, chat.limits.BODY_BYTES_MAX);
  const message = isJson ? messageIn(body, chat) : { text: textIn(body) };
  const name = message.name ?? query.get("name") ?? undefined;
  const key = headers.get("idempotency-key") ?? undefined;
  if (key !== undefined && message.key !== undefined && key !== message.key) {
    throw badBody("its key is not the one of the header Idempotency-Key");
  }
  return {
    ...message,
    ...name !== undefined && { name },
    ...key !== undefined && { key },
  };
}

async function bodyOf(request: Request, bytesMax: number): Promise<string> {
  try {
    return await readBody(request, bytesMax);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    const code = error.tooLong ? "too_long" : "bad_frame";
    throw new ChatError(code, error.message);
  }
}

/** A pipe ends in a line break that nobody means. */
function textIn(body: string): string {
  if (body === "") throw badBody("it is empty");
  return body.replace(/\r?\n$/, "");
}

function messageIn(body: string, { limits }: Chat): NewMessage {
  const parsed = parseObject(body, limits);
  if (!parsed.ok) throw badBody(parsed.why);
  const read = newMessage.safeParse(parsed.value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw badBody(`${issue?.path.join(".")}: ${issue?.message}`);
}

function badBody(why: string): ChatError {
  return new ChatError("bad_frame", `Cannot read body: ${why}`);
}

function acknowledge(
  room: RoomId,
  appended: Appended,
  wantsJson: boolean,
): Response {
  const status = STATUS_CODE.Created;
  if (wantsJson) {
    return new Response(placedResult(room, appended) + "\n", {
      status,
      headers: { "content-type": "application/json; charset=utf-8" },
    });
  }
  const { id, seq } = appended.entry;
  const again = appended.duplicate ? " duplicate" : "";
  return new Response(`${id} ${seq}${again}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

/** Whether a header names a media type, or one of that subtype. */
function hasType(header: string | null, type: string): boolean {
  return (header ?? "").split(",").some((part) => {
    const named = part.split(";", 1)[0]?.trim().toLowerCase() ?? "";
    return named === type || named === `application/${type}`;
  });
}
