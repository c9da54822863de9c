/**
 * The real socket.io, inside this server's own listener.
 *
 * Source: the npm packages socket.io 4.8.4 and engine.io 6.6.12; they speak
 * Engine.IO 4 (clients from version 3) and 3 (clients of version 2).
 *
 * @module
 */
import { Server, type ServerOptions, type Socket } from "socket.io";
import type { Socket as Conn } from "engine.io";
import { STATUS_CODE } from "@std/http/status";
import type { Disconnect } from "../../core/errors.ts";
import type { Timers } from "../../core/ports.ts";
import type { DialectSettings } from "../../dialects/dialect.ts";
import { isSocketIoPath } from "../../dialects/registry.ts";
import type { Admission } from "../admission.ts";
import { refusal, unavailable } from "../handshake.ts";
import type { OriginPolicy } from "../origins.ts";
import type { BacklogPump } from "../outbox.ts";
import type { HostPorts } from "../session_host.ts";
import { Connection } from "./connection.ts";
import { Engine, type Transports } from "./engine.ts";
import type { NodeRequest } from "./node_request.ts";
import { makePacketParser } from "./packet_decoder.ts";
import { SocketIoShell } from "./socket_io_shell.ts";
import { Visit, type VisitOptions } from "./visit.ts";

/** How long a browser may remember the answer to a preflight, in s. */
const PREFLIGHT_AGE_MAX_S = 600;

/** What Socket.IO needs. */
export interface SocketIoPorts extends HostPorts {
  readonly pump: BacklogPump;
  readonly admission: Admission;
  readonly origins: OriginPolicy;
  readonly timers: Timers;
  readonly settings: DialectSettings;
  readonly socketIoTransports: Transports;
}

/** All Socket.IO connections of this server. */
export class SocketIo {
  readonly #ports: SocketIoPorts;
  readonly #engine: Engine;
  readonly #connections = new Map<Conn, Connection>();
  #stopping: Disconnect | undefined;

  constructor(ports: SocketIoPorts) {
    this.#ports = ports;
    const { chat, clock, pump, observer } = ports;
    this.#engine = new Engine({
      transports: ports.socketIoTransports,
      limits: chat.limits,
      pump,
      observer,
      admit: (visit) => this.#admit(visit),
    });
    // Before socket.io hears of a connection, which it may end at once.
    this.#engine.on("connection", (conn: Conn) => this.#connected(conn));
    const io = new Server({
      serveClient: false,
      parser: makePacketParser(clock),
      adapter: NoRooms as unknown as NonNullable<ServerOptions["adapter"]>,
    });
    io.bind(this.#engine);
    io.on("connection", (socket) => this.#opened(socket));
  }

  /** Open connections. */
  get size(): number {
    return this.#connections.size;
  }

  /** Answers a WebSocket request. */
  upgrade(request: Request, options: VisitOptions): Promise<Response> {
    const url = new URL(options.url);
    const { pathname: path, searchParams: query } = url;
    // Who names the dialect instead of the path need not speak of transports.
    if (!isSocketIoPath(path) && !query.has("transport")) {
      query.set("transport", "websocket");
    }
    return this.#engine.fetch(request, new Visit({ ...options, url }));
  }

  /** Answers any other request. */
  async poll(request: Request, options: VisitOptions): Promise<Response> {
    const cors = this.#ports.origins.credentialHeaders(
      request.headers.get("origin"),
    );
    const { method } = request;
    const response = method === "OPTIONS"
      ? preflight(request)
      : method !== "GET" && method !== "POST"
      ? refusal(STATUS_CODE.MethodNotAllowed, "Socket.IO needs GET or POST", {
        allow: "GET, POST",
      })
      : await this.#engine.fetch(request, new Visit(options));
    for (const [name, value] of Object.entries(cors)) {
      response.headers.set(name, value);
    }
    return response;
  }

  /** Takes no new connections. */
  refuseNew(ending: Disconnect): void {
    this.#stopping = ending;
  }

  /** All of them. */
  connections(): Iterable<Connection> {
    return this.#connections.values();
  }

  /** What ends each of the connections that are open. */
  ends(ending: Disconnect): (() => void)[] {
    return Array.from(
      this.#connections.values(),
      (connection) => () => connection.end(ending),
    );
  }

  /** Takes no new connections and ends all that are open. */
  stop(ending: Disconnect): void {
    this.#stopping = ending;
    for (const connection of this.#connections.values()) {
      connection.end(ending);
    }
  }

  #admit(visit: Visit): Response | undefined {
    if (this.#stopping) return unavailable("Server is stopping");
    const full = visit.enter(this.#ports.admission);
    return full === undefined ? undefined : unavailable(full);
  }

  #connected(conn: Conn): void {
    const { visit } = conn.request as unknown as NodeRequest;
    const connection = new Connection(conn, visit, this.#ports);
    this.#connections.set(conn, connection);
    conn.once("close", () => {
      this.#connections.delete(conn);
      connection.closed();
    });
    // Later: socket.io has yet to hear of it, and that it has ended.
    const ending = this.#stopping;
    if (ending) queueMicrotask(() => connection.end(ending));
  }

  #opened(socket: Socket): void {
    const { clock, timers, settings, observer } = this.#ports;
    const connection = this.#connections.get(socket.conn);
    try {
      // Who asks twice in one breath has one session.
      if (!connection || connection.shell) return void socket.disconnect();
      const { url, profile, address, resume } = connection.visit;
      const { pathname: path, searchParams: query } = url;
      const going = resume && { resume };
      const surroundings = { address, clock, timers, settings, ...going };
      const shell = new SocketIoShell(socket, connection, this.#ports);
      shell.attach({ path, query, profile, ...surroundings });
    } catch (error) {
      observer.bug("socket.io", error);
      socket.disconnect(true);
    }
  }
}

/** The answer to a browser that asks what it may send from another origin. */
function preflight(request: Request): Response {
  const asked = request.headers.get("access-control-request-headers");
  return new Response(null, {
    status: STATUS_CODE.NoContent,
    headers: {
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": asked ?? "content-type",
      "access-control-max-age": String(PREFLIGHT_AGE_MAX_S),
    },
  });
}

/** Socket.IO's own rooms, which nothing here uses: a set or two per socket less. */
class NoRooms {
  init(): void {}
  close(): void {}
  addAll(): void {}
  delAll(): void {}
  socketRooms(): undefined {}
}
