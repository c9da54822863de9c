import type { Queue } from "./batch.ts";
import type { Pace } from "./pace.ts";
import { busy } from "./store_errors.ts";

/** How long an entry is tried to be written, in ms; then the answer is `busy`. */
export const BUSY_DEADLINE_MS = 5_000;

/** The pause between two looks at what waits, in ms. */
const LOOK_PAUSE_MS = 1_000;

/**
 * Refuses what has waited too long in a lane's queue: where the store hangs,
 * the lane itself waits for what is in flight, and for much longer.
 */
export class Patience {
  readonly #queue: Queue;
  readonly #pace: Pace;
  #cancel: (() => void) | undefined;

  constructor(queue: Queue, pace: Pace) {
    this.#queue = queue;
    this.#pace = pace;
  }

  /** Something waits. */
  begin(): void {
    this.#cancel ??= this.#pace.after(LOOK_PAUSE_MS, () => this.#look());
  }

  /** Nothing waits any more. */
  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this.#cancel = undefined;
    const since = this.#pace.elapsed() - BUSY_DEADLINE_MS;
    for (const one of this.#queue.dropUpTo(since)) one.reject(busy());
    if (!this.#queue.empty) this.begin();
  }
}
