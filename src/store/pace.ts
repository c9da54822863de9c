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

/** Resolves after `ms`, or once that is aborted; leaves nothing behind. */
export function delayUntil(
  ended: AbortSignal,
  ms: number,
  pace: Pace,
): Promise<void> {
  if (ended.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      ended.removeEventListener("abort", done);
      resolve();
    };
    const cancel = pace.after(ms, done);
    ended.addEventListener("abort", done);
  });
}

/** Resolves after `ms`. */
export function delay(ms: number, pace: Pace): Promise<void> {
  return new Promise((resolve) => void pace.after(ms, resolve));
}
