/**
 * What makes a commit fail when somebody else wrote.
 *
 * @module
 */
import type { Slice } from "./batch.ts";
import { keys } from "./keys.ts";

/** Guards every commit against other writers. */
export interface WriterClaim {
  /** Adds the checks to a commit of these rooms. */
  guard(atomic: Deno.AtomicOperation, slices: readonly Slice[]): void;
  /** After a refused commit: whether this instance may go on writing. */
  holds(): Promise<boolean>;
}

/**
 * One writer for the whole store, claimed at start: one check per commit.
 *
 * A second process that claims it makes all our commits fail, whatever it
 * writes; then `lost` is called, once.
 */
export class WriterFence implements WriterClaim {
  readonly #kv: Deno.Kv;
  readonly #versionstamp: string;
  readonly #lost: () => void;
  #held = true;

  private constructor(kv: Deno.Kv, versionstamp: string, lost: () => void) {
    this.#kv = kv;
    this.#versionstamp = versionstamp;
    this.#lost = lost;
  }

  /** Takes the store over from whoever had it. */
  static async claim(
    kv: Deno.Kv,
    instance: string,
    lost: () => void,
  ): Promise<WriterFence> {
    const { versionstamp } = await kv.set(keys.writer(), instance);
    return new WriterFence(kv, versionstamp, lost);
  }

  guard(atomic: Deno.AtomicOperation): void {
    atomic.check({ key: keys.writer(), versionstamp: this.#versionstamp });
  }

  async holds(): Promise<boolean> {
    if (!this.#held) return false;
    const { versionstamp } = await this.#kv.get(keys.writer());
    if (versionstamp === this.#versionstamp) return true;
    this.#held = false;
    this.#lost();
    return false;
  }
}

/** Others write too: the next place of each room must be free. */
export const ROOM_CHECKS: WriterClaim = {
  guard(atomic, slices): void {
    for (const { room, head } of slices) {
      const next = { epoch: head.epoch, seq: head.seq + 1 };
      atomic.check({ key: keys.chunk(room, next), versionstamp: null });
    }
  },
  holds: () => Promise.resolve(true),
};
