import type { RoomId } from "../core/types.ts";
import type { Bell } from "./bell.ts";
import type { Pace } from "./pace.ts";

/** Lost races in a row from which on an instance asks for its turn. */
const LOSSES_MAX = 2;

/** How long whoever has the turn is waited for without a sign of it, in ms. */
const TURN_MS = 100;

/** Rooms for which an instance asks at a time. */
const WANTS_MAX = 32;

/** Rooms of which it is known who has written last. */
const WRITERS_MAX = 4_096;

/** What is known of another instance in this lane. */
interface Other {
  wants: ReadonlySet<RoomId>;
  /** Its newest commit that was looked at. */
  n: number;
}

/**
 * Who of several instances writes next in a room that all write to.
 *
 * Whoever is nearest to the store would win every race. So an instance that
 * has lost a room twice names it in its bell, and while a room is named by
 * anybody its writers take turns by id, counted from the last writer. Who has
 * nothing to say when its turn comes takes its name back. No promise hangs on
 * it: what commits check is the log.
 *
 * One per lane: a room has the same lane on every instance.
 */
export class Turns {
  readonly #instance: string;
  readonly #pace: Pace;
  readonly #others = new Map<string, Other>();
  readonly #writers = new Map<RoomId, string>();
  readonly #losses = new Map<RoomId, number>();
  readonly #wants = new Set<RoomId>();
  /** Since when a turn is waited for. */
  readonly #waiting = new Map<RoomId, number>();
  /** What the others were told last. */
  #told: readonly RoomId[] = [];

  constructor(instance: string, pace: Pace) {
    this.#instance = instance;
    this.#pace = pace;
  }

  /** The rooms in which this instance is to get its turn. */
  get wants(): readonly RoomId[] {
    return Array.from(this.#wants.values().take(WANTS_MAX));
  }

  /** The others do not know yet what it wants. */
  get isDue(): boolean {
    const { wants } = this;
    return wants.length !== this.#told.length ||
      wants.some((room, i) => room !== this.#told[i]);
  }

  /** The others are told. */
  told(wants: readonly RoomId[]): void {
    this.#told = wants;
  }

  /** Another instance has written in this lane. */
  heard(instance: string, { n, wants, recent }: Bell): void {
    const other = this.#others.get(instance) ?? { wants: new Set(), n: 0 };
    other.wants = new Set(wants);
    for (const { room, n: at } of recent) {
      if (at <= other.n) continue;
      this.#wrote(room, instance);
      this.#waiting.delete(room);
    }
    other.n = n;
    this.#others.set(instance, other);
  }

  /** An instance has ended. */
  gone(instance: string): void {
    this.#others.delete(instance);
  }

  /** This instance has written there. */
  landed(room: RoomId): void {
    this.#losses.delete(room);
    this.#waiting.delete(room);
    this.#wrote(room, this.#instance);
    if (this.#othersThatWant(room).length === 0) this.#wants.delete(room);
  }

  /** Somebody else was quicker. */
  lost(room: RoomId): void {
    const losses = (this.#losses.get(room) ?? 0) + 1;
    this.#losses.set(room, losses);
    if (losses >= LOSSES_MAX) this.#wants.add(room);
  }

  /** Whether it is not somebody else's turn; asks for the own one, if it is. */
  mayWrite(room: RoomId): boolean {
    if (this.#holder(room) === this.#instance) return true;
    this.#wants.add(room);
    const nowMs = this.#pace.elapsed();
    const since = this.#waiting.get(room);
    if (since === undefined) this.#waiting.set(room, nowMs);
    return since !== undefined && nowMs - since >= TURN_MS;
  }

  /** Takes back what it asked for and does not need when its turn has come. */
  pass(isWaiting: (room: RoomId) => boolean): void {
    for (const room of this.#wants) {
      if (isWaiting(room) || this.#holder(room) !== this.#instance) continue;
      this.#wants.delete(room);
      this.#losses.delete(room);
    }
    for (const room of this.#waiting.keys()) {
      if (!isWaiting(room)) this.#waiting.delete(room);
    }
  }

  /** Whose turn it is; this instance's, if nobody else wants one. */
  #holder(room: RoomId): string {
    const others = this.#othersThatWant(room);
    if (others.length === 0) return this.#instance;
    const wanting = [...others];
    if (this.#wants.has(room)) wanting.push(this.#instance);
    wanting.sort();
    const last = this.#writers.get(room) ?? "";
    return wanting.find((one) => one > last) ?? wanting[0] ?? this.#instance;
  }

  #othersThatWant(room: RoomId): string[] {
    const others: string[] = [];
    for (const [instance, { wants }] of this.#others) {
      if (wants.has(room)) others.push(instance);
    }
    return others;
  }

  #wrote(room: RoomId, instance: string): void {
    this.#writers.delete(room);
    this.#writers.set(room, instance);
    if (this.#writers.size <= WRITERS_MAX) return;
    for (const oldest of this.#writers.keys()) {
      this.#writers.delete(oldest);
      return;
    }
  }
}
