import { assert, assertEquals } from "@std/assert";
import { Inbox } from "../../src/core/inbox.ts";
import type { Json } from "../../src/core/types.ts";
import type { Profile, Session } from "../../src/dialects/dialect.ts";
import { redisChat } from "../../src/dialects/redis_chat/session.ts";
import { defaults } from "../http/local_server.ts";
import { ChatKit, type KitOptions } from "../support/chat_kit.ts";
import { FakeLink } from "../support/fake_link.ts";
import type { Probe } from "../support/transcript.ts";
import { WsClient } from "../support/ws_client.ts";

/** A frame as JSON, whatever is in it. */
export type Frame = { readonly [key: string]: Json };

/** What signing in gives one. */
export interface Keys {
  readonly userUUID: string;
  readonly accessKey: string;
}

/** Signing in waits for this socket's messages to be on disk; this name is too long. */
export const PROBE: Probe = {
  frame: JSON.stringify({
    type: "signIn",
    signIn: { username: "p".repeat(200), password: "" },
  }),
  isAnswer: (frame) => field(field(frame, "error"), "error") === PROBE_ANSWER,
};

const PROBE_ANSWER = "Cannot use name: 200 of 128 bytes";

/** Text of an id of a user, session or message. */
export const UUID =
  /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function signIn(username: string, password = "secret"): Frame {
  return { type: "signIn", signIn: { username, password } };
}

export function signUp(username: string, password = "secret"): Frame {
  return { type: "signUp", signUp: { username, password } };
}

/** @param recipientUUID Absent: the public channel. */
export function join(recipientUUID?: Json): Frame {
  return { type: "channelJoin", channelJoin: block({ recipientUUID }) };
}

export function say(message: string, recipientUUID?: Json): Frame {
  const channelMessage = block({ recipientUUID, message });
  return { type: "channelMessage", channelMessage };
}

export function readMessages(fields: Record<string, Json> = {}): Frame {
  return { type: "channelMessages", channelMessages: fields };
}

export function leave(recipientUUID?: Json): Frame {
  return { type: "channelLeave", channelLeave: block({ recipientUUID }) };
}

/** An error as the document shows it, with the original's text besides. */
export function error(code: number, text: string): Frame {
  return { type: "error", error: { code, error: text, message: text } };
}

/** Nobody who is not signed in may use a channel. */
export const NOT_SIGNED_IN = error(100, "Cannot use channel: sign in first");

/** A chat whose sessions have no sockets. */
export class Table implements Disposable {
  readonly kit: ChatKit;

  private constructor(kit: ChatKit) {
    this.kit = kit;
  }

  static async open(options: KitOptions = {}): Promise<Table> {
    return new Table(await ChatKit.open(options));
  }

  /** Opens a session, which has said that it is ready. */
  sit(options: SeatOptions = {}): Seat {
    return new Seat(this.kit, options);
  }

  /** Opens a session and signs it in. */
  async guest(
    name: string,
    options: SeatOptions = {},
  ): Promise<{ seat: Seat } & Keys> {
    const seat = this.sit(options);
    return { seat, ...await seat.signIn(name) };
  }

  [Symbol.dispose](): void {
    this.kit[Symbol.dispose]();
  }
}

/** How a session is opened. */
export interface SeatOptions {
  readonly profile?: Profile;
  readonly address?: string;
  /** Who may list users. */
  readonly users?: "everyone" | "members";
}

/** One session without a socket; its frames are handled as behind one. */
export class Seat {
  readonly link = new FakeLink();
  readonly session: Session;
  readonly #inbox: Inbox;
  #handled: (() => void) | undefined;
  #failure: unknown;

  constructor(kit: ChatKit, options: SeatOptions) {
    const { settings } = defaults();
    this.session = redisChat.open(this.link, kit.chat, {
      path: "/ws",
      query: new URLSearchParams(),
      profile: options.profile ?? "document",
      address: options.address ?? "10.0.0.1",
      clock: { now: () => kit.nowMs, elapsed: () => kit.nowMs },
      timers: kit.timers,
      settings: { ...settings, redisUsers: options.users ?? "everyone" },
    });
    this.#inbox = new Inbox({
      receive: (text) => {
        if (text === "") return this.#handled?.();
        return this.session.receive(text);
      },
      flooded: () => {},
      failed: (error) => {
        this.#failure = error;
        this.#handled?.();
      },
    }, kit.limits);
    this.session.start();
  }

  /** Sends frames without waiting in between. */
  send(...frames: (Json | string)[]): void {
    for (const frame of frames) {
      const text = typeof frame === "string" ? frame : JSON.stringify(frame);
      this.#inbox.push(text, text.length);
    }
  }

  /** Sends frames without waiting in between; returns all that was heard. */
  async ask(...frames: (Json | string)[]): Promise<Json[]> {
    this.send(...frames);
    await this.settle();
    return this.heard();
  }

  /** Resolves when all that was sent has had its effect. */
  async settle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#handled = resolve;
    this.send(PROBE.frame, "");
    await promise;
    if (this.#failure !== undefined) throw this.#failure;
    const answer = this.link.frames.findIndex((text) =>
      PROBE.isAnswer(JSON.parse(text))
    );
    assert(answer >= 0, "the probe was not answered");
    this.link.frames.splice(answer, 1);
  }

  /** What it was sent since the last look. */
  heard(): Json[] {
    return this.link.frames.splice(0).map((text) => JSON.parse(text));
  }

  /** Signs in, and forgets what it heard until then. */
  async signIn(name: string, password = "secret"): Promise<Keys> {
    const frames = await this.ask(signIn(name, password));
    return keysIn(frames.find((one) => typeOf(one) === "authorized"));
  }

  /** The socket is gone. */
  end(): void {
    this.session.end();
  }
}

/** A socket that has read `ready`. */
export async function connect(
  { url }: { readonly url: string },
  profile?: Profile,
): Promise<WsClient> {
  const query = profile === undefined ? "" : `?profile=${profile}`;
  const client = await WsClient.open(`${url}/ws${query}`);
  assertEquals(typeOf(await client.next()), "ready");
  return client;
}

/** A socket that has signed in, and has read all of that. */
export async function enter(
  server: { readonly url: string },
  name: string,
  profile?: Profile,
): Promise<{ client: WsClient } & Keys & AsyncDisposable> {
  const client = await connect(server, profile);
  client.send(signIn(name));
  const keys = keysIn(await client.next());
  assertEquals(typeOf(await client.next()), "sys");
  return { client, ...keys, [Symbol.asyncDispose]: () => client.close() };
}

/** Fails if a client has heard anything that was not read. */
export async function expectSilence(...clients: WsClient[]): Promise<void> {
  // The first round proves that all was handled; the answers of the second
  // come behind whatever that made the server say to others.
  for (let round = 1; round <= 2; round++) {
    for (const client of clients) {
      client.send(PROBE.frame);
      const frame = await client.next();
      assertEquals(PROBE.isAnswer(frame), true, JSON.stringify(frame));
    }
  }
}

/** The next frame of a type; what comes before it is dropped. */
export async function nextOf(client: WsClient, type: string): Promise<Json> {
  for (;;) {
    const frame = await client.next();
    if (typeOf(frame) === type) return frame;
  }
}

/** What `authorized` says. */
export function keysIn(frame: Json | undefined): Keys {
  const authorized = field(frame, "authorized");
  return {
    userUUID: String(field(authorized, "userUUID")),
    accessKey: String(field(authorized, "accessKey")),
  };
}

export function typeOf(frame: Json | undefined): Json | undefined {
  return field(frame, "type");
}

/** A field of a value that may be an object. */
export function field(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** The texts of messages, live or in a list. */
export function textsIn(frames: readonly Json[] | Json | undefined): Json[] {
  const list = Array.isArray(frames) ? frames : [];
  return list.flatMap((one) => {
    const message = field(one, "channelMessage") ?? one;
    return field(message, "Message") ?? [];
  });
}

function block(fields: Record<string, Json | undefined>): Frame {
  return JSON.parse(JSON.stringify(fields));
}
