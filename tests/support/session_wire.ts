import type { Chat } from "../../src/core/chat.ts";
import type { Clock, Link } from "../../src/core/ports.ts";
import type {
  DialectSettings,
  OpenRequest,
  Session,
} from "../../src/dialects/dialect.ts";
import { dialectNamed } from "../../src/dialects/registry.ts";
import type { FakeTimers } from "./fake_timers.ts";
import { FrameQueue } from "./frame_queue.ts";
import type { PersonOptions, Speaker, Wire } from "./person.ts";

/** What the sessions of a test share. */
export interface SessionPorts {
  readonly chat: Chat;
  readonly clock: Clock;
  readonly timers: FakeTimers;
  readonly settings: DialectSettings;
}

/** A session without a socket: it hears whatever it is sent, for ever. */
export class SessionWire implements Wire {
  readonly #frames = new FrameQueue();
  readonly #session: Session;
  readonly #pack: (text: string) => string;
  #handled: Promise<void>;

  constructor(ports: SessionPorts, speaker: Speaker, options: PersonOptions) {
    const dialect = dialectNamed(speaker.dialect);
    if (!dialect) throw new TypeError("Cannot open session: unknown dialect");
    const { chat, ...shared } = ports;
    const url = new URL(speaker.path(options), "ws://127.0.0.1");
    const request: OpenRequest = {
      ...shared,
      path: url.pathname,
      query: url.searchParams,
      profile: options.profile,
      address: "127.0.0.1",
    };
    const { unpack = same, pack = same } = speaker;
    this.#pack = pack;
    const link: Link = {
      send: ({ text }) => this.#frames.push(unpack(text)),
      drained: () => Promise.resolve(),
      close: () => {},
    };
    this.#session = dialect.open(link, chat, request);
    this.#handled = Promise.resolve(this.#session.start());
  }

  /** Frames that have come and were not read yet. */
  get unread(): readonly string[] {
    return this.#frames.unread;
  }

  /** Frames are handled one after the other, as behind a socket. */
  send(frame: string): void {
    const packed = this.#pack(frame);
    this.#handled = this.#handled.then(() => this.#session.receive(packed));
  }

  nextText(): Promise<string> {
    return this.#frames.next();
  }

  /** Ends the session. */
  async close(): Promise<void> {
    await this.#handled;
    this.#session.end();
  }
}

function same(text: string): string {
  return text;
}
