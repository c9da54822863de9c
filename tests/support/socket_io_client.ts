import { FrameQueue } from "./frame_queue.ts";

/** Versions of the npm package `socket.io-client` that are tried. */
export const VERSIONS = ["4.8", "3.1", "2.4", "2.0"] as const;

/** One of `VERSIONS`. */
export type Version = typeof VERSIONS[number];

/** A way to connect, as the client's option `transports` has it. */
export type Transports = readonly ("polling" | "websocket")[];

/** Turns of the event loop until a client that has closed has no timers left. */
const LAST_TURNS = 3;

/** A wait between two attempts to connect, in ms. */
const RECONNECT_MS = 20;

interface Engine {
  readonly readyState: string;
  readonly transport: { readonly name: string };
  once(event: string, heard: () => void): void;
}

/** What the client's versions have in common, as far as it is used. */
interface Socket {
  readonly id?: string;
  readonly connected: boolean;
  readonly io: { readonly engine: Engine };
  on(event: string, heard: (...args: unknown[]) => void): void;
  emit(event: string, ...args: unknown[]): void;
  close(): void;
}

type Connect = (url: string, options: Record<string, unknown>) => Socket;

/** How a client connects. */
export interface SocketIoOptions {
  readonly version: Version;
  /** Default: websocket alone. */
  readonly transports?: Transports;
  readonly query?: Readonly<Record<string, string>>;
}

/** The real client, whose events are read one after the other. */
export class SocketIoClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #heard = new FrameQueue();
  readonly #states = new FrameQueue();

  private constructor(socket: Socket) {
    this.#socket = socket;
    for (const event of ["exchanges", "participants/room", "exception"]) {
      socket.on(
        event,
        (...args) => this.#heard.push(JSON.stringify([event, ...args])),
      );
    }
    socket.on("connect", () => this.#states.push("connect"));
    socket.on("disconnect", (why) => this.#states.push(`disconnect: ${why}`));
  }

  /** Connects; fails if it cannot. */
  static async open(
    url: string,
    { version, transports = ["websocket"], query = {} }: SocketIoOptions,
  ): Promise<SocketIoClient> {
    const connect = await load(version);
    const socket = connect(url, {
      transports,
      query,
      forceNew: true,
      reconnectionDelay: RECONNECT_MS,
      reconnectionDelayMax: RECONNECT_MS,
    });
    const client = new SocketIoClient(socket);
    await client.state("connect");
    return client;
  }

  /** The id that the client has for itself. */
  get id(): string | undefined {
    return this.#socket.id;
  }

  /** The transport that it is on. */
  get transport(): string {
    return this.#socket.io.engine.transport.name;
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  emit(event: string, payload: unknown): void {
    this.#socket.emit(event, payload);
  }

  /** Emits and resolves to the acknowledgement's arguments. */
  ask(event: string, payload: unknown): Promise<unknown[]> {
    return new Promise((resolve) =>
      this.#socket.emit(event, payload, (...args: unknown[]) => resolve(args))
    );
  }

  /** The next event: its name and its arguments. */
  async next(): Promise<unknown> {
    return JSON.parse(await this.#heard.next());
  }

  /** Waits until it has connected, or until it was disconnected for a reason. */
  async state(wanted: string): Promise<void> {
    while (await this.#states.next() !== wanted);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Closes, and resolves when nothing of the client is left. */
  async close(): Promise<void> {
    const { engine } = this.#socket.io;
    this.#socket.close();
    if (engine.readyState !== "closed") {
      await new Promise<void>((resolve) => engine.once("close", resolve));
    }
    // Polling clients look at their last answers once more, twice.
    for (let i = 0; i < LAST_TURNS; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

async function load(version: Version): Promise<Connect> {
  switch (version) {
    case "4.8":
      return (await import("socket.io-client")).io as unknown as Connect;
    case "3.1":
      return (await import("socket.io-client-3")).io as unknown as Connect;
    case "2.4":
      return untyped(await import("socket.io-client-2.4"));
    case "2.0":
      return untyped(await import("socket.io-client-2.0"));
  }
}

function untyped(module: { default: unknown }): Connect {
  return module.default as Connect;
}
