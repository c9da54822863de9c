import type { RoomLog } from "./ports.ts";
import type { Position, RoomId } from "./types.ts";

/**
 * The seq of the message of that order, by halving: orders never fall along a
 * log, so that any number of edits and reactions in between cost some twenty
 * reads. If it was swept, the first entry behind it that is left.
 *
 * @param from Behind everything that is looked for: `seq` is not.
 */
export async function seqOfOrder(
  log: RoomLog,
  room: RoomId,
  { order, from: { epoch, seq: end } }: { order: number; from: Position },
): Promise<number> {
  let low = 1;
  let high = end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const before = { epoch, seq: middle - 1 };
    const [entry] = await log.readAfter(room, before, 1);
    if (!entry || entry.seq >= high || entry.order >= order) high = middle;
    else low = entry.seq + 1;
  }
  return low;
}
