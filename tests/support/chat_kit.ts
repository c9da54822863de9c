import { Chat } from "../../src/core/chat.ts";
import { encodeEach, type Encoder } from "../../src/core/encoder.ts";
import type { ChatEvent } from "../../src/core/events.ts";
import {
  type LimitName,
  type Limits,
  resolveLimits,
} from "../../src/core/limits.ts";
import type { Kept, News } from "../../src/core/neighbour_news.ts";
import { type NeighboursPort, nobody } from "../../src/core/neighbours.ts";
import type { Participant } from "../../src/core/participant.ts";
import type { Observer } from "../../src/core/ports.ts";
import { makeMeter } from "../../src/ops/meter.ts";
import { Metrics } from "../../src/ops/metrics.ts";
import { assembleStore, type StoreParts } from "../../src/store/assemble.ts";
import { LOCAL, NETWORK } from "../../src/store/capabilities.ts";
import { keys } from "../../src/store/keys.ts";
import { type Store } from "../../src/store/open_store.ts";
import { ROOM_CHECKS, WriterFence } from "../../src/store/writer_claim.ts";
import { FakeLink } from "./fake_link.ts";
import { FakeTimers } from "./fake_timers.ts";
import { PlainSeal, PlainSecrets, PlainVoucher } from "./plain_secrets.ts";

/** Renders what matters to tests of the core: `message Ann: hi`. */
export const plain = encodeEach("plain", (event) => {
  const said = say(event);
  return said === null ? null : JSON.stringify(said);
});

/** Renders every entry, deleted ones too, and who is there. */
export const full: Encoder = {
  dialect: "full",
  wantsEveryEntry: true,
  encode: (events) =>
    events.flatMap((event) => {
      const said = sayMore(event);
      return said === null ? [] : JSON.stringify(said);
    }),
};

function sayMore(event: ChatEvent): string | null {
  switch (event.kind) {
    case "arrived":
    case "departed":
      return `${event.kind} ${event.user.name} ${event.memberCount}`;
    case "counted":
      return `counted ${event.memberCount}`;
    case "typing":
      return `${event.user.name} ${event.on ? "types" : "types no more"}`;
    case "read":
      return `read ${event.seq} unread ${event.unread}`;
    case "direct":
      return `direct ${event.user.name} ${event.seq} unread ${event.unread}`;
    case "message":
    case "edited":
      return `${say(event)}${event.deletedAt === undefined ? "" : "(deleted)"}`;
    case "joined":
    case "left":
      return null;
    default:
      return say(event);
  }
}

function say(event: ChatEvent): string | null {
  switch (event.kind) {
    case "message":
      return `${event.seq} ${event.author.name}: ${event.text}`;
    case "edited":
      return `${event.seq} edited ${event.target.seq}: ${event.text}`;
    case "deleted":
      return `${event.seq} deleted ${event.target.seq}`;
    case "reacted":
      return `${event.seq} reacted ${event.target.seq}: ${
        event.removed ? "not " : ""
      }${event.reaction}`;
    case "closed":
      return `${event.seq} closed`;
    case "joined":
    case "left":
      return `${event.kind} ${event.member.author.name}`;
    case "renamed":
      return `renamed ${event.oldName} ${event.member.author.name}`;
    case "rooms":
      return `rooms ${event.rooms.map(({ id }) => id).join(" ")}`;
    case "roster":
    case "arrived":
    case "departed":
    case "counted":
    case "typing":
    case "read":
    case "direct":
      return null;
  }
}

/** How a kit is made. */
export interface KitOptions {
  readonly kv?: Deno.Kv;
  readonly limits?: Partial<Record<LimitName, number>>;
  /** Others write too. */
  readonly shared?: boolean;
  readonly neighbours?: NeighboursPort<News, Kept>;
  readonly historyAgeMaxMs?: number;
}

/** The real core on the real store, with a clock that tests turn. */
export class ChatKit implements Disposable {
  readonly kv: Deno.Kv;
  readonly chat: Chat;
  readonly store: StoreParts<News, Kept>;
  readonly limits: Limits;
  readonly bugs: unknown[] = [];
  readonly troubles: unknown[] = [];
  readonly timers = new FakeTimers();
  /** What its parts have counted. */
  readonly metrics = new Metrics();
  readonly meter = makeMeter(this.metrics);
  nowMs = 1_700_000_000_000;
  #ulids = 0;

  private constructor(
    store: Omit<Store, "place" | "close">,
    options: KitOptions,
  ) {
    this.kv = store.kv;
    this.limits = resolveLimits(options.limits);
    const observer: Observer = {
      meter: this.meter,
      bug: (_where, error) => this.bugs.push(error),
      trouble: (_where, error) => this.troubles.push(error),
    };
    const clock = { now: () => this.nowMs, elapsed: () => this.nowMs };
    const prefix = crypto.randomUUID();
    const ids = {
      ulid: () => `${prefix}-${this.#ulids++}`,
      uuid: () => crypto.randomUUID(),
    };
    const timers = this.timers;
    const secrets = new PlainSecrets(options.shared ? `key-${prefix}` : "key");
    const { limits } = this;
    const shared = { observer, clock, timers, ids, secrets, limits };
    this.store = assembleStore<News, Kept>(store, {
      ...shared,
      historyAgeMaxMs: options.historyAgeMaxMs ?? 0,
    });
    this.chat = new Chat({
      ...shared,
      ...this.store,
      neighbours: options.neighbours ?? nobody(),
      lobby: "general",
      seal: new PlainSeal(),
      voucher: new PlainVoucher(),
    });
    this.store.log.listener = this.chat.listener;
  }

  /** Opens a kit; a KV that was given is left open at the end. */
  static async open(options: KitOptions = {}): Promise<ChatKit> {
    const kv = options.kv ?? await Deno.openKv(":memory:");
    const close = () => {
      if (!options.kv) kv.close();
    };
    const kind = options.shared
      ? { capabilities: NETWORK, claim: ROOM_CHECKS }
      : {
        capabilities: LOCAL,
        claim: await WriterFence.claim(kv, "test", () => {}),
      };
    const instance = crypto.randomUUID();
    // What it claims holds while it lives.
    if (options.shared) await kv.set(keys.lease(instance), { at: 0 });
    const kit = new ChatKit({ kv, ...kind, instance }, options);
    kit[Symbol.dispose] = close;
    return kit;
  }

  /** Lets a session in. */
  admit(encoder = plain): { who: Participant; link: FakeLink } {
    const link = new FakeLink();
    return { who: this.chat.admit({ link, encoder }), link };
  }

  /** Lets a session in and into a room, hearing all that is stored. */
  async join(
    room: string,
    name: string,
    encoder = plain,
  ): Promise<{ who: Participant; link: FakeLink }> {
    const session = this.admit(encoder);
    await this.chat.members.join(session.who, { room, name, replay: Infinity });
    return session;
  }

  /** Says something and waits until it is on disk. */
  async say(who: Participant, room: string, text: string): Promise<void> {
    const { committed } = await this.chat.send(who, { room, name: "x", text });
    await committed;
  }

  [Symbol.dispose](): void {}
}
