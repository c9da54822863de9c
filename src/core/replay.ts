import { frame } from "./encoder.ts";
import type { EntryEvent } from "./events.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Participant } from "./participant.ts";
import { type RoomLog, toEvent } from "./ports.ts";
import type { Entry, Position } from "./types.ts";

/** Entries that are read at a time for one session. */
const PAGE_ENTRIES = 100;

/**
 * Units of text that are sent before the link must have drained: in JSON, one
 * may take six bytes.
 */
const PIECE_UNITS = 16_384;

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
 * Returns in the turn in which the two meet: whoever seats the session then
 * misses nothing and doubles nothing.
 */
export async function replay(
  who: Participant,
  room: LiveRoom,
  options: { log: RoomLog; newest: number; take: PageTaker },
): Promise<void> {
  const { log, newest, take } = options;
  const { id } = room.record;
  const { epoch, seq } = room.tail;
  let cursor: Position = { epoch, seq: Math.max(0, seq - newest) };
  while (!who.ended && !room.closed) {
    const { tail } = room;
    if (cursor.epoch !== tail.epoch) cursor = { epoch: tail.epoch, seq: 0 };
    if (cursor.seq === tail.seq) return;
    const limit = Math.min(PAGE_ENTRIES, tail.seq - cursor.seq);
    const entries = await log.readAfter(id, cursor, limit);
    // What is ahead of the tail comes by the one delivery path.
    const page = entries.filter((entry) => room.hasTold(entry));
    const last = page.at(-1);
    // Nothing left between the two: it was swept.
    if (!last) return;
    for (const piece of pieces(page)) {
      take(piece.map((entry) => toEvent(id, entry)));
      await who.link.drained();
      if (who.ended) return;
    }
    cursor = { epoch: last.epoch, seq: last.seq };
  }
}

/** Cuts a page so that no piece of it fills the outbox of a quick reader. */
function pieces(page: readonly Entry[]): Entry[][] {
  const cut: Entry[][] = [];
  let units = 0;
  for (const entry of page) {
    const size = entry.kind === "message" ? entry.text.length : 0;
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
