import { Audience } from "./audience.ts";
import { ChatError } from "./errors.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { ChatEvent, EntryEvent } from "./events.ts";
import type { Participant } from "./participant.ts";
import { type Head, type Observer, type RoomLog, toEvent } from "./ports.ts";
import { isBefore } from "./position.ts";
import { Presence } from "./presence.ts";
import { Typing } from "./typing.ts";
import type {
  Entry,
  Member,
  Position,
  RoomRecord,
  SessionId,
} from "./types.ts";

/** Entries read at a time when this instance is behind the log. */
const ADVANCE_ENTRIES = 500;

interface Seat {
  readonly participant: Participant;
  readonly member: Member;
}

/** What a room needs. */
export interface LiveRoomPorts {
  readonly log: RoomLog;
  readonly observer: Observer;
  /** Those who hear it without being members. */
  readonly overhearers: Audience;
  readonly elsewhere: Elsewhere;
  /** The life of the log that its members are of: see `lifeOf`. */
  readonly life: number;
  /** These sessions are members no more, because it is closed. */
  readonly evicted: (sessions: readonly SessionId[]) => void;
}

/**
 * A room as this instance has it: who listens here, and the tail, which is the
 * last entry that they were told of.
 *
 * There is one way for an entry to reach a session: it is next to the tail,
 * it is encoded once per encoder, and the tail moves onto it. So all sessions
 * hear the same order, each entry once, whoever wrote it.
 */
export class LiveRoom {
  readonly record: RoomRecord;
  /** See `lifeOf`. */
  readonly life: number;
  #tail: Position;
  /** Messages in the log up to the tail. */
  #order: number;
  #closed: boolean;
  readonly #ports: LiveRoomPorts;
  /** The users of all members, and of those who were members of late. */
  readonly presence = new Presence();
  readonly typing = new Typing();
  readonly #seats = new Map<SessionId, Seat>();
  readonly #listeners = new Set<Participant>();
  readonly #audience = new Audience();
  #advancing: Promise<void> | undefined;
  #behind = false;
  /** When somebody last used it, ms since the epoch. */
  usedAt = 0;
  /** Sessions that are about to become members, or that only listen. */
  pins = 0;

  constructor(record: RoomRecord, head: Head, ports: LiveRoomPorts) {
    this.record = record;
    this.#tail = { epoch: head.epoch, seq: head.seq };
    this.#order = head.order;
    this.#closed = head.closed;
    this.#ports = ports;
    this.life = ports.life;
    for (const member of this.#others()) this.presence.enter(member);
  }

  /** The last entry that the sessions here were told of. */
  get tail(): Position {
    return this.#tail;
  }

  /** Messages up to there. */
  get order(): number {
    return this.#order;
  }

  /** Nothing can be said here any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How many sessions of this instance are members. */
  get size(): number {
    return this.#seats.size;
  }

  /** Nobody listens here, or is about to. */
  get empty(): boolean {
    return this.#seats.size === 0 && this.pins === 0;
  }

  /** All members; first those who are so by a session of this instance. */
  members(): Member[] {
    const here = Array.from(this.#seats.values(), (seat) => seat.member);
    return here.concat(this.#others());
  }

  /** The member that a session of this instance is here, if it is one. */
  member(session: SessionId): Member | undefined {
    return this.#seats.get(session)?.member;
  }

  /** Whether a place is not ahead of the tail. */
  hasTold(place: Position): boolean {
    return !isBefore(this.#tail, place);
  }

  /**
   * Nobody is here, on any instance, and nothing was ever said, in no life of
   * its log.
   */
  get unused(): boolean {
    const { epoch, seq } = this.#tail;
    const isSilent = !this.#closed && epoch === 1 && seq === 0;
    const { elsewhere } = this.#ports;
    return isSilent && this.empty &&
      !elsewhere.hasMembers(this.record.id, this.life);
  }

  /** Makes a session listen, from behind the tail on; or gives it another name. */
  seat(participant: Participant, member: Member): void {
    this.#seats.set(participant.session, { participant, member });
    this.#audience.add(participant);
  }

  /** Ends that; returns the member that it was, if it was one. */
  unseat(participant: Participant): Member | undefined {
    const seat = this.#seats.get(participant.session);
    if (!seat) return undefined;
    this.#seats.delete(participant.session);
    this.#audience.remove(participant);
    return seat.member;
  }

  /** Makes a session hear, from behind the tail on, that is no member. */
  listen(participant: Participant): void {
    this.#listeners.add(participant);
    this.#audience.add(participant);
  }

  /** Ends that; does nothing for one who does not. */
  unlisten(participant: Participant): void {
    if (!this.#listeners.delete(participant)) return;
    this.#audience.remove(participant);
  }

  /** Somebody who hears this room is shown its roster. */
  get wantsRoster(): boolean {
    return this.#audience.wantsRoster ||
      this.#ports.overhearers.wantsRoster;
  }

  /** Tells the sessions here what is not kept in the log. */
  tell(event: ChatEvent): void {
    this.#send([event]);
  }

  /** Tells all but one of the members here. */
  tellOthers(participant: Participant, event: ChatEvent): void {
    this.#audience.remove(participant);
    this.tell(event);
    this.#audience.add(participant);
  }

  /** Takes entries that are on disk, contiguous, and delivers those that are next. */
  offer(entries: readonly Entry[]): void {
    // A bell repeats the newest: some of them may have been told before.
    const fresh = entries.filter((one) => !this.hasTold(one));
    const first = fresh[0];
    if (!first) return;
    if (this.#isNext(first)) this.#deliver(fresh);
    else this.advance();
  }

  /** Reads what is missing from the log, and delivers it. Never rejects. */
  advance(): void {
    this.#behind = true;
    this.#advancing ??= this.#catchUp().catch((error) => {
      // Still behind: the next offer or tick tries again.
      this.#behind = true;
      this.#ports.observer.trouble("advance", error);
    }).finally(() => this.#advancing = undefined);
  }

  /**
   * As `advance`; resolves once that was done.
   *
   * @throws {ChatError} `storage_failed`: the log may reach further.
   */
  async refresh(): Promise<void> {
    this.advance();
    while (this.#advancing) await this.#advancing;
    if (!this.#behind) return;
    throw new ChatError("storage_failed", "Cannot read room: storage failed");
  }

  /** Tries again what failed. */
  tick(): void {
    if (this.#behind && !this.#advancing) this.advance();
  }

  async #catchUp(): Promise<void> {
    // What was found behind a hole: it is read once more before it is believed.
    let behindHole: string | undefined;
    while (this.#behind) {
      this.#behind = false;
      const { epoch } = this.#tail;
      const entries = await this.#ports.log.readAfter(
        this.record.id,
        this.#tail,
        ADVANCE_ENTRIES,
      );
      // Meanwhile offers may have been delivered: skip what is behind us.
      const missing = entries.filter((entry) => !this.hasTold(entry));
      const first = missing[0];
      if (first && !this.#isNext(first) && first.id !== behindHole) {
        behindHole = first.id;
        this.#behind = true;
        continue;
      }
      // What is missing before them for good was swept while this instance
      // was stopped; the room must go on.
      if (first) this.#deliver(missing);
      // There may be more: of this epoch, or of the one that follows it.
      const isNewEpoch = this.#tail.epoch > epoch;
      if (isNewEpoch || entries.length === ADVANCE_ENTRIES) this.#behind = true;
    }
  }

  #isNext({ epoch, seq }: Position): boolean {
    return epoch === this.#tail.epoch && seq === this.#tail.seq + 1;
  }

  #deliver(entries: readonly Entry[]): void {
    const events: EntryEvent[] = [];
    for (const entry of entries) {
      events.push(toEvent(this.record.id, entry));
      this.#tail = { epoch: entry.epoch, seq: entry.seq };
      this.#order = entry.order;
      if (entry.kind === "closed") this.#end(entry.reopens);
    }
    this.#send(events);
    if (this.#closed) this.#clear();
  }

  #end(reopens: boolean): void {
    if (!reopens) {
      this.#closed = true;
      return;
    }
    this.#tail = { epoch: this.#tail.epoch + 1, seq: 0 };
    this.#order = 0;
  }

  #send(events: readonly ChatEvent[]): void {
    this.#audience.send(events, this.#ports.observer);
    this.#ports.overhearers.send(events, this.#ports.observer);
  }

  /** The members by sessions of other instances. */
  #others(): Member[] {
    if (this.#closed) return [];
    return this.#ports.elsewhere.members(this.record.id, this.life);
  }

  #clear(): void {
    const { id } = this.record;
    const seats = Array.from(this.#seats.values());
    const seated = seats.map(({ participant }) => participant);
    this.#ports.evicted(seated.map(({ session }) => session));
    const evicted = [...seated, ...this.#listeners];
    this.#seats.clear();
    this.#listeners.clear();
    this.#audience.clear();
    this.presence.clear();
    this.typing.clear();
    for (const participant of evicted) {
      participant.rooms.delete(id);
      try {
        participant.onEvicted(id);
      } catch (error) {
        this.#ports.observer.bug("evict session", error);
      }
    }
  }
}
