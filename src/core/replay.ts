import { frame } from "./encoder.ts";
import { unitsOf } from "./entry_units.ts";
import type { EntryEvent } from "./events.ts";
import { seqOfOrder } from "./message_search.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Participant } from "./participant.ts";
import { type RoomLog, toEvent } from "./ports.ts";
import { type Entry, isDeleted, type Position } from "./types.ts";

/** Entries that are read at a time for one session, at most. */
const PAGE_ENTRIES = 100;

/** The same for a session that is sent many in one frame. */
const PAGE_ENTRIES_MAX = 512;

/**
 * Units of text that are sent before the link must have drained: in JSON, one
 * may take six bytes.
 */
const PIECE_UNITS = 131_072;

/** Takes a page of what is stored, oldest first. */
export type PageTaker = (events: readonly EntryEvent[]) => void;

/** Sends a page as the session's dialect writes it. */
export function sendTo(who: Participant): PageTaker {
  return (events) => {
    for (const text of who.encoder.encode(events)) who.link.send(frame(text));
  };
}

/**
 * Pages what is stored to one session until it has caught up with the tail.
 *
 * The cursor stays behind the tail, so that what comes in meanwhile is read
 * from the log too: nothing is buffered, and a slow reader costs no memory.
 * Calls `met` at the moment at which the two meet: whoever seats the session
 * there misses nothing and doubles nothing. Once this has resolved it is too
 * late: something may have been told in between.
 *
 * A session that wants every entry is told of a room's end too, and of what
 * was before a new beginning; others go on where the room is by then.
 */
export async function replay(
  who: Participant,
  room: LiveRoom,
  options: {
    log: RoomLog;
    from: Position;
    take: PageTaker;
    met: () => void;
  },
): Promise<void> {
  const { log, from, take, met } = options;
  const { id } = room.record;
  const wantsAll = who.encoder.wantsEveryEntry === true;
  const max = wantsAll ? PAGE_ENTRIES_MAX : PAGE_ENTRIES;
  let size = max;
  let cursor = from;
  while (!who.ended && (wantsAll || !room.closed)) {
    const { tail } = room;
    if (cursor.epoch !== tail.epoch && !wantsAll) {
      cursor = { epoch: tail.epoch, seq: 0 };
    }
    const isBehind = cursor.epoch < tail.epoch;
    if (!isBehind && cursor.seq === tail.seq) return met();
    const limit = isBehind ? size : Math.min(size, tail.seq - cursor.seq);
    const entries = await log.readAfter(id, cursor, limit);
    if (who.ended) return;
    // What is ahead of the tail comes by the one delivery path.
    const page = entries.filter((entry) => room.hasTold(entry));
    // Nothing left between the two: it was swept.
    if (page.length === 0 && !isBehind) return met();
    // The rest is read again: while this is sent, some of it may be deleted.
    const piece = pieceOf(page);
    size = Math.min(max, 2 * Math.max(1, piece.length));
    const shown = wantsAll ? piece : piece.filter(isShown);
    if (shown.length > 0) {
      take(shown.map((entry) => toEvent(id, entry)));
      await who.link.drained();
      // A peer that is gone still has its turn; but nobody reads this.
      if (who.ended) return;
      if (who.link.isGone) return met();
    }
    const last = piece.at(-1);
    if (!last) cursor = { epoch: cursor.epoch + 1, seq: 0 };
    else if (wantsAll || shown.length > 0) cursor = behind(last);
    else cursor = await beforeNextMessage(room, log, last);
  }
}

/** The place before the next message, whatever lies in between. */
async function beforeNextMessage(
  room: LiveRoom,
  log: RoomLog,
  { epoch, seq, order }: Entry,
): Promise<Position> {
  const { tail, order: total, record } = room;
  if (epoch !== tail.epoch) return { epoch, seq };
  if (order >= total) return tail;
  const from = { epoch, seq: tail.seq };
  const next = await seqOfOrder(log, record.id, { order: order + 1, from });
  return { epoch, seq: Math.max(seq, next - 1) };
}

function isShown(entry: Entry): boolean {
  return entry.kind === "message" && !isDeleted(entry);
}

/** The place after which the log goes on. */
function behind(last: Entry): Position {
  const { epoch, seq } = last;
  if (last.kind !== "closed" || !last.reopens) return { epoch, seq };
  return { epoch: epoch + 1, seq: 0 };
}

/** As much of a page as does not fill the outbox of a quick reader. */
function pieceOf(page: readonly Entry[]): readonly Entry[] {
  let units = 0;
  const end = page.findIndex((entry, i) => {
    units += unitsOf(entry);
    return i > 0 && units > PIECE_UNITS;
  });
  return end < 0 ? page : page.slice(0, end);
}
