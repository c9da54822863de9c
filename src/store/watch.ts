import type { Observer } from "../core/ports.ts";
import { delayUntil, type Pace } from "./pace.ts";

/** The first pause before a watch that has ended is opened again, in ms. */
const PAUSE_MS = 200;

/** The longest one, in ms. */
const PAUSE_MS_MAX = 5_000;

/** What watching needs. */
export interface WatchPorts {
  readonly kv: Deno.Kv;
  readonly observer: Observer;
  readonly pace: Pace;
}

/**
 * Hears of changes of up to ten keys for as long as it is open.
 *
 * It may come late, leave out states in between, or fall silent for ever
 * without a word: whoever watches must look now and then besides.
 */
export class Watch {
  readonly #ports: WatchPorts;
  readonly #keys: readonly Deno.KvKey[];
  readonly #seen: (values: readonly Deno.KvEntryMaybe<unknown>[]) => void;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;

  constructor(
    ports: WatchPorts,
    keys: readonly Deno.KvKey[],
    seen: (values: readonly Deno.KvEntryMaybe<unknown>[]) => void,
  ) {
    this.#ports = ports;
    this.#keys = keys;
    this.#seen = seen;
    this.#running = this.#run();
  }

  /** Ends it; nothing is heard afterwards. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    let pauseMs = PAUSE_MS;
    while (!this.#isClosed) {
      try {
        await this.#follow(() => pauseMs = PAUSE_MS);
      } catch (error) {
        if (!this.#isClosed) this.#ports.observer.trouble("watch", error);
      }
      if (this.#isClosed) return;
      await delayUntil(this.#closing.signal, pauseMs, this.#ports.pace);
      pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX);
    }
  }

  async #follow(works: () => void): Promise<void> {
    const { signal } = this.#closing;
    const reader = this.#ports.kv.watch(this.#keys).getReader();
    // A KV that was closed has ended it.
    const cancel = () => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", cancel);
    try {
      for (;;) {
        const { value } = await reader.read();
        if (!value) return;
        works();
        this.#look(value);
      }
    } finally {
      signal.removeEventListener("abort", cancel);
      cancel();
    }
  }

  #look(values: readonly Deno.KvEntryMaybe<unknown>[]): void {
    if (this.#isClosed) return;
    try {
      this.#seen(values);
    } catch (error) {
      this.#ports.observer.bug("watch", error);
    }
  }
}
