import type { Author, Member, RoomId, SessionId } from "./types.ts";

/** A membership by a session of another instance. */
export interface Seat {
  readonly instance: string;
  /** The dialect that the session speaks. */
  readonly via: string;
  /** The life of the room's log that it is of: see `lifeOf`. */
  readonly life: number;
  readonly member: Member;
}

/**
 * Who is in the rooms and online by sessions of other instances, as far as
 * those were heard: of all rooms, whether or not they are at hand here.
 */
export class Elsewhere {
  readonly #rooms = new Map<RoomId, Map<SessionId, Seat>>();
  /** By user, then by instance. */
  readonly #users = new Map<string, Map<string, Author>>();

  /** The members of a room; absent `life`: of whichever. */
  members(room: RoomId, life?: number): Member[] {
    const seats = this.#rooms.get(room);
    if (!seats) return [];
    return seats.values()
      .filter((seat) => life === undefined || seat.life === life)
      .map((seat) => seat.member)
      .toArray();
  }

  /** Whether there are any. */
  hasMembers(room: RoomId, life: number): boolean {
    const seats = this.#rooms.get(room)?.values();
    return seats?.some((seat) => seat.life === life) ?? false;
  }

  /** The membership of a session. */
  seat(room: RoomId, session: SessionId): Seat | undefined {
    return this.#rooms.get(room)?.get(session);
  }

  /** All memberships by sessions of an instance. */
  seatsOf(instance: string): (readonly [RoomId, Seat])[] {
    return Array.from(this.#rooms).flatMap(([room, seats]) =>
      seats.values()
        .filter((seat) => seat.instance === instance)
        .map((seat) => [room, seat] as const)
        .toArray()
    );
  }

  /** Notes a membership, in place of what was known of its session. */
  put(room: RoomId, seat: Seat): void {
    const { session } = seat.member;
    const seats = this.#rooms.get(room);
    if (seats) seats.set(session, seat);
    else this.#rooms.set(room, new Map([[session, seat]]));
  }

  /** Forgets one. */
  drop(room: RoomId, session: SessionId): void {
    const seats = this.#rooms.get(room);
    seats?.delete(session);
    if (seats?.size === 0) this.#rooms.delete(room);
  }

  /** A user who is online by a session of another instance. */
  user(id: string): Author | undefined {
    const authors = this.#users.get(id)?.values();
    return authors?.next().value;
  }

  /** A user is online there, or goes by another name. */
  enter(instance: string, user: Author): void {
    const authors = this.#users.get(user.id);
    if (authors) authors.set(instance, user);
    else this.#users.set(user.id, new Map([[instance, user]]));
  }

  /** No more. */
  leave(instance: string, user: string): void {
    const authors = this.#users.get(user);
    authors?.delete(instance);
    if (authors?.size === 0) this.#users.delete(user);
  }

  /** These users are online there, and no others. */
  replaceUsers(instance: string, users: readonly Author[]): void {
    for (const id of Array.from(this.#users.keys())) this.leave(instance, id);
    for (const user of users) this.enter(instance, user);
  }
}
