/**
 * What waits for the log, and how it is put into one commit.
 *
 * @module
 */
import { ChatError, roomClosed } from "../core/errors.ts";
import { utf8Length } from "../core/text.ts";
import type { Appended } from "../core/ports.ts";
import type { Draft, Entry, RoomId } from "../core/types.ts";
import {
  BYTES_PER_CHUNK,
  BYTES_PER_COMMIT,
  type Capabilities,
  KEY_BYTES_PER_COMMIT,
  MUTATIONS_PER_COMMIT,
} from "./capabilities.ts";
import { chunked } from "./chunks.ts";
import { revisionBytesMax } from "./entry_size.ts";
import type { LogHead } from "./heads.ts";
import type { Chunk, SendRecord } from "./keys.ts";
import { NEWS_KEY_BYTES_PER_COMMIT, NEWS_PER_COMMIT } from "./news_queue.ts";
import { REVISION_MUTATIONS } from "./revisions.ts";

/** Bytes of a key beside the room's id and what a client chose. */
const KEY_FRAME_BYTES = 48;

/** Bytes of a user's id in a key (a UUID). */
const AUTHOR_BYTES = 36;

/** Mutations kept free: the bell, and what is more than a chunk per room. */
const SPARE_MUTATIONS = 48;

/** Mutations that may come with a room: a chunk, its record, its mark of being spoken in. */
const ROOM_MUTATIONS = 3;

/** A send key, with what is known of it. */
export interface PendingKey {
  readonly author: string;
  readonly key: string;
  readonly digest: string;
  readonly expiresAt: number;
  /** Of the expired record that it replaces; null if there is none. */
  versionstamp: string | null;
}

/** An entry that waits for its place. */
export interface Pending {
  readonly room: RoomId;
  /** The life of the room that it was meant for. */
  readonly head: LogHead;
  readonly draft: Draft;
  /** At least what it takes when serialised. */
  readonly bytes: number;
  readonly key?: PendingKey;
  /** When it began to wait, by a monotonic clock in ms. */
  readonly since: number;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** One room's part of a commit. */
export interface Slice {
  readonly room: RoomId;
  /** As it was before. */
  readonly head: LogHead;
  /** As it is once the commit has landed. */
  readonly next: LogHead;
  readonly entries: Entry[];
  readonly pending: Pending[];
}

/** Entries in order of arrival, by room. */
export class Queue {
  #rooms = new Map<RoomId, Pending[]>();

  /** Nothing waits. */
  get empty(): boolean {
    return this.#rooms.size === 0;
  }

  /** The rooms for which something waits. */
  rooms(): IteratorObject<RoomId> {
    return this.#rooms.keys();
  }

  /** Whether something waits for this room. */
  has(room: RoomId): boolean {
    return this.#rooms.has(room);
  }

  /** Puts one behind all others of its room. */
  push(pending: Pending): void {
    const waiting = this.#rooms.get(pending.room);
    if (waiting) waiting.push(pending);
    else this.#rooms.set(pending.room, [pending]);
  }

  /** Puts some before all others of their room, to be tried again. */
  unshift(room: RoomId, pending: Pending[]): void {
    if (pending.length === 0) return;
    this.#rooms.set(room, [...pending, ...this.#rooms.get(room) ?? []]);
  }

  /** Takes all that waits for a room. */
  drop(room: RoomId): Pending[] {
    const waiting = this.#rooms.get(room) ?? [];
    this.#rooms.delete(room);
    return waiting;
  }

  /** Takes all that began to wait up to then. */
  dropUpTo(since: number): Pending[] {
    const dropped: Pending[] = [];
    for (const [room, waiting] of Array.from(this.#rooms)) {
      const left = waiting.filter((one) => one.since > since);
      if (left.length === waiting.length) continue;
      dropped.push(...waiting.filter((one) => one.since <= since));
      if (left.length > 0) this.#rooms.set(room, left);
      else this.#rooms.delete(room);
    }
    return dropped;
  }

  /** Takes as much as one commit may hold; the rest keeps its turn. */
  take(
    capabilities: Capabilities,
    { headOf, mayWrite }: {
      headOf: (room: RoomId) => LogHead;
      mayWrite: (room: RoomId) => boolean;
    },
  ): Slice[] {
    const slices: Slice[] = [];
    const budget = new Budget(capabilities);
    for (const [room, waiting] of Array.from(this.#rooms)) {
      if (slices.length === capabilities.roomsPerCommit) break;
      if (!mayWrite(room)) continue;
      const roomBytes = utf8Length(room) + KEY_FRAME_BYTES;
      if (!budget.takeRoom(roomBytes)) break;
      const head = headOf(room);
      const slice: Slice = {
        room,
        head,
        next: head.copy(),
        entries: [],
        pending: [],
      };
      const taken = fill(slice, waiting, { budget, roomBytes });
      // Behind the others, so that one busy room does not keep them waiting.
      this.#rooms.delete(room);
      if (taken < waiting.length) this.#rooms.set(room, waiting.slice(taken));
      if (slice.entries.length > 0) slices.push(slice);
      if (budget.spent) break;
    }
    return slices;
  }
}

/** Places what fits; returns how many were dealt with, the refused included. */
function fill(
  slice: Slice,
  waiting: Pending[],
  { budget, roomBytes }: { budget: Budget; roomBytes: number },
): number {
  let taken = 0;
  for (const pending of waiting) {
    if (pending.head !== slice.head) {
      taken++;
      pending.reject(roomClosed("send to", slice.room));
      continue;
    }
    if (!slice.next.closed && !budget.take(pending, roomBytes)) break;
    taken++;
    try {
      slice.entries.push(slice.next.place(pending.draft));
      slice.pending.push(pending);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      pending.reject(error);
    }
  }
  return taken;
}

/** What one commit may still hold. */
class Budget {
  #checks: number;
  #mutations: number;
  #bytes = BYTES_PER_COMMIT;
  #keyBytes: number;
  readonly #alone: boolean;
  spent = false;

  constructor(capabilities: Capabilities) {
    this.#checks = capabilities.checksPerCommit - 1;
    this.#alone = capabilities.alone;
    const others = this.#alone ? 0 : NEWS_PER_COMMIT;
    this.#keyBytes = KEY_BYTES_PER_COMMIT -
      (this.#alone ? 0 : NEWS_KEY_BYTES_PER_COMMIT);
    this.#mutations = MUTATIONS_PER_COMMIT - SPARE_MUTATIONS - others;
  }

  /** Where others write too, a room costs a check. */
  takeRoom(roomBytes: number): boolean {
    return this.#spend({
      checks: this.#alone ? 0 : 1,
      mutations: ROOM_MUTATIONS,
      bytes: 0,
      keyBytes: ROOM_MUTATIONS * roomBytes,
    });
  }

  take({ bytes, key, draft }: Pending, roomBytes: number): boolean {
    const keyed = key !== undefined;
    const revises = draft.kind !== "message" && draft.kind !== "closed";
    const sendBytes = keyed ? roomBytes + AUTHOR_BYTES + key.key.length * 3 : 0;
    const keyBytes = sendBytes +
      (revises ? revisionKeyBytes(draft, roomBytes) : 0);
    return this.#spend({
      checks: keyed && !this.#alone ? 1 : 0,
      mutations: (keyed ? 1 : 0) + (revises ? REVISION_MUTATIONS : 0),
      bytes: bytes + keyBytes + revisionBytesMax(draft),
      keyBytes,
    });
  }

  #spend(
    cost: {
      checks: number;
      mutations: number;
      bytes: number;
      keyBytes: number;
    },
  ): boolean {
    this.spent = cost.checks > this.#checks ||
      cost.mutations > this.#mutations || cost.bytes > this.#bytes ||
      cost.keyBytes > this.#keyBytes;
    if (this.spent) return false;
    this.#checks -= cost.checks;
    this.#mutations -= cost.mutations;
    this.#bytes -= cost.bytes;
    this.#keyBytes -= cost.keyBytes;
    return true;
  }
}

function revisionKeyBytes(draft: Draft, roomBytes: number): number {
  const reaction = draft.kind === "reacted" ? draft.reaction.length * 3 : 0;
  return REVISION_MUTATIONS * (roomBytes + reaction + AUTHOR_BYTES);
}

/** The entries of a slice as they are stored: one value, as long as it fits. */
export function chunksOf(
  { entries, pending }: Pick<Slice, "entries" | "pending">,
): Chunk[] {
  const sized = entries.map((entry, i) => ({
    entry,
    bytes: pending[i]?.bytes ?? 0,
  }));
  return chunked(sized, BYTES_PER_CHUNK).map((chunk) =>
    chunk.map(({ entry }) => entry)
  );
}

/** The record of a send that has this place. */
export function sendRecord(key: PendingKey, entry: Entry): SendRecord {
  return {
    epoch: entry.epoch,
    seq: entry.seq,
    digest: key.digest,
    expiresAt: key.expiresAt,
  };
}
