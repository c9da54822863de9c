import type { RoomId } from "../core/types.ts";
import type { Slice } from "./batch.ts";
import { type Bell, SILENT_BELL, struck } from "./bell.ts";
import type { BesidePorts } from "./beside_ports.ts";
import { keys } from "./keys.ts";
import { inTime } from "./retry.ts";
import type { NewsQueue } from "./news_queue.ts";
import type { Turns } from "./turns.ts";

/** What a lane tells the other instances with each of its commits. */
export interface LaneBell {
  /** There is something to tell, even if nothing is to be written. */
  readonly isDue: boolean;
  /** Whether this instance may write in a room now. */
  mayWrite(room: RoomId): boolean;
  /** Takes back turns that are not needed. */
  pass(isWaiting: (room: RoomId) => boolean): void;
  /** Adds what there is to tell to a commit. */
  strike(atomic: Deno.AtomicOperation, slices: readonly Slice[]): void;
  /** That commit has landed. */
  landed(slices: readonly Slice[], versionstamp: string): void;
  /** Somebody else has written in these rooms. */
  lost(slices: readonly Slice[]): void;
  /**
   * The versionstamp of a commit that was refused, or was not answered, and has
   * landed all the same. May fail as the store does; the next commit finds out
   * then.
   */
  landedAs(): Promise<string | undefined>;
}

/** Where nobody else is. */
export const NO_BELL: LaneBell = {
  isDue: false,
  mayWrite: () => true,
  pass: () => {},
  strike: () => {},
  landed: () => {},
  lost: () => {},
  landedAs: () => Promise.resolve(undefined),
};

/** What a bell needs. */
export interface BellPorts extends BesidePorts {
  readonly lane: number;
  readonly news: NewsQueue;
  readonly turns: Turns;
  /** The bell is gone: the others take this instance for dead. */
  readonly onGone: () => void;
}

/**
 * The bell of one lane of this instance.
 *
 * Each commit checks the bell at the state that the last one left: a commit
 * that the client sends twice, or after it was given up, has no effect then,
 * and commits of one lane cannot overtake each other.
 */
export class OwnBell implements LaneBell {
  readonly #ports: BellPorts;
  #bell: Bell = SILENT_BELL;
  #versionstamp: string | null = null;
  #struck: Bell | undefined;
  #attempts = 0;
  #isSilent = false;

  constructor(ports: BellPorts) {
    this.#ports = ports;
  }

  get isDue(): boolean {
    const { news, turns } = this.#ports;
    return !this.#isSilent && (news.isDue || turns.isDue);
  }

  /** Tells nothing more by itself: its instance takes leave. */
  silence(): void {
    this.#isSilent = true;
  }

  mayWrite(room: RoomId): boolean {
    return this.#ports.turns.mayWrite(room);
  }

  pass(isWaiting: (room: RoomId) => boolean): void {
    this.#ports.turns.pass(isWaiting);
  }

  strike(atomic: Deno.AtomicOperation, slices: readonly Slice[]): void {
    const { instance, lane, news, turns, now } = this.#ports;
    const key = keys.bell(instance, lane);
    const bell = struck(this.#bell, {
      attempt: `${instance} ${++this.#attempts}`,
      at: now(),
      slices,
      wants: turns.wants,
      news: news.add(atomic),
    });
    this.#struck = bell;
    atomic.check({ key, versionstamp: this.#versionstamp }).set(key, bell);
  }

  landed(slices: readonly Slice[], versionstamp: string): void {
    const bell = this.#struck;
    if (!bell) return;
    this.#struck = undefined;
    this.#bell = bell;
    this.#versionstamp = versionstamp;
    const { news, turns } = this.#ports;
    news.landed();
    turns.told(bell.wants);
    for (const { room } of slices) turns.landed(room);
  }

  lost(slices: readonly Slice[]): void {
    for (const { room } of slices) this.#ports.turns.lost(room);
  }

  async landedAs(): Promise<string | undefined> {
    const { kv, instance, lane, onGone } = this.#ports;
    const { value, versionstamp } = await inTime(
      kv.get<Bell>(keys.bell(instance, lane)),
      this.#ports,
    );
    if (versionstamp === null) {
      if (this.#versionstamp !== null) onGone();
    } else if (value.attempt === this.#struck?.attempt) return versionstamp;
    // An earlier try may have landed after it was given up.
    if (value && value.n > this.#bell.n) this.#bell = value;
    this.#versionstamp = versionstamp;
    return undefined;
  }
}
