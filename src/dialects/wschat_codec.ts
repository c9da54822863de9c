/**
 * What wschat's frames look like: schemas, `decode` and `encode`. The ledger is
 * in wschat.ts.
 *
 * @module
 */
import { z } from "zod";
import { encodeEach, type Encoder } from "../core/encoder.ts";
import {
  type ChatEvent,
  type MessageEvent,
  type RoomView,
  saidAgain,
} from "../core/events.ts";
import type { Limits } from "../core/limits.ts";
import type { Author, Extra, Json } from "../core/types.ts";
import {
  type Decoded,
  type OpenRequest,
  type Profile,
  PROFILES,
} from "./dialect.ts";
import { isObject, type JsonObject, parseObject } from "./json.ts";

/** The dialect's name. */
export const NAME = "wschat";

// ---- wire ----

const anything = z.unknown().optional();
const number = z.union([z.number().int(), z.string().regex(/^\d{1,15}$/)]);

/** The schemas that frames from clients are read by. */
export const CLIENT_FRAMES = {
  document: {
    list_rooms: z.looseObject({}),
    enter_room: z.looseObject({ roomId: number }),
    text: z.looseObject({ text: z.string() }),
    gif: z.looseObject({ gifId: number }),
    leave_room: z.looseObject({}),
    create_room: z.looseObject({ title: z.string().min(1) }),
    change_name: z.looseObject({ name: z.string() }),
  },
  original: {
    list_rooms: z.looseObject({}),
    enter_room: z.looseObject({ roomId: number }),
    text: z.looseObject({ text: anything }),
    gif: z.looseObject({ gifId: anything }),
    leave_room: z.looseObject({}),
    create_room: z.looseObject({ title: anything }),
    change_name: z.looseObject({ name: anything }),
  },
} as const;

/** The types of the frames that clients send. */
export type FrameType = keyof typeof CLIENT_FRAMES.document;

/** A frame from a client, checked; fields that it does not know are dropped. */
export interface ClientFrame {
  readonly type: FrameType;
  readonly fields: JsonObject;
}

// ---- codec ----

/** Whether a frame's type is one of this protocol. */
export function isFrameType(type: Json | undefined): type is FrameType {
  return typeof type === "string" &&
    Object.hasOwn(CLIENT_FRAMES.document, type);
}

/** Reads one client frame. */
export function decode(
  text: string,
  profile: Profile,
  limits: Limits,
): Decoded<ClientFrame> {
  const parsed = parseObject(text, limits);
  if (!parsed.ok) return parsed;
  const { type } = parsed.value;
  if (!isFrameType(type)) return { ok: false, why: "unknown type" };
  if (!CLIENT_FRAMES[profile][type].safeParse(parsed.value).success) {
    return { ok: false, why: `bad ${type}` };
  }
  return { ok: true, value: { type, fields: parsed.value } };
}

/** One of the ways in which this protocol is written. */
export interface Variant {
  readonly profile: Profile;
  /** Texts, names and titles are made harmless for a page that shows them as HTML. */
  readonly escape: boolean;
}

/** Renders an event; `null` where this protocol has no frame for it. */
export function encode(event: ChatEvent, variant: Variant): string | null {
  switch (event.kind) {
    case "message":
      return encodeMessage(event, variant);
    case "edited":
      return encodeMessage(saidAgain(event), variant);
    case "joined":
      // Clients of redis-chat join again with every look at a channel.
      if (event.again && event.via !== NAME) return null;
      return memberFrame("enter_room", event.member.author, variant);
    case "left":
      return memberFrame("leave_room", event.member.author, variant);
    case "renamed": {
      const { member, oldName, extra } = event;
      const { name, number } = member.author;
      const names = givenIn(event.via, extra, variant) ?? {
        oldName: nameOr(oldName, number),
        newName: nameOr(name, number),
      };
      return written({ type: "change_name", ...names }, variant);
    }
    case "rooms": {
      const rooms = event.rooms.map((room) => [room.number, roomOf(room)]);
      const listed = Object.fromEntries(rooms);
      return written({ type: "list_rooms", rooms: listed }, variant);
    }
    case "closed":
    case "deleted":
    case "reacted":
    case "arrived":
    case "departed":
    case "counted":
    case "roster":
    case "typing":
    case "read":
      return null;
  }
}

/** The frame that tells of a member's coming or going. */
export function memberFrame(
  type: "enter_room" | "leave_room",
  author: Author,
  variant: Variant,
): string {
  return written({ type, user: userOf(author) }, variant);
}

/** The frame that greets a new client. */
export function welcomeFrame(author: Author, variant: Variant): string {
  return written({ type: "welcome", user: userOf(author) }, variant);
}

/** What a message says that its text does not, or not as it was given. */
export function messageExtra(
  type: "text" | "gif",
  given: Json | undefined,
): Extra | undefined {
  if (type === "gif") {
    return { gif: true, given: given === undefined ? {} : { gifId: given } };
  }
  if (typeof given === "string") return undefined;
  return { given: given === undefined ? {} : { text: given } };
}

/** How two names were given, unless both are strings. */
export function renameExtra(
  oldName: Json | undefined,
  newName: Json | undefined,
): Extra | undefined {
  if (typeof oldName === "string" && typeof newName === "string") {
    return undefined;
  }
  const given = {
    ...oldName !== undefined && { oldName },
    ...newName !== undefined && { newName },
  };
  return { given };
}

function encodeMessage(
  { author, text, via, extra }: MessageEvent,
  variant: Variant,
): string {
  const from = userOf(author);
  const given = givenIn(via, extra, variant);
  if (via === NAME && extra?.gif === true) {
    // Who follows the document is shown no picture that it does not know of.
    const gif = given ?? CLIENT_FRAMES.document.gif.safeParse(extra.given).data;
    if (gif) return written({ type: "gif", ...gif, from }, variant);
  }
  return written({ type: "text", ...given ?? { text }, from }, variant);
}

/** What the original would relay as it came, where that is not the plain text. */
function givenIn(
  via: string,
  extra: Extra | undefined,
  { profile }: Variant,
): JsonObject | undefined {
  if (profile !== "original" || via !== NAME) return undefined;
  return isObject(extra?.given) ? extra.given : undefined;
}

type User = { readonly id: number; readonly name: string };

function userOf({ number, name }: Author): User {
  return { id: number, name: nameOr(name, number) };
}

/** Those who have no name, in whatever dialect, are called as newcomers are. */
export function nameOr(name: string, number: number): string {
  return name === "" ? `User ${number}` : name;
}

function roomOf({ number, title, members }: RoomView) {
  const users = members.map(({ author }) => userOf(author));
  return {
    id: number,
    title,
    users: Object.fromEntries(users.map((user) => [user.id, user])),
  };
}

function written(frame: JsonObject, { escape }: Variant): string {
  return JSON.stringify(escape ? escaped(frame) : frame);
}

/** All strings in a value, harmless for a page that shows them as HTML. */
function escaped(value: Json): Json {
  if (typeof value === "string") {
    return value.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
  }
  if (Array.isArray(value)) return value.map(escaped);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [escaped(key), escaped(one)]),
  );
}

/** A variant with the one encoder of all sessions that speak it. */
export type WrittenVariant = Variant & { readonly encoder: Encoder };

const VARIANTS: readonly WrittenVariant[] = PROFILES.flatMap((profile) =>
  [false, true].map((escape) => {
    const variant = { profile, escape };
    const encoder = encodeEach(NAME, (event) => encode(event, variant));
    return { ...variant, encoder };
  })
);

/** The variant that a client asked for, or that the server is set to. */
export function variantOf(
  { profile, query, settings }: OpenRequest,
): WrittenVariant {
  const escape = (query.get("escape") ?? settings.wschatEscape) === "html";
  const found = VARIANTS.find((one) =>
    one.profile === profile && one.escape === escape
  );
  if (!found) throw new TypeError("Cannot choose a variant: there is none");
  return found;
}
