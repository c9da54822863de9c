import { EventEmitter } from "node:events";
import { STATUS_CODE } from "@std/http/status";
import type { Answer } from "./node_request.ts";

/** Headers as Node's `writeHead` takes them. */
type NodeHeaders = Readonly<Record<string, string | number>>;

/** A Fetch response in the clothes of `http.ServerResponse`, as engine.io writes it. */
export class NodeResponse extends EventEmitter {
  readonly #answer: Answer;
  #status: number = STATUS_CODE.OK;
  #headers: Headers = new Headers();

  constructor(answer: Answer) {
    super();
    this.#answer = answer;
  }

  writeHead(status: number, headers: NodeHeaders = {}): this {
    this.#status = status;
    for (const [name, value] of Object.entries(headers)) {
      this.#headers.set(name, String(value));
    }
    return this;
  }

  end(body?: string | Uint8Array<ArrayBuffer>): this {
    const init = { status: this.#status, headers: this.#headers };
    this.#answer(new Response(body ?? null, init));
    return this;
  }
}

/** What engine.io takes for the TCP socket of an upgrade: it only refuses there. */
export class NodeSocket extends EventEmitter {
  readonly writable = true;
  /** The WebSocket that the request has become. */
  opened: { close(): void } | undefined;
  readonly #answer: Answer;
  #written = "";

  constructor(answer: Answer) {
    super();
    this.#answer = answer;
  }

  /** Takes a whole HTTP/1.1 answer as text. */
  write(text: string): void {
    this.#written += text;
  }

  destroy(): void {
    const body = this.#written.split("\r\n\r\n")[1] ?? "";
    this.#answer(new Response(body, { status: STATUS_CODE.BadRequest }));
    this.opened?.close();
    this.emit("close");
  }
}
