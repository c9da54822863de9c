/**
 * The use cases: what a session may do, whatever dialect it speaks.
 *
 * @module
 */
import { ChatError } from "./errors.ts";
import { frame } from "./encoder.ts";
import { Hub } from "./hub.ts";
import type { Limits } from "./limits.ts";
import type { LiveRoom } from "./live_room.ts";
import { Participant, type Subscriber } from "./participant.ts";
import {
  type Appended,
  type Clock,
  type Directory,
  type Ids,
  type Listing,
  type LogListener,
  type Observer,
  type RoomLog,
  toEvent,
} from "./ports.ts";
import { isPermanent } from "./permanent_rooms.ts";
import { messageText, roomId, userName } from "./text.ts";
import type { EntryEvent } from "./events.ts";
import type {
  Author,
  Entry,
  Extra,
  Member,
  Position,
  RoomId,
  SessionId,
} from "./types.ts";

/** Entries that are read at a time for one session. */
const PAGE_ENTRIES = 100;

/** What the chat is made of. */
export interface ChatPorts {
  readonly log: RoomLog;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observer: Observer;
  readonly limits: Limits;
  /** Id of the room that newcomers land in. */
  readonly lobby: string;
}

/** A wish to become a member. */
export interface JoinRequest {
  readonly room: string;
  readonly name: string;
  /** How many stored messages to hear first, newest kept. */
  readonly replay: number;
  readonly extra?: Extra;
}

/** A wish to say something. */
export interface SendRequest {
  readonly room: string;
  readonly name: string;
  readonly text: string;
  readonly extra?: Extra;
  /** The client's idempotency key. */
  readonly key?: string;
}

/** One chat, for all dialects. */
export class Chat {
  readonly limits: Limits;
  readonly #ports: ChatPorts;
  readonly #hub: Hub;

  constructor(ports: ChatPorts) {
    this.limits = ports.limits;
    this.#ports = ports;
    this.#hub = new Hub(ports);
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
    for (const room of who.rooms.values()) this.#part(who, room, true);
    who.rooms.clear();
  }

  /**
   * Makes the session a member: it hears the newest stored messages, then
   * that it joined (as all members do), then all that follows, none missing
   * and none twice, however long the replay takes.
   *
   * Does nothing for a member. Rooms are made by joining them.
   *
   * @throws {ChatError} `bad_field`, `too_long`, `limit_rooms`, `room_closed`,
   *   `busy`: the session is not a member.
   */
  async join(who: Participant, request: JoinRequest): Promise<void> {
    const { limits, directory } = this.#ports;
    const id = roomId(request.room, limits);
    const name = userName(request.name, limits);
    if (who.rooms.has(id)) return;
    if (who.rooms.size >= limits.ROOMS_PER_SOCKET_MAX) {
      throw new ChatError(
        "limit_rooms",
        `Cannot join room: already in ${who.rooms.size} rooms`,
      );
    }
    const author = await who.author(name, directory);
    const room = await this.#use(who, { id, author, joined: true });
    if (room.closed) throw closed("join", id);
    room.pins++;
    try {
      await directory.markJoined(id, this.#ports.clock.now());
      await this.#replay(who, room, request.replay);
      if (who.ended) return;
      if (room.closed) throw closed("join", id);
      this.#welcome(who, room, { author, extra: request.extra });
    } finally {
      room.pins--;
    }
  }

  /** The member that the session is in a room, if it is one. */
  memberOf(who: Participant, raw: string): Member | undefined {
    return who.rooms.get(raw as RoomId)?.member(who.session);
  }

  /**
   * Ends the membership and tells the others.
   *
   * @returns Whether the session was a member.
   */
  leave(who: Participant, raw: string, extra?: Extra): boolean {
    const room = who.rooms.get(raw as RoomId);
    if (!room) return false;
    who.rooms.delete(room.record.id);
    return this.#part(who, room, false, extra);
  }

  /**
   * Says something in a room; membership is the dialect's business.
   *
   * Two steps: when this resolves, the message has its place behind all that
   * the session sent to that room before; when `committed` resolves, it is on
   * disk and the room has heard it.
   *
   * @throws {ChatError} `bad_field`, `too_long`, `limit_rooms`, `room_closed`;
   *   and `committed` as `RoomLog.append` does.
   */
  async send(
    who: Participant,
    request: SendRequest,
  ): Promise<{ committed: Promise<Appended> }> {
    const { limits, clock, ids, log, directory } = this.#ports;
    const id = roomId(request.room, limits);
    const name = userName(request.name, limits);
    const text = messageText(request.text, limits);
    const author = await who.author(name, directory);
    const room = this.#hub.get(id) ??
      await this.#use(who, { id, author, joined: false });
    if (room.closed) throw closed("send to", id);
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

  /**
   * Closes a room for every dialect, for good or, if it is permanent, to go on
   * at once with an empty log.
   *
   * @returns Whether there was an open room of that id.
   */
  async close(id: RoomId, author: Author): Promise<boolean> {
    const { clock, ids, log, lobby } = this.#ports;
    const room = await this.#hub.find(id);
    if (!room || room.closed) return false;
    const at = clock.now();
    const reopens = isPermanent(id, lobby);
    await log.append(id, {
      kind: "closed",
      id: ids.ulid(at),
      at,
      author,
      reopens,
    });
    return true;
  }

  /** Starts a closed room anew, with an empty log. */
  async reopen(id: RoomId): Promise<void> {
    await this.#ports.directory.reopen(id);
    this.#hub.forget(id);
  }

  /** All rooms, by number. */
  rooms(): Promise<readonly Listing[]> {
    return this.#ports.directory.list();
  }

  /** To be called every second or so: tries again what failed, forgets what is idle. */
  tick(): void {
    this.#hub.tick(this.#ports.clock.now());
  }

  async #use(
    who: Participant,
    { id, author, joined }: { id: RoomId; author: Author; joined: boolean },
  ): Promise<LiveRoom> {
    const at = this.#ports.clock.now();
    const room = await this.#hub.ensure({
      id,
      via: who.via,
      createdBy: author.name,
      at,
      joined,
    });
    room.usedAt = at;
    return room;
  }

  /**
   * Pages what is stored to one session until it has caught up with the tail.
   *
   * The cursor stays behind the tail, so that what comes in meanwhile is read
   * from the log too: nothing is buffered, and a slow reader costs no memory.
   */
  async #replay(
    who: Participant,
    room: LiveRoom,
    newest: number,
  ): Promise<void> {
    const { epoch, seq } = room.tail;
    let cursor: Position = { epoch, seq: Math.max(0, seq - newest) };
    while (!who.ended && !room.closed) {
      const { tail } = room;
      if (cursor.epoch !== tail.epoch) cursor = { epoch: tail.epoch, seq: 0 };
      if (cursor.seq === tail.seq) return;
      const page = await this.#page(room, cursor, tail.seq - cursor.seq);
      const last = page.at(-1);
      // Nothing left between the two: it was swept.
      if (!last) return;
      this.#deliver(who, page.map((entry) => toEvent(room.record.id, entry)));
      cursor = { epoch: last.epoch, seq: last.seq };
      await who.link.drained();
    }
  }

  /** Entries next to a cursor; none that is ahead of the tail. */
  async #page(
    room: LiveRoom,
    after: Position,
    count: number,
  ): Promise<readonly Entry[]> {
    const limit = Math.min(PAGE_ENTRIES, count);
    const { id } = room.record;
    const entries = await this.#ports.log.readAfter(id, after, limit);
    return entries.filter((entry) => room.hasTold(entry));
  }

  #deliver(who: Participant, events: readonly EntryEvent[]): void {
    for (const text of who.encoder.encode(events)) {
      who.link.send(frame(text));
    }
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
      room: room.record.id,
      at: this.#ports.clock.now(),
      via: who.via,
      member,
      ...extra && { extra },
    });
  }

  #part(
    who: Participant,
    room: LiveRoom,
    gone: boolean,
    extra?: Extra,
  ): boolean {
    const member = room.unseat(who);
    if (!member) return false;
    const at = this.#ports.clock.now();
    room.usedAt = at;
    room.tell({
      kind: "left",
      room: room.record.id,
      at,
      via: who.via,
      member,
      gone,
      ...extra && { extra },
    });
    return true;
  }
}

function closed(act: string, id: RoomId): ChatError {
  return new ChatError(
    "room_closed",
    `Cannot ${act} room "${id}": it is closed`,
  );
}
