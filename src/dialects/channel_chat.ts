/**
 * channel-chat: the channel is the URL's path.
 *
 * Source: TylerCorkill/ws-chat-server, README (seeds/channel-chat.txt) and the
 * frames recorded from its server (transcripts channel-chat*.jsonl).
 *
 * | Point | Document | Original | Here |
 * | --- | --- | --- | --- |
 * | channel from path | first segment on | third segment on | by profile; query never part of the id; percent-decoded; trailing slash stripped; inner slashes kept |
 * | authenticated, success | strings | booleans | by profile |
 * | timestamp | seconds | ms | by profile |
 * | identity delay | authenticated 5 s after success | at once | by profile; the name is reserved and decorates messages at once in both |
 * | rename | - | stays authenticated | stays authenticated, or is when it would have been |
 * | missing pong | "will unauthenticate the connection" | after 5 s, socket stays | same, both |
 * | empty path | - | channel "" | the lobby, reported as "" |
 * | bad JSON, identity after someone left | - | crash | ignored; works |
 * | presence of others | none | none | none |
 * | value of another type | strings | relayed as sent | `original`: relayed as sent; `document`: refused |
 * | who has a name | - | connections of the channel | members of the room, in any dialect |
 * | the empty name | - | taken as any other | never taken: who has no name has it |
 * | channel that cannot be | - | none | the socket is closed with 1008, as it is when its channel is closed |
 *
 * @module
 */
import type { Chat } from "../core/chat.ts";
import { encodeEach, type Encoder, frame } from "../core/encoder.ts";
import { ChatError, DISCONNECTS } from "../core/errors.ts";
import {
  type ChatEvent,
  type MessageEvent,
  saidAgain,
} from "../core/events.ts";
import { InFlight } from "../core/in_flight.ts";
import type { Limits } from "../core/limits.ts";
import type { Participant } from "../core/participant.ts";
import type { Link } from "../core/ports.ts";
import type { Extra, Json, RoomId } from "../core/types.ts";
import { CLIENT_FRAMES, type ClientFrame } from "./channel_chat_frames.ts";
import { channelOf } from "./channel_path.ts";
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

const MS_PER_S = 1_000;

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
      if (!success) return { ok: true, value: { type } };
      const { user } = parsed.value;
      const name = textOf(user);
      if (typeof user === "string") return { ok: true, value: { type, name } };
      const raw = user === undefined ? {} : { user };
      return { ok: true, value: { type, name, raw } };
    }
    case "message":
      if (!success) return { ok: false, why: "bad text" };
      return { ok: true, value: messageOf(parsed.value) };
  }
}

function messageOf(sent: JsonObject): MessageFrame {
  const { text } = sent;
  const isRaw = typeof text !== "string";
  const blank = (name: string) => Object.hasOwn(sent, name) && { [name]: "" };
  const fields = {
    ...sent,
    // The server says who and when, and a string has its own place.
    ...blank("user"),
    ...blank("timestamp"),
    ...!isRaw && blank("text"),
  };
  return { type: "message", text: textOf(text), isRaw, fields };
}

/** What every message has: others are relayed and limited. */
const PLAIN_KEYS = "type,text";

/** What goes with a message besides its text, if anything does. */
export function extraOf(
  { fields, isRaw }: MessageFrame,
  raw: JsonObject | undefined,
  limits: Limits,
): Extra | undefined {
  if (!isRaw && !raw && Object.keys(fields).join() === PLAIN_KEYS) {
    return undefined;
  }
  const { type: _type, user: _user, timestamp: _timestamp, ...others } = fields;
  const { text: _text, ...unknown } = others;
  checkExtra(isRaw ? others : unknown, limits);
  return { fields, isRaw, ...raw && { raw } };
}

/** Renders an event; `null` where this protocol has no frame for it. */
export function encode(event: ChatEvent, profile: Profile): string | null {
  switch (event.kind) {
    case "message":
      return encodeMessage(event, profile);
    case "edited":
      return encodeMessage(saidAgain(event), profile);
    case "closed":
    case "deleted":
    case "reacted":
    case "arrived":
    case "departed":
    case "counted":
    case "roster":
    case "typing":
    case "read":
    case "direct":
    case "joined":
    case "left":
    case "renamed":
    case "rooms":
      return null;
  }
}

function encodeMessage(
  { author, text, at, via, extra }: MessageEvent,
  profile: Profile,
): string {
  const own = via === NAME ? extra : undefined;
  const fields = isObject(own?.fields) ? own.fields : { type: "message" };
  const isRaw = profile === "original" && own?.isRaw === true;
  const raw = profile === "original" ? own?.raw : undefined;
  // Who is said to be nobody is left out, as JSON does.
  const user = isObject(raw) ? raw.user : author.name;
  const timestamp = profile === "original" ? at : Math.floor(at / MS_PER_S);
  return JSON.stringify({
    ...fields,
    ...!isRaw && { text },
    timestamp,
    user,
  });
}

const ENCODERS: Readonly<Record<Profile, Encoder>> = {
  document: encodeEach(NAME, (event) => encode(event, "document")),
  original: encodeEach(NAME, (event) => encode(event, "original")),
};

/** The document writes truth as a string. */
function truth(value: boolean, profile: Profile): Json {
  return profile === "original" ? value : String(value);
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
  /** How it called itself, where that was no string. */
  #raw: JsonObject | undefined;
  /** Whether it has a name, which may be the empty one. */
  #named = false;
  #greeted = false;
  #authenticatedAtMs = 0;
  #heardAtMs: number;
  #cancelTick: () => void = () => {};

  constructor(link: Link, chat: Chat, request: OpenRequest) {
    const { profile, clock, resume } = request;
    this.#chat = chat;
    this.#link = link;
    this.#request = request;
    this.#who = chat.admit({ link, encoder: ENCODERS[profile], resume });
    this.#who.onEvicted = () => this.#closed();
    this.#sends = new InFlight(chat.limits.SENDS_IN_FLIGHT_MAX);
    this.#heardAtMs = clock.elapsed();
    this.#channel = channelOf(request.path, profile);
    this.#room = (this.#channel || chat.lobby) as RoomId;
  }

  async start(): Promise<void> {
    const room = this.#chat.roomId(this.#who, this.#room);
    this.#awaitTick();
    const greet = () => {
      this.#greeted = true;
      this.#say({ type: "connection", id: this.#channel });
    };
    if (this.#who.resume && await this.#resume(greet)) return;
    await this.#chat.members.join(this.#who, {
      room,
      name: "",
      replay: 0,
      // Paths are cheap: a channel that nobody spoke in leaves nothing behind.
      isFleeting: true,
      ready: greet,
    });
  }

  /** Is in the channel again, under its name unless another has that by now. */
  async #resume(greet: () => void): Promise<boolean> {
    const { members, resumes } = this.#chat;
    const kept = await resumes.find(this.#who, this.#room);
    if (!kept) return false;
    const names = members.of(this.#room).map(({ author }) => author.name);
    this.#named = kept.name !== "" && !names.includes(kept.name) &&
      await members.claimName(this.#who, this.#room, kept.name);
    this.#name = this.#named ? kept.name : "";
    greet();
    await resumes.restore(this.#who, { only: { ...kept, name: this.#name } });
    return members.get(this.#who, this.#room) !== undefined;
  }

  async receive(text: string): Promise<void> {
    const { profile } = this.#request;
    const decoded = decode(text, profile, this.#chat.limits);
    if (!decoded.ok) return this.#chat.refused("bad_frame");
    try {
      await this.#handle(decoded.value);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.refuse(error);
      if (decoded.value.type === "identity") this.#sayIdentity(false);
    }
  }

  /** This protocol has no word for it. */
  refuse(error: ChatError): void {
    this.#chat.refused(error.code);
  }

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
        return this.#identify(frame);
      case "message":
        return this.#send(frame);
    }
  }

  async #identify({ name, raw }: IdentityFrame): Promise<void> {
    await this.#sends.settled();
    const isOwn = name === this.#name && this.#who.resume?.claim(this.#room);
    const wish = { name: name ?? "", unique: name !== "", raw };
    if (name === undefined || !isOwn && !await this.#rename(wish)) {
      return this.#sayIdentity(false);
    }
    const { clock, profile, settings } = this.#request;
    const delayMs = profile === "original"
      ? 0
      : settings.channelIdentityDelayMs;
    if (!this.#named) this.#authenticatedAtMs = clock.elapsed() + delayMs;
    this.#named = true;
    this.#sayIdentity(true);
  }

  async #rename(
    { name, unique, raw }: {
      name: string;
      unique: boolean;
      raw?: JsonObject | undefined;
    },
  ): Promise<boolean> {
    const wish = { name, unique };
    const done = await this.#chat.members.rename(this.#who, this.#room, wish);
    if (done) {
      this.#name = name;
      this.#raw = raw;
    }
    return done;
  }

  async #send(message: MessageFrame): Promise<void> {
    await this.#sends.room();
    const extra = extraOf(message, this.#raw, this.#chat.limits);
    const { committed } = await this.#chat.send(this.#who, {
      room: this.#room,
      name: this.#name,
      text: message.text,
      ...extra && { extra },
    });
    // Refused by the store: no echo comes, which is all this protocol can say.
    this.#sends.track(committed, (error) => {
      if (error instanceof ChatError) this.refuse(error);
    });
  }

  #awaitTick(): void {
    const { timers, settings } = this.#request;
    const { channelHeartbeatMs: ms } = settings;
    if (ms > 0) this.#cancelTick = timers.after(ms, () => this.#tick());
  }

  #tick(): void {
    const { clock, profile, settings } = this.#request;
    const now = clock.elapsed();
    const authenticated = truth(
      this.#named && now >= this.#authenticatedAtMs,
      profile,
    );
    // A client hears first which channel it is in.
    if (this.#greeted) this.#say({ type: "heartbeat", authenticated });
    const { channelTimeoutMs: ms } = settings;
    // The tick that clears a name still reports it.
    if (this.#named && ms > 0 && now - this.#heardAtMs >= ms) {
      this.#named = false;
      // The name is free from here on, whatever becomes of the rename.
      this.#rename({ name: "", unique: false }).catch(() => {});
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

type IdentityFrame = Extract<ClientFrame, { type: "identity" }>;
type MessageFrame = Extract<ClientFrame, { type: "message" }>;

/** TylerCorkill/ws-chat-server. */
export const channelChat: Dialect = {
  name: NAME,
  open: (link, chat, request) => new ChannelChatSession(link, chat, request),
};
