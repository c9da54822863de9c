import { encodeEach } from "../../src/core/encoder.ts";
import type { Participant } from "../../src/core/participant.ts";
import type { Extra } from "../../src/core/types.ts";
import type { ChatKit } from "../support/chat_kit.ts";
import { FakeLink } from "../support/fake_link.ts";
import type { HandlerKit } from "./handler_kit.ts";

/** An answer, byte for byte. */
export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

/** The type of every answer that has a body. */
export const JSON_TYPE = "application/json; charset=utf-8";

/** The answer that a room was made. */
export const CREATED: Answer = { status: 201, type: null, text: "" };

/** The answer where a room cannot be read. */
export const FORBIDDEN: Answer = {
  status: 403,
  type: JSON_TYPE,
  text: '{"code":"access-forbidden","message":"The access is forbidden"}',
};

/** A refusal that is about the request. */
export function refusal(
  statusCode: number,
  message: string | string[],
  error: string,
): Answer {
  const text = JSON.stringify({ statusCode, message, error });
  return { status: statusCode, type: JSON_TYPE, text };
}

/** The refusal of a body. */
export function cannotRead(why: string): Answer {
  return refusal(400, `Cannot read body: ${why}`, "Bad Request");
}

/** The refusal to close a room that is not there. */
export function notFound(id: string, code = "room.not-found"): Answer {
  const text = JSON.stringify({ code, message: `Room with '${id}' not found` });
  return { status: 404, type: JSON_TYPE, text };
}

/** The body that asks for a room. */
export function room(roomId: string, creatorUsername = "x"): string {
  return JSON.stringify({ roomId, creatorUsername });
}

/** Asks and reads the whole answer. */
export async function answered(
  kit: HandlerKit,
  path: string,
  init: RequestInit = {},
): Promise<Answer> {
  const response = await kit.ask(path, init);
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    text,
  };
}

/** POSTs a room as JSON. */
export function post(
  kit: HandlerKit,
  roomId: string,
  query = "",
): Promise<Answer> {
  return answered(kit, `/api/v1/rooms${query}`, {
    method: "POST",
    body: room(roomId, "Dhoni"),
  });
}

/** Says something as a nest-chat socket does, with its own fields. */
export async function sayFields(
  kit: ChatKit,
  room: string,
  said: { name: string; text: string; fields: Extra },
): Promise<void> {
  const who = nestChatSession(kit);
  const { name, text, fields } = said;
  const blank = { roomId: "", username: "", content: "" };
  const extra = { fields: { ...blank, ...fields }, socketId: "s" };
  const { committed } = await kit.chat.send(who, { room, name, text, extra });
  await committed;
}

function nestChatSession(kit: ChatKit): Participant {
  const encoder = encodeEach("nest-chat", () => null);
  return kit.chat.admit({ link: new FakeLink(), encoder });
}
