import type { KeptRecord } from "../core/neighbours.ts";
import type { Entry, Position, RoomId } from "../core/types.ts";
import { type Bell, SILENT_BELL } from "./bell.ts";
import type { BesidePorts } from "./beside_ports.ts";
import { keys } from "./keys.ts";
import { delayUntil } from "./pace.ts";
import { inTime } from "./retry.ts";
import { Watch } from "./watch.ts";

/** The pause before all that an instance keeps is read once more, in ms. */
const KEPT_PAUSE_MS = 250;

/** Records read at a time. */
const BATCH_SIZE = 500;

const MS_PER_SECOND = 1_000;

/** Who hears what another instance does. */
export interface NeighbourListener {
  /** Entries that it has written. */
  entries(room: RoomId, entries: readonly Entry[]): void;
  /** It has written there, from this place on. */
  moved(room: RoomId, from: Position): void;
  /** It may have written in any room. */
  missed(): void;
  /** What it told, in order by lane. */
  news(instance: string, news: readonly unknown[]): void;
  /** All that it keeps. */
  kept(instance: string, records: readonly KeptRecord<unknown>[]): void;
  /** A new state of one of its bells, after the above. */
  rang(instance: string, lane: number, bell: Bell): void;
}

/** What following another instance needs. */
export interface NeighbourPorts extends BesidePorts {
  readonly listener: NeighbourListener;
}

interface Lane {
  bell: Bell;
  /** News up to here were told; absent: what it keeps was not read yet. */
  newsSeen: number | undefined;
}

/**
 * Another instance, as this one follows it: by its bells.
 *
 * A bell that was seen before, or is older, means nothing. Where a bell does
 * not reach back to the last one that was seen, the log is looked into, and
 * for news what the instance keeps.
 */
export class Neighbour {
  readonly id: string;
  readonly #ports: NeighbourPorts;
  readonly #lanes: Lane[];
  readonly #watch: Watch;
  #isReading = false;
  #hasRead = false;
  readonly #closing = new AbortController();

  constructor(id: string, ports: NeighbourPorts) {
    this.id = id;
    this.#ports = ports;
    this.#lanes = Array.from(
      { length: ports.capabilities.lanes },
      () => ({ bell: SILENT_BELL, newsSeen: undefined }),
    );
    this.#watch = new Watch(ports, this.#keys, (values) => this.#see(values));
    this.#readKept();
  }

  /** Looks at its bells, in case that the watch has fallen silent. */
  async look(): Promise<void> {
    this.#see(await this.#readBells());
  }

  /** Follows it no longer. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watch.close();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  get #keys(): Deno.KvKey[] {
    return this.#lanes.map((_, lane) => keys.bell(this.id, lane));
  }

  #see(values: readonly Deno.KvEntryMaybe<unknown>[]): void {
    if (this.#isClosed) return;
    for (const [lane, { value }] of values.entries()) {
      if (value !== null) this.#rang(lane, value as Bell);
    }
  }

  #rang(at: number, bell: Bell): void {
    const lane = this.#lanes[at];
    if (!lane || bell.n <= lane.bell.n) return;
    const { listener, observer, now } = this.#ports;
    const { n: seen } = lane.bell;
    lane.bell = bell;
    this.#tellNews(lane);
    if (bell.low > seen) listener.missed();
    for (const { n, room, epoch, from, inline } of bell.recent) {
      if (n <= seen) continue;
      if (inline) listener.entries(room, inline.entries);
      else listener.moved(room, { epoch, seq: from });
    }
    listener.rang(this.id, at, bell);
    const delaySeconds = Math.max(0, now() - bell.at) / MS_PER_SECOND;
    observer.meter?.bellDelaySeconds.observe(delaySeconds);
  }

  #tellNews(lane: Lane): void {
    // What is told meanwhile is told once that is known.
    if (this.#isReading) return;
    const { bell, newsSeen } = lane;
    const before = bell.newsEnd - bell.news.length;
    if (newsSeen === undefined || before > newsSeen) {
      this.#readKept();
      return;
    }
    const fresh = bell.news.slice(newsSeen - before);
    lane.newsSeen = Math.max(newsSeen, bell.newsEnd);
    if (fresh.length === 0) return;
    this.#ports.listener.news(this.id, fresh.map(({ news }) => news));
  }

  /** Never rejects; tried until it works. */
  async #readKept(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const { observer, pace, listener } = this.#ports;
    const pause = () => delayUntil(this.#closing.signal, KEPT_PAUSE_MS, pace);
    if (this.#hasRead) await pause();
    this.#hasRead = true;
    while (!this.#isClosed) {
      try {
        // In this order: what is told in between is in the records too.
        const bells = await this.#readBells();
        const records = await this.#readRecords();
        if (this.#isClosed) return;
        for (const [i, lane] of this.#lanes.entries()) {
          lane.newsSeen = (bells[i]?.value as Bell | null)?.newsEnd ?? 0;
        }
        listener.kept(this.id, records);
        break;
      } catch (error) {
        observer.trouble("read members", error);
        await pause();
      }
    }
    this.#isReading = false;
    for (const lane of this.#lanes) this.#tellNews(lane);
  }

  #readBells(): Promise<Deno.KvEntryMaybe<unknown>[]> {
    return this.#ask(() => this.#ports.kv.getMany(this.#keys));
  }

  async #readRecords(): Promise<KeptRecord<unknown>[]> {
    const prefix = keys.keptBy(this.id);
    const list = await this.#ask(() =>
      Array.fromAsync(
        this.#ports.kv.list<unknown>({ prefix }, { batchSize: BATCH_SIZE }),
      )
    );
    return list.map(({ key, value }) => {
      const room = String(key[2]) as RoomId;
      return { key: String(key[3]), value, ...room !== "" && { room } };
    });
  }

  #ask<T>(call: () => Promise<T>): Promise<T> {
    return inTime(call(), this.#ports);
  }
}
