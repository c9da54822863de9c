import { type Rate, TokenBucket } from "../core/token_bucket.ts";

/** Addresses that are remembered; of more, those that were quiet longest are forgotten. */
const ADDRESSES_KEPT_MAX = 10_000;

/** How much each address may still do. */
export class AddressBuckets {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes one token of an address: 0 if there was one, else the ms until there is. */
  take(address: string, nowMs: number): number {
    const bucket = this.#buckets.get(address) ??
      new TokenBucket(this.#rate, nowMs);
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    if (this.#buckets.size > ADDRESSES_KEPT_MAX) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket.take(nowMs);
  }
}
