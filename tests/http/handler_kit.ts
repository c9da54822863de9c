import type { LimitName } from "../../src/core/limits.ts";
import type { Profile } from "../../src/dialects/dialect.ts";
import {
  type AppPorts,
  type Handler,
  makeHandler,
} from "../../src/http/app.ts";
import { BearerToken } from "../../src/http/bearer_token.ts";
import { OriginPolicy } from "../../src/http/origins.ts";
import { BacklogPump } from "../../src/http/outbox.ts";
import { Sockets } from "../../src/http/sockets.ts";
import { ChatKit } from "../support/chat_kit.ts";
import { TrustedProxies } from "../../src/ops/trusted_proxies.ts";
import { defaults } from "./local_server.ts";

const ORIGIN = "http://127.0.0.1:3000";

/** How a handler is set up. */
export interface HandlerOptions {
  readonly origins?: readonly string[];
  readonly profile?: Profile;
  readonly roomsToken?: string;
  readonly limits?: Partial<Record<LimitName, number>>;
  /** Stand in for what a handler is made of. */
  readonly ports?: Partial<AppPorts>;
}

/** The server's handler on a real store, without sockets. */
export class HandlerKit implements Disposable {
  readonly kit: ChatKit;
  readonly readiness: { trouble: string | undefined } = { trouble: undefined };
  readonly #handler: Handler;

  private constructor(kit: ChatKit, options: HandlerOptions) {
    this.kit = kit;
    const config = defaults();
    const shared = {
      ...config,
      chat: kit.chat,
      clock: { now: () => kit.nowMs, elapsed: () => kit.nowMs },
      timers: kit.timers,
      pump: new BacklogPump(kit.timers),
      observer: {
        meter: kit.meter,
        bug: (_where: string, error: unknown) => void kit.bugs.push(error),
        trouble: (_where: string, error: unknown) =>
          void kit.troubles.push(error),
      },
      origins: new OriginPolicy(options.origins ?? config.origins),
      profile: options.profile ?? config.profile,
    };
    this.#handler = makeHandler({
      ...shared,
      sockets: new Sockets(shared),
      readiness: this.readiness,
      version: "1.2.3",
      metrics: kit.metrics,
      metricsToken: new BearerToken(""),
      proxies: new TrustedProxies([]),
      roomsToken: new BearerToken(options.roomsToken ?? ""),
      ...options.ports,
    });
  }

  static async open(options: HandlerOptions = {}): Promise<HandlerKit> {
    const { limits } = options;
    return new HandlerKit(
      await ChatKit.open(limits ? { limits } : {}),
      options,
    );
  }

  /** Asks for a path. */
  async ask(
    path: string,
    init: RequestInit & { readonly peer?: string } = {},
  ): Promise<Response> {
    const { peer = "127.0.0.1" } = init;
    const request = new Request(ORIGIN + path, init);
    return await this.#handler(request, peer);
  }

  /** Says something in a room, which is made if it is new. */
  async say(room: string): Promise<void> {
    await this.kit.say(this.kit.admit().who, room, "hello");
  }

  [Symbol.dispose](): void {
    this.kit[Symbol.dispose]();
  }
}

/** What a page would see of an answer. */
export async function seen(
  response: Response,
): Promise<{ status: number; body: unknown }> {
  return { status: response.status, body: await response.json() };
}
