import type { Observer } from "../core/ports.ts";
import type { Position, RoomId, RoomRecord } from "../core/types.ts";
import type { Capabilities } from "./capabilities.ts";
import { type Chunk, keys } from "./keys.ts";
import type { Pace } from "./pace.ts";
import { retryLocked, within } from "./retry.ts";

/** Records looked at in one run; the next run goes on behind them. */
const RECORDS_PER_RUN = 500;

/** Rooms looked at in one run. */
const ROOMS_PER_RUN = 50;

/** Chunks of entries deleted of one room in one run. */
const CHUNKS_PER_RUN = 100;

/**
 * No entry younger than this is swept, in ms: an instance that lives has
 * passed it by then.
 */
const ENTRY_AGE_MIN_MS = 60 * 60 * 1_000;

/** How long a run is waited for where replies get lost, in ms. */
const RUN_MS_MAX = 120_000;

/** What has an expiry of its own. */
type Expiring = "sends" | "accesses" | "reads" | "resumes";

/** What the sweeper needs. */
export interface SweeperPorts {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly observer: Observer;
  readonly pace: Pace;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Brings into the rooms' logs what is not there yet. Never rejects. */
  readonly fold: () => Promise<void>;
  /** Is told that some of a room's entries were deleted. */
  readonly swept: (room: RoomId) => void;
  /** Deletes names that nobody has any more. */
  readonly sweepNames: () => Promise<void>;
  /** ms that messages are kept; 0 keeps them. */
  readonly historyAgeMaxMs: number;
}

/**
 * Deletes what has expired: send and access keys, read markers, resume tokens, logs of earlier
 * epochs and, if so set, old messages, with what became of them.
 *
 * KV's own `expireIn` is late by up to 60 s and ends the process when the disk
 * is full. The newest entry of a log is never deleted, nor is its close entry
 * before two more epochs have passed: a log is its own head.
 */
export class Sweeper {
  readonly #ports: SweeperPorts;
  readonly #cursors = { sends: "", accesses: "", reads: "", resumes: "" };
  #roomCursor = "";
  #isRunning = false;

  constructor(ports: SweeperPorts) {
    this.#ports = ports;
  }

  /**
   * One bounded run, unless another one is not over. Never rejects; what
   * failed is found again by a later run.
   */
  async run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { capabilities, observer, pace } = this.#ports;
    const ms = capabilities.replyTimeoutMs && RUN_MS_MAX;
    try {
      await within(this.#sweep(), { ms, pace });
    } catch (error) {
      observer.trouble("sweep", error);
    }
    this.#isRunning = false;
  }

  async #sweep(): Promise<void> {
    await this.#ports.fold();
    await this.#sweepExpired("sends");
    await this.#sweepExpired("accesses");
    await this.#sweepExpired("reads");
    await this.#sweepExpired("resumes");
    await this.#ports.sweepNames();
    await this.#sweepRooms();
  }

  async #sweepExpired(what: Expiring): Promise<void> {
    const { kv, now } = this.#ports;
    const list = kv.list<{ expiresAt: number }>({ prefix: keys[what]() }, {
      limit: RECORDS_PER_RUN,
      cursor: this.#cursors[what],
    });
    const expired: Deno.KvEntry<unknown>[] = [];
    for await (const record of list) {
      if (record.value.expiresAt <= now()) expired.push(record);
    }
    // An exhausted list has the empty cursor: the next run begins anew.
    this.#cursors[what] = list.cursor;
    await this.#delete(expired);
  }

  async #sweepRooms(): Promise<void> {
    const list = this.#ports.kv.list<RoomRecord>({ prefix: keys.rooms() }, {
      limit: ROOMS_PER_RUN,
      cursor: this.#roomCursor,
    });
    for await (const { value } of list) await this.#sweepRoom(value);
    this.#roomCursor = list.cursor;
  }

  async #sweepRoom({ id, epoch }: RoomRecord): Promise<void> {
    const { kv, now, historyAgeMaxMs } = this.#ports;
    if (epoch === 1 && historyAgeMaxMs === 0) return;
    const old: Deno.KvEntry<Chunk>[] = [];
    const keptMs = Math.max(historyAgeMaxMs, ENTRY_AGE_MIN_MS);
    const list = kv.list<Chunk>({ prefix: keys.roomEntries(id) }, {
      limit: CHUNKS_PER_RUN + 1,
    });
    let previous: Deno.KvEntry<Chunk> | undefined;
    for await (const chunk of list) {
      // One late, so that the newest of all is never among them.
      if (previous) old.push(previous);
      previous = chunk;
    }
    const swept = old.filter(({ value }) => {
      const last = value.at(-1);
      if (!last) return true;
      // Whoever follows the room finds its next epoch behind the last one's.
      if (last.kind === "closed" && last.epoch >= epoch - 1) return false;
      const ageMs = now() - last.at;
      if (last.epoch < epoch) return ageMs > ENTRY_AGE_MIN_MS;
      return historyAgeMaxMs > 0 && ageMs > keptMs;
    });
    await this.#delete(swept);
    if (swept.length > 0) this.#ports.swept(id);
    const kept = old.find((chunk) => !swept.includes(chunk)) ?? previous;
    const first = kept?.value[0];
    if (first) await this.#sweepRevisions(id, first);
  }

  /** What became of messages that are gone, from whichever run that was. */
  async #sweepRevisions(id: RoomId, first: Position): Promise<void> {
    const list = this.#ports.kv.list({
      start: keys.roomRevisions(id),
      end: keys.revisionsFrom(id, first),
    }, { limit: RECORDS_PER_RUN });
    await this.#delete(await Array.fromAsync(list));
  }

  /** Deletes what has not been replaced since it was read. */
  async #delete(records: Deno.KvEntry<unknown>[]): Promise<void> {
    const { kv, capabilities, pace } = this.#ports;
    const size = capabilities.checksPerCommit;
    for (let i = 0; i < records.length; i += size) {
      const atomic = kv.atomic();
      for (const { key, versionstamp } of records.slice(i, i + size)) {
        atomic.check({ key, versionstamp }).delete(key);
      }
      await retryLocked(() => atomic.commit(), pace);
    }
  }
}
