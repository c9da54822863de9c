import type { Observer } from "../core/ports.ts";
import type { Entry, Position, RoomId } from "../core/types.ts";
import type { Capabilities } from "./capabilities.ts";
import type { EntryWriter } from "./entry_writer.ts";
import { type Chunk, keys } from "./keys.ts";
import type { Pace } from "./pace.ts";
import type { RecentEntries } from "./recent_entries.ts";
import { asking } from "./retry.ts";
import { overlaid } from "./revisions.ts";

/** Chunks that the store is asked for at first; each may hold many entries. */
const READ_BATCH_SIZE = 8;

/** Chunks that it is asked for at a time where they turn out to be small. */
const READ_BATCH_SIZE_MAX = 500;

/** What reading needs. */
export interface ReaderPorts {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly writer: EntryWriter;
  readonly observer: Observer;
  readonly recent: RecentEntries;
  readonly pace: Pace;
}

interface Range {
  readonly start: Deno.KvKey;
  readonly end: Deno.KvKey;
}

interface ReadOptions {
  readonly limit: number;
  readonly reverse?: boolean;
  readonly before?: number;
}

/** Reads the rooms' logs, what is still in the journal included. */
export class EntryReader {
  readonly #ports: ReaderPorts;

  constructor(ports: ReaderPorts) {
    this.#ports = ports;
  }

  /**
   * Entries with `after` < seq, oldest first, as they are by now.
   *
   * @throws {ChatError} `storage_failed`.
   */
  async readAfter(
    room: RoomId,
    after: Position,
    limit: number,
  ): Promise<readonly Entry[]> {
    const { recent } = this.#ports;
    const entries = recent.after(room, after, limit) ??
      await this.rawAfter(room, after, limit);
    return await this.#overlaid(room, entries);
  }

  /** Entries with seq < `before`, newest first. As `readAfter` besides. */
  async readBefore(
    room: RoomId,
    before: Position,
    limit: number,
  ): Promise<readonly Entry[]> {
    return await this.#overlaid(
      room,
      await this.rawBefore(room, before, limit),
    );
  }

  /** Entries as they were written: for those who look at places alone. */
  async rawAfter(
    room: RoomId,
    after: Position,
    limit: number,
  ): Promise<readonly Entry[]> {
    const { epoch, seq } = after;
    // Before the store is asked: a fold may move them there meanwhile.
    const young = this.#young(room, epoch);
    const old = await this.#readOldAfter(room, after, limit);
    const reached = old.at(-1)?.seq ?? seq;
    const rest = young.filter((entry) => entry.seq > reached);
    return [...old, ...rest].slice(0, limit);
  }

  /** As `rawAfter`, newest first. */
  async rawBefore(
    room: RoomId,
    before: Position,
    limit: number,
  ): Promise<readonly Entry[]> {
    const { epoch } = before;
    const young = this.#young(room, epoch)
      .filter((entry) => entry.seq < before.seq).reverse().slice(0, limit);
    const left = limit - young.length;
    if (left === 0) return young;
    const seq = young.at(-1)?.seq ?? before.seq;
    const old = await this.#read(room, {
      start: keys.chunk(room, { epoch, seq: 0 }),
      end: keys.chunk(room, { epoch, seq }),
    }, { limit: left, reverse: true, before: seq });
    return [...young, ...old.slice(0, left)];
  }

  #overlaid(
    room: RoomId,
    entries: readonly Entry[],
  ): Promise<readonly Entry[]> {
    const { kv } = this.#ports;
    return this.#ask(() => overlaid(kv, room, entries));
  }

  #young(room: RoomId, epoch: number): Entry[] {
    const { writer } = this.#ports;
    return writer.young(room).filter((entry) => entry.epoch === epoch);
  }

  async #readOldAfter(
    room: RoomId,
    after: Position,
    limit: number,
  ): Promise<Entry[]> {
    const { epoch } = after;
    const next = { epoch, seq: after.seq + 1 };
    const entries = await this.#read(room, {
      start: keys.chunk(room, next),
      end: keys.chunk(room, { epoch, seq: Infinity }),
    }, { limit });
    if (entries[0]?.seq === next.seq) return entries.slice(0, limit);
    // The next place may be inside of a chunk that begins before it.
    const before = await this.#read(room, {
      start: keys.chunk(room, { epoch, seq: 0 }),
      end: keys.chunk(room, next),
    }, { limit: 1, reverse: true });
    const rest = before.filter(({ seq }) => seq > after.seq).reverse();
    return [...rest, ...entries].slice(0, limit);
  }

  /** The entries of as many chunks as make `limit` of them, in the list's order. */
  async #read(
    room: RoomId,
    range: Range,
    options: ReadOptions,
  ): Promise<Entry[]> {
    this.#ports.observer.meter?.logReads.add();
    return await this.#ask(async () => {
      const { limit, reverse = false, before = Infinity } = options;
      const found: Entry[] = [];
      let { start, end } = range;
      let batchSize = Math.min(limit, READ_BATCH_SIZE);
      let chunks = 0;
      for (;;) {
        const last = chunks + batchSize;
        const bounds = { limit: batchSize, batchSize, reverse };
        const { kv } = this.#ports;
        for await (const one of kv.list<Chunk>({ start, end }, bounds)) {
          chunks++;
          const chunk = one.value.filter(({ seq }) => seq < before);
          found.push(...reverse ? chunk.reverse() : chunk);
          if (reverse) end = one.key;
          else start = keyBehind(room, one.key);
        }
        if (chunks < last || found.length >= limit) return found;
        batchSize = nextBatchSize(limit - found.length, found.length / chunks);
      }
    });
  }

  #ask<T>(call: () => Promise<T>): Promise<T> {
    return asking(this.#ports, "read history", call);
  }
}

/** As many chunks as `entries` will probably take. */
function nextBatchSize(entries: number, entriesPerChunk: number): number {
  const wanted = Math.ceil(entries / Math.max(1, entriesPerChunk));
  return Math.min(Math.max(wanted, READ_BATCH_SIZE), READ_BATCH_SIZE_MAX);
}

function keyBehind(room: RoomId, key: Deno.KvKey): Deno.KvKey {
  const [epoch, seq] = [Number(key[2]), Number(key[3])];
  return keys.chunk(room, { epoch, seq: seq + 1 });
}
