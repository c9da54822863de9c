/**
 * What nest-chat's clients say: Socket.IO events of the namespace "/".
 *
 * A frame is the text of one Engine.IO message as it stands in a WebSocket
 * message: `42["exchanges",{…}]`, with the number of the acknowledgement that
 * is asked for behind the `42`. Socket.IO 2 and 4 write these alike.
 *
 * @module
 */
import { z } from "zod";
import type { Limits } from "../../core/limits.ts";
import type { Json } from "../../core/types.ts";
import type { Decoded, Profile } from "../dialect.ts";
import {
  checkExtra,
  isObject,
  type JsonObject,
  parseJson,
  textOf,
} from "../json.ts";

/** The dialect's name. */
export const NAME = "nest-chat";

/** An EVENT packet in a message packet, and the acknowledgement's number. */
const EVENT = /^42(\d*)(?=\[)/;

/** The schemas that payloads from clients are read by. */
export const CLIENT_PAYLOADS = {
  document: {
    participants: z.looseObject({ roomId: z.string(), username: z.string() }),
    exchanges: z.looseObject({
      roomId: z.string(),
      username: z.string(),
      content: z.string(),
    }),
  },
  original: {
    participants: z.looseObject({}),
    exchanges: z.looseObject({}),
  },
} as const;

type EventName = keyof typeof CLIENT_PAYLOADS.document;

/** An event from a client; `payload` is the whole object as it came. */
export type ClientEvent =
  | {
    readonly type: "participants";
    readonly room: string;
    readonly name: string;
    readonly payload: JsonObject;
  }
  | {
    readonly type: "exchanges";
    readonly room: string;
    readonly name: string;
    readonly text: string;
    readonly payload: JsonObject;
    /** The number of the acknowledgement that is asked for. */
    readonly ack?: string;
  }
  /** One of these with another payload than it must have. */
  | { readonly type: "malformed" }
  | { readonly type: "unknown" };

/** Reads one frame. */
export function decode(
  text: string,
  profile: Profile,
  limits: Limits,
): Decoded<ClientEvent> {
  const head = EVENT.exec(text);
  if (!head) return { ok: false, why: "not an event" };
  const [start, ack = ""] = head;
  const parsed = parseJson(text.slice(start.length), limits);
  if (!parsed.ok) return parsed;
  const [event, payload] = Array.isArray(parsed.value) ? parsed.value : [];
  if (!isEventName(event)) return { ok: true, value: { type: "unknown" } };
  const { success } = CLIENT_PAYLOADS[profile][event].safeParse(payload);
  if (!success || !isObject(payload)) {
    return { ok: true, value: { type: "malformed" } };
  }
  const { roomId, username, content } = payload;
  const said = { room: textOf(roomId), name: textOf(username), payload };
  if (event === "participants") {
    return { ok: true, value: { type: event, ...said } };
  }
  const asked = ack === "" ? {} : { ack };
  const value = { type: event, ...said, text: textOf(content), ...asked };
  return { ok: true, value };
}

/** What the server knows itself of a payload, so that it is kept only once. */
export const KNOWN = {
  participants: ["roomId", "username"],
  exchanges: ["roomId", "username", "content"],
} as const;

/** What the server says, whatever a client gave there. */
const SERVER_SAID: Readonly<Record<EventName, readonly string[]>> = {
  participants: ["connected"],
  exchanges: ["socketId", "order"],
};

/**
 * A payload in the client's order, as far as the server does not know it:
 * strings that it knows are left blank, for `filled` to fill in.
 *
 * @returns `undefined` where nothing is left but that.
 * @throws {ChatError} `too_long`.
 */
export function fieldsOf(
  event: EventName,
  payload: JsonObject,
  limits: Limits,
): JsonObject | undefined {
  const known: readonly string[] = KNOWN[event];
  const isKnown = ([name, value]: [string, Json]) =>
    known.includes(name) && typeof value === "string";
  const given = Object.entries(payload);
  const isPlain = Object.keys(payload).join() === known.join();
  if (isPlain && given.every(isKnown)) return undefined;
  const isBlank = (pair: [string, Json]) =>
    isKnown(pair) || SERVER_SAID[event].includes(pair[0]);
  const others = given.filter((pair) => !isBlank(pair));
  checkExtra(Object.fromEntries(others), limits);
  return Object.fromEntries(
    given.map((pair) => isBlank(pair) ? [pair[0], ""] : pair),
  );
}

/**
 * The payload again, with what the server knows.
 *
 * @param isRaw Values that were no strings are shown as they were given.
 */
export function filled(
  fields: JsonObject,
  known: Readonly<Record<string, Json>>,
  isRaw: boolean,
): JsonObject {
  if (!isRaw) return { ...fields, ...known };
  const names = Object.keys(known).filter((name) => fields[name] === "");
  return {
    ...fields,
    ...Object.fromEntries(names.map((n) => [n, known[n] ?? null])),
  };
}

function isEventName(event: Json | undefined): event is EventName {
  return event === "participants" || event === "exchanges";
}
