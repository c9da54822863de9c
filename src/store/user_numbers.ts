import { keys } from "./keys.ts";
import { retryLocked } from "./retry.ts";

/** Numbers taken from the store at a time; what a stop leaves over is lost. */
const BLOCK_SIZE = 256;

/** Hands out numbers that no user ever had, without a write for each. */
export class UserNumbers {
  readonly #kv: Deno.Kv;
  #next = 1;
  #end = 1;
  #taking: Promise<void> | undefined;

  constructor(kv: Deno.Kv) {
    this.#kv = kv;
  }

  /** The next number; numbers count up from 1 within an instance. */
  async take(): Promise<number> {
    while (this.#next === this.#end) {
      this.#taking ??= this.#takeBlock().finally(() =>
        this.#taking = undefined
      );
      await this.#taking;
    }
    return this.#next++;
  }

  async #takeBlock(): Promise<void> {
    const key = keys.userNumberNext();
    for (;;) {
      const { value, versionstamp } = await this.#kv.get<number>(key);
      const first = value ?? 1;
      const { ok } = await retryLocked(() =>
        this.#kv.atomic().check({ key, versionstamp })
          .set(key, first + BLOCK_SIZE).commit()
      );
      if (!ok) continue;
      this.#next = first;
      this.#end = first + BLOCK_SIZE;
      return;
    }
  }
}
