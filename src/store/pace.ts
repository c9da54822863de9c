/** Time and chance as the store takes them: deadlines, pauses, timeouts. */
export interface Pace {
  /** ms since some start; never jumps. */
  elapsed(): number;
  /** Runs once after `ms`; returns what cancels it. */
  after(ms: number, run: () => void): () => void;
  /** From 0 to under 1: how much of a pause is taken. */
  random(): number;
}

/** The process's own. */
export const REAL_PACE: Pace = {
  elapsed: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Resolves after `ms`, or once it is `ended`; leaves no timer behind. */
export async function delayUntil(
  ended: Promise<void>,
  ms: number,
  pace: Pace,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = pace.after(ms, resolve);
  await Promise.race([promise, ended]);
  cancel();
}

/** Resolves after `ms`. */
export function delay(ms: number, pace: Pace): Promise<void> {
  return new Promise((resolve) => void pace.after(ms, resolve));
}
