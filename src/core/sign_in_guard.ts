import { ChatError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { Clock } from "./ports.ts";

const MS_PER_MINUTE = 60_000;

/**
 * At one account as many wrong passwords may be tried, from all addresses
 * together, as from so many addresses. More than one, so that one stranger
 * cannot keep its user out.
 */
const ADDRESSES_PER_ACCOUNT = 5;

/** Counters, and addresses known to an account, that are kept; the oldest go first. */
const KEPT_MAX = 10_000;

/** Whom somebody tries to be, and from where. */
export interface Attempt {
  readonly account: string;
  readonly address: string;
}

/**
 * Limits wrong passwords: by address, and by account over all addresses but
 * those from which it was signed in to.
 *
 * What is being verified counts as wrong until it is known not to be, so that
 * many tries at a time are no way around the limit; right ones wait for that.
 */
export class SignInGuard {
  readonly #perMinute: number;
  readonly #clock: Clock;
  readonly #counters = new Map<string, Counter>();
  readonly #known = new Map<string, true>();

  constructor({ limits, clock }: { limits: Limits; clock: Clock }) {
    this.#perMinute = limits.WRONG_PASSWORDS_PER_MINUTE_MAX;
    this.#clock = clock;
  }

  /**
   * Verifies a password, if there were not too many wrong ones.
   *
   * @throws {ChatError} `rate_limited`, and whatever `verify` does: then
   *   nothing was counted.
   */
  async attempt(
    { account, address }: Attempt,
    verify: () => Promise<boolean>,
  ): Promise<boolean> {
    const pair = `${account} ${address}`;
    const counters = [this.#counter(`address ${address}`, 1)];
    if (!this.#known.has(pair)) {
      counters.push(this.#counter(`account ${account}`, ADDRESSES_PER_ACCOUNT));
    }
    await this.#enter(counters);
    let isWrong = false;
    try {
      const isRight = await verify();
      isWrong = !isRight;
      if (isRight) keep(this.#known, pair, true);
      return isRight;
    } finally {
      const now = this.#clock.elapsed();
      for (const counter of counters) counter.leave(isWrong, now);
    }
  }

  /** Waits until it is known whether one more may be wrong. */
  async #enter(counters: readonly Counter[]): Promise<void> {
    for (;;) {
      const now = this.#clock.elapsed();
      const full = counters.find((counter) => counter.isFull(now));
      if (!full) break;
      const waitMs = full.waitMs(now);
      if (waitMs > 0) {
        throw new ChatError(
          "rate_limited",
          `Cannot sign in: too many wrong passwords, try again in ${waitMs} ms`,
          { retryAfterMs: waitMs },
        );
      }
      await full.changed;
    }
    for (const counter of counters) counter.enter();
  }

  #counter(key: string, factor: number): Counter {
    const max = this.#perMinute * factor;
    const counter = this.#counters.get(key) ?? new Counter(max);
    keep(this.#counters, key, counter);
    return counter;
  }
}

/** Wrong passwords of late, and those that may turn out so. */
class Counter {
  readonly #max: number;
  #wrong = 0;
  #atMs = 0;
  #pending = 0;
  #change = Promise.withResolvers<void>();

  /** @param max In a minute; `Infinity` is no limit. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Resolves when one that is pending is known. */
  get changed(): Promise<void> {
    return this.#change.promise;
  }

  /** Whether one more could be one too many. */
  isFull(nowMs: number): boolean {
    this.#decay(nowMs);
    return this.#wrong + this.#pending + 1 > this.#max;
  }

  /** The ms until one more may be tried, if nothing is pending. */
  waitMs(nowMs: number): number {
    this.#decay(nowMs);
    const excess = this.#wrong + 1 - this.#max;
    if (excess <= 0) return 0;
    return Math.ceil(excess * MS_PER_MINUTE / this.#max);
  }

  enter(): void {
    this.#pending++;
  }

  leave(isWrong: boolean, nowMs: number): void {
    this.#decay(nowMs);
    this.#pending--;
    if (isWrong) this.#wrong++;
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }

  #decay(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    const forgiven = passedMs === 0 ? 0 : passedMs * this.#max / MS_PER_MINUTE;
    this.#wrong = Math.max(0, this.#wrong - forgiven);
  }
}

/** Puts something last into a map that keeps what was used of late. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= KEPT_MAX) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
