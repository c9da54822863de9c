import type { LimitName } from "../../src/core/limits.ts";
import type { RoomLog } from "../../src/core/ports.ts";
import type { Profile } from "../../src/dialects/dialect.ts";
import { Server } from "../../src/http/server.ts";
import type { Transports } from "../../src/http/socket_io/engine.ts";
import { type Config, readCommand } from "../../src/ops/config.ts";
import { runtimeTimers } from "../../src/http/timers.ts";
import { ChatKit } from "../support/chat_kit.ts";
import { RawClient } from "../support/raw_client.ts";
import { WsClient } from "../support/ws_client.ts";

/** How a server in this process is set up. */
export interface LocalOptions {
  readonly limits?: Partial<Record<LimitName, number>>;
  readonly origins?: readonly string[];
  readonly profile?: Profile;
  readonly trustedProxies?: readonly string[];
  readonly socketIoTransports?: Transports;
}

/**
 * A server in this process on any free port of 127.0.0.1: real sockets, real
 * store, and a clock that stands still until a test turns it.
 */
export class LocalServer implements AsyncDisposable {
  readonly kit: ChatKit;
  readonly server: Server;
  readonly #clients: WsClient[] = [];
  readonly #raw: RawClient[] = [];

  private constructor(kit: ChatKit, options: LocalOptions) {
    this.kit = kit;
    this.server = new Server({
      ...defaults(),
      chat: kit.chat,
      clock: { now: () => kit.nowMs, elapsed: () => kit.nowMs },
      timers: runtimeTimers,
      observer: {
        meter: kit.meter,
        bug: (_where, error) => kit.bugs.push(error),
        trouble: (_where, error) => kit.troubles.push(error),
      },
      ports: [0],
      version: "1.2.3",
      metrics: kit.metrics,
      idleTimeoutMs: 0,
      ...options.origins && { origins: options.origins },
      ...options.trustedProxies && {
        trustedProxies: options.trustedProxies,
      },
      ...options.profile && { profile: options.profile },
      ...options.socketIoTransports && {
        socketIoTransports: options.socketIoTransports,
      },
    });
  }

  static async open(options: LocalOptions = {}): Promise<LocalServer> {
    const { limits } = options;
    const kit = await ChatKit.open(limits ? { limits } : {});
    return new LocalServer(kit, options);
  }

  get port(): number {
    return this.server.ports[0] ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A socket that speaks a dialect; it is closed at the end. */
  async connect(dialect = "chat-ws"): Promise<WsClient> {
    const client = await WsClient.open(`${this.url}/?dialect=${dialect}`);
    this.#clients.push(client);
    return client;
  }

  /** A socket that is read only as far as a test does; ended at the end. */
  async connectRaw(): Promise<RawClient> {
    const client = await RawClient.open(this.port);
    this.#raw.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#raw) client[Symbol.dispose]();
    for (const client of this.#clients) await client.close();
    this.server.closeSockets();
    await this.server.stopListening();
    await this.kit.store.log.settled();
    this.kit[Symbol.dispose]();
  }
}

/** The settings of a server that nobody has set up. */
export function defaults(): Config {
  const command = readCommand([], () => undefined);
  if (command.kind === "start") return command.config;
  throw new TypeError(`Cannot read settings: it is ${command.kind}`);
}

/** Stands before a log and lets nothing be appended until it is opened. */
export class LogGate {
  /** What was asked to be appended, and what has been. */
  readonly events: string[] = [];
  readonly #gate = Promise.withResolvers<void>();

  constructor(log: RoomLog) {
    const append = log.append.bind(log);
    log.append = async (room, draft, key) => {
      const text = draft.kind === "message" ? draft.text : draft.kind;
      this.events.push(`asked ${text}`);
      await this.#gate.promise;
      const appended = await append(room, draft, key);
      this.events.push(`stored ${text}`);
      return appended;
    };
  }

  open(): void {
    this.#gate.resolve();
  }
}
