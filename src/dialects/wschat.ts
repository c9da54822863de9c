/**
 * wschat: numbered rooms and users, texts and gifs.
 *
 * Source: wagnerpatriota/wschat, README (seeds/wschat.txt) and the frames
 * recorded from its server (transcripts wschat*.jsonl).
 *
 * | Point | Document | Original | Here |
 * | --- | --- | --- | --- |
 * | scheme | SSL settings | wss only | ws and wss |
 * | leave_room audience | all participants | leaver included | leaver included |
 * | empty room | - | deleted on leave_room, not on disconnect | only if made by create_room, without members in any dialect and without messages |
 * | enter a second room | - | stays in both, odd routing | leaves the old, then enters |
 * | enter unknown room, leave outside a room | - | crash | ignored |
 * | list_rooms push | after create_room | same | also when another dialect makes or closes a room; at most ten a second |
 * | ids | numbers | numbers, either accepted | numbers out, both in |
 * | history | none | none | none, or the newest by a setting |
 * | gif elsewhere | - | - | other dialects see the text `[gif 3]` |
 * | HTML | - | raw | raw; `escape=html` and a setting escape texts, names and titles |
 * | value of another type | as shown | relayed as sent | `original`: relayed as sent; `document`: ignored |
 *
 * @module
 */
import { z } from "zod";
import type { Chat } from "../core/chat.ts";
import { encodeEach, type Encoder, frame } from "../core/encoder.ts";
import { ChatError } from "../core/errors.ts";
import type { ChatEvent, RoomView } from "../core/events.ts";
import { InFlight } from "../core/in_flight.ts";
import type { Limits } from "../core/limits.ts";
import type { Participant } from "../core/participant.ts";
import type { Link } from "../core/ports.ts";
import type { Author, Json, RoomId } from "../core/types.ts";
import type {
  Decoded,
  Dialect,
  OpenRequest,
  Profile,
  Session,
} from "./dialect.ts";
import { checkExtra, type JsonObject, parseObject, textOf } from "./json.ts";

const NAME = "wschat";

/** What a room without a title is called, with its number behind it. */
const UNTITLED = "Room";

// ---- wire ----

const anything = z.json().optional();
const roomId = z.union([z.number().int(), z.string().regex(/^\d{1,15}$/)]);

/** The schemas that frames from clients are read by. */
export const CLIENT_FRAMES = {
  document: {
    list_rooms: z.looseObject({}),
    enter_room: z.looseObject({ roomId }),
    text: z.looseObject({ text: z.string() }),
    gif: z.looseObject({ gifId: roomId }),
    leave_room: z.looseObject({}),
    create_room: z.looseObject({ title: z.string().min(1) }),
    change_name: z.looseObject({ name: z.string() }),
  },
  original: {
    list_rooms: z.looseObject({}),
    enter_room: z.looseObject({ roomId }),
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
    case "message": {
      const from = userOf(event.author, variant);
      const { via, extra, text } = event;
      if (via === NAME && extra?.gifId !== undefined) {
        const gifId = escaped(extra.gifId, variant);
        return JSON.stringify({ type: "gif", gifId, from });
      }
      const given = variant.profile === "original" && via === NAME && extra;
      const said = given ? extra.text : text;
      return JSON.stringify({
        type: "text",
        text: said === undefined ? undefined : escaped(said, variant),
        from,
      });
    }
    case "joined": {
      const user = userOf(event.member.author, variant);
      return JSON.stringify({ type: "enter_room", user });
    }
    case "left":
      return leaveFrame(event.member.author, variant);
    case "renamed": {
      const { member, oldName, extra } = event;
      const newName = variant.profile === "original" && extra?.absent === true
        ? undefined
        : escaped(member.author.name, variant);
      return JSON.stringify({
        type: "change_name",
        oldName: escaped(oldName, variant),
        newName,
      });
    }
    case "rooms": {
      const rooms = event.rooms.map((room) => [
        room.number,
        roomOf(room, variant),
      ]);
      const listed = Object.fromEntries(rooms);
      return JSON.stringify({ type: "list_rooms", rooms: listed });
    }
    case "closed":
      return null;
  }
}

function leaveFrame(author: Author, variant: Variant): string {
  return JSON.stringify({ type: "leave_room", user: userOf(author, variant) });
}

interface User {
  readonly id: number;
  readonly name: string;
}

function userOf({ number, name }: Author, variant: Variant): User {
  return { id: number, name: escaped(nameOr(name, number), variant) };
}

/** Users of dialects in which one may have no name are called as here. */
function nameOr(name: string, number: number): string {
  return name === "" ? `User ${number}` : name;
}

function roomOf({ number, title, members }: RoomView, variant: Variant) {
  const users = members.map(({ author }) => userOf(author, variant));
  return {
    id: number,
    title: escaped(title, variant),
    users: Object.fromEntries(users.map((user) => [user.id, user])),
  };
}

/** Strings inside of a value, made harmless if this variant wants it. */
function escaped<T extends Json>(value: T, { escape }: Variant): T {
  if (!escape || typeof value !== "string") return value;
  return value.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`) as T;
}

const VARIANTS: readonly (Variant & { readonly encoder: Encoder })[] =
  (["document", "original"] as const).flatMap((profile) =>
    [false, true].map((escape) => {
      const variant = { profile, escape };
      const encoder = encodeEach(NAME, (event) => encode(event, variant));
      return { ...variant, encoder };
    })
  );

function variantOf({ profile, query, settings }: OpenRequest) {
  const escape = (query.get("escape") ?? settings.wschatEscape) === "html";
  const found = VARIANTS.find((one) =>
    one.profile === profile && one.escape === escape
  );
  if (!found) throw new TypeError("Cannot choose a variant: there is none");
  return found;
}

// ---- session ----

class WschatSession implements Session {
  readonly #chat: Chat;
  readonly #link: Link;
  readonly #variant: Variant;
  readonly #who: Participant;
  readonly #sends: InFlight;
  readonly #historyMax: number;
  #name: string | undefined;
  #room: RoomId | undefined;

  constructor(link: Link, chat: Chat, request: OpenRequest) {
    const { encoder, ...variant } = variantOf(request);
    this.#chat = chat;
    this.#link = link;
    this.#variant = variant;
    this.#who = chat.admit({ link, encoder });
    this.#who.onEvicted = (room) => this.#evicted(room);
    this.#sends = new InFlight(chat.limits.SENDS_IN_FLIGHT_MAX);
    this.#historyMax = request.settings.wschatHistoryMax;
  }

  async start(): Promise<void> {
    const author = await this.#author();
    const user = userOf(author, this.#variant);
    this.#name = user.name;
    this.#say(JSON.stringify({ type: "welcome", user }));
    this.#chat.list.follow(this.#who);
  }

  async receive(text: string): Promise<void> {
    const { profile } = this.#variant;
    const decoded = decode(text, profile, this.#chat.limits);
    if (!decoded.ok) return;
    try {
      await this.#handle(decoded.value);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.refuse(error);
    }
  }

  /** No error message exists in this protocol. */
  refuse(_error: ChatError): void {}

  end(): void {
    // Behind its last words.
    this.#sends.whenSettled(() => this.#chat.dismiss(this.#who));
  }

  async #handle({ type, fields }: ClientFrame): Promise<void> {
    switch (type) {
      case "text":
        return await this.#text(fields);
      case "gif":
        return await this.#gif(fields);
      case "list_rooms":
        await this.#sends.settled();
        return await this.#chat.list.tell(this.#who);
      case "enter_room":
        await this.#sends.settled();
        return await this.#enter(Number(fields.roomId));
      case "leave_room":
        await this.#sends.settled();
        return await this.#leave();
      case "create_room":
        return await this.#create(fields.title);
      case "change_name":
        await this.#sends.settled();
        return await this.#rename(fields.name);
    }
  }

  async #enter(number: number): Promise<void> {
    const record = await this.#chat.roomByNumber(number);
    if (!record || record.closedAt !== undefined) return;
    if (record.kind !== "public") return;
    if (record.id === this.#room) {
      return this.#chat.announce(this.#who, record.id);
    }
    await this.#leave();
    await this.#chat.join(this.#who, {
      room: record.id,
      name: this.#name ?? "",
      replay: this.#historyMax,
    });
    this.#room = record.id;
  }

  /** The leaver hears of it too; a room of this dialect's making may go with it. */
  async #leave(): Promise<void> {
    const room = this.#room;
    if (room === undefined) return;
    this.#room = undefined;
    const member = this.#chat.memberOf(this.#who, room);
    if (!member || !this.#chat.leave(this.#who, room)) return;
    this.#say(leaveFrame(member.author, this.#variant));
    await this.#chat.rooms.removeIfUnused(room, NAME);
  }

  async #text({ text }: JsonObject): Promise<void> {
    const isPlain = typeof text === "string";
    await this.#send(textOf(text), isPlain ? undefined : { text });
  }

  async #gif({ gifId = null }: JsonObject): Promise<void> {
    await this.#send(`[gif ${textOf(gifId)}]`, { gifId });
  }

  async #send(
    text: string,
    given: { text?: Json | undefined; gifId?: Json } | undefined,
  ): Promise<void> {
    const room = this.#room;
    if (room === undefined) return;
    await this.#sends.room();
    const { text: said, ...others } = given ?? {};
    const extra = said === undefined ? others : { ...others, text: said };
    const { committed } = await this.#chat.send(this.#who, {
      room,
      name: this.#name ?? "",
      text,
      ...given && { extra: checkExtra(extra, this.#chat.limits) },
    });
    // Refused by the store: no echo comes, which is all this protocol can say.
    this.#sends.track(committed, () => {});
  }

  async #create(title: Json | undefined): Promise<void> {
    await this.#chat.rooms.create(textOf(title) || UNTITLED, {
      via: NAME,
      name: this.#name ?? "",
    });
  }

  async #rename(given: Json | undefined): Promise<void> {
    const name = textOf(given);
    if (this.#room === undefined) await this.#chat.author(this.#who, name);
    else {
      await this.#chat.rename(this.#who, this.#room, {
        name,
        ...given === undefined && { extra: { absent: true } },
      });
    }
    this.#name = name;
  }

  #evicted(room: RoomId): void {
    if (room !== this.#room) return;
    this.#room = undefined;
    this.#author().then(
      (author) => this.#say(leaveFrame(author, this.#variant)),
      () => {},
    );
  }

  #author(): Promise<Author> {
    return this.#chat.author(this.#who, this.#name ?? "");
  }

  #say(text: string): void {
    this.#link.send(frame(text));
  }
}

/** wagnerpatriota/wschat. */
export const wschat: Dialect = {
  name: NAME,
  open: (link, chat, request) => new WschatSession(link, chat, request),
};
