import type { Position } from "./types.ts";

/** Whether the first place comes before the second one in a room's log. */
export function isBefore(a: Position, b: Position): boolean {
  return a.epoch < b.epoch || a.epoch === b.epoch && a.seq < b.seq;
}
