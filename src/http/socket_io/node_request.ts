import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { nextTick } from "node:process";
import { STATUS_CODE } from "@std/http/status";
import type { Visit } from "./visit.ts";

/** The headers that engine.io looks at. */
const HEADERS_READ = ["origin", "content-type", "user-agent"];

/** A body that engine.io wants as bytes: packets of Engine.IO 3 with bytes. */
const BINARY_TYPE = "application/octet-stream";

type Chunks = ReadableStreamDefaultReader<Uint8Array>;

/** Answers a request; a second answer is ignored. */
export type Answer = (response: Response) => void;

/** A Fetch request in the clothes of `http.IncomingMessage`, as engine.io reads it. */
export class NodeRequest extends EventEmitter {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Record<string, string> = {};
  readonly connection: { readonly remoteAddress: string };
  /** What the server knows of the connection that is asked for. */
  readonly visit: Visit;
  readonly answer: Answer;
  #request: Request | undefined;
  #chunks: Chunks | undefined;
  #destroyed = false;

  /** @param options `url`: may say more than the request's own. */
  constructor(
    request: Request,
    options: { url: URL; visit: Visit; answer: Answer },
  ) {
    super();
    const { url, visit, answer } = options;
    this.#request = request;
    this.method = request.method;
    this.url = url.pathname + url.search;
    for (const name of HEADERS_READ) {
      const value = request.headers.get(name);
      if (value !== null) this.headers[name] = value;
    }
    this.connection = { remoteAddress: visit.address };
    this.visit = visit;
    this.answer = answer;
  }

  /**
   * Hands the request over, once, to whoever upgrades it.
   *
   * engine.io keeps this object as long as its connection; the runtime's own
   * need not live as long.
   */
  release(): Request {
    const request = this.#request;
    if (!request) throw new TypeError("Cannot upgrade request: it is gone");
    this.#request = undefined;
    return request;
  }

  /** The peer has gone, or the server wants no more of its body. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.answer(new Response(null, { status: STATUS_CODE.BadRequest }));
    this.#chunks?.cancel().catch(() => {});
    // Not at once, as in Node: engine.io is in the middle of closing.
    nextTick(() => this.emit("close"));
  }

  /** Texts come as texts: nothing to be done. */
  setEncoding(): void {}

  /**
   * Streams the body as Node would, and ends the request if its peer goes.
   *
   * Stops reading as soon as nobody listens: engine.io has refused the request.
   *
   * @throws What a listener threw.
   */
  async pump(): Promise<void> {
    const request = this.#request;
    this.#request = undefined;
    if (!request) return;
    const gone = () => this.destroy();
    request.signal.addEventListener("abort", gone, { once: true });
    if (!request.body) return;
    const chunks = request.body.getReader();
    this.#chunks = chunks;
    const decoder = this.headers["content-type"] === BINARY_TYPE
      ? undefined
      : new TextDecoder();
    while (this.#isHeard) {
      const chunk = await this.#read(chunks);
      if (!this.#isHeard) break;
      if (!chunk) return void this.emit("end");
      this.emit("data", decodeChunk(chunk, decoder));
    }
    chunks.cancel().catch(() => {});
  }

  /** engine.io stops listening when it refuses a request. */
  get #isHeard(): boolean {
    return !this.#destroyed && this.listenerCount("data") > 0;
  }

  /** The next chunk; none at the end, nor, the request ended, if it cannot be had. */
  async #read(chunks: Chunks): Promise<Uint8Array | undefined> {
    try {
      return (await chunks.read()).value;
    } catch {
      this.destroy();
      return undefined;
    }
  }
}

function decodeChunk(
  chunk: Uint8Array,
  decoder: TextDecoder | undefined,
): string | Buffer {
  return decoder?.decode(chunk, { stream: true }) ?? Buffer.from(chunk);
}
