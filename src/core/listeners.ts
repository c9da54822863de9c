import type { RoomAccess } from "./access.ts";
import { roomClosed } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Participant } from "./participant.ts";
import type { RoomLog } from "./ports.ts";
import { replay, sendTo } from "./replay.ts";
import type { Place } from "./requests.ts";
import { type JoinStart, startOf } from "./resume.ts";
import type { Position } from "./types.ts";

/** What listening needs. */
export interface ListenersPorts {
  readonly access: RoomAccess;
  readonly log: RoomLog;
  readonly limits: Limits;
}

/** A wish to hear a room without being in it. */
export interface ListenRequest {
  readonly room: Place;
  /** All that is behind this entry first, if that is possible. */
  readonly after?: Position | undefined;
  /** Else so many stored messages, the newest. */
  readonly newest: number;
}

/**
 * Sessions that hear a room and are no members of it: nobody is told of them.
 * A session listens to one room at a time.
 */
export class Listeners {
  readonly #ports: ListenersPorts;
  readonly #rooms = new Map<Participant, LiveRoom>();

  constructor(ports: ListenersPorts) {
    this.#ports = ports;
  }

  /**
   * Finds the room and where the session begins; makes the room if there is
   * none, and keeps it at hand until `close`.
   *
   * @throws {ChatError} `bad_field`, `too_long`, `limit_rooms`, `room_closed`
   *   where nothing of a closed room is behind the position, `busy`.
   */
  async open(
    who: Participant,
    { room: place, after, newest }: ListenRequest,
  ): Promise<JoinStart> {
    const { access, log, limits } = this.#ports;
    const id = access.roomId(who, place);
    const author = await access.author(who, "");
    const room = await access.use(who, {
      id,
      author,
      joined: false,
      isFleeting: true,
    });
    // Before anything can throw: `close` takes the pin off again.
    if (who.ended) room.pins--;
    else this.#rooms.set(who, room);
    if (room.closed && !isBehind(after, room)) throw roomClosed("hear", id);
    const max = limits.HISTORY_MESSAGES_MAX;
    return await startOf(room, log, { after, newest: Math.min(newest, max) });
  }

  /**
   * Sends what is stored from there on, then lets the session hear all that
   * follows, none missing and none twice. In a room that is closed by then it
   * is evicted instead, behind the last entry.
   */
  async follow(who: Participant, { room, from }: JoinStart): Promise<void> {
    const { log } = this.#ports;
    let isListening = false;
    const met = () => {
      if (room.closed) return;
      isListening = true;
      room.listen(who);
    };
    await replay(who, room, { log, from, take: sendTo(who), met });
    if (!isListening && !who.ended) who.onEvicted(room.record.id);
  }

  /** Ends it; does nothing for one who does not listen. */
  close(who: Participant): void {
    const room = this.#rooms.get(who);
    if (!room) return;
    this.#rooms.delete(who);
    room.unlisten(who);
    room.pins--;
  }
}

function isBehind(after: Position | undefined, { tail }: LiveRoom): boolean {
  return after?.epoch === tail.epoch && after.seq < tail.seq;
}
