import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { Server, type Socket } from "engine.io";
import { wantsSocket } from "../handshake.ts";
import { EngineSocket, type EngineSocketPorts } from "./engine_socket.ts";
import { NodeRequest } from "./node_request.ts";
import { NodeResponse, NodeSocket } from "./node_response.ts";
import type { Visit } from "./visit.ts";

/** The pause between two pings of the server, as engine.io has it. */
const PING_INTERVAL_MS = 25_000;

/** How long a ping may go unanswered, as engine.io has it. */
const PING_TIMEOUT_MS = 20_000;

/** A connection that gave no sign of life for so long is ended, in ms. */
export const SOCKET_IO_IDLE_MS = PING_INTERVAL_MS + PING_TIMEOUT_MS;

/** How a client may connect. */
export type Transports = "both" | "websocket";

/** What an engine needs. */
export interface EnginePorts extends EngineSocketPorts {
  readonly transports: Transports;
  /** Counts the connection of a handshake, or answers instead. */
  admit(visit: Visit): Response | undefined;
}

/** What engine.io hands to the methods that are overridden here. */
type Verify = Server["verify"];
type Handshake = Server["handshake"];

/**
 * The real engine.io, on `Request`, `Response` and the runtime's WebSockets.
 *
 * The protocol stays the official code; it is used by its public seams
 * (`handleRequest`, `handleUpgrade`, `wsEngine`) and three methods that it
 * leaves to subclasses.
 */
export class Engine extends Server {
  readonly #ports: EnginePorts;

  constructor(ports: EnginePorts) {
    super({
      transports: ports.transports === "both"
        ? ["polling", "websocket"]
        : ["websocket"],
      allowEIO3: true,
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: PING_TIMEOUT_MS,
      maxHttpBufferSize: ports.limits.INBOX_BYTES_MAX,
      // It would pipe a stream into a Node response.
      httpCompression: false,
      perMessageDeflate: false,
      wsEngine: class extends WebSocketEngine {
        constructor() {
          super(ports);
        }
      },
      allowRequest: (request, decide) => {
        const { visit, answer } = request as unknown as NodeRequest;
        const refusal = ports.admit(visit);
        // What engine.io answers after this is too late.
        if (refusal) answer(refusal);
        decide(null, !refusal);
      },
    });
    this.#ports = ports;
  }

  /** Answers a request; never rejects once a connection was counted. */
  fetch(request: Request, visit: Visit): Promise<Response> {
    const { promise, resolve: answer } = Promise.withResolvers<Response>();
    const upgrades = wantsSocket(request);
    const { url } = visit;
    const node = new NodeRequest(request, { url, visit, answer });
    const incoming = node as unknown as IncomingMessage;
    try {
      if (upgrades) {
        const socket = new NodeSocket(answer) as unknown as Duplex;
        this.handleUpgrade(incoming, socket, NOTHING);
      } else {
        const response = new NodeResponse(answer);
        this.handleRequest(incoming, response as unknown as ServerResponse);
        node.pump().catch((error) => this.#failed(node, error));
      }
    } catch (error) {
      visit.leave();
      throw error;
    }
    return promise;
  }

  /**
   * Refuses what engine.io lets pass: to move a connection that is on a
   * WebSocket to another one. With Engine.IO 3 its id is the name by which
   * everybody knows the user, so anybody could take it over.
   */
  protected override verify(...args: Parameters<Verify>): ReturnType<Verify> {
    const [request, isUpgrade, decide] = args;
    const { sid } = request._query;
    const known = sid !== undefined && Object.hasOwn(this.clients, sid);
    if (isUpgrade && known && this.clients[sid]?.transport.name !== "polling") {
      return decide(Server.errors.BAD_REQUEST, { name: "TRANSPORT_MISMATCH" });
    }
    return super.verify(...args);
  }

  protected override async handshake(
    ...args: Parameters<Handshake>
  ): ReturnType<Handshake> {
    const [, request, close] = args;
    const { visit } = request as unknown as NodeRequest;
    try {
      const transport: unknown = await super.handshake(...args);
      if (transport === undefined) visit.leave();
      return transport;
    } catch (error) {
      this.#ports.observer.bug("socket.io", error);
      visit.leave();
      close(Server.errors.BAD_REQUEST);
    }
  }

  protected override createTransport(
    ...args: Parameters<Server["createTransport"]>
  ): ReturnType<Server["createTransport"]> {
    const transport = super.createTransport(...args);
    // It would wait for a poll to say goodbye to, which by then is answered
    // with "Session ID unknown", and keep the process alive for half a minute.
    if (transport.name === "polling") Object.assign(transport, NO_GOODBYE);
    return transport;
  }

  #failed(request: NodeRequest, error: unknown): void {
    this.#ports.observer.bug("socket.io", error);
    request.destroy();
  }
}

/** What may have come behind a handshake: the runtime keeps it. */
const NOTHING = new Uint8Array() as Parameters<Server["handleUpgrade"]>[2];

const NO_GOODBYE = { closeTimeout: 0 };

/** Stands in for the `Server` of the npm package `ws`. */
class WebSocketEngine {
  readonly #ports: EnginePorts;

  constructor(ports: EnginePorts) {
    this.#ports = ports;
  }

  handleUpgrade(
    node: NodeRequest,
    refusals: NodeSocket,
    _head: unknown,
    opened: (socket: EngineSocket) => void,
  ): void {
    const { visit } = node;
    const request = node.release();
    // Taken before the upgrade: after it the signal never fires.
    const { signal } = request;
    // Engine.IO has pings of its own.
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: 0,
    });
    if (visit.protocol) {
      response.headers.set("sec-websocket-protocol", visit.protocol);
    }
    const dressed = new EngineSocket(socket, this.#ports, () => visit.leave());
    refusals.opened = dressed;
    socket.onopen = () => dressed.guard(() => opened(dressed));
    // The peer was gone before the socket was open: no event of it will tell.
    signal.addEventListener("abort", () => {
      if (socket.readyState === WebSocket.CONNECTING) visit.leave();
    }, { once: true });
    node.answer(response);
  }

  close(): void {}
}

export type { Socket };
