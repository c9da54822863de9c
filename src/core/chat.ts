/**
 * The use cases: what a session may do, whatever dialect it speaks.
 *
 * @module
 */
import { RoomAccess } from "./access.ts";
import { type AccountPorts, Accounts } from "./accounts.ts";
import { Company } from "./company.ts";
import { DirectRooms } from "./direct_rooms.ts";
import { Elsewhere } from "./elsewhere.ts";
import { ChatError, type ErrorCode, roomClosed } from "./errors.ts";
import { FromNeighbours } from "./from_neighbours.ts";
import type { Seal } from "./guest_tokens.ts";
import { type Census, Hub } from "./hub.ts";
import { Identities, type Voucher } from "./identities.ts";
import type { Limits } from "./limits.ts";
import { Listeners } from "./listeners.ts";
import type { LiveRoom } from "./live_room.ts";
import { MemberNews } from "./member_news.ts";
import { Membership } from "./membership.ts";
import { MessagePages } from "./message_pages.ts";
import type { Kept, News } from "./neighbour_news.ts";
import type { NameClaims } from "./name_claims.ts";
import type { NeighboursPort } from "./neighbours.ts";
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
import { type MarkerStore, ReadMarkers } from "./read_markers.ts";
import type {
  HistoryPage,
  HistoryRequest,
  Place,
  SendRequest,
} from "./requests.ts";
import { Resumes, type ResumeStore } from "./resumes.ts";
import { Revisions } from "./revisions.ts";
import { RoomLifecycle } from "./room_lifecycle.ts";
import { RoomList } from "./room_list.ts";
import { RosterNews } from "./roster_news.ts";
import { RoomOverview } from "./room_overview.ts";
import { SignIns } from "./sign_ins.ts";
import { messageText, sendKey } from "./text.ts";
import { ToNeighbours } from "./to_neighbours.ts";
import type { Author, RoomId, RoomRecord, SessionId } from "./types.ts";

/** What the chat is made of. */
export interface ChatPorts extends Omit<AccountPorts, "takeUserNumber"> {
  readonly log: RoomLog;
  readonly directory: Directory;
  readonly markers: MarkerStore;
  readonly resumes: ResumeStore;
  readonly neighbours: NeighboursPort<News, Kept>;
  readonly names: NameClaims;
  readonly seal: Seal;
  readonly voucher: Voucher;
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
  readonly online: Online;
  readonly signIns: SignIns;
  readonly rooms: RoomLifecycle;
  readonly list: RoomList;
  readonly members: Membership;
  readonly listeners: Listeners;
  readonly identities: Identities;
  readonly revisions: Revisions;
  readonly pages: MessagePages;
  readonly markers: ReadMarkers;
  readonly overview: RoomOverview;
  readonly company: Company;
  readonly direct: DirectRooms;
  readonly resumes: Resumes;
  readonly #access: RoomAccess;
  readonly #ports: ChatPorts;
  readonly #hub: Hub;

  constructor(given: ChatPorts) {
    this.limits = given.limits;
    this.lobby = given.lobby;
    const elsewhere = new Elsewhere();
    const neighbours = new ToNeighbours(given);
    const ports = { ...given, elsewhere, neighbours };
    this.#ports = given;
    const hub = new Hub(ports);
    this.#hub = hub;
    const access = new RoomAccess({ ...ports, hub });
    this.#access = access;
    const company = new Company({ ...ports, hub });
    this.company = company;
    const news = new MemberNews({ company, rosters: new RosterNews(ports) });
    const members = new Membership({ ...ports, hub, access, news });
    this.members = members;
    this.listeners = new Listeners({ ...ports, access });
    this.revisions = new Revisions({ ...ports, hub, access });
    this.pages = new MessagePages({ ...ports, hub });
    this.resumes = new Resumes({
      ...ports,
      members,
      store: ports.resumes,
      digest: (token) => ports.secrets.digest(token),
    });
    const online = new Online(ports);
    this.online = online;
    const signIns = new SignIns(ports);
    this.signIns = signIns;
    const markers = new ReadMarkers({ ...ports, hub, online });
    this.markers = markers;
    const { directory, accounts: numbers } = ports;
    const takeUserNumber = () => directory.takeUserNumber();
    const accounts = new Accounts({ ...ports, takeUserNumber });
    this.accounts = accounts;
    const known = { ...ports, accounts, online };
    this.identities = new Identities({ ...known, numbers, members, signIns });
    const direct = new DirectRooms({ ...known, markers });
    this.direct = direct;
    this.overview = new RoomOverview({ ...ports, hub, markers, direct });
    this.rooms = new RoomLifecycle({ ...ports, hub });
    this.list = new RoomList({ ...ports, hub });
    directory.onChange = () => this.list.changed();
    const heard = { ...ports, hub, news, company, online, signIns };
    given.neighbours.listener = new FromNeighbours(heard);
  }

  /** What the log must tell of new entries. */
  get listener(): LogListener {
    return this.#hub;
  }

  /** Lets a session in; it hears nothing until it joins a room. */
  admit(subscriber: Subscriber): Participant {
    const session = this.#ports.ids.uuid() as SessionId;
    const who = new Participant(session, subscriber);
    who.resume?.attach(who);
    return who;
  }

  /** The socket is gone: it leaves every room, and the rooms are told. */
  dismiss(who: Participant): void {
    who.resume?.release(who);
    who.ended = true;
    this.list.unfollow(who);
    this.members.stopOverhearing(who);
    this.listeners.close(who);
    this.members.partAll(who, true);
    this.signIns.leave(who);
    if (who.identity) this.online.leave(who.identity.id, who);
  }

  /** Makes the session speak for a user, or for none: `Identities.become`. */
  identify(
    who: Participant,
    identity: Identity | undefined,
    accessKey?: string,
  ): void {
    this.identities.become(who, identity, accessKey);
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
    const key = request.key === undefined
      ? undefined
      : sendKey(request.key, limits);
    // A name that was checked, a room that is at hand: nothing to wait for.
    const author = who.authorNow(request.name) ??
      await access.author(who, request.name);
    const near = access.near(request.room);
    const id = near?.record.id ?? access.roomId(who, request.room);
    const here = near ?? this.#hub.getOpen(id);
    const room = here ?? await access.use(who, { id, author, joined: false });
    if (!here) room.pins--;
    if (room.closed) throw roomClosed("send to", id);
    const { extra, replyTo, data } = request;
    checkReply(room, replyTo);
    const at = clock.now();
    room.usedAt = at;
    this.company.said(room, author.id, who.via);
    const committed = log.append(
      id,
      {
        kind: "message",
        id: ids.ulid(at),
        at,
        author,
        text,
        via: who.via,
        ...extra && { extra },
        ...replyTo !== undefined && { replyTo },
        ...data && { data },
      },
      key === undefined ? undefined : { author: author.id, key },
    );
    if (room.record.kind === "direct") {
      this.direct.announce(who, room, committed);
    }
    return { committed };
  }

  /** Some messages of a room, newest first; a permanent one is never missing. */
  async history(id: RoomId, request: HistoryRequest): Promise<HistoryPage> {
    const page = await this.pages.byOrder(id, request);
    if (page) return page;
    return { open: isPermanent(id, this.lobby), total: 0, messages: [] };
  }

  /** The room, if there is one; it is at hand then. */
  room(id: RoomId): Promise<LiveRoom | undefined> {
    return this.#hub.find(id);
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
    this.company.tick();
    this.resumes.tick();
    this.signIns.tick();
    const unused = this.#hub.tick(this.#ports.clock.now());
    for (const { record } of unused) this.rooms.letGo(record);
  }

  /** Counts what a session refuses, also where its dialect has no word for it. */
  refused(code: ErrorCode): void {
    this.#ports.observer.meter?.refusals.by(code).add();
  }

  /** How much there is at hand. */
  census(): Census {
    return this.#hub.census();
  }

  /** The id of a place. Throws as `RoomAccess.roomId` does. */
  roomId(who: Participant, place: Place): RoomId {
    return this.#access.roomId(who, place);
  }
}

function checkReply({ tail }: LiveRoom, replyTo: number | undefined): void {
  if (replyTo === undefined || replyTo >= 1 && replyTo <= tail.seq) return;
  throw new ChatError(
    "bad_field",
    `Cannot reply to message ${replyTo}: there is none`,
  );
}
