/**
 * channel-chat: the channel is the URL's path.
 *
 * Source: TylerCorkill/ws-chat-server, README (seeds/channel-chat.txt) and the
 * frames recorded from its server (transcripts channel-chat*.jsonl).
 *
 * | Point | Document | Original | Here |
 * | --- | --- | --- | --- |
 * | channel from path | first segment on | third segment on | by profile; query never part of the id; percent-decoded; trailing slash stripped |
 * | authenticated, success | strings | booleans | by profile |
 * | timestamp | seconds | ms | by profile |
 * | identity delay | authenticated 5 s after success | at once | by profile; the name is reserved and decorates messages at once in both |
 * | missing pong | "will unauthenticate the connection" | after 5 s, socket stays | same, both |
 * | empty path | - | channel "" | the lobby, reported as "" |
 * | bad JSON, identity after someone left | - | crash | ignored; works |
 * | presence of others | none | none | none |
 * | value of another type | strings | relayed as sent | `original`: relayed as sent; `document`: refused |
 * | who has a name | - | connections of the channel | members of the room, in any dialect |
 *
 * @module
 */
import { z } from "zod";
import type { Chat } from "../core/chat.ts";
import { encodeEach, type Encoder, frame } from "../core/encoder.ts";
import { ChatError, DISCONNECTS } from "../core/errors.ts";
import type { ChatEvent } from "../core/events.ts";
import { InFlight } from "../core/in_flight.ts";
import type { Limits } from "../core/limits.ts";
import type { Participant } from "../core/participant.ts";
import type { Link } from "../core/ports.ts";
import type { Json, RoomId } from "../core/types.ts";
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

const NAME = "channel-chat";

// ---- wire ----

const anything = z.json().optional();

/** The schemas that frames from clients are read by. */
export const CLIENT_FRAMES = {
  document: {
    heartbeat: z.looseObject({}),
    identity: z.looseObject({ user: z.string() }),
    message: z.looseObject({ text: z.string() }),
  },
  original: {
    heartbeat: z.looseObject({}),
    identity: z.looseObject({ user: anything }),
    message: z.looseObject({ text: anything }),
  },
} as const;

/** A frame from a client; `fields` are relayed, `type` is not among them. */
export type ClientFrame =
  | { readonly type: "heartbeat" }
  | {
    readonly type: "identity";
    /** Absent: it was of another type, and this profile refuses that. */
    readonly user?: string;
  }
  | {
    readonly type: "message";
    readonly text: string;
    /** What was sent as text was no string; it is among the fields, if at all. */
    readonly isRaw: boolean;
    readonly fields: JsonObject;
  };

// ---- codec ----

/** Reads one client frame. */
export function decode(
  text: string,
  profile: Profile,
  limits: Limits,
): Decoded<ClientFrame> {
  const parsed = parseObject(text, limits);
  if (!parsed.ok) return parsed;
  const { type } = parsed.value;
  if (type !== "heartbeat" && type !== "identity" && type !== "message") {
    return { ok: false, why: "unknown type" };
  }
  const { success } = CLIENT_FRAMES[profile][type].safeParse(parsed.value);
  switch (type) {
    case "heartbeat":
      return { ok: true, value: { type } };
    case "identity": {
      const user = textOf(parsed.value.user);
      return { ok: true, value: success ? { type, user } : { type } };
    }
    case "message":
      if (!success) return { ok: false, why: "bad text" };
      return { ok: true, value: messageOf(parsed.value) };
  }
}

/** `user` and `timestamp` are the server's to say. */
function messageOf(sent: JsonObject): ClientFrame {
  const { type: _type, user: _user, timestamp: _timestamp, ...fields } = sent;
  const isRaw = typeof sent.text !== "string";
  const { text: _text, ...others } = fields;
  return {
    type: "message",
    text: textOf(sent.text),
    isRaw,
    fields: isRaw ? fields : others,
  };
}

/** Renders an event; `null` where this protocol has no frame for it. */
export function encode(event: ChatEvent, profile: Profile): string | null {
  switch (event.kind) {
    case "message": {
      const { author, text, via, extra } = event;
      const fields = via === NAME && isObject(extra?.fields)
        ? extra.fields
        : {};
      const isRaw = via === NAME && extra?.isRaw === true;
      const said = profile === "original" && isRaw
        ? fields
        : { ...fields, text };
      const timestamp = profile === "original"
        ? event.at
        : Math.floor(event.at / 1_000);
      const user = author.name;
      return JSON.stringify({ type: "message", ...said, timestamp, user });
    }
    case "closed":
    case "joined":
    case "left":
    case "renamed":
    case "rooms":
      return null;
  }
}

const ENCODERS: Readonly<Record<Profile, Encoder>> = {
  document: encodeEach(NAME, (event) => encode(event, "document")),
  original: encodeEach(NAME, (event) => encode(event, "original")),
};

/** The document writes truth as a string. */
function truth(value: boolean, profile: Profile): Json {
  return profile === "original" ? value : String(value);
}

/** The channel that a path names; "" is none. */
export function channelOf(path: string, profile: Profile): string {
  const segments = path.replace(/\/$/, "").split("/");
  const id = segments.slice(profile === "original" ? 3 : 1).join("/");
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

// ---- session ----

class ChannelChatSession implements Session {
  readonly #chat: Chat;
  readonly #link: Link;
  readonly #request: OpenRequest;
  readonly #who: Participant;
  readonly #channel: string;
  readonly #room: RoomId;
  readonly #sends: InFlight;
  #name = "";
  /** Whether it has a name, which may be the empty one. */
  #named = false;
  #authenticatedAtMs = 0;
  #heardAtMs: number;
  #cancelTick: () => void = () => {};

  constructor(link: Link, chat: Chat, request: OpenRequest) {
    const { profile, clock } = request;
    this.#chat = chat;
    this.#link = link;
    this.#request = request;
    this.#who = chat.admit({ link, encoder: ENCODERS[profile] });
    this.#who.onEvicted = () => this.#closed();
    this.#sends = new InFlight(chat.limits.SENDS_IN_FLIGHT_MAX);
    this.#heardAtMs = clock.elapsed();
    this.#channel = channelOf(request.path, profile);
    this.#room = (this.#channel || chat.lobby) as RoomId;
  }

  async start(): Promise<void> {
    const room = this.#chat.roomId(this.#who, this.#room);
    this.#say({ type: "connection", id: this.#channel });
    this.#awaitTick();
    await this.#chat.join(this.#who, { room, name: "", replay: 0 });
  }

  async receive(text: string): Promise<void> {
    const { profile } = this.#request;
    const decoded = decode(text, profile, this.#chat.limits);
    if (!decoded.ok) return;
    try {
      await this.#handle(decoded.value);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (decoded.value.type === "identity") this.#sayIdentity(false);
    }
  }

  /** This protocol has no word for it. */
  refuse(_error: ChatError): void {}

  end(): void {
    this.#cancelTick();
    // Behind its last words.
    this.#sends.whenSettled(() => this.#chat.dismiss(this.#who));
  }

  #handle(frame: ClientFrame): Promise<void> | void {
    switch (frame.type) {
      case "heartbeat":
        this.#heardAtMs = this.#request.clock.elapsed();
        return;
      case "identity":
        return this.#identify(frame.user);
      case "message":
        return this.#send(frame);
    }
  }

  async #identify(user: string | undefined): Promise<void> {
    await this.#sends.settled();
    if (user === undefined || !await this.#rename(user, user !== "")) {
      return this.#sayIdentity(false);
    }
    const { clock, profile, settings } = this.#request;
    const delayMs = profile === "original"
      ? 0
      : settings.channelIdentityDelayMs;
    this.#named = true;
    this.#authenticatedAtMs = clock.elapsed() + delayMs;
    this.#sayIdentity(true);
  }

  async #rename(name: string, unique: boolean): Promise<boolean> {
    const wish = { name, unique };
    const done = await this.#chat.rename(this.#who, this.#room, wish);
    if (done) this.#name = name;
    return done;
  }

  async #send({ text, fields, isRaw }: MessageFrame): Promise<void> {
    await this.#sends.room();
    const isPlain = !isRaw && Object.keys(fields).length === 0;
    const { limits } = this.#chat;
    const { committed } = await this.#chat.send(this.#who, {
      room: this.#room,
      name: this.#name,
      text,
      ...!isPlain &&
        { extra: { fields: checkExtra(fields, limits), isRaw } },
    });
    // Refused by the store: no echo comes, which is all this protocol can say.
    this.#sends.track(committed, () => {});
  }

  #awaitTick(): void {
    const { timers, settings } = this.#request;
    const tick = () => this.#tick();
    this.#cancelTick = timers.after(settings.channelHeartbeatMs, tick);
  }

  #tick(): void {
    const { clock, profile, settings } = this.#request;
    const now = clock.elapsed();
    const authenticated = truth(
      this.#named && now >= this.#authenticatedAtMs,
      profile,
    );
    this.#say({ type: "heartbeat", authenticated });
    // The tick that clears a name still reports it.
    if (now - this.#heardAtMs >= settings.channelTimeoutMs && this.#named) {
      this.#named = false;
      // The name is free from here on, whatever becomes of the rename.
      this.#rename("", false).catch(() => {});
    }
    this.#awaitTick();
  }

  #closed(): void {
    const { code } = DISCONNECTS.policy;
    this.#link.close(code, "channel was closed");
  }

  #sayIdentity(success: boolean): void {
    const { profile } = this.#request;
    this.#say({ type: "identity", success: truth(success, profile) });
  }

  #say(json: Json): void {
    this.#link.send(frame(JSON.stringify(json)));
  }
}

type MessageFrame = Extract<ClientFrame, { type: "message" }>;

/** TylerCorkill/ws-chat-server. */
export const channelChat: Dialect = {
  name: NAME,
  open: (link, chat, request) => new ChannelChatSession(link, chat, request),
};
