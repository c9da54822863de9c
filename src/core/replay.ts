import { frame } from "./encoder.ts";
import type { EntryEvent } from "./events.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Participant } from "./participant.ts";
import { type RoomLog, toEvent } from "./ports.ts";
import { type Entry, isDeleted, type Position } from "./types.ts";

/** Entries that are read at a time for one session. */
const PAGE_ENTRIES = 100;

/** The same for a session that is sent many in one frame. */
const PAGE_ENTRIES_MAX = 1_000;

/**
 * Units of text that are sent before the link must have drained: in JSON, one
 * may take six bytes.
 */
const PIECE_UNITS = 16_384;

/** What an entry has beside its text, in those units. */
const ENTRY_UNITS = 32;

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
  let cursor = from;
  while (!who.ended && (wantsAll || !room.closed)) {
    const { tail } = room;
    if (cursor.epoch !== tail.epoch && !wantsAll) {
      cursor = { epoch: tail.epoch, seq: 0 };
    }
    const isBehind = cursor.epoch < tail.epoch;
    if (!isBehind && cursor.seq === tail.seq) return met();
    const max = wantsAll ? PAGE_ENTRIES_MAX : PAGE_ENTRIES;
    const limit = isBehind ? max : Math.min(max, tail.seq - cursor.seq);
    const entries = await log.readAfter(id, cursor, limit);
    if (who.ended) return;
    // What is ahead of the tail comes by the one delivery path.
    const page = entries.filter((entry) => room.hasTold(entry));
    const last = page.at(-1);
    // Nothing left between the two: it was swept.
    if (!last && !isBehind) return met();
    const shown = wantsAll ? page : page.filter(isShown);
    for (const piece of pieces(shown)) {
      take(piece.map((entry) => toEvent(id, entry)));
      await who.link.drained();
      // A peer that is gone still has its turn; but nobody reads this.
      if (who.ended) return;
      if (who.link.isGone) return met();
    }
    cursor = last ? behind(last) : { epoch: cursor.epoch + 1, seq: 0 };
  }
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

/** Cuts a page so that no piece of it fills the outbox of a quick reader. */
function pieces(page: readonly Entry[]): Entry[][] {
  const cut: Entry[][] = [];
  let units = 0;
  for (const entry of page) {
    const size = ENTRY_UNITS + unitsOf(entry);
    units += size;
    const last = cut.at(-1);
    if (last && units <= PIECE_UNITS) last.push(entry);
    else {
      cut.push([entry]);
      units = size;
    }
  }
  return cut;
}

function unitsOf(entry: Entry): number {
  return "text" in entry ? entry.text.length : 0;
}
