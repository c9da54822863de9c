/**
 * From a WebSocket request to a session.
 *
 * @module
 */
import { STATUS_CODE } from "@std/http/status";
import type { Disconnect } from "../core/errors.ts";
import type { Timers } from "../core/ports.ts";
import {
  type Dialect,
  type DialectSettings,
  isProfile,
  type Profile,
  PROFILES,
} from "../dialects/dialect.ts";
import {
  DIALECT_NAMES,
  dialectNamed,
  dialectOfPath,
} from "../dialects/registry.ts";
import { Admission } from "./admission.ts";
import { checkHandshake, refusal } from "./handshake.ts";
import type { OriginPolicy } from "./origins.ts";
import { type ShellPorts, SocketShell } from "./socket_shell.ts";

/** After so many seconds a client that was refused may try again. */
const RETRY_AFTER_S = 5;

const MS_PER_SECOND = 1_000;

/** What the sockets of a server share. */
export interface SocketPorts extends ShellPorts {
  readonly origins: OriginPolicy;
  readonly timers: Timers;
  readonly settings: DialectSettings;
  readonly profile: Profile;
  /** ms without a sign of life after which the runtime ends a socket; 0: never. */
  readonly idleTimeoutMs: number;
}

interface Choice {
  readonly dialect: Dialect;
  readonly profile: Profile;
  /** The subprotocol that chose it. */
  readonly protocol?: string;
}

/** All open sockets of this server. */
export class Sockets {
  readonly #ports: SocketPorts;
  readonly #admission: Admission;
  readonly #shells = new Set<SocketShell>();
  #stopping: Disconnect | undefined;

  constructor(ports: SocketPorts) {
    this.#ports = ports;
    this.#admission = new Admission(ports.chat.limits);
  }

  /** Open sockets. */
  get size(): number {
    return this.#shells.size;
  }

  /** Answers a WebSocket request. */
  upgrade(request: Request, url: URL, address: string): Response {
    const choice = this.#check(request, url);
    if (choice instanceof Response) return choice;
    const full = this.#admission.enter(address);
    if (full !== undefined) return unavailable(full);
    try {
      return this.#open(request, { ...choice, url, address });
    } catch (error) {
      this.#admission.leave(address);
      throw error;
    }
  }

  /** Takes no new sockets and ends all that are open. */
  stop(ending: Disconnect): void {
    this.#stopping = ending;
    for (const shell of this.#shells) shell.disconnect(ending);
  }

  /** Takes no new sockets. */
  refuseNew(ending: Disconnect): void {
    this.#stopping = ending;
  }

  #check(request: Request, url: URL): Response | Choice {
    const wrong = checkHandshake(request);
    if (wrong) return wrong;
    if (this.#stopping) return unavailable("Server is stopping");
    const origin = request.headers.get("origin");
    if (!this.#ports.origins.allows(origin, url)) {
      return refusal(STATUS_CODE.Forbidden, "Origin is not allowed");
    }
    const profile = url.searchParams.get("profile") ?? this.#ports.profile;
    if (!isProfile(profile)) {
      return refusal(
        STATUS_CODE.BadRequest,
        `profile must be ${PROFILES.join(" or ")}`,
      );
    }
    const name = url.searchParams.get("dialect");
    const protocol = offered(request).find((one) => dialectNamed(one));
    if (name === null && protocol !== undefined) {
      const dialect = dialectNamed(protocol);
      if (dialect) return { dialect, profile, protocol };
    }
    const dialect = name === null
      ? dialectOfPath(url.pathname)
      : dialectNamed(name);
    if (dialect) return { dialect, profile };
    return name === null
      ? refusal(STATUS_CODE.NotFound, "Endpoint not found")
      : refusal(
        STATUS_CODE.BadRequest,
        `dialect must be ${DIALECT_NAMES.join(" or ")}`,
      );
  }

  #open(
    request: Request,
    { dialect, profile, protocol, url, address }: Choice & {
      url: URL;
      address: string;
    },
  ): Response {
    // Taken before the upgrade: after it the signal never fires.
    const { signal } = request;
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: Math.ceil(this.#ports.idleTimeoutMs / MS_PER_SECOND),
    });
    // The runtime's own option splits the offered list by ", " alone.
    if (protocol) response.headers.set("sec-websocket-protocol", protocol);
    const shell = new SocketShell(socket, this.#ports, () => {
      this.#shells.delete(shell);
      this.#admission.leave(address);
    });
    this.#shells.add(shell);
    const { pathname: path, searchParams: query } = url;
    const { clock, timers, settings } = this.#ports;
    const surroundings = { address, clock, timers, settings };
    shell.attach(dialect, { path, query, profile, ...surroundings });
    signal.addEventListener("abort", () => shell.abandon(), { once: true });
    return response;
  }
}

function offered(request: Request): string[] {
  const header = request.headers.get("sec-websocket-protocol") ?? "";
  return header.split(",").map((name) => name.trim());
}

function unavailable(why: string): Response {
  return refusal(STATUS_CODE.ServiceUnavailable, why, {
    "retry-after": String(RETRY_AFTER_S),
  });
}
