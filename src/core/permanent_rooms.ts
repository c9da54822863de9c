import type { RoomId, RoomRecord } from "./types.ts";

/**
 * The rooms that wschat's document takes for granted, by their fixed numbers.
 * Rooms that people make are numbered from behind these.
 */
export const NUMBERED_ROOMS: readonly string[] = ["Room 1", "Room 2", "Room 3"];

/** The number of such a room, or `undefined`. */
export function fixedNumber(id: string): number | undefined {
  const index = NUMBERED_ROOMS.indexOf(id);
  return index < 0 ? undefined : index + 1;
}

/** Whether a room cannot be closed for good, only emptied. */
export function isPermanent(id: RoomId, lobby: string): boolean {
  return id === lobby || fixedNumber(id) !== undefined;
}

/**
 * Tells the lives of a room apart that no member survives: its epoch. Where
 * the log begins anew under its members, they stay, and it is always 0.
 */
export function lifeOf({ id, epoch }: RoomRecord, lobby: string): number {
  return isPermanent(id, lobby) ? 0 : epoch;
}
