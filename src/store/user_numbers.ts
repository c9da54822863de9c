import type { Capabilities } from "./capabilities.ts";
import { keys } from "./keys.ts";
import type { Pace } from "./pace.ts";
import { inTime, retryLocked } from "./retry.ts";

/** Numbers taken from the store at a time; what a stop leaves over is lost. */
const BLOCK_SIZE = 256;

/** What numbering users needs. */
export interface UserNumbersPorts {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly pace: Pace;
}

/** Hands out numbers that no user ever had, without a write for each. */
export class UserNumbers {
  readonly #ports: UserNumbersPorts;
  #next = 1;
  #end = 1;
  #taking: Promise<void> | undefined;

  constructor(ports: UserNumbersPorts) {
    this.#ports = ports;
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
    const { kv, pace } = this.#ports;
    const key = keys.userNumberNext();
    // All who wait share this call: one that is never answered must end.
    for (;;) {
      const { value, versionstamp } = await inTime(
        kv.get<number>(key),
        this.#ports,
      );
      const first = value ?? 1;
      const { ok } = await inTime(
        retryLocked(
          () =>
            kv.atomic().check({ key, versionstamp })
              .set(key, first + BLOCK_SIZE).commit(),
          pace,
        ),
        this.#ports,
      );
      if (!ok) continue;
      this.#next = first;
      this.#end = first + BLOCK_SIZE;
      return;
    }
  }
}
