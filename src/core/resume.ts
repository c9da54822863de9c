/**
 * Where a session begins to hear a room's log.
 *
 * @module
 */
import type { LiveRoom } from "./live_room.ts";
import { seqOfOrder } from "./message_search.ts";
import { isBefore } from "./position.ts";
import type { RoomLog } from "./ports.ts";
import { isDeleted, type Position } from "./types.ts";

/** Entries read at a time to look for messages among them. */
const WALK_ENTRIES = 500;

/**
 * Entries that are no messages, or deleted ones, that are passed over to find
 * the newest messages. A session that is told of every entry begins there,
 * with fewer of them.
 */
const PASSED_OVER_MAX = 1_000;

/**
 * Why not everything behind a position will follow: the oldest of it was
 * swept; the log was begun anew; or this log does not reach that far.
 */
export type Gap = "truncated" | "new_epoch" | "ahead";

/** Where a session begins, and what of its wish could not be. */
export interface JoinStart {
  readonly room: LiveRoom;
  /** The last entry that the room's sessions were told of. */
  readonly head: Position;
  /** The entry behind which the session begins. */
  readonly from: Position;
  /** Every entry behind its position will follow. */
  readonly resumed: boolean;
  readonly gap?: Gap;
  /** Seqs that are gone, where that is known. */
  readonly lost?: { readonly fromSeq: number; readonly toSeq: number };
}

/** Where to begin: behind a position, if given, else with the newest messages. */
export interface StartWish {
  readonly after?: Position | undefined;
  readonly newest: number;
  /** It is shown messages alone: whatever else there is, is passed over. */
  readonly isSparse?: boolean | undefined;
}

/** Where a session begins that wishes so. Rejects as `RoomLog` does. */
export async function startOf(
  room: LiveRoom,
  log: RoomLog,
  { after, newest, isSparse = false }: StartWish,
): Promise<JoinStart> {
  if (after && isBefore(room.tail, after)) await room.refresh();
  const where = after ? await resumption(room, log, after) : undefined;
  const from = where?.from ??
    await newestStart(room, log, { newest, isSparse });
  return { resumed: false, ...where, room, head: room.tail, from };
}

type Resumption =
  & Omit<JoinStart, "room" | "head" | "from">
  & { readonly from?: Position };

async function resumption(
  room: LiveRoom,
  log: RoomLog,
  after: Position,
): Promise<Resumption> {
  if (isBefore(room.tail, after)) return { resumed: false, gap: "ahead" };
  if (after.epoch < room.tail.epoch) {
    return { resumed: false, gap: "new_epoch" };
  }
  if (after.seq === room.tail.seq) return { resumed: true, from: after };
  const [next] = await log.readAfter(room.record.id, after, 1);
  // Begun anew meanwhile.
  if (!next) return { resumed: false, gap: "new_epoch" };
  if (next.seq === after.seq + 1) return { resumed: true, from: after };
  const lost = { fromSeq: after.seq + 1, toSeq: next.seq - 1 };
  const from = { epoch: next.epoch, seq: lost.toSeq };
  return { resumed: false, gap: "truncated", lost, from };
}

/** The place before the newest messages, deleted ones not counted. */
async function newestStart(
  room: LiveRoom,
  log: RoomLog,
  { newest, isSparse }: { newest: number; isSparse: boolean },
): Promise<Position> {
  const { tail, order, record } = room;
  const { epoch } = tail;
  if (newest >= tail.seq) return { epoch, seq: 0 };
  // Nothing but messages: no need to look.
  if (order === tail.seq) return { epoch, seq: tail.seq - newest };
  let seq = tail.seq + 1;
  let left = newest;
  let passed = 0;
  /** Of the newest message before that place. */
  let next = order;
  while (left > 0 && seq > 1 && passed < PASSED_OVER_MAX) {
    const before = { epoch, seq };
    const page = await log.readBefore(record.id, before, WALK_ENTRIES);
    if (page.length === 0) break;
    for (const entry of page) {
      if (left === 0) break;
      seq = entry.seq;
      if (entry.kind === "message" && !isDeleted(entry)) left--;
      else passed++;
      next = entry.kind === "message" ? entry.order - 1 : entry.order;
    }
  }
  if (!isSparse || left === 0 || next === 0) return { epoch, seq: seq - 1 };
  const oldest = Math.max(1, next - left + 1);
  const from = { epoch, seq };
  const found = await seqOfOrder(log, record.id, { order: oldest, from });
  return { epoch, seq: found - 1 };
}
