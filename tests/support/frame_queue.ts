/** How long a test waits for what must come, in ms. */
const WAIT_MS_MAX = 10_000;

/** Frames that came, read one after the other. */
export class FrameQueue {
  readonly #frames: string[] = [];
  #came = Promise.withResolvers<void>();
  #ended = false;

  /** Frames that have come and were not read yet. */
  get unread(): readonly string[] {
    return this.#frames;
  }

  push(frame: string): void {
    this.#frames.push(frame);
    this.#wake();
  }

  /** No more will come. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The next frame; fails if none comes. */
  async next(): Promise<string> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, WAIT_MS_MAX);
    try {
      for (;;) {
        const frame = this.#frames.shift();
        if (frame !== undefined) return frame;
        if (this.#ended) throw new Error("Cannot read frame: it was ended");
        if (late) throw new Error("Cannot read frame: none came");
        await this.#came.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #wake(): void {
    this.#came.resolve();
    this.#came = Promise.withResolvers<void>();
  }
}
