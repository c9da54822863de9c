import { Audience } from "./audience.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { LiveRoom } from "./live_room.ts";
import type { NameClaims } from "./name_claims.ts";
import { lifeOf } from "./permanent_rooms.ts";
import type {
  Directory,
  Head,
  LogListener,
  Observer,
  RoomDraft,
  RoomLog,
} from "./ports.ts";
import { isBefore } from "./position.ts";
import type { ToNeighbours } from "./to_neighbours.ts";
import type {
  Entry,
  Member,
  Position,
  RoomId,
  RoomRecord,
  SessionId,
} from "./types.ts";

/** How long a room that nobody listens to is kept at hand. */
const IDLE_ROOM_MS = 60_000;

/** How much an instance has at hand. */
export interface Census {
  readonly rooms: number;
  /** Sessions in rooms: one that is in two counts twice. */
  readonly members: number;
}

/** What having rooms at hand needs. */
export interface HubPorts {
  readonly log: RoomLog;
  readonly directory: Directory;
  readonly elsewhere: Elsewhere;
  readonly neighbours: ToNeighbours;
  readonly names: NameClaims;
  readonly observer: Observer;
  readonly lobby: string;
}

/** The rooms that this instance has at hand, each opened once. */
export class Hub implements LogListener {
  readonly #ports: HubPorts;
  readonly #rooms = new Map<RoomId, LiveRoom>();
  readonly #opening = new Map<RoomId, Promise<LiveRoom>>();
  readonly #overhearers = new Map<string, Audience>();
  /** Rooms that were opened again while they were being read. */
  readonly #reopened = new Map<RoomId, RoomRecord>();
  /**
   * Rooms in which something was written while they were not at hand, and the
   * first place of it, where that is known.
   */
  readonly #stirred = new Map<RoomId, Position | undefined>();
  /** Earlier lives of rooms whose members have not been told of the end yet. */
  readonly #ending = new Set<LiveRoom>();

  constructor(ports: HubPorts) {
    this.#ports = ports;
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
      const room = await this.#once(
        id,
        () => this.#ports.directory.ensure(draft),
      );
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
      const record = here?.record ?? await this.#ports.directory.find(id);
      if (!record) return undefined;
      const room = await this.#once(id, () => Promise.resolve(record));
      if (room.closed && await this.#isStale(room)) continue;
      // As above.
      if (this.#rooms.get(id) === room) return room;
    }
  }

  /** The members of a room, whether or not it is at hand. */
  membersOf(record: RoomRecord): Member[] {
    const { elsewhere, lobby } = this.#ports;
    const room = this.#rooms.get(record.id);
    return room?.members() ??
      elsewhere.members(record.id, lifeOf(record, lobby));
  }

  /** The users in a room, whether or not it is at hand. */
  countUsers(record: RoomRecord): number {
    const room = this.#rooms.get(record.id);
    if (room) return room.presence.count;
    const ids = this.membersOf(record).map(({ author }) => author.id);
    return new Set(ids).size;
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
    return this.#ports.log.release(id) && this.#rooms.delete(id);
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
    else this.#stir(id, entries[0]);
  }

  moved(id: RoomId, from?: Position): void {
    const room = this.#rooms.get(id);
    if (room) room.advance();
    else this.#stir(id, from);
  }

  missed(): void {
    for (const room of this.#rooms.values()) room.advance();
    for (const id of this.#opening.keys()) this.#stir(id, undefined);
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
   * Something was written in a room that is not at hand. If it is being
   * opened, its end may be behind this already; if not, there may be those who
   * hear all rooms of its dialect.
   */
  #stir(id: RoomId, from: Position | undefined): void {
    const isHeard = this.#overhearers.values().some((one) => !one.isEmpty);
    const isOpening = this.#opening.has(id);
    if (!isOpening && !(from && isHeard)) return;
    const known = this.#stirred.get(id);
    const isFirst = !known || from && isBefore(from, known);
    this.#stirred.set(id, isFirst ? from : known);
    if (isOpening) return;
    this.#overhear(id).catch((error) =>
      this.#ports.observer.trouble("overhear", error)
    );
  }

  async #overhear(id: RoomId): Promise<void> {
    try {
      const record = await this.#ports.directory.find(id);
      if (record?.kind !== "public") return;
      if (this.overhearers(record.via).isEmpty) return;
      await this.#once(id, () => Promise.resolve(record));
    } finally {
      if (!this.#opening.has(id)) this.#stirred.delete(id);
    }
  }

  /** A closed room may have been opened again since: then it is read anew. */
  async #isStale(room: LiveRoom): Promise<boolean> {
    const { id } = room.record;
    const record = await this.#ports.directory.find(id);
    if (!record || record.closedAt !== undefined) return false;
    if (record.epoch <= room.tail.epoch) return false;
    if (this.#rooms.get(id) === room) this.#rooms.delete(id);
    return true;
  }

  #once(
    id: RoomId,
    record: () => Promise<RoomRecord>,
  ): Promise<LiveRoom> {
    const here = this.#rooms.get(id);
    if (here) return Promise.resolve(here);
    const opening = this.#opening.get(id);
    if (opening) return opening;
    const opened = this.#open(id, record).finally(() => {
      this.#opening.delete(id);
      this.#reopened.delete(id);
      this.#stirred.delete(id);
    });
    this.#opening.set(id, opened);
    return opened;
  }

  async #open(
    id: RoomId,
    record: () => Promise<RoomRecord>,
  ): Promise<LiveRoom> {
    const { log, lobby } = this.#ports;
    let found = await record();
    let head = await log.open(found);
    for (;;) {
      const newer = this.#reopened.get(id);
      if (!newer || newer.epoch <= found.epoch) break;
      found = newer;
      head = await log.open(found);
    }
    const { kind, via } = found;
    const life = lifeOf(found, lobby);
    const room = new LiveRoom(found, this.#start(id, head), {
      ...this.#ports,
      life,
      evicted: (sessions) => this.#evicted(id, life, sessions),
      overhearers: kind === "public" ? this.overhearers(via) : new Audience(),
    });
    this.#rooms.set(id, room);
    if (this.#stirred.has(id)) room.advance();
    return room;
  }

  #evicted(id: RoomId, life: number, sessions: readonly SessionId[]): void {
    const { names, neighbours } = this.#ports;
    for (const session of sessions) names.release(session, id);
    neighbours.evicted(id, life, sessions);
  }

  /** Where the sessions here begin to hear: before what nobody told them of. */
  #start(id: RoomId, head: Head): Head {
    const from = this.#stirred.get(id);
    if (from?.epoch !== head.epoch || from.seq > head.seq) return head;
    return { ...head, seq: from.seq - 1, closed: false };
  }
}
