import { frame } from "./encoder.ts";
import type { RoomView } from "./events.ts";
import type { Hub } from "./hub.ts";
import type { Limits } from "./limits.ts";
import type { Participant } from "./participant.ts";
import { utf8Length } from "./text.ts";
import type { Clock, Directory, Observer, Timers } from "./ports.ts";
import type { RoomRecord } from "./types.ts";

/** The pause after a push of the list in which changes are gathered, in ms. */
const PUSH_PAUSE_MS = 100;

/** What the list needs. */
export interface RoomListPorts {
  readonly directory: Directory;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly observer: Observer;
  readonly limits: Limits;
}

/**
 * The list of open public rooms with their members, and those who follow it.
 *
 * Followers are told when a room is made or closed in any dialect: at once,
 * then at most ten times a second, whatever happens.
 */
export class RoomList {
  readonly #ports: RoomListPorts;
  readonly #followers = new Set<Participant>();
  #pausing = false;
  #changed = false;

  constructor(ports: RoomListPorts) {
    this.#ports = ports;
  }

  /**
   * The rooms, by number: all, or as many as fit into half of an outbox, those
   * with members first.
   */
  async read(): Promise<readonly RoomView[]> {
    const all = await this.#readAll();
    let left = this.#ports.limits.OUTBOX_BYTES_MAX / 2;
    const byUse = all.toSorted((a, b) =>
      Math.sign(b.members.length) - Math.sign(a.members.length)
    );
    const listed = new Set(byUse.filter((room) => {
      left -= bytesMax(room);
      return left >= 0;
    }));
    return all.filter((room) => listed.has(room));
  }

  async #readAll(): Promise<readonly RoomView[]> {
    const { directory, hub } = this.#ports;
    const listings = await directory.list();
    return listings
      .map(({ record }) => record)
      .filter(isListed)
      .map((record) => ({
        id: record.id,
        number: record.number,
        title: record.title,
        members: hub.membersOf(record),
      }));
  }

  /** Sends the list to one session. */
  async tell(who: Participant): Promise<void> {
    await this.#send([who]);
  }

  /** Sends the list to this session from now on, whenever it changes. */
  follow(who: Participant): void {
    this.#followers.add(who);
  }

  /** Ends that. */
  unfollow(who: Participant): void {
    this.#followers.delete(who);
  }

  /** A room was made, closed or removed. */
  changed(): void {
    this.#changed = true;
    if (this.#pausing || this.#followers.size === 0) return;
    this.#pausing = true;
    this.#changed = false;
    this.#send(this.#followers).catch((error) =>
      this.#ports.observer.trouble("list rooms", error)
    );
    this.#ports.timers.after(PUSH_PAUSE_MS, () => {
      this.#pausing = false;
      if (this.#changed) this.changed();
    });
  }

  /** Encodes once per encoder. */
  async #send(to: Iterable<Participant>): Promise<void> {
    const rooms = await this.read();
    const at = this.#ports.clock.now();
    const byEncoder = Map.groupBy(to, (who) => who.encoder);
    for (const [encoder, sessions] of byEncoder) {
      const frames = encoder.encode([{ kind: "rooms", rooms, at }]).map(frame);
      for (const { link } of sessions) frames.forEach((one) => link.send(one));
    }
  }
}

/** Whether a room is shown to everybody: it is public, and open. */
export function isListed({ kind, closedAt }: RoomRecord): boolean {
  return kind === "public" && closedAt === undefined;
}

/** Bytes of a room or a user in the list beside what people typed. */
const FRAME_BYTES = 64;

/** At least as many bytes as a room takes in any dialect's list. */
function bytesMax({ title, members }: RoomView): number {
  const names = members.map(({ author }) => author.name);
  return [title, ...names].reduce(
    (sum, text) => sum + FRAME_BYTES + utf8Length(text) * ESCAPED_BYTES,
    0,
  );
}

/** Bytes that one may become when escaped: a quote twice, in HTML `&#34;`. */
const ESCAPED_BYTES = 6;
