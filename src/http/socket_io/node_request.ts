import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { nextTick } from "node:process";
import { STATUS_CODE } from "@std/http/status";
import type { Visit } from "./visit.ts";

/** The headers that engine.io looks at. */
const HEADERS_READ = ["origin", "content-type", "user-agent"];

/** A body that engine.io wants as bytes: packets of Engine.IO 3 with bytes. */
const BINARY_TYPE = "application/octet-stream";

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
    this.answer(new Response(null, { status: STATUS_CODE.BadRequest }));
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
    const decoder = this.headers["content-type"] === BINARY_TYPE
      ? undefined
      : new TextDecoder();
    while (this.listenerCount("data") > 0) {
      const { value } = await readOrDestroy(chunks, this);
      if (this.listenerCount("data") === 0) break;
      if (value) this.emit("data", decodeChunk(value, decoder));
      else return void this.emit("end");
    }
    chunks.cancel().catch(() => {});
  }
}

function decodeChunk(
  chunk: Uint8Array,
  decoder: TextDecoder | undefined,
): string | Buffer {
  return decoder?.decode(chunk, { stream: true }) ?? Buffer.from(chunk);
}

/** The next chunk; none at the end, and none, with the request ended, if it cannot be had. */
async function readOrDestroy(
  chunks: ReadableStreamDefaultReader<Uint8Array>,
  request: NodeRequest,
): Promise<{ value?: Uint8Array | undefined }> {
  try {
    return await chunks.read();
  } catch {
    request.destroy();
    request.removeAllListeners("data");
    return {};
  }
}
