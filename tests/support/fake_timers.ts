import type { Timers } from "../../src/core/ports.ts";

interface Due {
  readonly atMs: number;
  readonly run: () => void;
}

/** Timers that run when a test says so. */
export class FakeTimers implements Timers {
  nowMs = 0;
  #due: Due[] = [];

  soon(run: () => void): void {
    this.#due.push({ atMs: this.nowMs, run });
  }

  after(ms: number, run: () => void): () => void {
    const due = { atMs: this.nowMs + ms, run };
    this.#due.push(due);
    return () => {
      this.#due = this.#due.filter((one) => one !== due);
    };
  }

  /** How many wait. */
  get size(): number {
    return this.#due.length;
  }

  /** Advances the time and runs what falls due, in order. */
  tick(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const next = this.#due.filter(({ atMs }) => atMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#due = this.#due.filter((one) => one !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = endMs;
  }
}
