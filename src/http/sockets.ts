/**
 * From a request to a session.
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
import { type DrainOptions, endInTurn } from "./drain.ts";
import { checkHandshake, refusal, unavailable } from "./handshake.ts";
import { endpointNotFound } from "./rest_chat_ws.ts";
import type { OriginPolicy } from "./origins.ts";
import type { Transports } from "./socket_io/engine.ts";
import { SocketIo } from "./socket_io/socket_io.ts";
import { type ShellPorts, SocketShell } from "./socket_shell.ts";

const MS_PER_SECOND = 1_000;

/** What the sockets of a server share. */
export interface SocketPorts extends ShellPorts {
  readonly origins: OriginPolicy;
  readonly timers: Timers;
  readonly settings: DialectSettings;
  readonly profile: Profile;
  /** ms without a sign of life after which the runtime ends a socket; 0: never. */
  readonly idleTimeoutMs: number;
  /** How Socket.IO's clients may connect. */
  readonly socketIoTransports: Transports;
}

interface Choice {
  readonly dialect: Dialect;
  readonly profile: Profile;
  /** The subprotocol that chose it. */
  readonly protocol?: string;
}

/** How many sockets are open, and how far their readers are behind. */
export interface SocketCensus {
  readonly byDialect: ReadonlyMap<string, number>;
  readonly waitingBytes: number;
  /** Of the one with the most. */
  readonly waitingBytesMax: number;
}

/** All open sockets of this server. */
export class Sockets {
  readonly #ports: SocketPorts;
  readonly #admission: Admission;
  readonly #socketIo: SocketIo;
  readonly #shells = new Set<SocketShell>();
  #stopping: Disconnect | undefined;

  constructor(ports: SocketPorts) {
    this.#ports = ports;
    const admission = new Admission(ports.chat.limits);
    this.#admission = admission;
    this.#socketIo = new SocketIo({ ...ports, admission });
  }

  /** Open sockets, and connections of Socket.IO. */
  get size(): number {
    return this.#shells.size + this.#socketIo.size;
  }

  /** Open sockets by dialect, and what waits for their readers. */
  census(): SocketCensus {
    const byDialect = new Map<string, number>();
    let [waitingBytes, waitingBytesMax] = [0, 0];
    for (const { dialect, waitingBytes: bytes } of this.#all()) {
      byDialect.set(dialect, (byDialect.get(dialect) ?? 0) + 1);
      waitingBytes += bytes;
      waitingBytesMax = Math.max(waitingBytesMax, bytes);
    }
    return { byDialect, waitingBytes, waitingBytesMax };
  }

  /** Answers a WebSocket request. */
  upgrade(
    request: Request,
    url: URL,
    address: string,
  ): Response | Promise<Response> {
    const choice = this.#check(request, url);
    if (choice instanceof Response) return choice;
    if (choice.dialect.carrier === "socket.io") {
      return this.#socketIo.upgrade(request, { ...choice, url, address });
    }
    const full = this.#admission.enter(address);
    if (full !== undefined) return unavailable(full);
    try {
      return this.#open(request, { ...choice, url, address });
    } catch (error) {
      this.#admission.leave(address);
      throw error;
    }
  }

  /** Answers another request to one of Socket.IO's paths. */
  poll(
    request: Request,
    url: URL,
    address: string,
  ): Response | Promise<Response> {
    const origin = request.headers.get("origin");
    const { origins } = this.#ports;
    // A page that fetches by a script element says nothing of its origin.
    const isScript = url.searchParams.has("j") && !origins.isOpen;
    if (isScript || !origins.allows(origin, url)) return foreignOrigin();
    const profile = this.#profileOf(url);
    if (profile instanceof Response) return profile;
    const dialect = dialectOfPath(url.pathname);
    if (dialect?.carrier !== "socket.io") return endpointNotFound();
    const options = { dialect, profile, url, address };
    return this.#socketIo.poll(request, options);
  }

  /** Takes no new sockets and ends all that are open. */
  stop(ending: Disconnect): void {
    this.#stopping = ending;
    this.#socketIo.stop(ending);
    for (const shell of this.#shells) shell.disconnect(ending);
  }

  /** Takes no new sockets and ends all that are open one by one. */
  async drain(
    ending: Disconnect,
    options: Pick<DrainOptions, "withinMs" | "random">,
  ): Promise<void> {
    this.refuseNew(ending);
    const { clock, timers } = this.#ports;
    const ends = Array.from(
      this.#shells,
      (shell) => () => shell.disconnect(ending),
    );
    await endInTurn([...ends, ...this.#socketIo.ends(ending)], {
      ...options,
      clock,
      timers,
    });
    // Those whose handshake was under way.
    this.stop(ending);
  }

  /** Takes no new sockets. */
  refuseNew(ending: Disconnect): void {
    this.#stopping = ending;
    this.#socketIo.refuseNew(ending);
  }

  *#all(): Iterable<{ dialect: string; waitingBytes: number }> {
    yield* this.#shells;
    yield* this.#socketIo.connections();
  }

  #profileOf(url: URL): Profile | Response {
    const profile = url.searchParams.get("profile") ?? this.#ports.profile;
    if (isProfile(profile)) return profile;
    return refusal(
      STATUS_CODE.BadRequest,
      `profile must be ${PROFILES.join(" or ")}`,
    );
  }

  #check(request: Request, url: URL): Response | Choice {
    const wrong = checkHandshake(request);
    if (wrong) return wrong;
    if (this.#stopping) return unavailable("Server is stopping");
    const origin = request.headers.get("origin");
    if (!this.#ports.origins.allows(origin, url)) return foreignOrigin();
    const profile = this.#profileOf(url);
    if (profile instanceof Response) return profile;
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
    return name === null ? endpointNotFound() : refusal(
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

function foreignOrigin(): Response {
  return refusal(STATUS_CODE.Forbidden, "Origin is not allowed");
}
