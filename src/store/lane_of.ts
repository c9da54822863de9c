import type { RoomId } from "../core/types.ts";

/** The lane that a room's commits go by: the same on every instance. */
export function laneOf(room: RoomId, lanes: number): number {
  return lanes === 1 ? 0 : hash(room) % lanes;
}

/** FNV-1a over UTF-16 units, unsigned. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}
