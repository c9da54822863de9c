/**
 * chat-ws: rooms by name over one socket.
 *
 * Source: yordevs/chat-ws, README (seeds/chat-ws.txt) and the frames recorded
 * from its server (transcripts chat-ws*.jsonl). `GET /rooms` is in
 * http/rest_chat_ws.ts.
 *
 * | Point | Document | Original | Here |
 * | --- | --- | --- | --- |
 * | sent_at | seconds with fraction | integer ms | by profile |
 * | join echo to the joiner | "existing members" | joiner too, after history | joiner too, last |
 * | history on join | - | all stored, oldest first, before the echo | the newest `HISTORY_MESSAGES_MAX`, before the echo |
 * | leave-room | others only | crash | others, then the leaver once |
 * | send without join | must join first | works; hears nothing back | accepted; hears nothing back |
 * | /rooms | rooms that contain messages | rooms ever joined | by profile |
 * | errors over the socket | - | none; crash on bad JSON | `{"error":…}` to the offender, socket stays; unknown type silent |
 * | disconnect | - | leave-room to all rooms | leave-room to its own rooms, with the name used there |
 * | value of another type | strings | relayed as sent | `original`: relayed as sent; `document`: refused |
 * | room_id absent, empty or no string | - | a room of that value | refused |
 *
 * @module
 */
import { z } from "zod";
import type { Chat } from "../core/chat.ts";
import { encodeEach, type Encoder, frame } from "../core/encoder.ts";
import { ChatError } from "../core/errors.ts";
import {
  type ChatEvent,
  type MessageEvent,
  saidAgain,
} from "../core/events.ts";
import { InFlight } from "../core/in_flight.ts";
import type { Limits } from "../core/limits.ts";
import type { Participant } from "../core/participant.ts";
import type { Link } from "../core/ports.ts";
import { userName } from "../core/text.ts";
import type { Extra, Json, RoomId } from "../core/types.ts";
import type {
  Decoded,
  Dialect,
  OpenRequest,
  Profile,
  Session,
} from "./dialect.ts";
import {
  checkExtra,
  isObject,
  type JsonObject,
  parseObject,
  textOf,
} from "./json.ts";

const NAME = "chat-ws";

// ---- wire ----

// The wire's own names.
// deno-lint-ignore-file camelcase

/** In the original, whatever JSON can carry is relayed. */
const anything = z.unknown().optional();

const documentFrame = {
  "join-room": z.looseObject({ room_id: z.string().min(1), from: z.string() }),
  "leave-room": z.looseObject({ room_id: z.string().min(1), from: z.string() }),
  "send-message": z.looseObject({
    room_id: z.string().min(1),
    from: z.string(),
    message: z.string(),
  }),
} as const;

const originalFrame = {
  "join-room": z.looseObject({ room_id: z.string().min(1), from: anything }),
  "leave-room": z.looseObject({ room_id: z.string().min(1), from: anything }),
  "send-message": z.looseObject({
    room_id: z.string().min(1),
    from: anything,
    message: anything,
  }),
} as const;

/** The schemas that frames from clients are read by. */
export const CLIENT_FRAMES = {
  document: documentFrame,
  original: originalFrame,
} as const;

type FrameType = keyof typeof documentFrame;

/** A frame from a client; `request` is the whole object as it came. */
export type ClientFrame =
  | {
    readonly type: "join-room" | "leave-room";
    readonly room: string;
    readonly name: string;
    readonly request: JsonObject;
  }
  | {
    readonly type: "send-message";
    readonly room: string;
    readonly name: string;
    readonly text: string;
    readonly request: JsonObject;
  }
  | { readonly type: "unknown" };

// ---- codec ----

/** Reads one client frame. */
export function decode(
  text: string,
  profile: Profile,
  limits: Limits,
): Decoded<ClientFrame> {
  const parsed = parseObject(text, limits);
  if (!parsed.ok) return parsed;
  const request = parsed.value;
  const { type } = request;
  if (!isFrameType(type)) return { ok: true, value: { type: "unknown" } };
  const result = CLIENT_FRAMES[profile][type].safeParse(request);
  if (!result.success) {
    const field = String(result.error.issues[0]?.path[0]);
    return { ok: false, why: whyNot(field, request[field]) };
  }
  const frame = {
    room: result.data.room_id,
    name: textOf(request.from),
    request,
  };
  if (type !== "send-message") return { ok: true, value: { type, ...frame } };
  return {
    ok: true,
    value: { type, ...frame, text: textOf(request.message) },
  };
}

/** Whether a frame's type is one of this protocol. */
export function isFrameType(type: Json | undefined): type is FrameType {
  return typeof type === "string" && Object.hasOwn(documentFrame, type);
}

function whyNot(field: string, value: Json | undefined): string {
  return value === undefined || value === ""
    ? `${field} not provided`
    : `${field} must be a string`;
}

/** Renders an event; `null` where this protocol has no frame for it. */
export function encode(event: ChatEvent, profile: Profile): string | null {
  switch (event.kind) {
    case "message":
      return encodeMessage(event, profile);
    case "edited":
      return encodeMessage(saidAgain(event), profile);
    case "closed": {
      const what = event.reopens ? "emptied" : "closed";
      return errorFrame(`Room "${event.room}" was ${what}`);
    }
    case "joined":
      return event.again ? null : encodeMember(event, profile);
    case "left":
      return encodeMember(event, profile);
    case "renamed":
    case "rooms":
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

function encodeMessage(event: MessageEvent, profile: Profile): string {
  const { author, text, via, extra } = event;
  const given = profile === "original" && via === NAME && extra?.given;
  const said = given
    ? JSON.stringify(given).slice(1, -1)
    : `"from":${quote(author.name)},"message":${quote(text)}`;
  const separator = said === "" ? "" : ",";
  return `{"type":"receive-message","room_id":${quote(event.room)},` +
    `${said}${separator}"sent_at":${sentAt(event.at, profile)}}`;
}

function encodeMember(
  event: Extract<ChatEvent, { kind: "joined" | "left" }>,
  profile: Profile,
): string {
  const type = event.kind === "joined" ? "join-room" : "leave-room";
  const from = event.member.author.name;
  const request = event.via === NAME ? event.extra?.request : undefined;
  if (!isObject(request)) {
    return JSON.stringify({ type, room_id: event.room, from });
  }
  // Whoever follows the document relies on a string, whatever was given.
  const mended = profile === "document" && typeof request.from !== "string"
    ? { ...request, from }
    : request;
  return JSON.stringify(mended);
}

const ENCODERS: Readonly<Record<Profile, Encoder>> = {
  document: encodeEach(NAME, (event) => encode(event, "document")),
  original: encodeEach(NAME, (event) => encode(event, "original")),
};

const quote: (text: string) => string = JSON.stringify;

/** Always with a fraction: some languages read 17 and 17.0 as different types. */
function sentAt(ms: number, profile: Profile): string {
  if (profile === "original") return String(ms);
  const fraction = String(ms % 1_000).padStart(3, "0");
  return `${Math.floor(ms / 1_000)}.${fraction}`;
}

function errorFrame(why: string): string {
  return JSON.stringify({ error: why });
}

// ---- session ----

class ChatWsSession implements Session {
  readonly #chat: Chat;
  readonly #link: Link;
  readonly #profile: Profile;
  readonly #who: Participant;
  readonly #sends: InFlight;

  constructor(link: Link, chat: Chat, { profile, resume }: OpenRequest) {
    this.#chat = chat;
    this.#link = link;
    this.#profile = profile;
    this.#who = chat.admit({ link, encoder: ENCODERS[profile], resume });
    this.#sends = new InFlight(chat.limits.SENDS_IN_FLIGHT_MAX);
  }

  /** Silent until the client speaks. */
  start(): Promise<void> | void {
    if (this.#who.resume) return this.#chat.resumes.restore(this.#who);
  }

  async receive(text: string): Promise<void> {
    const decoded = decode(text, this.#profile, this.#chat.limits);
    if (!decoded.ok) return this.#unread(decoded.why);
    try {
      await this.#handle(decoded.value);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.refuse(error);
    }
  }

  refuse(error: ChatError): void {
    this.#chat.refused(error.code);
    this.#say(error.message);
  }

  end(): void {
    // Behind its last words.
    this.#sends.whenSettled(() => this.#chat.dismiss(this.#who));
  }

  #handle(frame: ClientFrame): Promise<void> | void {
    switch (frame.type) {
      case "join-room":
        return this.#join(frame);
      case "leave-room":
        return this.#leave(frame);
      case "send-message":
        return this.#send(frame);
      case "unknown":
        return;
    }
  }

  async #join({ room, name, request }: MemberFrame): Promise<void> {
    await this.#sends.settled();
    const id = room as RoomId;
    const member = this.#chat.members.get(this.#who, id);
    if (member) {
      if (!this.#who.resume?.claim(id)) return;
      // The others know: they were told when it came back.
      const isRenamed = member.author.name !== name;
      const wish = { name };
      if (isRenamed) await this.#chat.members.rename(this.#who, id, wish);
      return this.#link.send(frame(JSON.stringify(request)));
    }
    const { limits } = this.#chat;
    const extra = requestExtra(request, limits);
    const replay = limits.HISTORY_MESSAGES_MAX;
    await this.#chat.members.join(this.#who, {
      room,
      name,
      replay,
      ...extra && { extra },
    });
  }

  async #leave({ room, name, request }: MemberFrame): Promise<void> {
    await this.#sends.settled();
    const id = room as RoomId;
    const member = this.#chat.members.get(this.#who, id);
    if (!member) return;
    // The others are shown it.
    userName(name, this.#chat.limits);
    const plain = member.author.name === name;
    const extra = requestExtra(request, this.#chat.limits, plain);
    this.#chat.members.leave(this.#who, id, extra);
    this.#link.send(frame(JSON.stringify(request)));
  }

  async #send({ room, name, text, request }: SendFrame): Promise<void> {
    await this.#sends.room();
    const extra = givenExtra(request, this.#chat.limits);
    const { committed } = await this.#chat.send(this.#who, {
      room,
      name,
      text,
      ...extra && { extra },
    });
    this.#sends.track(committed, (error) => this.#failed(error));
  }

  #failed(error: unknown): void {
    if (error instanceof ChatError) this.refuse(error);
    else this.#say("internal error");
  }

  #unread(why: string): void {
    this.#chat.refused("bad_frame");
    this.#say(why);
  }

  #say(why: string): void {
    this.#link.send(frame(errorFrame(why)));
  }
}

type MemberFrame = Extract<ClientFrame, { type: "join-room" | "leave-room" }>;
type SendFrame = Extract<ClientFrame, { type: "send-message" }>;

/** The request, where the echo of it says more than the member's name does. */
function requestExtra(
  request: JsonObject,
  limits: Limits,
  plain = typeof request.from === "string",
): Extra | undefined {
  if (plain && Object.keys(request).join() === PLAIN_KEYS) return undefined;
  return { request: checkExtra(request, limits) };
}

/** A request in the document's order with nothing beside. */
const PLAIN_KEYS = "type,room_id,from";

/** What was said, where it is not two strings. */
function givenExtra(request: JsonObject, limits: Limits): Extra | undefined {
  const { from, message } = request;
  if (typeof from === "string" && typeof message === "string") return undefined;
  const given = {
    ...from !== undefined && { from },
    ...message !== undefined && { message },
  };
  return { given: checkExtra(given, limits) };
}

/** yordevs/chat-ws. */
export const chatWs: Dialect = {
  name: NAME,
  open: (link, chat, request) => new ChatWsSession(link, chat, request),
};
