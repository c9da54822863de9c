import { slicedBody } from "./sliced_body.ts";

/**
 * The long answers that their readers have not taken yet, counted in bytes:
 * connections over HTTP are not limited, and each may leave one unread.
 */
export class UnreadAnswers {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** No more should be made: ask again later. */
  get isFull(): boolean {
    return this.#bytes >= this.#bytesMax;
  }

  /** The body of an answer, which counts until it is read or nobody reads it. */
  body(bytes: Uint8Array<ArrayBuffer>): ReturnType<typeof slicedBody> {
    this.#bytes += bytes.length;
    const body = slicedBody(bytes, () => this.#bytes -= bytes.length);
    // The runtime takes it at once.
    if (body === bytes) this.#bytes -= bytes.length;
    return body;
  }
}
