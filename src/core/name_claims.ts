import type { RoomId, SessionId } from "./types.ts";

/**
 * Names that one session at a time may have in a room, over all instances.
 *
 * Only for dialects whose names are unique; others may bear the same ones.
 */
export interface NameClaims {
  /** No other instance can be there: who is here is all that there is. */
  readonly alone: boolean;
  /**
   * Takes a name, in place of the one that the session had in that room.
   *
   * @returns False if another session has it.
   * @throws {ChatError} `storage_failed`, `busy`: the session may have it or
   *   not, and asks again or ends.
   */
  claim(session: SessionId, room: RoomId, name: string): Promise<boolean>;
  /** Gives back what a session has, in one room or in all. Never throws. */
  release(session: SessionId, room?: RoomId): void;
}

/** Where a process is alone on its KV. */
export const UNCLAIMED: NameClaims = {
  alone: true,
  claim: () => Promise.resolve(true),
  release: () => {},
};
