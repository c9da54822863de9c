import type { Frame, Link } from "../core/ports.ts";

/** The bytes of frames that more than one stream is sent. */
const encoded = new WeakMap<Frame, Uint8Array<ArrayBuffer>>();

/**
 * The body of an answer that goes on: what waits for its reader, bounded in
 * bytes, handed over one frame at a time as it is taken.
 */
export class EventStream implements Link {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #bytesMax: number;
  readonly #onEnd: () => void;
  #controller:
    | ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>
    | undefined;
  #waiting: Frame[] = [];
  #bytes = 0;
  /** The reader waits for a frame. */
  #isWanted = false;
  #wasTaken = true;
  #isEnding = false;
  #ended = false;
  #drained: PromiseWithResolvers<void> | undefined;

  /** @param onEnd Called once, whoever ends it. */
  constructor({ bytesMax, onEnd }: { bytesMax: number; onEnd: () => void }) {
    this.#bytesMax = bytesMax;
    this.#onEnd = onEnd;
    this.body = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      pull: () => {
        this.#isWanted = true;
        this.#handOver();
      },
      cancel: () => this.#end(),
    }, { highWaterMark: 0 });
  }

  /** Bytes that wait for the reader. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  send(frame: Frame): void {
    if (this.#ended || this.#isEnding) return;
    this.#waiting.push(frame);
    this.#bytes += frame.bytes;
    if (this.#bytes > this.#bytesMax) this.abort("reads too slowly");
    else this.#handOver();
  }

  drained(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    this.#drained ??= Promise.withResolvers<void>();
    return this.#drained.promise;
  }

  /** Ends it behind what waits. */
  close(): void {
    this.#isEnding = true;
    this.#handOver();
  }

  /** Ends it now; what waits is dropped. The reader sees a whole answer. */
  stop(): void {
    if (this.#ended) return;
    this.#controller?.close();
    this.#end();
  }

  /** Ends it now; the reader sees that the answer is not whole. */
  abort(why: string): void {
    if (this.#ended) return;
    this.#controller?.error(new Error(`Cannot go on: ${why}`));
    this.#end();
  }

  /**
   * Says that nothing happens; or ends it, if something has waited since the
   * last beat and nothing was taken.
   */
  beat(heartbeat: Frame): void {
    const isStuck = this.#waiting.length > 0 && !this.#wasTaken;
    this.#wasTaken = false;
    if (isStuck) this.abort("reads too slowly");
    else if (this.#waiting.length === 0) this.send(heartbeat);
  }

  #handOver(): void {
    if (this.#ended) return;
    if (this.#isWanted) {
      const next = this.#waiting.shift();
      if (next) {
        this.#isWanted = false;
        this.#wasTaken = true;
        this.#bytes -= next.bytes;
        this.#controller?.enqueue(bytesOf(next));
      }
    }
    if (this.#waiting.length > 0) return;
    this.#drained?.resolve();
    this.#drained = undefined;
    if (this.#isEnding) this.stop();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting = [];
    this.#drained?.resolve();
    this.#onEnd();
  }
}

function bytesOf(frame: Frame): Uint8Array<ArrayBuffer> {
  const known = encoded.get(frame);
  if (known) return known;
  const bytes = new TextEncoder().encode(frame.text);
  encoded.set(frame, bytes);
  return bytes;
}
