/**
 * The messages of one session that are not on disk yet.
 *
 * A session's frames take effect in order, but it need not wait for the disk
 * after each message: sends have their place as soon as they are handed over.
 * Any other frame waits for `settled()` first, so that it finds the effect of
 * all before it.
 */
export class InFlight {
  readonly #max: number;
  #count = 0;
  #waiters: { upTo: number; resolve: () => void }[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** Counts one until it is settled. `failed` must not throw. */
  track(committed: Promise<unknown>, failed: (error: unknown) => void): void {
    this.#count++;
    const settle = () => {
      this.#count--;
      this.#wake();
    };
    committed.then(settle, (error) => {
      failed(error);
      settle();
    });
  }

  /** Resolves when there is room for one more. */
  room(): Promise<void> | undefined {
    return this.#below(this.#max - 1);
  }

  /** Resolves when there is none. */
  settled(): Promise<void> | undefined {
    return this.#below(0);
  }

  /** Runs once there is none: at once if so. */
  whenSettled(run: () => void): void {
    const settled = this.settled();
    if (settled) settled.then(run);
    else run();
  }

  #below(upTo: number): Promise<void> | undefined {
    if (this.#count <= upTo) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ upTo, resolve });
    return promise;
  }

  #wake(): void {
    if (this.#waiters.length === 0) return;
    this.#waiters = this.#waiters.filter(({ upTo, resolve }) => {
      if (this.#count > upTo) return true;
      resolve();
      return false;
    });
  }
}
