/**
 * What the chat needs from outside, and what each of it is obliged to.
 *
 * @module
 */
import type { EntryEvent } from "./events.ts";
import type { Draft, Entry, Position, RoomId, RoomRecord } from "./types.ts";

/** The wall clock. It may jump: nothing is ordered by it. */
export interface Clock {
  /** ms since the epoch. */
  now(): number;
  /** ms since some start; never jumps. */
  elapsed(): number;
}

/** Makes ids. */
export interface Ids {
  /** A ULID that is greater than the last one of this process. */
  ulid(atMs: number): string;
  /** A UUID v4. */
  uuid(): string;
}

/** Timers, each of which returns what cancels it. */
export interface Timers {
  /** Runs once what waits for input has been looked at. */
  soon(run: () => void): void;
  after(ms: number, run: () => void): () => void;
}

/** One text frame, encoded once and sent to many. */
export interface Frame {
  readonly text: string;
  /** Its length in UTF-8. */
  readonly bytes: number;
}

/** The outbound side of a session. */
export interface Link {
  /** Queues one frame, in order; drops it, without throwing, once closing. */
  send(frame: Frame): void;
  /** Resolves when little is queued, and when the link has closed. */
  drained(): Promise<void>;
  /** It is known that nothing arrives any more, whatever is sent. */
  readonly isGone?: boolean;
  /** `reason` is at most 123 bytes (RFC 6455, 5.5). */
  close(code: number, reason: string): void;
}

/** The end of a room's log; `seq` is 0 while it is empty. */
export interface Head extends Position {
  /** Messages in it. */
  readonly order: number;
  /** Nothing can be appended in this epoch. */
  readonly closed: boolean;
}

/**
 * The durable logs of all rooms.
 *
 * Entries of a room get the seqs 1, 2, 3, … without holes, in the order in
 * which `append` was called on this instance, others' in between.
 *
 * Whatever is read is as it is by then: a message bears its newest text and
 * its reactions, and nothing holds a text that was deleted before it was read.
 */
export interface RoomLog {
  /**
   * Learns the tail of a room's log. Must precede `append`.
   *
   * What still waits for a place in an earlier epoch is refused then.
   */
  open(record: RoomRecord): Promise<Head>;
  /**
   * Forgets a room that nobody uses; `open` brings it back.
   *
   * @returns False, and nothing is forgotten, while it is being written, or
   *   while it is not known what was.
   */
  release(room: RoomId): boolean;
  /**
   * Appends one entry; resolves once it is on disk.
   *
   * The listener has been handed the entry by then.
   *
   * @throws {ChatError} `room_closed`, `conflict`: nothing was written.
   *   `busy`, `storage_full`, `storage_failed`: see there.
   */
  append(room: RoomId, draft: Draft, key?: SendKey): Promise<Appended>;
  /**
   * What came of an entry that was appended under this key, or will: for
   * those who must know before they look at what has changed since.
   *
   * @throws {ChatError} `conflict`: the key was used for another one.
   */
  recall(
    room: RoomId,
    draft: Draft,
    key: SendKey,
  ): Promise<Appended | undefined>;
  /** Entries with `after` < seq, oldest first, at most `limit` of them. */
  readAfter(
    room: RoomId,
    after: Position,
    limit: number,
  ): Promise<readonly Entry[]>;
  /** Entries with seq < `before`, newest first, at most `limit` of them. */
  readBefore(
    room: RoomId,
    before: Position,
    limit: number,
  ): Promise<readonly Entry[]>;
  /** Resolves when nothing is waiting to be written. */
  settled(): Promise<void>;
}

/** A client's idempotency key: the same key has one effect. */
export interface SendKey {
  readonly author: string;
  readonly key: string;
}

/** The answer to an append. */
export interface Appended {
  readonly entry: Entry;
  /** The send key was used before; this is what came of it then. */
  readonly duplicate: boolean;
}

/** Hears of what the log holds that was not there before. */
export interface LogListener {
  /** These entries, contiguous, are on disk. */
  committed(room: RoomId, entries: readonly Entry[]): void;
  /**
   * The room has entries that were not handed over.
   *
   * @param from The first of them, as far as is known.
   */
  moved(room: RoomId, from?: Position): void;
  /** Any room may have such. */
  missed(): void;
}

/** A room in the list of rooms. */
export interface Listing {
  readonly record: RoomRecord;
  /** When a session first joined it, ms since the epoch. */
  readonly joinedAt?: number;
  /** Its log holds messages. */
  readonly spoken: boolean;
}

/** How a room comes to be. */
export interface RoomDraft {
  readonly id: RoomId;
  readonly title: string;
  readonly kind: "public" | "direct";
  readonly via: string;
  readonly createdBy: string;
  readonly at: number;
  /** It is made by a session that joins it. */
  readonly joined: boolean;
  /** It goes away when nobody is left in it and nothing was said. */
  readonly isFleeting?: boolean | undefined;
  /** It is made also where there are as many rooms as may be. */
  readonly isPermanent?: boolean;
}

/** The rooms and the numbers of users. */
export interface Directory {
  /** The room's record, if there is one. */
  find(id: RoomId): Promise<RoomRecord | undefined>;
  /**
   * The room's record; makes the room if there is none.
   *
   * @throws {ChatError} `limit_rooms`: nothing was made.
   */
  ensure(draft: RoomDraft): Promise<RoomRecord>;
  /** Notes the first session that joins a room. */
  markJoined(id: RoomId, at: number): Promise<void>;
  /**
   * Makes a room.
   *
   * @param numbered Its number is put behind its id.
   * @returns `undefined` if there is one of that id.
   * @throws {ChatError} `limit_rooms`.
   */
  create(draft: RoomDraft, numbered: boolean): Promise<RoomRecord | undefined>;
  /**
   * Starts the next epoch of a closed room, empty; its number stays, and it is
   * not fleeting any more.
   *
   * @returns Its record, and false for `isNew` if it was open by then.
   */
  reopen(
    draft: Pick<RoomDraft, "id" | "via" | "createdBy" | "at">,
  ): Promise<{ readonly record: RoomRecord; readonly isNew: boolean }>;
  /**
   * Removes a room whose log is empty; its number is not used again.
   *
   * @returns Whether it was removed.
   */
  remove(record: RoomRecord): Promise<boolean>;
  /** All rooms, by number; the same array until something in it changes. */
  list(): Promise<readonly Listing[]>;
  /** The room of that number. */
  findByNumber(number: number): Promise<RoomRecord | undefined>;
  /** Called when the list of public rooms has changed. */
  onChange: () => void;
  /** A number that no user had before. */
  takeUserNumber(): Promise<number>;
}

/** Counts up. */
export interface Counter {
  add(count?: number): void;
}

/** Counts by the values of labels, which are from small, closed sets. */
export interface Counters {
  /** Whoever counts often keeps what this returns. */
  by(...values: readonly string[]): Counter;
}

/** Sorts what is measured by its size. */
export interface Histogram {
  observe(value: number): void;
}

/** Counts what happens, at a few ns each. Never throws. */
export interface Meter {
  readonly socketsOpened: Counter;
  /** By who has ended it, `server` or `client`, and the code. */
  readonly socketsClosed: Counters;
  readonly slowReadersDropped: Counter;
  readonly framesReceived: Counter;
  readonly framesSent: Counter;
  readonly framesRateLimited: Counter;
  /** By code. */
  readonly refusals: Counters;
  /** By outcome: `landed`, `lost_race`, `failed`. */
  readonly commits: Counters;
  /** Entries in a commit that has landed. */
  readonly commitEntries: Histogram;
  /** How long a commit took that has landed. */
  readonly commitSeconds: Histogram;
  readonly journalFolds: Counter;
  readonly logReads: Counter;
  /** From the commit of an entry elsewhere to its delivery here. */
  readonly bellDelaySeconds: Histogram;
  /** With a password, by result: `ok`, `wrong`. */
  readonly signIns: Counters;
  /** By route and class of status, `2xx`. */
  readonly httpRequests: Counters;
}

/** Is told of what operators want to know. Must not throw. */
export interface Observer {
  /** A bug was kept from harming others. */
  bug(where: string, error: unknown): void;
  /** Something outside failed; it is tried again. */
  trouble(where: string, error: unknown): void;
  readonly meter?: Meter;
  /** Something that somebody looking for a fault wants to see. */
  detail?(what: string, properties: Readonly<Record<string, unknown>>): void;
}

/** Turns an entry of a room into what its sessions hear. */
export function toEvent(room: RoomId, entry: Entry): EntryEvent {
  return { room, ...entry };
}
