import { ChatError } from "./errors.ts";
import type { Hub } from "./hub.ts";
import { isPermanent, NUMBERED_ROOMS } from "./permanent_rooms.ts";
import type { Clock, Directory, Ids, RoomDraft, RoomLog } from "./ports.ts";
import { roomId } from "./text.ts";
import type { Limits } from "./limits.ts";
import type { Author, RoomId, RoomRecord } from "./types.ts";

/** Titles with a number behind them that are tried for a room. */
const TITLE_TRIES_MAX = 20;

/** What making and closing rooms needs. */
export interface LifecyclePorts {
  readonly hub: Hub;
  readonly log: RoomLog;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: Limits;
  readonly lobby: string;
}

/** Who makes a room, in which dialect. */
export interface Maker {
  readonly via: string;
  readonly name: string;
}

/** Making, closing, opening again and removing rooms. */
export class RoomLifecycle {
  readonly #ports: LifecyclePorts;

  constructor(ports: LifecyclePorts) {
    this.#ports = ports;
  }

  /** Makes the rooms that are always there. To be called once, at start. */
  async open(): Promise<void> {
    const { directory, clock } = this.#ports;
    const at = clock.now();
    const maker = { via: "parley", createdBy: "", at, joined: false };
    await Promise.all(NUMBERED_ROOMS.map((title) => {
      const id = title as RoomId;
      return directory.ensure({ id, title, kind: "public", ...maker });
    }));
  }

  /**
   * Makes a room of that title, which is its id; where there is one, its
   * number tells the new one apart: `title (number)`.
   *
   * @throws {ChatError} `bad_field`, `too_long`, `limit_rooms`, `busy`.
   */
  async create(title: string, maker: Maker): Promise<RoomRecord> {
    const { directory, limits, clock } = this.#ports;
    const wanted = roomId(title, limits);
    const draft: RoomDraft = {
      id: wanted,
      title,
      kind: "public",
      via: maker.via,
      createdBy: maker.name,
      at: clock.now(),
      joined: false,
    };
    for (let tries = 0; tries < TITLE_TRIES_MAX; tries++) {
      const made = await directory.create(draft, tries > 0);
      if (made) return made;
    }
    throw new ChatError("busy", "Cannot create room: storage is busy");
  }

  /**
   * Makes a room of exactly that id.
   *
   * @returns `undefined` if there is one, open; a closed one is opened again,
   *   with an empty log.
   */
  async createExactly(
    id: RoomId,
    maker: Maker,
  ): Promise<RoomRecord | undefined> {
    const { directory, hub, clock } = this.#ports;
    const found = await directory.find(id);
    if (found?.closedAt !== undefined) {
      // Its sessions hear its end before it goes on. Whoever has it at hand as
      // a closed one looks whether it does.
      await hub.getOpen(id)?.refresh();
      return await directory.reopen(id);
    }
    if (found) return undefined;
    return await directory.create({
      id,
      title: id,
      kind: "public",
      via: maker.via,
      createdBy: maker.name,
      at: clock.now(),
      joined: false,
    }, false);
  }

  /**
   * Closes a room for every dialect, for good or, if it is permanent, to go on
   * at once with an empty log.
   *
   * @returns Whether there was an open room of that id.
   */
  async close(id: RoomId, author: Author): Promise<boolean> {
    const { hub, clock, ids, log, lobby } = this.#ports;
    const room = await hub.find(id);
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

  /** Removes a room that is there for company alone, once there is none. */
  letGo({ id, via, isFleeting }: RoomRecord): void {
    // What fails has been reported; the next who uses the room sees to it.
    if (isFleeting) this.removeIfUnused(id, via).catch(() => {});
  }

  /** Removes a room that this dialect made, if it is unused and not permanent. */
  async removeIfUnused(id: RoomId, via: string): Promise<boolean> {
    const { hub, directory, lobby } = this.#ports;
    const room = await hub.find(id);
    if (!room?.unused || room.record.via !== via) return false;
    if (isPermanent(id, lobby)) return false;
    // Not at hand from here on: who joins now makes it anew.
    if (!hub.forget(id)) return false;
    return await directory.remove(room.record);
  }
}
