import { randomFrom } from "../faults/kill_loop_clients.ts";

/** How often something else that is due happens in the same turn, of 1. */
const SAME_TURN_SHARE = 0.5;

/** The most microtasks between two things in one turn. */
const HOPS_MAX = 8;

/** Things that happen in one run, after which it counts as one without end. */
const EVENTS_MAX = 200_000;

interface Due {
  readonly atMs: number;
  readonly run: () => Promise<void> | void;
  /** It waits for the real store, which answers when it likes. */
  readonly isAlone: boolean;
}

/**
 * All time and chance of a run: the same seed, the same run.
 *
 * Whatever takes time in the code under test is something due here, and what
 * is due at the same time happens in an order drawn by lot: mostly in turns of
 * their own, sometimes in one turn, some microtasks apart, as replies do that
 * the runtime hands over together.
 */
export class Scheduler {
  /** From 0 to under 1. */
  readonly random: () => number = () => this.#draw();
  /** ms since the run began. */
  nowMs = 0;
  #due: Due[] = [];
  #events = 0;
  #draw: () => number;

  constructor(seed: number) {
    this.#draw = randomFrom(seed);
  }

  /**
   * Draws by another seed from now on, so that what happens hangs little on
   * what happened long before: a smaller plan then ends much alike.
   */
  reseed(seed: number): void {
    this.#draw = randomFrom(seed);
  }

  /** A whole number from 0 to under `count`. */
  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  /** With this probability in percent. */
  chance(percent: number): boolean {
    return this.random() * 100 < percent;
  }

  /** Runs once after `ms`; returns what cancels it. */
  after(ms: number, run: () => void): () => void {
    return this.#add({ atMs: this.nowMs + ms, run, isAlone: false });
  }

  /** As `after`, for what waits for the real store: nothing happens meanwhile. */
  alone(ms: number, run: () => Promise<void>): () => void {
    return this.#add({ atMs: this.nowMs + ms, run, isAlone: true });
  }

  /** Lets happen what is due up to that time, or until `stop` says so. */
  async runUntil(endMs: number, stop: () => boolean): Promise<void> {
    for (;;) {
      await turn();
      if (stop()) return;
      const next = this.#take(endMs);
      if (!next) break;
      await this.#runWithOthers(next);
      if (++this.#events > EVENTS_MAX) throw new Error("The run has no end");
    }
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  async #runWithOthers(first: Due): Promise<void> {
    await first.run();
    if (first.isAlone) return;
    while (this.random() < SAME_TURN_SHARE) {
      const hops = this.below(HOPS_MAX);
      for (let i = 0; i < hops; i++) await undefined;
      const next = this.#takeFrom(this.#ready().filter((due) => !due.isAlone));
      await next?.run();
    }
  }

  #add(due: Due): () => void {
    this.#due.push(due);
    return () => {
      this.#due = this.#due.filter((one) => one !== due);
    };
  }

  /** One of those that are due; the time moves on to the next if none is. */
  #take(endMs: number): Due | undefined {
    let firstMs = Infinity;
    for (const { atMs } of this.#due) firstMs = Math.min(firstMs, atMs);
    if (firstMs > endMs) return undefined;
    this.nowMs = Math.max(this.nowMs, firstMs);
    return this.#takeFrom(this.#ready());
  }

  #ready(): Due[] {
    return this.#due.filter(({ atMs }) => atMs <= this.nowMs);
  }

  #takeFrom(due: readonly Due[]): Due | undefined {
    const next = due[this.below(due.length)];
    if (next) this.#due = this.#due.filter((one) => one !== next);
    return next;
  }
}

/** Resolves when no microtask waits any more. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
