import { roomMissing } from "./errors.ts";
import type { ReadSignal } from "./events.ts";
import type { Hub } from "./hub.ts";
import { TOKEN_TTL_MS } from "./limits.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Online } from "./online.ts";
import type { Participant } from "./participant.ts";
import type { Clock, RoomLog } from "./ports.ts";
import type { ToNeighbours } from "./to_neighbours.ts";
import type { Position, RoomId } from "./types.ts";

/** How far a user has read in a room. */
export interface Marker extends Position {
  /** Messages up to there. */
  readonly order: number;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** Keeps how far users have read. */
export interface MarkerStore {
  marker(user: string, room: RoomId): Promise<Marker | undefined>;
  /** All of a user's, by room. */
  markersOf(user: string): Promise<ReadonlyMap<RoomId, Marker>>;
  /**
   * Moves it forward, never back.
   *
   * @returns The one that is stored then.
   */
  advance(user: string, room: RoomId, marker: Marker): Promise<Marker>;
}

/** A marker as its user sees it. */
export interface ReadState {
  /** In the room's epoch; 0: nothing of it. */
  readonly seq: number;
  /** Messages behind it, one's own included. */
  readonly unread: number;
}

/** What read markers need. */
export interface MarkersPorts {
  readonly hub: Hub;
  readonly log: RoomLog;
  readonly markers: MarkerStore;
  readonly online: Online;
  readonly neighbours: ToNeighbours;
  readonly clock: Clock;
}

/** How far each user has read in each room, over all of its sessions. */
export class ReadMarkers {
  readonly #ports: MarkersPorts;

  constructor(ports: MarkersPorts) {
    this.#ports = ports;
  }

  /** How far a user has read in a room; see `stateOf`. */
  of(user: string, id: RoomId): Promise<Marker | undefined> {
    return this.#ports.markers.marker(user, id);
  }

  /** All markers of a user. */
  all(user: string): Promise<ReadonlyMap<RoomId, Marker>> {
    return this.#ports.markers.markersOf(user);
  }

  /**
   * The session's user has read up to here; its other sessions are told.
   *
   * @param seq Beyond the newest entry: that one.
   * @throws {ChatError} `room_missing`, `sign_in_first`, `storage_failed`.
   */
  async mark(who: Participant, id: RoomId, seq: number): Promise<ReadState> {
    const { hub, log, markers, clock } = this.#ports;
    const room = await hub.find(id);
    if (!room) throw roomMissing("read", id);
    const { epoch, seq: newest } = room.tail;
    const upTo = Math.min(seq, newest);
    // What was swept counts as read.
    const [entry] = await log.readBefore(id, { epoch, seq: upTo + 1 }, 1);
    const user = who.identity?.id ?? who.session;
    const moved = await markers.advance(user, id, {
      epoch,
      seq: upTo,
      order: entry?.order ?? 0,
      expiresAt: who.identity?.verified
        ? Number.MAX_SAFE_INTEGER
        : clock.now() + TOKEN_TTL_MS,
    });
    const state = stateOf(moved, room);
    this.#tell(who, room, state);
    return state;
  }

  /** Those that have no word for it hear nothing. */
  #tell(who: Participant, room: LiveRoom, state: ReadState): void {
    const { online, neighbours, clock } = this.#ports;
    const signal: ReadSignal = {
      kind: "read",
      room: room.record.id,
      at: clock.now(),
      via: who.via,
      ...state,
    };
    const user = who.identity?.id ?? "";
    online.tell(user, signal, (other) => other !== who);
    if (online.isElsewhere(user)) neighbours.forUser(user, signal);
  }
}

/** A marker as seen from a room; without one, nothing was read. */
export function stateOf(
  marker: Marker | undefined,
  room: LiveRoom,
): ReadState {
  const isCurrent = marker?.epoch === room.tail.epoch;
  const { seq, order } = isCurrent ? marker : { seq: 0, order: 0 };
  return { seq, unread: Math.max(0, room.order - order) };
}
