import type { Observer } from "../core/ports.ts";
import type { Slice } from "./batch.ts";

const MS_PER_SECOND = 1_000;

/** Counts one commit of entries from its start to its end. */
export class CommitCount {
  readonly #observer: Observer;
  readonly #startedAtMs = performance.now();

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  landed(slices: readonly Slice[]): void {
    const { meter } = this.#observer;
    if (!meter) return;
    const tookMs = performance.now() - this.#startedAtMs;
    let count = 0;
    for (const { entries } of slices) count += entries.length;
    meter.commits.by("landed").add();
    meter.commitEntries.observe(count);
    meter.commitSeconds.observe(tookMs / MS_PER_SECOND);
  }

  /** Somebody else was quicker, or an earlier try of it has landed. */
  lostRace(): void {
    this.#observer.meter?.commits.by("lost_race").add();
  }

  /** It has failed, or its reply was lost. */
  failed(): void {
    this.#observer.meter?.commits.by("failed").add();
  }
}
