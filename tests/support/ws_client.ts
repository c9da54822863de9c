import type { Json } from "../../src/core/types.ts";

/** How long a test waits for what must come, in ms. */
const WAIT_MS_MAX = 20_000;

/** A real WebSocket whose frames are read one after the other. */
export class WsClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #frames: string[] = [];
  #heard = Promise.withResolvers<void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    const { promise, resolve } = Promise.withResolvers<
      { code: number; reason: string }
    >();
    this.closed = promise;
    socket.onmessage = ({ data }) => {
      this.#frames.push(String(data));
      this.#wake();
    };
    socket.onclose = ({ code, reason }) => {
      resolve({ code, reason });
      this.#wake();
    };
    socket.onerror = () => this.#wake();
  }

  /** Opens a socket; rejects if the server refuses it. */
  static async open(
    url: string | URL,
    protocols: string[] = [],
  ): Promise<WsClient> {
    const href = String(url).replace(/^http/, "ws");
    const socket = new WebSocket(href, protocols);
    const client = new WsClient(socket);
    const opened = Promise.withResolvers<void>();
    socket.addEventListener("open", () => opened.resolve());
    socket.addEventListener(
      "error",
      () => opened.reject(new Error(`Cannot open ${href}`)),
    );
    await opened.promise;
    return client;
  }

  /** Frames that have come and were not read yet. */
  get unread(): number {
    return this.#frames.length;
  }

  send(frame: Json | Uint8Array<ArrayBuffer>): void {
    this.socket.send(
      frame instanceof Uint8Array || typeof frame === "string"
        ? frame
        : JSON.stringify(frame),
    );
  }

  /** The next frame as text; fails if none comes, or the socket ends. */
  async nextText(): Promise<string> {
    const deadline = Date.now() + WAIT_MS_MAX;
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.socket.readyState === WebSocket.CLOSED) {
        throw new Error("Cannot read frame: socket is closed");
      }
      await this.#wait(deadline - Date.now());
    }
  }

  /** The next frame as JSON. */
  async next(): Promise<Json> {
    return JSON.parse(await this.nextText());
  }

  /** The next `count` frames as JSON. */
  async take(count: number): Promise<Json[]> {
    const frames: Json[] = [];
    while (frames.length < count) frames.push(await this.next());
    return frames;
  }

  /** Everything that came until now, without waiting. */
  drain(): Json[] {
    return this.#frames.splice(0).map((frame) => JSON.parse(frame));
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #wake(): void {
    this.#heard.resolve();
    this.#heard = Promise.withResolvers<void>();
  }

  async #wait(ms: number): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error("Cannot read frame: none came")),
      Math.max(0, ms),
    );
    try {
      await Promise.race([this.#heard.promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
