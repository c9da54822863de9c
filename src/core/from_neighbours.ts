import type { Company } from "./company.ts";
import type { Elsewhere, Seat } from "./elsewhere.ts";
import type {
  JoinedSignal,
  LeftSignal,
  RenamedSignal,
  SignalBase,
  TypingSignal,
} from "./events.ts";
import type { Hub } from "./hub.ts";
import type { LiveRoom } from "./live_room.ts";
import type { MemberNews } from "./member_news.ts";
import type { Kept, News, NewsOfMember } from "./neighbour_news.ts";
import type { KeptRecord, NeighboursListener } from "./neighbours.ts";
import type { Online } from "./online.ts";
import type { Clock, Observer } from "./ports.ts";
import type { SignIns } from "./sign_ins.ts";
import type { Author, Extra, Json, RoomId } from "./types.ts";

/** What hearing other instances needs. */
export interface FromNeighboursPorts {
  readonly elsewhere: Elsewhere;
  readonly hub: Hub;
  readonly news: MemberNews;
  readonly company: Company;
  readonly online: Online;
  readonly signIns: SignIns;
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * Hears other instances, and tells the sessions here as if it had happened
 * here.
 *
 * `Elsewhere` is what was heard so far. What is known already makes no second
 * event; of what was missed the difference is told, as far as it still
 * matters: who came and went meanwhile was never there.
 */
export class FromNeighbours implements NeighboursListener<News, Kept> {
  readonly #ports: FromNeighboursPorts;

  constructor(ports: FromNeighboursPorts) {
    this.#ports = ports;
  }

  heard(instance: string, news: readonly News[]): void {
    for (const one of news) this.#guard(() => this.#hear(instance, one));
  }

  kept(instance: string, records: readonly KeptRecord<Kept>[]): void {
    this.#guard(() => this.#replace(instance, records));
  }

  #replace(instance: string, records: readonly KeptRecord<Kept>[]): void {
    const seats = new Map<RoomId, Map<string, Seat>>();
    const users: Author[] = [];
    for (const { room, value } of records) {
      if (value.kind === "online") users.push(value.user);
      if (value.kind === "signed_out") this.#ports.signIns.ended(value.access);
      if (value.kind !== "member" || room === undefined) continue;
      const { via, life, member } = value;
      const ofRoom = seats.get(room) ?? new Map<string, Seat>();
      seats.set(room, ofRoom);
      ofRoom.set(member.session, { instance, via, life, member });
    }
    const { elsewhere } = this.#ports;
    elsewhere.replaceUsers(instance, users);
    for (const [room, seat] of elsewhere.seatsOf(instance)) {
      const now = seats.get(room)?.get(seat.member.session);
      if (now && isSame(now, seat)) continue;
      this.#guard(() => this.#leave(room, seat));
    }
    for (const [room, ofRoom] of seats) {
      for (const seat of ofRoom.values()) {
        this.#guard(() => this.#become(room, seat));
      }
    }
  }

  #hear(instance: string, news: News): void {
    const { elsewhere, signIns } = this.#ports;
    switch (news.kind) {
      case "joined":
      case "left":
      case "renamed":
      case "described":
      case "evicted":
        return this.#hearMember(instance, news);
      case "typing":
        return this.#type(news);
      case "for_user":
        return this.#tellUser(news);
      case "online":
        return elsewhere.enter(instance, news.user);
      case "offline":
        return elsewhere.leave(instance, news.user);
      case "signed_out":
        return signIns.ended(news.access);
    }
  }

  #hearMember(instance: string, news: NewsOfMember): void {
    const { room: id, life } = news;
    const session = news.kind === "evicted"
      ? news.session
      : news.member.session;
    const known = this.#ports.elsewhere.seat(id, session);
    const seat = known?.instance === instance && known.life === life
      ? known
      : undefined;
    switch (news.kind) {
      case "joined": {
        const { life: _life, ...signal } = news;
        const { via, member } = signal;
        const joined = { ...signal, again: false };
        if (!seat) this.#join(id, { instance, via, life, member }, joined);
        else if (signal.again) this.#room(id, life)?.tell(signal);
        return;
      }
      case "left": {
        const { life: _life, ...signal } = news;
        if (seat) this.#leave(id, seat, signal);
        return;
      }
      case "renamed": {
        const { life: _life, ...signal } = news;
        if (seat) this.#rename(id, { ...seat, member: signal.member }, signal);
        return;
      }
      case "described":
        if (seat) this.#describe(id, { ...seat, member: news.member });
        return;
      case "evicted":
        if (seat) this.#ports.elsewhere.drop(id, session);
    }
  }

  /** Makes what was known of a session what it is, and tells the difference. */
  #become(id: RoomId, seat: Seat): void {
    const { member } = seat;
    const known = this.#ports.elsewhere.seat(id, member.session)?.member;
    const signal = this.#signal(id, seat);
    if (!known) {
      const joined = {
        kind: "joined",
        again: false,
        member,
        ...signal,
      } as const;
      return this.#join(id, seat, joined);
    }
    const { name: oldName } = known.author;
    if (!isSameAuthor(member.author, known.author)) {
      const kind = "renamed";
      return this.#rename(id, seat, { kind, oldName, member, ...signal });
    }
    if (!isEqual(member.about, known.about)) this.#describe(id, seat);
  }

  #join(id: RoomId, seat: Seat, signal: JoinedSignal): void {
    const { elsewhere, news } = this.#ports;
    elsewhere.put(id, seat);
    const room = this.#room(id, seat.life);
    if (room) news.joined(room, signal);
  }

  /** Without a signal it is not known how: as if its socket were lost. */
  #leave(id: RoomId, seat: Seat, signal?: LeftSignal): void {
    const { elsewhere, news } = this.#ports;
    const { member, life } = seat;
    elsewhere.drop(id, member.session);
    const room = this.#room(id, life);
    if (!room) return;
    const lost = {
      kind: "left",
      gone: true,
      ...this.#signal(id, seat),
    } as const;
    news.left(room, { ...signal ?? lost, member });
  }

  #rename(id: RoomId, seat: Seat, signal: RenamedSignal): void {
    const { elsewhere, news } = this.#ports;
    const known = elsewhere.seat(id, seat.member.session);
    elsewhere.put(id, seat);
    const isNews = !isSameAuthor(seat.member.author, known?.member.author);
    const room = this.#room(id, seat.life);
    if (!room) return;
    if (isNews) news.renamed(room, signal);
    else news.described(room, seat.via);
  }

  #describe(id: RoomId, seat: Seat): void {
    const { elsewhere, news } = this.#ports;
    elsewhere.put(id, seat);
    const room = this.#room(id, seat.life);
    if (room) news.described(room, seat.via);
  }

  #type({ life, room: id, via, user, on }: Extract<News, TypingSignal>): void {
    const room = this.#room(id, life);
    if (room) this.#ports.company.heard(room, { user, on }, via);
  }

  #tellUser({ user, signal }: Extract<News, { kind: "for_user" }>): void {
    const isDirect = signal.kind === "direct";
    this.#ports.online.tell(
      user,
      signal,
      (session) => !isDirect || !session.rooms.has(signal.room),
    );
  }

  /** The room, if it is at hand in that life, and alive. */
  #room(id: RoomId, life: number): LiveRoom | undefined {
    const room = this.#ports.hub.getOpen(id);
    return room?.life === life ? room : undefined;
  }

  #signal(room: RoomId, { via }: Seat): SignalBase {
    return { room, at: this.#ports.clock.now(), via };
  }

  /** A bug in one piece of news costs that one alone. */
  #guard(hear: () => void): void {
    try {
      hear();
    } catch (error) {
      this.#ports.observer.bug("hear neighbour", error);
    }
  }
}

/** Whether it is one membership: a session may have left and come as another. */
function isSame(a: Seat, b: Seat): boolean {
  return a.life === b.life && a.member.author.id === b.member.author.id;
}

/** Whether two values are the same, whatever the order of their fields. */
function isEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const fields = Object.entries(a);
  if (fields.length !== Object.keys(b).length) return false;
  const other = b as Extra;
  return fields.every(([key, value]) => isEqual(value, other[key]));
}

function isSameAuthor(a: Author, b: Author | undefined): boolean {
  return a.name === b?.name && a.verified === b.verified;
}
