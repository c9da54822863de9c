/**
 * From a request to a session.
 *
 * @module
 */
import { STATUS_CODE } from "@std/http/status";
import type { Disconnect } from "../core/errors.ts";
import type { Timers } from "../core/ports.ts";
import type { Resumption } from "../core/resumption.ts";
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
import { Resuming } from "./resuming.ts";
import { RoomEvents } from "./room_events.ts";
import type { Transports } from "./socket_io/engine.ts";
import { SocketIo } from "./socket_io/socket_io.ts";
import { type ShellPorts, SocketShell } from "./socket_shell.ts";

const MS_PER_SECOND = 1_000;

/** What streams of events are counted as. */
const STREAMS = "events";

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

interface Asked extends Choice {
  readonly url: URL;
  readonly address: string;
  readonly resume?: Resumption;
}

/** All that stays open on this server: sockets, and streams of events. */
export class Sockets {
  readonly events: RoomEvents;
  readonly #ports: SocketPorts;
  readonly #admission: Admission;
  readonly #socketIo: SocketIo;
  readonly #shells = new Set<SocketShell>();
  readonly #resuming: Resuming;
  #stopping: Disconnect | undefined;

  constructor(ports: SocketPorts) {
    this.#ports = ports;
    const admission = new Admission(ports.chat.limits);
    this.#admission = admission;
    this.#socketIo = new SocketIo({ ...ports, admission });
    this.#resuming = new Resuming(ports);
    this.events = new RoomEvents({ ...ports, admission });
  }

  /** Open sockets, connections of Socket.IO, and streams. */
  get size(): number {
    return this.#shells.size + this.#socketIo.size + this.events.size;
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
    const { dialect } = choice;
    return this.#resuming.begin(url, dialect, (resume) => {
      const asked = { ...choice, ...resume && { resume }, url, address };
      return dialect.carrier === "socket.io"
        ? this.#socketIo.upgrade(request, asked)
        : this.#admit(request, asked);
    });
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
    return this.#resuming.begin(
      url,
      dialect,
      (resume) =>
        this.#socketIo.poll(request, {
          ...options,
          ...resume && { resume },
        }),
    );
  }

  /** Takes no new sockets and ends all that are open. */
  stop(ending: Disconnect): void {
    this.#stopping = ending;
    this.#socketIo.stop(ending);
    this.events.stop();
    for (const shell of this.#shells) shell.disconnect(ending);
  }

  /** Takes no new sockets and ends all that are open one by one. */
  async drain(
    ending: Disconnect,
    options: Pick<DrainOptions, "withinMs" | "random">,
  ): Promise<void> {
    this.refuseNew(ending);
    const { clock, timers } = this.#ports;
    const ends = [
      ...Array.from(this.#shells, (shell) => () => shell.disconnect(ending)),
      ...this.#socketIo.ends(ending),
      ...Array.from(this.events.streams(), (stream) => () => stream.stop()),
    ];
    await endInTurn(ends, {
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
    this.events.refuseNew();
  }

  *#all(): Iterable<{ dialect: string; waitingBytes: number }> {
    yield* this.#shells;
    yield* this.#socketIo.connections();
    for (const { waitingBytes } of this.events.streams()) {
      yield { dialect: STREAMS, waitingBytes };
    }
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

  #admit(request: Request, asked: Asked): Response {
    const { address } = asked;
    const full = this.#admission.enter(address);
    if (full !== undefined) return unavailable(full);
    try {
      return this.#open(request, asked);
    } catch (error) {
      this.#admission.leave(address);
      throw error;
    }
  }

  #open(
    request: Request,
    { dialect, profile, protocol, resume, url, address }: Asked,
  ): Response {
    // Taken before the upgrade: after it the signal never fires.
    const { signal } = request;
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: Math.ceil(this.#ports.idleTimeoutMs / MS_PER_SECOND),
    });
    // The runtime's own option splits the offered list by ", " alone.
    if (protocol) response.headers.set("sec-websocket-protocol", protocol);
    const shell = new SocketShell(socket, this.#ports, () => {
      resume?.abandon();
      this.#shells.delete(shell);
      this.#admission.leave(address);
    });
    this.#shells.add(shell);
    const { pathname: path, searchParams: query } = url;
    const { clock, timers, settings } = this.#ports;
    const going = resume && { resume };
    const surroundings = { address, clock, timers, settings, ...going };
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
