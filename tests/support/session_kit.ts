import type { LimitName } from "../../src/core/limits.ts";
import type { Frame } from "../../src/core/ports.ts";
import type { Resumption } from "../../src/core/resumption.ts";
import type { Json } from "../../src/core/types.ts";
import type {
  Dialect,
  DialectSettings,
  OpenRequest,
  Profile,
  Session,
} from "../../src/dialects/dialect.ts";
import { ChatKit, type KitOptions } from "./chat_kit.ts";
import { FakeLink } from "./fake_link.ts";

/** What a server does that nobody has set up. */
const SETTINGS: DialectSettings = {
  channelHeartbeatMs: 1_000,
  channelTimeoutMs: 5_000,
  channelIdentityDelayMs: 5_000,
  wschatEscape: "none",
  wschatHistoryMax: 0,
  rootSilenceMs: 150,
  redisUsers: "everyone",
};

/** How a kit is made. */
export interface SessionKitOptions {
  readonly limits?: Partial<Record<LimitName, number>>;
  readonly settings?: Partial<DialectSettings>;
  /** How the core is made. */
  readonly core?: KitOptions;
}

/** How a session is opened. */
export interface VisitOptions {
  /** Path and query; default: `/`. */
  readonly path?: string;
  readonly profile?: Profile;
  /** The id by which the client knows its connection. */
  readonly connectionId?: string;
  /** Where the session is to go on. */
  readonly resume?: Resumption;
}

/** Sessions on the real core and store, with timers that tests turn. */
export class SessionKit implements Disposable {
  readonly kit: ChatKit;
  readonly #settings: DialectSettings;

  private constructor(kit: ChatKit, settings: DialectSettings) {
    this.kit = kit;
    this.#settings = settings;
  }

  static async open(options: SessionKitOptions = {}): Promise<SessionKit> {
    const { limits, settings, core } = options;
    const kit = await ChatKit.open({ ...core, ...limits && { limits } });
    await kit.chat.rooms.open();
    return new SessionKit(kit, { ...SETTINGS, ...settings });
  }

  /** Opens a session, which has not started yet. */
  prepare(dialect: Dialect, options: VisitOptions = {}): Visit {
    const { path = "/", profile = "document" } = options;
    const { connectionId, resume } = options;
    const url = new URL(path, "ws://127.0.0.1");
    const { timers, chat } = this.kit;
    const link = new WakingLink();
    const session = dialect.open(
      link,
      chat,
      {
        path: url.pathname,
        query: url.searchParams,
        profile,
        address: "127.0.0.1",
        clock: { now: () => this.kit.nowMs, elapsed: () => timers.nowMs },
        timers,
        settings: this.#settings,
        ...resume && { resume },
        ...connectionId && { connectionId: () => connectionId },
      } satisfies OpenRequest,
    );
    return new Visit(session, link);
  }

  /** Opens a session and starts it. */
  async open(dialect: Dialect, options: VisitOptions = {}): Promise<Visit> {
    const visit = this.prepare(dialect, options);
    await visit.session.start();
    return visit;
  }

  /** Lets time pass for the sessions, and what that begins come to an end. */
  async elapse(ms: number): Promise<void> {
    this.kit.timers.tick(ms);
    await this.settled();
  }

  /** Resolves when all that was said is on disk and was heard. */
  async settled(): Promise<void> {
    // Behind what is under way in this turn.
    await new Promise((resolve) => setImmediate(resolve));
    await this.kit.store.log.settled();
  }

  [Symbol.dispose](): void {
    this.kit[Symbol.dispose]();
  }
}

/** A link that tells when something came. */
class WakingLink extends FakeLink {
  #came = Promise.withResolvers<void>();

  override send(frame: Frame): void {
    super.send(frame);
    this.#came.resolve();
  }

  /** Resolves as soon as there is a frame that nobody took. */
  async came(): Promise<void> {
    if (this.frames.length > 0) return;
    this.#came = Promise.withResolvers<void>();
    await this.#came.promise;
  }
}

/** One session and what it was sent. */
export class Visit {
  readonly session: Session;
  readonly link: FakeLink;
  readonly #came: () => Promise<void>;

  constructor(session: Session, link: WakingLink) {
    this.session = session;
    this.link = link;
    this.#came = () => link.came();
  }

  /** Says something and waits until it is handled, though not yet on disk. */
  async say(frame: Json): Promise<void> {
    await this.session.receive(
      typeof frame === "string" ? frame : JSON.stringify(frame),
    );
  }

  /** The frames that came since the last call. */
  heard(): unknown[] {
    return this.link.take();
  }

  /** As `heard`, once there is one. */
  async next(): Promise<unknown[]> {
    await this.#came();
    return this.heard();
  }

  /** As `heard`, as they were written. */
  heardTexts(): string[] {
    return this.link.frames.splice(0);
  }
}
