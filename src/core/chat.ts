/**
 * The use cases: what a session may do, whatever dialect it speaks.
 *
 * @module
 */
import { RoomAccess } from "./access.ts";
import { type AccountPorts, Accounts } from "./accounts.ts";
import { roomClosed } from "./errors.ts";
import { Hub } from "./hub.ts";
import type { Limits } from "./limits.ts";
import { Membership } from "./membership.ts";
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
  RoomLog,
  Timers,
} from "./ports.ts";
import type {
  HistoryPage,
  HistoryRequest,
  Place,
  SendRequest,
} from "./requests.ts";
import { RoomLifecycle } from "./room_lifecycle.ts";
import { RoomList } from "./room_list.ts";
import { messageText } from "./text.ts";
import type { Author, RoomId, RoomRecord, SessionId } from "./types.ts";

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
  readonly members: Membership;
  readonly #access: RoomAccess;
  readonly #ports: ChatPorts;
  readonly #hub: Hub;

  constructor(ports: ChatPorts) {
    this.limits = ports.limits;
    this.lobby = ports.lobby;
    this.#ports = ports;
    const hub = new Hub(ports);
    this.#hub = hub;
    this.#access = new RoomAccess({ ...ports, hub });
    const access = this.#access;
    this.members = new Membership({ ...ports, hub, access });
    const { directory } = ports;
    const takeUserNumber = () => directory.takeUserNumber();
    this.accounts = new Accounts({ ...ports, takeUserNumber });
    this.rooms = new RoomLifecycle({ ...ports, hub });
    this.list = new RoomList({ ...ports, hub });
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
    this.members.stopOverhearing(who);
    this.members.partAll(who, true);
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
    this.members.partAll(who, false);
    if (before !== undefined) this.online.leave(before);
    if (identity) this.online.enter(identity.id);
    who.identity = identity;
  }

  /** The session as an author of that name; an account has a name of its own. */
  author(who: Participant, name: string): Promise<Author> {
    return this.#access.author(who, name);
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
    const access = this.#access;
    const text = messageText(request.text, limits);
    // A name that was checked, a room that is at hand: nothing to wait for.
    const author = who.authorNow(request.name) ??
      await access.author(who, request.name);
    const near = access.near(request.room);
    const id = near?.record.id ?? access.roomId(who, request.room);
    const here = near ?? this.#hub.get(id);
    const room = here ?? await access.use(who, { id, author, joined: false });
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

  /** The id of a place. Throws as `RoomAccess.roomId` does. */
  roomId(who: Participant, place: Place): RoomId {
    return this.#access.roomId(who, place);
  }
}
