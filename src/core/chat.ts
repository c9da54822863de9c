/**
 * The use cases: what a session may do, whatever dialect it speaks.
 *
 * @module
 */
import { type AccountPorts, Accounts } from "./accounts.ts";
import type { Encoder } from "./encoder.ts";
import { ChatError, roomClosed } from "./errors.ts";
import { Hub } from "./hub.ts";
import type { Limits } from "./limits.ts";
import type { LiveRoom } from "./live_room.ts";
import { Online } from "./online.ts";
import { type Identity, Participant, type Subscriber } from "./participant.ts";
import { isPermanent } from "./permanent_rooms.ts";
import type {
  Appended,
  Clock,
  Directory,
  Ids,
  Listing,
  LogListener,
  Observer,
  RoomDraft,
  RoomLog,
  Timers,
} from "./ports.ts";
import { replay, sendTo } from "./replay.ts";
import type {
  HistoryPage,
  HistoryRequest,
  JoinRequest,
  Place,
  SendRequest,
} from "./requests.ts";
import { RoomLifecycle } from "./room_lifecycle.ts";
import { RoomList } from "./room_list.ts";
import { directRoomId, messageText, roomId, userName } from "./text.ts";
import type {
  Author,
  Extra,
  Member,
  RoomId,
  RoomRecord,
  SessionId,
} from "./types.ts";

/** What the chat is made of. */
export interface ChatPorts extends Omit<AccountPorts, "takeUserNumber"> {
  readonly log: RoomLog;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: Ids;
  readonly observer: Observer;
  readonly limits: Limits;
  /** Id of the room that newcomers land in. */
  readonly lobby: string;
}

/** One chat, for all dialects. */
export class Chat {
  readonly limits: Limits;
  readonly lobby: string;
  readonly accounts: Accounts;
  readonly online = new Online();
  readonly rooms: RoomLifecycle;
  readonly list: RoomList;
  readonly #ports: ChatPorts;
  readonly #hub: Hub;

  constructor(ports: ChatPorts) {
    this.limits = ports.limits;
    this.lobby = ports.lobby;
    this.#ports = ports;
    this.#hub = new Hub(ports);
    const { directory } = ports;
    const takeUserNumber = () => directory.takeUserNumber();
    this.accounts = new Accounts({ ...ports, takeUserNumber });
    this.rooms = new RoomLifecycle({ ...ports, hub: this.#hub });
    this.list = new RoomList({ ...ports, hub: this.#hub });
    directory.onChange = () => this.list.changed();
  }

  /** What the log must tell of new entries. */
  get listener(): LogListener {
    return this.#hub;
  }

  /** Lets a session in; it hears nothing until it joins a room. */
  admit(subscriber: Subscriber): Participant {
    const session = this.#ports.ids.uuid() as SessionId;
    return new Participant(session, subscriber);
  }

  /** The socket is gone: it leaves every room, and the rooms are told. */
  dismiss(who: Participant): void {
    who.ended = true;
    this.list.unfollow(who);
    this.#partAll(who, true);
    if (who.identity) this.online.leave(who.identity.id);
  }

  /**
   * Makes the session speak for a user, or for nobody in particular.
   *
   * What it was a member of as somebody else it leaves.
   */
  identify(who: Participant, identity: Identity | undefined): void {
    const before = who.identity?.id;
    if (who.ended || before === identity?.id) return;
    this.#partAll(who, false);
    if (before !== undefined) this.online.leave(before);
    if (identity) this.online.enter(identity.id);
    who.identity = identity;
  }

  /** The session as an author of that name; an account has a name of its own. */
  author(who: Participant, name: string): Promise<Author> {
    return who.author(userName(name, this.limits), this.#ports.directory);
  }

  /**
   * Makes the session a member: it hears the newest stored messages, then
   * that it joined (as all members do), then all that follows, none missing
   * and none twice, however long the replay takes.
   *
   * Does nothing for a member. Rooms are made by joining them.
   *
   * @throws {ChatError} `bad_field`, `too_long`, `limit_rooms`, `room_closed`,
   *   `sign_in_first`, `busy`: the session is not a member.
   */
  async join(who: Participant, request: JoinRequest): Promise<void> {
    const { limits, directory, log } = this.#ports;
    const id = this.roomId(who, request.room);
    if (who.rooms.has(id)) return;
    if (who.rooms.size >= limits.ROOMS_PER_SOCKET_MAX) {
      throw new ChatError(
        "limit_rooms",
        `Cannot join room: already in ${who.rooms.size} rooms`,
      );
    }
    const author = await this.author(who, request.name);
    const { isFleeting } = request;
    const room = await this.#use(who, { id, author, joined: true, isFleeting });
    try {
      if (room.closed) throw roomClosed("join", id);
      await directory.markJoined(id, this.#ports.clock.now());
      const take = request.take ?? sendTo(who);
      await replay(who, room, { log, newest: request.replay, take });
      if (who.ended) return;
      if (room.closed) throw roomClosed("join", id);
      request.ready?.();
      this.#welcome(who, room, { author, extra: request.extra });
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
    const signal = this.#signal(who, room);
    room.tell({ kind: "joined", again: true, ...signal, member });
  }

  /** The member that the session is in a room, if it is one. */
  memberOf(who: Participant, id: RoomId): Member | undefined {
    return who.rooms.get(id)?.member(who.session);
  }

  /** The members of a room. */
  membersOf(id: RoomId): Member[] {
    return this.#hub.get(id)?.members() ?? [];
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
    wish: { name: string; unique?: boolean; extra?: Extra },
  ): Promise<boolean> {
    const author = await this.author(who, wish.name);
    const room = who.rooms.get(id);
    const old = room?.member(who.session);
    if (!room || !old) return false;
    const { name } = author;
    // Nothing else runs between this look and the name's being taken.
    const taken = room.members().some((one) => one.author.name === name);
    if (wish.unique && taken) return false;
    const member: Member = { session: who.session, author };
    room.seat(who, member);
    room.tell({
      kind: "renamed",
      ...this.#signal(who, room),
      member,
      oldName: old.author.name,
      ...wish.extra && { extra: wish.extra },
    });
    return true;
  }

  /**
   * Says something in a room; membership is the dialect's business.
   *
   * Two steps: when this resolves, the message has its place behind all that
   * the session sent to that room before; when `committed` resolves, it is on
   * disk and the room has heard it.
   *
   * @throws {ChatError} `bad_field`, `too_long`, `limit_rooms`, `room_closed`,
   *   `sign_in_first`; and `committed` as `RoomLog.append` does.
   */
  async send(
    who: Participant,
    request: SendRequest,
  ): Promise<{ committed: Promise<Appended> }> {
    const { limits, clock, ids, log } = this.#ports;
    const text = messageText(request.text, limits);
    // A name that was checked, a room that is at hand: nothing to wait for.
    const author = who.authorNow(request.name) ??
      await this.author(who, request.name);
    const near = this.#near(request.room);
    const id = near?.record.id ?? this.roomId(who, request.room);
    const here = near ?? this.#hub.get(id);
    const room = here ?? await this.#use(who, { id, author, joined: false });
    if (!here) room.pins--;
    if (room.closed) throw roomClosed("send to", id);
    const at = clock.now();
    room.usedAt = at;
    const committed = log.append(
      id,
      {
        kind: "message",
        id: ids.ulid(at),
        at,
        author,
        text,
        via: who.via,
        ...request.extra && { extra: request.extra },
      },
      request.key === undefined
        ? undefined
        : { author: author.id, key: request.key },
    );
    return { committed };
  }

  /** Some messages of a room, newest first; a permanent one is never missing. */
  async history(id: RoomId, request: HistoryRequest): Promise<HistoryPage> {
    const room = await this.#hub.find(id);
    if (room) return await room.messagesBefore(request);
    return { open: isPermanent(id, this.lobby), total: 0, messages: [] };
  }

  /** The room of that number. */
  roomByNumber(number: number): Promise<RoomRecord | undefined> {
    return this.#ports.directory.findByNumber(number);
  }

  /** All rooms, by number, with what is known of them. */
  listings(): Promise<readonly Listing[]> {
    return this.#ports.directory.list();
  }

  /** To be called every second or so: tries again what failed, forgets what is idle. */
  tick(): void {
    const unused = this.#hub.tick(this.#ports.clock.now());
    for (const { record } of unused) this.rooms.letGo(record);
  }

  /**
   * The id of a place.
   *
   * @throws {ChatError} `bad_field`, `too_long`, `sign_in_first`.
   */
  roomId(who: Participant, place: Place): RoomId {
    if (typeof place === "string") return roomId(place, this.limits);
    if (!who.identity) {
      throw new ChatError(
        "sign_in_first",
        "Cannot talk to user: sign in first",
      );
    }
    return directRoomId([who.identity.id, place.direct], this.limits);
  }

  /** A public room that is at hand: its id has been checked before. */
  #near(place: Place): LiveRoom | undefined {
    if (typeof place !== "string") return undefined;
    const room = this.#hub.get(place as RoomId);
    return room?.record.kind === "public" ? room : undefined;
  }

  async #use(
    who: Participant,
    { author, ...draft }: Pick<RoomDraft, "id" | "joined"> & {
      author: Author;
      isFleeting?: boolean | undefined;
    },
  ): Promise<LiveRoom> {
    const at = this.#ports.clock.now();
    const { id } = draft;
    const room = await this.#hub.ensure({
      ...draft,
      title: id,
      kind: id.startsWith("@dm/") ? "direct" : "public",
      via: who.via,
      createdBy: author.name,
      at,
      isPermanent: id === this.lobby,
    });
    room.usedAt = at;
    return room;
  }

  #welcome(
    who: Participant,
    room: LiveRoom,
    { author, extra }: { author: Author; extra: Extra | undefined },
  ): void {
    const member: Member = { session: who.session, author };
    room.seat(who, member);
    who.rooms.set(room.record.id, room);
    room.tell({
      kind: "joined",
      again: false,
      ...this.#signal(who, room),
      member,
      ...extra && { extra },
    });
  }

  #partAll(who: Participant, gone: boolean): void {
    const rooms = Array.from(who.rooms.values());
    who.rooms.clear();
    for (const room of rooms) this.#part(who, room, { gone });
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
    room.tell({
      kind: "left",
      ...signal,
      member,
      gone,
      ...extra && { extra },
    });
    return true;
  }

  #signal(
    who: Participant,
    room: LiveRoom,
  ): { room: RoomId; at: number; via: string } {
    const at = this.#ports.clock.now();
    return { room: room.record.id, at, via: who.via };
  }
}
