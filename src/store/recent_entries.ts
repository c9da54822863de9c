import type { Entry, Position, RoomId } from "../core/types.ts";

/** Entries that are kept of one room. */
const ROOM_ENTRIES_MAX = 1_000;

/** Entries that are kept in all: some 10 MB of short messages. */
const ENTRIES_MAX = 20_000;

/**
 * The newest entries of rooms that were written of late, as they were written.
 *
 * Most who come back were away for a moment: what they missed is here, and
 * need not be read. Only for a process that is alone on its KV.
 */
export class RecentEntries {
  /** Contiguous, oldest first; the room that was written last is last. */
  readonly #rooms = new Map<RoomId, Entry[]>();
  #count = 0;

  /** Takes entries that are on disk. */
  add(room: RoomId, entries: readonly Entry[]): void {
    const known = this.#rooms.get(room) ?? [];
    this.forget(room);
    // Another epoch begins behind it.
    if (entries.some(({ kind }) => kind === "closed")) return;
    const newest = entries.slice(-ROOM_ENTRIES_MAX);
    const first = newest[0];
    const kept = first && follows(first, known.at(-1)) ? known : [];
    kept.push(...newest);
    // Not with each commit: a cut costs as much as all that is kept.
    if (kept.length > 2 * ROOM_ENTRIES_MAX) {
      kept.splice(0, kept.length - ROOM_ENTRIES_MAX);
    }
    this.#rooms.set(room, kept);
    this.#count += kept.length;
    for (const oldest of this.#rooms.keys()) {
      if (this.#count <= ENTRIES_MAX) return;
      this.forget(oldest);
    }
  }

  /** Forgets a room. */
  forget(room: RoomId): void {
    this.#count -= this.#rooms.get(room)?.length ?? 0;
    this.#rooms.delete(room);
  }

  /** Entries behind a place, if all that are behind it are here. */
  after(
    room: RoomId,
    { epoch, seq }: Position,
    limit: number,
  ): readonly Entry[] | undefined {
    const known = this.#rooms.get(room);
    const first = known?.[0];
    if (!known || first?.epoch !== epoch || seq + 1 < first.seq) {
      return undefined;
    }
    const skipped = seq + 1 - first.seq;
    return known.slice(skipped, skipped + limit);
  }
}

function follows(next: Entry, last: Entry | undefined): boolean {
  return next.epoch === last?.epoch && next.seq === last.seq + 1;
}
