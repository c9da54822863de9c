import type { Clock, Timers } from "../core/ports.ts";

/** The pause between two ends, on average, while there are few to end, in ms. */
const PACE_MS = 10;

/** The pause between two looks at whose turn it is, in ms. */
const LOOK_PAUSE_MS = 10;

/** When and in which order things are ended. */
export interface DrainOptions {
  /** ms that it may take in all. */
  readonly withinMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** At least 0, less than 1; like `Math.random`. */
  readonly random: () => number;
}

/**
 * Ends many things one after the other: in a random order, each at a random
 * moment of its share of the time. Were all ended at once, all would come back
 * at once.
 */
export async function endInTurn(
  ends: readonly (() => void)[],
  { withinMs, clock, timers, random }: DrainOptions,
): Promise<void> {
  const order = shuffled(ends, random);
  const startedAtMs = clock.elapsed();
  const shareMs = Math.min(PACE_MS, withinMs / order.length);
  for (const [i, end] of order.entries()) {
    const dueMs = (i + random()) * shareMs;
    while (clock.elapsed() - startedAtMs < dueMs) {
      await new Promise<void>((resolve) => {
        timers.after(LOOK_PAUSE_MS, resolve);
      });
    }
    end();
  }
}

/** By Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const found = items.slice();
  for (let i = found.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    const [a, b] = [found[i] as T, found[other] as T];
    found[i] = b;
    found[other] = a;
  }
  return found;
}
