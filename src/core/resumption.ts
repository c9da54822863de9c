import type { Participant } from "./participant.ts";
import type { Clock } from "./ports.ts";
import type { Extra, Position, RoomId } from "./types.ts";

/**
 * How long what was handed over may be on its way, in ms: a sign of life tells
 * of what was handed over so long before it.
 */
export const UNDERWAY_MS = 5_000;

/** A membership, and the last entry that its session has for sure. */
export interface KeptRoom extends Position {
  readonly room: RoomId;
  readonly name: string;
  readonly about?: Extra;
}

/** What is kept of a session under a resume token. */
export interface KeptSession {
  readonly dialect: string;
  /** Id of the user that it proved to be; absent: of none. */
  readonly user?: string;
  readonly rooms: readonly KeptRoom[];
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** What is kept, before it is known until when. */
export type Keeping = Omit<KeptSession, "expiresAt">;

/** Where the rooms of a session were. */
type Places = ReadonlyMap<RoomId, Position>;

/** Everything up to these places had left the process at that time. */
interface Mark {
  readonly atMs: number;
  readonly places: Places;
}

/** What a resumption needs. */
export interface ResumptionPorts {
  readonly clock: Clock;
  /** ms without a sign of life after which a connection is ended; 0: never. */
  readonly idleTimeoutMs: number;
  /** What an earlier connection left. */
  readonly kept: Keeping | undefined;
  /** Resolves once that one is gone. */
  readonly before: Promise<void>;
  /** A session holds the token, or none does any more. */
  readonly changed: (isHeld: boolean) => void;
}

/**
 * One connection's hold on a resume token: knows what its session is a member
 * of, and how far that was told.
 *
 * Old dialects acknowledge nothing. So what counts as told is what was handed
 * over some time (`UNDERWAY_MS`) before the peer's last sign of life, unless
 * the connection ended in an orderly way.
 */
export class Resumption {
  readonly #ports: ResumptionPorts;
  /** Rooms that the session is not a member of yet. */
  readonly #pending: Map<RoomId, KeptRoom>;
  /** Rooms that it is a member of again, and has not asked for. */
  readonly #unasked = new Set<RoomId>();
  /** Where each room was when the session began to hear it. */
  readonly #begun = new Map<RoomId, Position>();
  readonly #gone = Promise.withResolvers<void>();
  #keeping: Keeping | undefined;
  #who: Participant | undefined;
  #marks: Mark[] = [];
  #isMarking = false;
  #heardAtMs: number;
  /** Set once nothing is handed over any more. */
  #end: Places | undefined;
  /** Where it is if all that was handed over has arrived. */
  #handedOver: Places | undefined;
  #isSuperseded = false;

  constructor(ports: ResumptionPorts) {
    this.#ports = ports;
    this.#keeping = ports.kept;
    this.#pending = byRoom(ports.kept);
    this.#heardAtMs = ports.clock.elapsed();
  }

  /** The dialect of what an earlier connection left. */
  get dialect(): string | undefined {
    return this.#ports.kept?.dialect;
  }

  /** Resolves once the earlier connection is gone. */
  get before(): Promise<void> {
    return this.#ports.before;
  }

  /** Resolves once the session is gone. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** What is kept of the session now. */
  get keeping(): Keeping | undefined {
    return this.#who ? this.#record(this.#who) : this.#keeping;
  }

  /** The memberships that a session of this user, or of none, may have back. */
  waiting(user: string | undefined): KeptRoom[] {
    if (this.#keeping?.user !== user) return [];
    return Array.from(this.#pending.values());
  }

  /** A session begins. */
  attach(who: Participant): void {
    const { code, reason } = SUPERSEDED;
    if (this.#isSuperseded) {
      this.#pending.clear();
      return who.link.close(code, reason);
    }
    this.#who = who;
    this.#end = undefined;
    this.#handedOver = undefined;
    this.#marks = [];
    // A connection may carry one session after the other.
    for (const [id, kept] of byRoom(this.#keeping)) this.#pending.set(id, kept);
    this.#ports.changed(true);
  }

  /** The session begins to hear a room behind that place. */
  began(room: RoomId, from: Position): void {
    this.#begun.set(room, from);
    for (const { places } of this.#marks) {
      (places as Map<RoomId, Position>).delete(room);
    }
  }

  /** The session is a member of a room again. */
  restored(room: RoomId): void {
    if (this.#pending.delete(room)) this.#unasked.add(room);
  }

  /** It cannot be. */
  dropped(room: RoomId): void {
    this.#pending.delete(room);
  }

  /** Whether the session has a room without having asked for it; asks for it. */
  claim(room: RoomId): boolean {
    return this.#unasked.delete(room);
  }

  /** The peer gave a sign of life. */
  heard(): void {
    this.#heardAtMs = this.#ports.clock.elapsed();
  }

  /** To be called every second or so. Never rejects. */
  async mark(): Promise<void> {
    const who = this.#who;
    if (!who || this.#end || this.#isMarking) return;
    this.#isMarking = true;
    const places = placesOf(who);
    await who.link.drained();
    this.#isMarking = false;
    if (this.#who !== who || this.#end) return;
    // Nothing is new: known for as long as the last mark.
    const last = this.#marks.at(-1);
    if (!last || !isSamePlaces(places, last.places)) {
      this.#marks.push({ atMs: this.#ports.clock.elapsed(), places });
    }
    const sure = this.#sureMark();
    const first = sure ? this.#marks.indexOf(sure) : 0;
    if (first > 0) this.#marks.splice(0, first);
  }

  /**
   * Nothing is handed over any more.
   *
   * @param drained All that was meant for the peer was handed over.
   * @param clean The peer said goodbye, behind all that it was sent.
   */
  ends({ drained, clean }: { drained: boolean; clean: boolean }): void {
    const who = this.#who;
    if (!who || this.#end) return;
    if (drained) this.#handedOver = placesOf(who);
    this.#end = clean && this.#handedOver
      ? this.#handedOver
      : this.#sureMark()?.places ?? new Map();
  }

  /** The peer said goodbye behind all that it was sent, late. */
  confirm(): void {
    const places = this.#handedOver;
    if (!places || this.#end === places) return;
    this.#end = places;
    const keeping = this.#keeping;
    if (this.#who || !keeping) return;
    const rooms = keeping.rooms.map((one) => ({
      ...one,
      ...places.get(one.room),
    }));
    this.#keeping = { ...keeping, rooms };
    if (!this.#isSuperseded) this.#ports.changed(false);
  }

  /** The session is gone; it is still a member of its rooms. */
  release(who: Participant): void {
    if (this.#who !== who) return;
    this.ends({ drained: false, clean: false });
    this.#keeping = this.#record(who);
    this.#who = undefined;
    this.#finish();
  }

  /** The connection is gone, and there was never a session. */
  abandon(): void {
    if (!this.#who) this.#finish();
  }

  /** Another connection holds the token from now on. */
  supersede(): void {
    this.#isSuperseded = true;
    this.ends({ drained: false, clean: false });
    const { code, reason } = SUPERSEDED;
    if (this.#who) this.#who.link.close(code, reason);
    else this.#gone.resolve();
  }

  #finish(): void {
    this.#gone.resolve();
    if (!this.#isSuperseded) this.#ports.changed(false);
  }

  /** The newest mark that the peer has for sure. */
  #sureMark(): Mark | undefined {
    const { clock, idleTimeoutMs } = this.#ports;
    const nowMs = clock.elapsed();
    const aliveAtMs = idleTimeoutMs > 0
      ? Math.max(this.#heardAtMs, nowMs - idleTimeoutMs)
      : this.#heardAtMs;
    const sureAtMs = aliveAtMs - UNDERWAY_MS;
    return this.#marks.findLast(({ atMs }) => atMs <= sureAtMs);
  }

  #record(who: Participant): Keeping {
    const places = this.#end ?? this.#sureMark()?.places;
    const rooms: KeptRoom[] = [];
    for (const [room, live] of who.rooms) {
      const member = live.member(who.session);
      const place = places?.get(room) ?? this.#begun.get(room);
      if (!member || !place) continue;
      const { author: { name }, about } = member;
      rooms.push({ room, ...place, name, ...about && { about } });
    }
    const user = who.identity?.id;
    const before = this.#keeping;
    // Who has yet to say who it is has what it had.
    const isSame = !before || user === before.user;
    if (!isSame && user === undefined && rooms.length === 0) {
      return { ...before, rooms: Array.from(this.#pending.values()) };
    }
    if (isSame) rooms.push(...this.#pending.values());
    return { dialect: who.via, ...user !== undefined && { user }, rooms };
  }
}

/** Why a connection ends whose token another one brought. */
const SUPERSEDED = { code: 1008, reason: "resumed by another connection" };

function byRoom(kept: Keeping | undefined): Map<RoomId, KeptRoom> {
  return new Map(kept?.rooms.map((one) => [one.room, one]));
}

function isSamePlaces(a: Places, b: Places): boolean {
  if (a.size !== b.size) return false;
  for (const [room, { epoch, seq }] of a) {
    const other = b.get(room);
    if (other?.epoch !== epoch || other.seq !== seq) return false;
  }
  return true;
}

function placesOf(who: Participant): Map<RoomId, Position> {
  return new Map(
    Array.from(who.rooms, ([room, { tail }]) => [room, { ...tail }]),
  );
}
