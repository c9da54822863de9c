import { ChatError } from "../core/errors.ts";
import { SEND_KEY_TTL_MS } from "../core/limits.ts";
import type {
  Appended,
  Head,
  LogListener,
  Observer,
  RoomLog,
  SendKey,
} from "../core/ports.ts";
import { isBefore } from "../core/position.ts";
import type {
  Draft,
  Entry,
  Position,
  RoomId,
  RoomRecord,
} from "../core/types.ts";
import type { Pending, PendingKey } from "./batch.ts";
import type { Capabilities } from "./capabilities.ts";
import { EntryReader } from "./entry_reader.ts";
import { entryBytesMax } from "./entry_size.ts";
import { RecentEntries } from "./recent_entries.ts";
import type { EntryWriter } from "./entry_writer.ts";
import { LogHead } from "./heads.ts";
import { keys, type SendRecord } from "./keys.ts";
import { Lane, type LaneHost } from "./lane.ts";
import { conflict, KeysInFlight } from "./keys_in_flight.ts";
import type { LaneBell } from "./lane_bell.ts";
import { laneOf } from "./lane_of.ts";
import type { Pace } from "./pace.ts";
import { asking } from "./retry.ts";
import { digestOf } from "./send_digest.ts";
import type { WriterClaim } from "./writer_claim.ts";

/** Entries read at a time behind a head. */
const READ_UP_ENTRIES = 500;

/** What the log needs. */
export interface KvLogPorts {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly claim: WriterClaim;
  readonly writer: EntryWriter;
  readonly observer: Observer;
  readonly pace: Pace;
  /** ms since the epoch. */
  readonly now: () => number;
  /** The log holds these entries, which the directory may not know of. */
  readonly noted: (record: RoomRecord, entries: readonly Entry[]) => void;
  readonly bellOf: (lane: number) => LaneBell;
}

/** A room in the life that it had when it was asked to take an entry. */
type Place = Pick<Pending, "room" | "head">;

/**
 * The rooms' logs in Deno KV.
 *
 * A log is its own head: an append reads nothing, it checks that the next
 * place is free (or that nobody else writes), and one atomic operation holds
 * all that waits. See `Lane` for how, `Capabilities` for how much.
 */
export class KvLog implements RoomLog, LaneHost {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly claim: WriterClaim;
  readonly writer: EntryWriter;
  readonly observer: Observer;
  readonly pace: Pace;
  readonly noted: (record: RoomRecord, entries: readonly Entry[]) => void;
  listener: LogListener = {
    committed: () => {},
    moved: () => {},
    missed: () => {},
  };
  readonly #now: () => number;
  readonly #reader: EntryReader;
  readonly #recent = new RecentEntries();
  readonly #heads = new Map<RoomId, LogHead>();
  /** The newest entry that was read of a room which others write to. */
  readonly #newest = new Map<RoomId, Entry>();
  readonly #keys = new KeysInFlight();
  readonly #lanes: Lane[];
  /** The newest append of a room that does not have its place yet. */
  readonly #turns = new Map<RoomId, Promise<void>>();

  constructor(ports: KvLogPorts) {
    this.kv = ports.kv;
    this.capabilities = ports.capabilities;
    this.claim = ports.claim;
    this.writer = ports.writer;
    this.observer = ports.observer;
    this.pace = ports.pace;
    this.noted = (record, entries) => {
      if (this.capabilities.alone) this.#recent.add(record.id, entries);
      ports.noted(record, entries);
    };
    this.#now = ports.now;
    this.#reader = new EntryReader({ ...ports, recent: this.#recent });
    this.#lanes = Array.from(
      { length: ports.capabilities.lanes },
      (_, lane) => new Lane(this, ports.bellOf(lane)),
    );
  }

  async open(record: RoomRecord): Promise<Head> {
    const { id, epoch } = record;
    await this.#ask("read journal", () => this.writer.load());
    const end = { epoch, seq: Infinity };
    const newest = await this.#reader.rawBefore(id, end, 1);
    const last = newest[0];
    const head = new LogHead(record, { epoch, seq: 0, order: 0 });
    // The log knows better than the record whether it is closed.
    if (last) head.follow(last);
    this.#heads.set(id, head);
    const { seq, order, closed } = head;
    return { epoch: head.epoch, seq, order, closed };
  }

  release(room: RoomId): boolean {
    if (this.#lane(room).has(room) || this.#turns.has(room)) return false;
    this.#heads.delete(room);
    this.#recent.forget(room);
    this.#newest.delete(room);
    return true;
  }

  append(room: RoomId, draft: Draft, key?: SendKey): Promise<Appended> {
    // A room that is not open fails here, alone, and not in the lane.
    const place = { room, head: this.#opened(room) };
    if (key !== undefined) return this.#appendOnce(place, draft, key);
    if (!this.#turns.has(room)) return this.#push(place, draft);
    return this.#inTurn(room, undefined, () => this.#push(place, draft));
  }

  async readAfter(
    room: RoomId,
    after: Position,
    limit: number,
  ): Promise<readonly Entry[]> {
    const lane = this.#lane(room);
    if (lane.isUnsure(room) && !await lane.readDoubtful(room)) throw unsure();
    const entries = await this.#reader.readAfter(room, after, limit);
    // A read that was cut off may have ended inside of a chunk.
    const isWhole = entries.length < limit;
    if (isWhole && !this.capabilities.alone) this.#saw(room, entries.at(-1));
    return entries;
  }

  #saw(room: RoomId, entry: Entry | undefined): void {
    if (!entry || !this.#heads.has(room)) return;
    const newest = this.#newest.get(room);
    if (!newest || isBefore(newest, entry)) this.#newest.set(room, entry);
  }

  readBefore(
    room: RoomId,
    before: Position,
    limit: number,
  ): Promise<readonly Entry[]> {
    return this.#reader.readBefore(room, before, limit);
  }

  async recall(
    room: RoomId,
    draft: Draft,
    key: SendKey,
  ): Promise<Appended | undefined> {
    const digest = digestOf(draft);
    const head = this.#heads.get(room);
    const answer = this.#keys.answer(room, key, { head, digest });
    return await answer ?? (await this.#lookUp(room, key, digest)).appended;
  }

  /** Some of a room's entries were deleted. */
  swept(room: RoomId): void {
    this.#recent.forget(room);
  }

  /** Entries that another instance has written, contiguous. */
  heard(room: RoomId, entries: readonly Entry[]): void {
    this.#saw(room, entries.at(-1));
    this.listener.committed(room, entries);
  }

  /** Looks whether there is something to write, or to tell by the bell. */
  wake(lane: number): void {
    this.#lanes[lane]?.wake();
  }

  async settled(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.settled()));
  }

  head(room: RoomId): LogHead {
    const head = this.#opened(room);
    // Where this instance only listened, the places behind its head may have
    // been swept by now: they look free.
    const newest = this.#newest.get(room);
    if (newest) head.pass(newest);
    this.#newest.delete(room);
    return head;
  }

  #opened(room: RoomId): LogHead {
    const head = this.#heads.get(room);
    if (!head) throw new TypeError(`Cannot append to "${room}": not open`);
    return head;
  }

  async readUp(head: LogHead): Promise<readonly Entry[]> {
    await this.writer.refresh();
    const all: Entry[] = [];
    // If a read fails, the head must not have moved onto what was read before
    // it: the next try would not find those entries, and they would be
    // written again.
    const end = head.copy();
    for (;;) {
      const { id } = head.record;
      const page = await this.#reader.rawAfter(id, end, READ_UP_ENTRIES);
      for (const entry of page) end.follow(entry);
      all.push(...page);
      if (page.length === 0) break;
    }
    for (const entry of all) head.follow(entry);
    return all;
  }

  async answered(pending: Pending): Promise<boolean> {
    if (!pending.key) return false;
    const { room, key } = pending;
    try {
      const { appended, versionstamp } = await this.#lookUp(
        room,
        key,
        key.digest,
      );
      // The expired record may have been swept: it would be checked for ever.
      key.versionstamp = versionstamp;
      if (appended) pending.resolve(appended);
      return appended !== undefined;
    } catch (error) {
      pending.reject(error);
      return true;
    }
  }

  /** A retry during the first commit gets the same answer as the first. */
  async #appendOnce(
    place: Place,
    draft: Draft,
    key: SendKey,
  ): Promise<Appended> {
    const { room, head } = place;
    const digest = digestOf(draft);
    const first = this.#keys.answer(room, key, { head, digest });
    if (first) return await first;
    const answer = this.#appendKeyed(place, draft, { ...key, digest });
    this.#keys.begin(room, key, { head, digest, answer });
    return await answer;
  }

  async #appendKeyed(
    place: Place,
    draft: Draft,
    { author, key, digest }: SendKey & { digest: string },
  ): Promise<Appended> {
    const { room } = place;
    const lookUp = this.#lookUp(room, { author, key }, digest);
    return await this.#inTurn(room, lookUp, ({ appended, versionstamp }) => {
      if (appended) return Promise.resolve(appended);
      const expiresAt = this.#now() + SEND_KEY_TTL_MS;
      return this.#push(place, draft, {
        author,
        key,
        digest,
        expiresAt,
        versionstamp,
      });
    });
  }

  /**
   * Looking up a key takes time: what is appended to the room meanwhile waits,
   * so that places are given in the order of calls.
   */
  async #inTurn<T>(
    room: RoomId,
    lookUp: T | Promise<T>,
    push: (found: T) => Promise<Appended>,
  ): Promise<Appended> {
    const before = this.#turns.get(room);
    const { promise: turn, resolve: done } = Promise.withResolvers<void>();
    this.#turns.set(room, turn);
    try {
      const [found] = await Promise.all([lookUp, before]);
      return push(found);
    } finally {
      // A failed look-up must not let the next ones overtake those before it.
      await before;
      if (this.#turns.get(room) === turn) this.#turns.delete(room);
      done();
    }
  }

  /**
   * What came of a send key.
   *
   * @throws {ChatError} `conflict` if it was used for something else.
   */
  async #lookUp(
    room: RoomId,
    { author, key }: SendKey,
    digest: string,
  ): Promise<{ appended?: Appended; versionstamp: string | null }> {
    const { value, versionstamp } = await this.#get<SendRecord>(
      keys.send(room, author, key),
    );
    if (!value || value.expiresAt <= this.#now()) return { versionstamp };
    if (value.digest !== digest) throw conflict();
    const after = { epoch: value.epoch, seq: value.seq - 1 };
    // Not as `readAfter` does: a lane that asks would wait for itself.
    const [entry] = await this.#reader.readAfter(room, after, 1);
    // The entry was swept since: the key no longer says anything.
    if (entry?.seq !== value.seq) return { versionstamp };
    return { appended: { entry, duplicate: true }, versionstamp };
  }

  #push(place: Place, draft: Draft, key?: PendingKey): Promise<Appended> {
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    this.#lane(place.room).push({
      ...place,
      draft,
      bytes: entryBytesMax(draft),
      since: this.pace.elapsed(),
      resolve,
      reject,
      ...key && { key },
    });
    return promise;
  }

  #get<T>(key: Deno.KvKey): Promise<Deno.KvEntryMaybe<T>> {
    return this.#ask("look up message", () => this.kv.get<T>(key));
  }

  #ask<T>(act: string, call: () => Promise<T>): Promise<T> {
    return asking(this, act, call);
  }

  #lane(room: RoomId): Lane {
    const lane = this.#lanes[laneOf(room, this.capabilities.lanes)];
    if (!lane) throw new RangeError("Cannot choose a lane: there is none");
    return lane;
  }
}

function unsure(): ChatError {
  const message = "Cannot read history: its end is not known yet";
  return new ChatError("storage_failed", message);
}
