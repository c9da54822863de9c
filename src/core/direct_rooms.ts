import type { Accounts } from "./accounts.ts";
import { identityOf } from "./accounts.ts";
import type { DirectSignal } from "./events.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Online } from "./online.ts";
import type { Participant } from "./participant.ts";
import type { Appended, Clock, Observer, RoomLog } from "./ports.ts";
import { type ReadMarkers, stateOf } from "./read_markers.ts";
import { directUsers } from "./text.ts";
import type { ToNeighbours } from "./to_neighbours.ts";
import type { Author, RoomId } from "./types.ts";

/** Newest entries of a room in which a user without an account is looked for. */
const SOUGHT_ENTRIES = 50;

/** A user of whom the id is known, and of whom else may be. */
export type KnownUser = Pick<Author, "id"> & Partial<Author>;

/** What direct rooms need. */
export interface DirectRoomsPorts {
  readonly accounts: Accounts;
  readonly log: RoomLog;
  readonly markers: ReadMarkers;
  readonly online: Online;
  readonly neighbours: ToNeighbours;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** Rooms of two users, as one of them sees them. */
export class DirectRooms {
  readonly #ports: DirectRoomsPorts;

  constructor(ports: DirectRoomsPorts) {
    this.#ports = ports;
  }

  /**
   * The other user of a room: by account, as online, or as an author of its
   * newest entries; else no more than the id.
   */
  async otherOf(
    self: string,
    roomId: RoomId,
    room: LiveRoom | undefined,
  ): Promise<KnownUser | undefined> {
    const { accounts, log, online } = this.#ports;
    const users = directUsers(roomId);
    if (!users) return undefined;
    const id = users.find((one) => one !== self) ?? users[0];
    const account = await accounts.find(id);
    if (account) return identityOf(account);
    const user = online.user(id);
    if (user) return user;
    if (!room) return { id };
    const { epoch, seq } = room.tail;
    const behind = { epoch, seq: seq + 1 };
    const entries = await log.readBefore(roomId, behind, SOUGHT_ENTRIES);
    return entries.find(({ author }) => author.id === id)?.author ?? { id };
  }

  /**
   * Tells the addressed user's sessions of a message that are not in the room,
   * once it is on disk; those that have no word for it hear nothing.
   */
  announce(
    who: Participant,
    room: LiveRoom,
    committed: Promise<Appended>,
  ): void {
    committed.then(
      (appended) => this.#announce(who, room, appended),
      () => {}, // Who asked is told.
    ).catch(
      // The list of rooms shows it still.
      (error) => this.#ports.observer.trouble("announce message", error),
    );
  }

  async #announce(
    who: Participant,
    room: LiveRoom,
    { entry, duplicate }: Appended,
  ): Promise<void> {
    const { online, neighbours, markers, clock } = this.#ports;
    const { id } = room.record;
    const { author, seq } = entry;
    const users = directUsers(id);
    if (duplicate || !users) return;
    const addressed = users.find((one) => one !== author.id) ?? author.id;
    const isAway = (one: Participant) => one !== who && !one.rooms.has(id);
    const isElsewhere = online.isElsewhere(addressed);
    const isAny = [...online.sessions(addressed)].some(isAway);
    if (!isAny && !isElsewhere) return;
    const marker = await markers.of(addressed, id);
    const signal: DirectSignal = {
      kind: "direct",
      room: id,
      at: clock.now(),
      via: who.via,
      user: author,
      seq,
      unread: stateOf(marker, room).unread,
    };
    online.tell(addressed, signal, isAway);
    if (isElsewhere) neighbours.forUser(addressed, signal);
  }
}
