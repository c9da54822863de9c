import type { RoomAccess } from "./access.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { Encoder } from "./encoder.ts";
import { ChatError, roomClosed } from "./errors.ts";
import type {
  JoinedSignal,
  LeftSignal,
  RenamedSignal,
  SignalBase,
} from "./events.ts";
import type { Hub } from "./hub.ts";
import type { Limits } from "./limits.ts";
import type { LiveRoom } from "./live_room.ts";
import type { MemberNews } from "./member_news.ts";
import type { NameClaims } from "./name_claims.ts";
import type { Participant } from "./participant.ts";
import type { Clock, Directory, RoomLog } from "./ports.ts";
import { replay, sendTo } from "./replay.ts";
import type { JoinRequest } from "./requests.ts";
import { startOf } from "./resume.ts";
import type { ToNeighbours } from "./to_neighbours.ts";
import type { Author, Extra, Member, RoomId } from "./types.ts";

/** What membership needs. */
export interface MembershipPorts {
  readonly access: RoomAccess;
  readonly hub: Hub;
  readonly elsewhere: Elsewhere;
  readonly news: MemberNews;
  readonly neighbours: ToNeighbours;
  readonly names: NameClaims;
  readonly log: RoomLog;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly limits: Limits;
}

/** Who is in which room, and who hears what is said there. */
export class Membership {
  readonly #ports: MembershipPorts;

  constructor(ports: MembershipPorts) {
    this.#ports = ports;
  }

  /**
   * Makes the session a member: it hears the newest stored messages, or what
   * is behind its position, then that it joined (as all members do), then all
   * that follows, none missing and none twice, however long the replay takes.
   *
   * Does nothing for a member. Rooms are made by joining them.
   *
   * @throws {ChatError} `bad_field`, `too_long`, `limit_rooms`, `room_closed`,
   *   `sign_in_first`, `busy`: the session is not a member.
   */
  async join(who: Participant, request: JoinRequest): Promise<void> {
    const { access, limits, directory, log } = this.#ports;
    const id = access.roomId(who, request.room);
    if (who.rooms.has(id)) return;
    if (who.rooms.size >= limits.ROOMS_PER_SOCKET_MAX) {
      throw new ChatError(
        "limit_rooms",
        `Cannot join room: already in ${who.rooms.size} rooms`,
      );
    }
    const author = await access.author(who, request.name);
    const { isFleeting } = request;
    const room = await access.use(who, {
      id,
      author,
      joined: true,
      isFleeting,
    });
    try {
      if (room.closed) throw roomClosed("join", id);
      await directory.markJoined(id, this.#ports.clock.now());
      const take = request.take ?? sendTo(who);
      const { after, replay: newest } = request;
      const isSparse = who.encoder.wantsEveryEntry !== true;
      const start = await startOf(room, log, { after, newest, isSparse });
      if (who.ended) return;
      who.resume?.began(id, start.from);
      request.begins?.(start);
      let isSeated = false;
      const met = () => {
        if (room.closed) return;
        isSeated = true;
        request.ready?.();
        const { about, extra, isResumed = false } = request;
        const member = { session: who.session, author, ...about && { about } };
        this.#welcome(room, { who, member, extra, isResumed });
      };
      await replay(who, room, { log, from: start.from, take, met });
      if (!isSeated && !who.ended) throw roomClosed("join", id);
    } finally {
      room.pins--;
    }
  }

  /** Writes to a session in another variant from now on. */
  useEncoder(who: Participant, encoder: Encoder): void {
    const seats = Array.from(who.rooms.values(), (room) => ({
      room,
      member: room.unseat(who),
    }));
    who.encoder = encoder;
    for (const { room, member } of seats) if (member) room.seat(who, member);
  }

  /** Says again that the session is a member of a room, if it is one. */
  announce(who: Participant, id: RoomId): void {
    const room = who.rooms.get(id);
    const member = room?.member(who.session);
    if (!room || !member) return;
    const base = this.#signal(who, room);
    const signal = { kind: "joined", again: true, ...base, member } as const;
    room.tell(signal);
    this.#ports.neighbours.joined(room.life, signal);
  }

  /** The member that the session is in a room, if it is one. */
  get(who: Participant, id: RoomId): Member | undefined {
    return who.rooms.get(id)?.member(who.session);
  }

  /** The members of a room, on all instances. */
  of(id: RoomId): Member[] {
    const { hub, elsewhere } = this.#ports;
    return hub.get(id)?.members() ?? elsewhere.members(id);
  }

  /**
   * Ends the membership and tells the others.
   *
   * @returns Whether the session was a member.
   */
  leave(who: Participant, id: RoomId, extra?: Extra): boolean {
    const room = who.rooms.get(id);
    if (!room) return false;
    who.rooms.delete(id);
    this.#ports.names.release(who.session, id);
    return this.#part(who, room, { gone: false, extra });
  }

  /**
   * Gives a member another name in a room, and tells all, itself included.
   *
   * @param wish `unique`: only if no member has that name, itself included.
   * @returns False if the name is taken or the session is no member.
   * @throws {ChatError} `bad_field`, `too_long`.
   */
  async rename(
    who: Participant,
    id: RoomId,
    wish: { name: string; unique?: boolean; extra?: Extra; about?: Extra },
  ): Promise<boolean> {
    const author = await this.#ports.access.author(who, wish.name);
    const room = who.rooms.get(id);
    const old = room?.member(who.session);
    if (!room || !old) return false;
    const { name } = author;
    // Where nobody else is, nothing else runs between this look and the
    // name's being taken.
    const taken = room.members().some((one) => one.author.name === name);
    if (wish.unique && taken) return false;
    const { names } = this.#ports;
    if (!wish.unique) names.release(who.session, id);
    else if (!names.alone && !await this.claimName(who, id, name)) return false;
    if (who.rooms.get(id) !== room) {
      names.release(who.session, id);
      return false;
    }
    this.#rename(who, room, { ...wish, author });
    return true;
  }

  /**
   * Makes sure that no other session takes a name in a room, for as long as
   * this one is in it; for those who join under a name that is to be unique.
   *
   * @returns False if one has it.
   * @throws {ChatError} `storage_failed`, `busy`.
   */
  async claimName(
    who: Participant,
    id: RoomId,
    name: string,
  ): Promise<boolean> {
    const { names } = this.#ports;
    const isOwn = await names.claim(who.session, id, name);
    if (!who.ended) return isOwn;
    names.release(who.session);
    return false;
  }

  /**
   * Lets the session hear all public rooms that were made in its dialect,
   * without being a member of any: for dialects whose clients expect that.
   */
  overhear(who: Participant): void {
    who.overhears = true;
    this.#ports.hub.overhearers(who.via).add(who);
  }

  /** Ends that; does nothing for one who does not. */
  stopOverhearing(who: Participant): void {
    if (!who.overhears) return;
    who.overhears = false;
    this.#ports.hub.overhearers(who.via).remove(who);
  }

  /** Whether the session hears what is said in a room that is at hand. */
  hears(who: Participant, id: RoomId): boolean {
    if (who.rooms.has(id)) return true;
    const record = this.#ports.hub.get(id)?.record;
    return who.overhears && record?.kind === "public" &&
      record.via === who.via;
  }

  /**
   * Replaces what a member says of itself beside its name.
   *
   * Told to those alone who are shown rosters.
   */
  describe(who: Participant, id: RoomId, about: Extra): void {
    const room = who.rooms.get(id);
    const member = room?.member(who.session);
    if (!room || !member) return;
    const { news, neighbours } = this.#ports;
    const described = { ...member, about };
    room.seat(who, described);
    news.described(room, who.via);
    neighbours.described(room.life, {
      kind: "described",
      ...this.#signal(who, room),
      member: described,
    });
  }

  /** Ends every membership; `gone`: because the socket is. */
  partAll(who: Participant, gone: boolean): void {
    this.#ports.names.release(who.session);
    const rooms = Array.from(who.rooms.values());
    who.rooms.clear();
    for (const room of rooms) this.#part(who, room, { gone });
  }

  /** Bears its user's new name in all rooms, which are told. */
  renameAll(who: Participant, author: Author): void {
    for (const room of who.rooms.values()) this.#rename(who, room, { author });
  }

  #welcome(
    room: LiveRoom,
    { who, member, extra, isResumed }: {
      who: Participant;
      member: Member;
      extra: Extra | undefined;
      isResumed: boolean;
    },
  ): void {
    room.seat(who, member);
    who.rooms.set(room.record.id, room);
    const joined: JoinedSignal = {
      kind: "joined",
      again: false,
      ...this.#signal(who, room),
      member,
      ...extra && { extra },
    };
    const { news, neighbours } = this.#ports;
    news.joined(room, joined, isResumed ? who : undefined);
    neighbours.joined(room.life, joined);
  }

  #rename(
    who: Participant,
    room: LiveRoom,
    { author, extra, about }: {
      author: Author;
      extra?: Extra | undefined;
      about?: Extra | undefined;
    },
  ): void {
    const old = room.member(who.session);
    if (!old) return;
    const member: Member = { ...old, author, ...about && { about } };
    room.seat(who, member);
    const renamed: RenamedSignal = {
      kind: "renamed",
      ...this.#signal(who, room),
      member,
      oldName: old.author.name,
      ...extra && { extra },
    };
    const { news, neighbours } = this.#ports;
    news.renamed(room, renamed);
    neighbours.renamed(room.life, renamed);
  }

  #part(
    who: Participant,
    room: LiveRoom,
    { gone, extra }: { gone: boolean; extra?: Extra | undefined },
  ): boolean {
    const member = room.unseat(who);
    if (!member) return false;
    const signal = this.#signal(who, room);
    room.usedAt = signal.at;
    const left: LeftSignal = {
      kind: "left",
      ...signal,
      member,
      gone,
      ...extra && { extra },
    };
    const { news, neighbours } = this.#ports;
    news.left(room, left);
    neighbours.left(room.life, left);
    return true;
  }

  #signal(
    who: Participant,
    room: LiveRoom,
  ): SignalBase {
    const at = this.#ports.clock.now();
    return { room: room.record.id, at, via: who.via };
  }
}
