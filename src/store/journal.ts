import type { Observer } from "../core/ports.ts";
import { isBefore } from "../core/position.ts";
import type { Entry, RoomId } from "../core/types.ts";
import type { Slice } from "./batch.ts";
import { BYTES_PER_CHUNK } from "./capabilities.ts";
import { chunked, type Sized } from "./chunks.ts";
import { DIRECT, type EntryWriter } from "./entry_writer.ts";
import { type Chunk, type JournalPart, keys } from "./keys.ts";
import type { Pace } from "./pace.ts";
import { retryLocked } from "./retry.ts";
import type { WriterClaim } from "./writer_claim.ts";

/** Rooms in a commit up to which each is written directly. */
const DIRECT_ROOMS_MAX = 4;

/** Entries in the journal from which on it is folded. */
const FOLD_ENTRIES = 16_384;

/** Bytes in the journal, as estimated, from which on it is folded. */
const FOLD_BYTES = 16_777_216;

/** Bytes, as estimated, in one commit of a fold: short, for others wait behind it. */
const FOLD_COMMIT_BYTES = 200_000;

/** Mutations in one commit of a fold. */
const FOLD_COMMIT_MUTATIONS = 200;

/** Journal records that are read at a time. */
const READ_BATCH_SIZE = 50;

/** What the journal needs. */
export interface JournalPorts {
  readonly kv: Deno.Kv;
  readonly claim: WriterClaim;
  readonly observer: Observer;
  readonly pace: Pace;
}

/**
 * Takes commits over many rooms at a fraction of their cost, where this
 * process is alone on the KV.
 *
 * A commit over a hundred rooms dirties a hundred pages of the file, each of
 * which is written twice. So its entries go into one record of the journal,
 * side by side, and are kept in memory too; when there are many, each room's
 * are folded into its log together. What is in the journal is on disk: at
 * start it is read back. A fold that is cut short is done again: it writes the
 * same entries to the same places.
 *
 * A room's entries in the journal are always the last ones of its log.
 */
export class Journal implements EntryWriter {
  readonly #ports: JournalPorts;
  readonly #young = new Map<RoomId, Sized[]>();
  #count = 0;
  #bytes = 0;
  /** The oldest record, and the place of the next one. */
  #first = 0;
  #next = 0;
  /** Records in the commit that is under way; none if it is direct. */
  #added = 0;
  #loading: Promise<void> | undefined;
  #folding: Promise<void> | undefined;

  constructor(ports: JournalPorts) {
    this.#ports = ports;
  }

  load(): Promise<void> {
    return this.#loading ??= this.#load().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
  }

  add(atomic: Deno.AtomicOperation, slices: readonly Slice[]): void {
    this.#added = 0;
    if (this.#isDirect(slices)) return DIRECT.add(atomic, slices);
    for (const record of recordsOf(slices)) {
      atomic.set(keys.journalRecord(this.#next + this.#added), record);
      this.#added++;
    }
  }

  landed(slices: readonly Slice[]): void {
    if (this.#added === 0) return;
    this.#next += this.#added;
    this.#added = 0;
    for (const { room, entries, pending } of slices) {
      this.#remember(
        room,
        entries.map((entry, i) => ({ entry, bytes: pending[i]?.bytes ?? 0 })),
      );
    }
    if (this.#count >= FOLD_ENTRIES || this.#bytes >= FOLD_BYTES) this.fold();
  }

  young(room: RoomId): readonly Entry[] {
    return this.#young.get(room)?.map(({ entry }) => entry) ?? [];
  }

  async refresh(): Promise<void> {
    const list = this.#ports.kv.list<JournalPart[]>({
      start: keys.journalRecord(this.#next),
      end: keys.journalRecord(Infinity),
    }, { batchSize: READ_BATCH_SIZE });
    for await (const { key, value } of list) {
      this.#next = Number(key[1]) + 1;
      for (const { room, entries, bytes } of value) {
        const each = Math.ceil(bytes / entries.length);
        this.#remember(room, entries.map((entry) => ({ entry, bytes: each })));
      }
    }
  }

  /** Brings all that is in the journal now into the rooms' logs. Never rejects. */
  fold(): Promise<void> {
    this.#folding ??= this.#fold()
      .catch((error) => this.#ports.observer.trouble("fold journal", error))
      .finally(() => this.#folding = undefined);
    return this.#folding;
  }

  /**
   * A commit of few rooms costs no more in their logs than here; but never
   * behind the back of entries that are still here.
   */
  #isDirect(slices: readonly Slice[]): boolean {
    return slices.length <= DIRECT_ROOMS_MAX &&
      slices.every(({ room }) => !this.#young.has(room));
  }

  #remember(room: RoomId, entries: Sized[]): void {
    const young = this.#young.get(room);
    if (young) young.push(...entries);
    else this.#young.set(room, entries);
    this.#count += entries.length;
    this.#bytes += bytesOf(entries);
  }

  async #load(): Promise<void> {
    const { kv } = this.#ports;
    const oldest = kv.list({ prefix: keys.journal() }, { limit: 1 });
    const { value } = await oldest.next();
    this.#first = value ? Number(value.key[1]) : 0;
    this.#next = this.#first;
    this.#young.clear();
    this.#count = 0;
    this.#bytes = 0;
    await this.refresh();
    for (const room of this.#young.keys()) await this.#skipFolded(room);
  }

  /**
   * A fold of an earlier run may have been cut short. What it wrote must not
   * be written again: it would be cut into other chunks, and stand there twice.
   */
  async #skipFolded(room: RoomId): Promise<void> {
    const newest = this.#ports.kv.list<Chunk>(
      { prefix: keys.roomEntries(room) },
      { limit: 1, reverse: true },
    );
    const { value } = await newest.next();
    const last = value?.value.at(-1);
    const young = this.#young.get(room);
    if (!last || !young) return;
    const folded = young.filter(({ entry }) => !isBefore(last, entry));
    this.#drop(room, folded.length);
  }

  async #fold(): Promise<void> {
    await this.load();
    const end = this.#next;
    const folded = Array.from(this.#young, ([room, entries]) => ({
      room,
      entries: entries.slice(),
    }));
    let commit = new FoldCommit(this.#ports);
    for (const { room, entries } of folded) {
      for (const chunk of chunked(entries, BYTES_PER_CHUNK)) {
        commit.set(room, chunk);
        if (commit.full) {
          await commit.land();
          commit = new FoldCommit(this.#ports);
        }
      }
    }
    await commit.land();
    this.#ports.observer.meter?.journalFolds.add();
    await this.#forget(end);
    for (const { room, entries } of folded) this.#drop(room, entries.length);
  }

  /** Deletes the records before `end`, all of which are in the logs by now. */
  async #forget(end: number): Promise<void> {
    while (this.#first < end) {
      const upTo = Math.min(end, this.#first + FOLD_COMMIT_MUTATIONS);
      const commit = new FoldCommit(this.#ports);
      for (let n = this.#first; n < upTo; n++) commit.forget(n);
      await commit.land();
      this.#first = upTo;
    }
  }

  #drop(room: RoomId, count: number): void {
    const young = this.#young.get(room);
    if (!young) return;
    this.#count -= count;
    this.#bytes -= bytesOf(young.slice(0, count));
    if (young.length === count) this.#young.delete(room);
    else this.#young.set(room, young.slice(count));
  }
}

function bytesOf(entries: readonly Sized[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** One commit of a fold. */
class FoldCommit {
  readonly #atomic: Deno.AtomicOperation;
  readonly #pace: Pace;
  #bytes = 0;
  #mutations = 0;

  constructor({ kv, claim, pace }: JournalPorts) {
    this.#pace = pace;
    this.#atomic = kv.atomic();
    claim.guard(this.#atomic, []);
  }

  /** Nothing more should go into it. */
  get full(): boolean {
    return this.#bytes >= FOLD_COMMIT_BYTES ||
      this.#mutations >= FOLD_COMMIT_MUTATIONS;
  }

  set(room: RoomId, chunk: readonly Sized[]): void {
    const first = chunk[0];
    if (!first) return;
    const key = keys.chunk(room, first.entry);
    this.#atomic.set(key, chunk.map(({ entry }) => entry));
    this.#bytes += bytesOf(chunk);
    this.#mutations++;
  }

  forget(n: number): void {
    this.#atomic.delete(keys.journalRecord(n));
    this.#mutations++;
  }

  async land(): Promise<void> {
    if (this.#mutations === 0) return;
    const { ok } = await retryLocked(
      () => this.#atomic.commit(),
      this.#pace,
    );
    if (!ok) throw new Error("Cannot fold journal: writer replaced");
  }
}

/** The parts of a commit, in as few records as they fit into. */
function recordsOf(slices: readonly Slice[]): JournalPart[][] {
  const records: JournalPart[][] = [];
  let used = 0;
  for (const slice of slices) {
    for (const part of partsOf(slice)) {
      used += part.bytes;
      const last = records.at(-1);
      if (last && used <= BYTES_PER_CHUNK) last.push(part);
      else {
        records.push([part]);
        used = part.bytes;
      }
    }
  }
  return records;
}

function partsOf({ room, entries, pending }: Slice): JournalPart[] {
  const sized = entries.map((entry, i) => ({
    entry,
    bytes: (pending[i]?.bytes ?? 0) + room.length * 2,
  }));
  return chunked(sized, BYTES_PER_CHUNK).map((chunk) => ({
    room,
    entries: chunk.map(({ entry }) => entry),
    bytes: chunk.reduce((sum, { bytes }) => sum + bytes, 0),
  }));
}
