import { DISCONNECTS } from "../core/errors.ts";
import type { Chat } from "../core/chat.ts";
import type { Clock, Observer, Timers } from "../core/ports.ts";
import type { DialectSettings, Profile } from "../dialects/dialect.ts";
import type { Metrics } from "../ops/metrics.ts";
import { TrustedProxies } from "../ops/trusted_proxies.ts";
import { type Beside, makeHandler } from "./app.ts";
import { BearerToken } from "./bearer_token.ts";
import type { DrainOptions } from "./drain.ts";
import { Listener } from "./listener.ts";
import { OriginPolicy } from "./origins.ts";
import { addServerMetrics } from "./metrics_page.ts";
import { BacklogPump } from "./outbox.ts";
import type { Transports } from "./socket_io/engine.ts";
import { Sockets } from "./sockets.ts";

/** Turns in which what was written to sockets leaves. */
const LEAVING_TURNS = 3;

/** How a server is set up. */
export interface ServerOptions {
  readonly chat: Chat;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly observer: Observer;
  readonly host: string;
  /** 0 is any free port. */
  readonly ports: readonly number[];
  /** PEM texts; with them it is https and wss. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly origins: readonly string[];
  /** Addresses or ranges of those whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly string[];
  readonly profile: Profile;
  readonly settings: DialectSettings;
  readonly idleTimeoutMs: number;
  readonly socketIoTransports: Transports;
  readonly linksUrl: string;
  /** Of the server, for its API document. */
  readonly version: string;
  /** What making and closing rooms over HTTP needs; empty: nothing. */
  readonly roomsToken: string;
  readonly metrics: Metrics;
  readonly neighbourhood?: Beside | undefined;
  /** What `/metrics` needs. */
  readonly metricsToken: string;
  /** Without a token, `/metrics` answers this machine; else nobody. */
  readonly metricsForMachine: boolean;
}

/** The listening side of parley: all ports, all sockets, all routes. */
export class Server {
  readonly #sockets: Sockets;
  readonly #readiness: { trouble: string | undefined } = { trouble: undefined };
  readonly #listeners: readonly Listener[];
  readonly #timers: Timers;

  /** @throws {ListenError} A port cannot be had. */
  constructor(options: ServerOptions) {
    const { host, ports, tls, observer } = options;
    this.#timers = options.timers;
    const shared = {
      ...options,
      pump: new BacklogPump(options.timers),
      origins: new OriginPolicy(options.origins),
    };
    this.#sockets = new Sockets(shared);
    addServerMetrics(options.metrics, {
      chat: options.chat,
      sockets: this.#sockets,
      instances: () => 1 + (options.neighbourhood?.size ?? 0),
    });
    const handler = makeHandler({
      ...shared,
      sockets: this.#sockets,
      readiness: this.#readiness,
      proxies: new TrustedProxies(options.trustedProxies),
      roomsToken: new BearerToken(options.roomsToken),
      metricsToken: new BearerToken(options.metricsToken),
    });
    this.#listeners = ports.map((port) =>
      new Listener(handler, { hostname: host, port, tls }, observer)
    );
  }

  /** The ports that it listens on. */
  get ports(): number[] {
    return this.#listeners.map((listener) => listener.port);
  }

  /** Says that no work is wanted any more; open sockets go on. */
  refuseNew(): void {
    this.#readiness.trouble = DISCONNECTS.goingAway.reason;
    this.#sockets.refuseNew(DISCONNECTS.goingAway);
  }

  /** Ends all sockets; they may come back to another instance. */
  closeSockets(): void {
    this.#sockets.stop(DISCONNECTS.goingAway);
  }

  /** Does so one by one, so that they do not all come back at once. */
  drainSockets(
    options: Pick<DrainOptions, "withinMs" | "random">,
  ): Promise<void> {
    return this.#sockets.drain(DISCONNECTS.goingAway, options);
  }

  /** Resolves when the last peer is gone, which may take for ever. */
  async stopListening(): Promise<void> {
    // The runtime ends sockets with a code of its own, if ours has not left.
    for (let i = 0; i < LEAVING_TURNS; i++) {
      await new Promise<void>((resolve) => this.#timers.soon(resolve));
    }
    await Promise.all(this.#listeners.map((listener) => listener.stop()));
  }
}
