import { frame } from "../../src/core/encoder.ts";
import type { LimitName } from "../../src/core/limits.ts";
import type { Link } from "../../src/core/ports.ts";
import type {
  Dialect,
  OpenRequest,
  Session,
} from "../../src/dialects/dialect.ts";
import { Admission } from "../../src/http/admission.ts";
import { OriginPolicy } from "../../src/http/origins.ts";
import { BacklogPump } from "../../src/http/outbox.ts";
import { wantsSocket } from "../../src/http/handshake.ts";
import type { Transports } from "../../src/http/socket_io/engine.ts";
import { SocketIo } from "../../src/http/socket_io/socket_io.ts";
import { runtimeTimers } from "../../src/http/timers.ts";
import { ChatKit } from "../support/chat_kit.ts";
import { RawClient, upgradeRequest } from "../support/raw_client.ts";
import { WsClient } from "../support/ws_client.ts";
import { defaults } from "./local_server.ts";

/** What a session does beside echoing. */
export type Behaviour = Partial<Session>;

/** How a server is set up. */
export interface SocketIoServerOptions {
  readonly behave?: (link: Link, request: OpenRequest) => Behaviour;
  readonly limits?: Partial<Record<LimitName, number>>;
  readonly transports?: Transports;
}

/** Which Engine.IO a client speaks. */
export type Protocol = 3 | 4;

/** Socket.IO alone, on real sockets, with a dialect that a test makes up. */
export class SocketIoServer implements AsyncDisposable {
  readonly kit: ChatKit;
  readonly socketIo: SocketIo;
  readonly admission: Admission;
  /** The frames that sessions were handed. */
  readonly frames: string[] = [];
  /** Sessions that were opened, and that have ended. */
  opened = 0;
  ended = 0;
  /** Requests that are not answered yet. */
  pending = 0;
  /** Called when a request is about to be answered. */
  answered: () => void = () => {};
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #clients: AsyncDisposable[] = [];

  private constructor(kit: ChatKit, options: SocketIoServerOptions) {
    this.kit = kit;
    this.admission = new Admission(kit.chat.limits);
    const { settings, profile } = defaults();
    this.socketIo = new SocketIo({
      chat: kit.chat,
      clock: { now: () => kit.nowMs, elapsed: () => kit.nowMs },
      timers: runtimeTimers,
      pump: new BacklogPump(runtimeTimers),
      observer: {
        bug: (_where, error) => void kit.bugs.push(error),
        trouble: (_where, error) => void kit.troubles.push(error),
      },
      origins: new OriginPolicy(["*"]),
      admission: this.admission,
      settings,
      socketIoTransports: options.transports ?? "both",
    });
    const dialect = this.#dialect(options.behave ?? (() => ({})));
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      async (request, { remoteAddr }) => {
        const url = new URL(request.url);
        const visit = { url, dialect, profile, address: remoteAddr.hostname };
        this.pending++;
        const response =
          await (wantsSocket(request)
            ? this.socketIo.upgrade(request, visit)
            : this.socketIo.poll(request, visit));
        this.pending--;
        this.answered();
        return response;
      },
    );
  }

  static async open(
    options: SocketIoServerOptions = {},
  ): Promise<SocketIoServer> {
    const { limits } = options;
    const kit = await ChatKit.open(limits ? { limits } : {});
    return new SocketIoServer(kit, options);
  }

  get port(): number {
    return this.#server.addr.port;
  }

  /** Where Socket.IO is, for a protocol and a transport. */
  url(protocol: Protocol, transport: string, more = ""): string {
    const query = `EIO=${protocol}&transport=${transport}${more}`;
    return `http://127.0.0.1:${this.port}/socket.io/?${query}`;
  }

  /** A WebSocket that has a Socket.IO socket. */
  async connect(protocol: Protocol = 4): Promise<WsClient> {
    const client = await WsClient.open(this.url(protocol, "websocket"));
    this.#clients.push(client);
    await client.nextText();
    if (protocol === 4) client.send("40");
    await client.nextText();
    return client;
  }

  /** As `connect`, but read only as far as a test does. */
  async connectRaw(): Promise<RawClient> {
    const client = await RawClient.connect(this.port);
    const { pathname, search } = new URL(this.url(3, "websocket"));
    const line = `GET ${pathname}${search} HTTP/1.1`;
    await client.write(upgradeRequest({ line }));
    await client.response();
    await client.frame();
    await client.frame();
    return client;
  }

  /** A client that polls and has a Socket.IO socket. */
  async poller(protocol: Protocol = 4): Promise<Poller> {
    const poller = await Poller.open(this, protocol);
    if (protocol === 4) await poller.post("40");
    await poller.poll();
    return poller;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socketIo.stop({ code: 1001, reason: "test is over" });
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    await this.#server.shutdown();
    this.kit[Symbol.dispose]();
  }

  #dialect(behave: NonNullable<SocketIoServerOptions["behave"]>): Dialect {
    return {
      name: "test",
      carrier: "socket.io",
      open: (link, _chat, request) => {
        this.opened++;
        const behaviour = behave(link, request);
        return {
          start: () => {},
          refuse: (error) => link.send(event("refused", error.message)),
          ...behaviour,
          receive: (text) => {
            this.frames.push(text);
            if (behaviour.receive) return behaviour.receive(text);
            link.send(frame(text));
          },
          end: () => {
            this.ended++;
            behaviour.end?.();
          },
        };
      },
    };
  }
}

/** One request at a time, as a client that polls makes them. */
export class Poller {
  readonly sid: string;
  readonly #url: string;
  readonly #protocol: Protocol;

  private constructor(url: string, sid: string, protocol: Protocol) {
    this.sid = sid;
    this.#url = url;
    this.#protocol = protocol;
  }

  /** The handshake. */
  static async open(
    server: SocketIoServer,
    protocol: Protocol,
  ): Promise<Poller> {
    const response = await fetch(server.url(protocol, "polling"));
    const [, sid = ""] = /"sid":"([^"]+)"/.exec(await response.text()) ?? [];
    const url = server.url(protocol, "polling", `&sid=${sid}`);
    return new Poller(url, sid, protocol);
  }

  /** Polls; the packets of the answer, without what frames them. */
  async poll(): Promise<string[]> {
    const response = await this.ask();
    const body = await response.text();
    if (response.status !== 200) throw new Error(`${response.status}: ${body}`);
    return this.#protocol === 4 ? body.split("\x1e") : packetsOf(body);
  }

  /** Sends packets; the status of the answer. */
  async post(...packets: string[]): Promise<number> {
    const body = this.#protocol === 4
      ? packets.join("\x1e")
      : packets.map((packet) => `${packet.length}:${packet}`).join("");
    const response = await this.ask({ method: "POST", body });
    await response.body?.cancel();
    return response.status;
  }

  /** A request of whatever kind for this connection. */
  ask(init: RequestInit = {}): Promise<Response> {
    return fetch(this.#url, init);
  }
}

/** An event, as a session sends it. */
export function event(
  name: string,
  ...args: unknown[]
): ReturnType<typeof frame> {
  return frame(`42${JSON.stringify([name, ...args])}`);
}

function packetsOf(body: string): string[] {
  const packets: string[] = [];
  let rest = body;
  while (rest !== "") {
    const [head = "", length = ""] = /^(\d+):/.exec(rest) ?? [];
    if (head === "") throw new Error(`Cannot read payload: ${rest}`);
    const end = head.length + Number(length);
    packets.push(rest.slice(head.length, end));
    rest = rest.slice(end);
  }
  return packets;
}
