import type { Limits } from "./limits.ts";

/** Who handles the frames of an inbox. */
export interface FrameHandler {
  /** Handles one frame. May throw or reject: that is a bug. */
  receive(text: string): Promise<void> | void;
  /** More frames wait than may; nothing is handled any more. */
  flooded(): void;
  /** `receive` threw; nothing is handled any more. */
  failed(error: unknown): void;
}

/**
 * The frames of one session, handled strictly one after the other.
 *
 * The runtime cannot stop reading a socket, so what comes in faster than it is
 * handled waits here, up to a limit.
 */
export class Inbox {
  readonly #handler: FrameHandler;
  readonly #limits: Limits;
  #waiting: { text: string; bytes: number }[] = [];
  #frames = 0;
  #bytes = 0;
  #busy = false;
  #closed = false;
  #finished = false;
  #done: (() => void) | undefined;

  constructor(handler: FrameHandler, limits: Limits) {
    this.#handler = handler;
    this.#limits = limits;
  }

  /** Takes one frame; handles it at once if none is before it. */
  push(text: string, bytes: number): void {
    if (this.#closed || this.#finished) return;
    if (!this.#busy) {
      this.#busy = true;
      this.#drain(() => this.#handler.receive(text));
      return;
    }
    this.#waiting.push({ text, bytes });
    this.#frames++;
    this.#bytes += bytes;
    const { INBOX_FRAMES_MAX, INBOX_BYTES_MAX } = this.#limits;
    if (this.#frames > INBOX_FRAMES_MAX || this.#bytes > INBOX_BYTES_MAX) {
      this.close();
      this.#handler.flooded();
    }
  }

  /** Does something before the first frame, which waits for it. */
  begin(start: () => Promise<void> | void): void {
    this.#busy = true;
    this.#drain(start);
  }

  /** Takes no more, and calls `done` once all that waits is handled. */
  finish(done: () => void): void {
    this.#finished = true;
    if (this.#busy) this.#done = done;
    else done();
  }

  /** Drops what waits and takes no more. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#bytes = 0;
  }

  /** Never rejects. */
  async #drain(first: () => Promise<void> | void): Promise<void> {
    try {
      await first();
      while (this.#waiting.length > 0) {
        // Frames that come in meanwhile start a new list: no shift per frame.
        const batch = this.#waiting;
        this.#waiting = [];
        for (const { text, bytes } of batch) {
          if (this.#closed) return;
          await this.#handler.receive(text);
          this.#frames--;
          this.#bytes -= bytes;
        }
      }
    } catch (error) {
      this.close();
      this.#handler.failed(error);
    } finally {
      this.#busy = false;
      this.#done?.();
    }
  }
}
