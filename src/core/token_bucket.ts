/** What a bucket allows on average and at once. */
export interface Rate {
  /** Tokens that come back per second; `Infinity` allows everything. */
  readonly perSecond: number;
  /** Tokens that a full bucket holds. */
  readonly burst: number;
}

/**
 * Counts what somebody may still do; has no timer and no clock of its own.
 *
 * A clock that steps back gives no tokens and takes none.
 */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #lastMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#lastMs = nowMs;
  }

  /** Takes one token: 0 if there was one, else the ms until there is. */
  take(nowMs: number): number {
    const waitMs = this.wait(nowMs);
    if (waitMs === 0) this.#tokens--;
    return waitMs;
  }

  /** The ms until there is a token, 0 if there is one. */
  wait(nowMs: number): number {
    const { perSecond, burst } = this.#rate;
    if (perSecond === Infinity) return 0;
    const passedMs = Math.max(0, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#tokens = Math.min(burst, this.#tokens + passedMs * perSecond / 1_000);
    if (this.#tokens >= 1) return 0;
    return Math.ceil((1 - this.#tokens) * 1_000 / perSecond);
  }
}
