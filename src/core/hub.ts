import { Audience } from "./audience.ts";
import { LiveRoom } from "./live_room.ts";
import type {
  Directory,
  LogListener,
  Observer,
  RoomDraft,
  RoomLog,
} from "./ports.ts";
import type { Entry, Position, RoomId, RoomRecord } from "./types.ts";

/** How long a room that nobody listens to is kept at hand. */
const IDLE_ROOM_MS = 60_000;

/** How much an instance has at hand. */
export interface Census {
  readonly rooms: number;
  /** Sessions in rooms: one that is in two counts twice. */
  readonly members: number;
}

/** The rooms that this instance has at hand, each opened once. */
export class Hub implements LogListener {
  readonly #log: RoomLog;
  readonly #directory: Directory;
  readonly #observer: Observer;
  readonly #rooms = new Map<RoomId, LiveRoom>();
  readonly #opening = new Map<RoomId, Promise<LiveRoom>>();
  readonly #overhearers = new Map<string, Audience>();
  /** Rooms that were opened again while they were being read. */
  readonly #reopened = new Map<RoomId, RoomRecord>();
  /** Earlier lives of rooms whose members have not been told of the end yet. */
  readonly #ending = new Set<LiveRoom>();

  constructor(
    ports: { log: RoomLog; directory: Directory; observer: Observer },
  ) {
    this.#log = ports.log;
    this.#directory = ports.directory;
    this.#observer = ports.observer;
  }

  /** The room, if it is at hand. */
  get(id: RoomId): LiveRoom | undefined {
    return this.#rooms.get(id);
  }

  /** The room, if it is at hand and open. */
  getOpen(id: RoomId): LiveRoom | undefined {
    const room = this.#rooms.get(id);
    return room?.closed ? undefined : room;
  }

  /** All rooms that are at hand. */
  rooms(): Iterable<LiveRoom> {
    return this.#rooms.values();
  }

  /**
   * The room, pinned; makes it if there is none. Rejects as `Directory.ensure`
   * does.
   */
  async ensure(draft: RoomDraft): Promise<LiveRoom> {
    const { id } = draft;
    for (;;) {
      const room = await this.#once(id, () => this.#directory.ensure(draft));
      if (room.closed && await this.#isStale(room)) continue;
      // It may have been removed in the turn in which it was found.
      if (this.#rooms.get(id) !== room) continue;
      room.pins++;
      return room;
    }
  }

  /** The room, if there is one. */
  async find(id: RoomId): Promise<LiveRoom | undefined> {
    for (;;) {
      const here = this.#rooms.get(id);
      const record = here?.record ?? await this.#directory.find(id);
      if (!record) return undefined;
      const room = await this.#once(id, () => Promise.resolve(record));
      if (room.closed && await this.#isStale(room)) continue;
      // As above.
      if (this.#rooms.get(id) === room) return room;
    }
  }

  /** How much there is. */
  census(): Census {
    let members = 0;
    for (const room of this.#rooms.values()) members += room.size;
    return { rooms: this.#rooms.size, members };
  }

  /** Those who hear all public rooms that were made in a dialect. */
  overhearers(via: string): Audience {
    const known = this.#overhearers.get(via);
    if (known) return known;
    const audience = new Audience();
    this.#overhearers.set(via, audience);
    return audience;
  }

  /**
   * Forgets a room: the next that uses it reads it anew.
   *
   * @returns False, and it is kept, while it is being written.
   */
  forget(id: RoomId): boolean {
    return this.#log.release(id) && this.#rooms.delete(id);
  }

  /**
   * A closed room has begun another life: whoever uses it from here on finds
   * that one. Who was in the last life hears of its end, even if late.
   */
  reopened(record: RoomRecord): void {
    const { id, epoch } = record;
    if (this.#opening.has(id)) this.#reopened.set(id, record);
    const room = this.#rooms.get(id);
    if (!room || room.tail.epoch >= epoch) return;
    this.#rooms.delete(id);
    if (room.closed) return;
    this.#ending.add(room);
    room.advance();
  }

  committed(id: RoomId, entries: readonly Entry[]): void {
    const room = this.#rooms.get(id);
    if (room) room.offer(entries);
    else if (entries[0]) this.#overhear(id, entries[0]);
  }

  moved(id: RoomId, from?: Position): void {
    const room = this.#rooms.get(id);
    if (room) room.advance();
    else if (from) this.#overhear(id, from);
  }

  missed(): void {
    for (const room of this.#rooms.values()) room.advance();
  }

  /**
   * Tries again what failed and forgets rooms that nobody uses.
   *
   * @returns Those of them in which nothing was ever said.
   */
  tick(nowMs: number): LiveRoom[] {
    for (const room of this.#ending) {
      if (room.closed) this.#ending.delete(room);
      else room.tick();
    }
    const unused: LiveRoom[] = [];
    for (const [id, room] of this.#rooms) {
      room.tick();
      const idleMs = nowMs - room.usedAt;
      // A clock that stepped back must not keep rooms for ever.
      if (idleMs < 0) room.usedAt = nowMs;
      if (!room.empty || idleMs <= IDLE_ROOM_MS) continue;
      this.forget(id);
      if (room.unused) unused.push(room);
    }
    return unused;
  }

  /**
   * Others have written in a room that nobody here is in: whoever hears all
   * rooms of its dialect hears it from that place on.
   */
  #overhear(id: RoomId, from: Position): void {
    const isHeard = this.#overhearers.values().some((one) => !one.isEmpty);
    if (!isHeard) return;
    this.#openFrom(id, from).catch((error) =>
      this.#observer.trouble("overhear", error)
    );
  }

  async #openFrom(id: RoomId, from: Position): Promise<void> {
    const record = await this.#directory.find(id);
    if (record?.kind !== "public") return;
    if (this.overhearers(record.via).isEmpty) return;
    const room = await this.#once(id, () => Promise.resolve(record), from);
    room.advance();
  }

  /** A closed room may have been opened again since: then it is read anew. */
  async #isStale(room: LiveRoom): Promise<boolean> {
    const { id } = room.record;
    const record = await this.#directory.find(id);
    if (!record || record.closedAt !== undefined) return false;
    if (record.epoch <= room.tail.epoch) return false;
    if (this.#rooms.get(id) === room) this.#rooms.delete(id);
    return true;
  }

  #once(
    id: RoomId,
    record: () => Promise<RoomRecord>,
    from?: Position,
  ): Promise<LiveRoom> {
    const here = this.#rooms.get(id);
    if (here) return Promise.resolve(here);
    const opening = this.#opening.get(id);
    if (opening) return opening;
    const opened = this.#open(id, record, from).finally(() => {
      this.#opening.delete(id);
      this.#reopened.delete(id);
    });
    this.#opening.set(id, opened);
    return opened;
  }

  async #open(
    id: RoomId,
    record: () => Promise<RoomRecord>,
    from?: Position,
  ): Promise<LiveRoom> {
    let found = await record();
    let head = await this.#log.open(found);
    for (;;) {
      const newer = this.#reopened.get(id);
      if (!newer || newer.epoch <= found.epoch) break;
      found = newer;
      head = await this.#log.open(found);
    }
    const { kind, via } = found;
    const isBehind = from?.epoch === head.epoch && from.seq <= head.seq;
    const start = isBehind ? { ...head, ...before(from), closed: false } : head;
    const room = new LiveRoom(found, start, {
      log: this.#log,
      observer: this.#observer,
      overhearers: kind === "public" ? this.overhearers(via) : new Audience(),
    });
    this.#rooms.set(id, room);
    return room;
  }
}

function before({ epoch, seq }: Position): Position {
  return { epoch, seq: seq - 1 };
}
