import type { Directory, Listing, Observer, RoomDraft } from "../core/ports.ts";
import type { Entry, RoomId, RoomRecord } from "../core/types.ts";
import type { Limits } from "../core/limits.ts";
import type { Capabilities } from "./capabilities.ts";
import { addDirectoryNews } from "./directory_news.ts";
import { keys } from "./keys.ts";
import { ChatError } from "../core/errors.ts";
import type { Pace } from "./pace.ts";
import { asking, refusing } from "./retry.ts";
import { type KnownRooms, RoomMaker } from "./room_maker.ts";
import { UserNumbers } from "./user_numbers.ts";
import type { WriterClaim } from "./writer_claim.ts";

/** Records read at a time. */
const BATCH_SIZE = 500;

/** What the directory needs. */
export interface DirectoryPorts {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly claim: WriterClaim;
  readonly observer: Observer;
  readonly pace: Pace;
  readonly limits: Limits;
}

interface Known {
  record: RoomRecord;
  joinedAt?: number;
  /** The last epoch that holds messages. */
  spokenIn?: number;
}

/** Rooms and user numbers in Deno KV, rooms kept in memory besides. */
export class KvDirectory implements Directory, KnownRooms {
  onChange: () => void = () => {};
  readonly #ports: DirectoryPorts;
  readonly #known = new Map<RoomId, Known>();
  readonly #userNumbers: UserNumbers;
  readonly #maker: RoomMaker;
  /** Rooms that are being removed. */
  readonly #removing = new Map<RoomId, Promise<unknown>>();
  /** Rooms that were removed by this instance. */
  #removals = 0;
  #loading: Promise<void> | undefined;
  /** Changes by other instances are told. */
  #isHeard = false;
  /** What `list` says, until something changes. */
  #listed: readonly Listing[] | undefined;

  constructor(ports: DirectoryPorts) {
    this.#ports = ports;
    this.#userNumbers = new UserNumbers(ports);
    this.#maker = new RoomMaker({
      ...ports,
      known: this,
      roomsMax: ports.limits.ROOMS_MAX,
      roomIdBytesMax: ports.limits.ROOM_ID_BYTES_MAX,
    });
  }

  /** Rooms that are known. */
  get size(): number {
    return this.#known.size;
  }

  get(id: RoomId): RoomRecord | undefined {
    return this.#known.get(id)?.record;
  }

  async find(id: RoomId): Promise<RoomRecord | undefined> {
    const { kv, capabilities } = this.#ports;
    for (;;) {
      await this.#removing.get(id);
      const known = this.#known.get(id);
      if (known && capabilities.alone) return known.record;
      const removals = this.#removals;
      const { value } = await this.#ask(
        "find room",
        () => kv.get<RoomRecord>(keys.room(id)),
      );
      // It may have been read before it was removed.
      if (removals !== this.#removals) continue;
      if (value) return this.#know(value).record;
      // Another instance has removed it since.
      if (known) this.#forget(id, known);
      return undefined;
    }
  }

  async findByNumber(number: number): Promise<RoomRecord | undefined> {
    const { value } = await this.#ask(
      "find room",
      () => this.#ports.kv.get<RoomId>(keys.roomNumber(number)),
    );
    return value === null ? undefined : await this.find(value);
  }

  async ensure(draft: RoomDraft): Promise<RoomRecord> {
    const found = await this.find(draft.id);
    return found ?? (await this.#maker.wish(draft, false)).record;
  }

  async create(
    draft: RoomDraft,
    numbered: boolean,
  ): Promise<RoomRecord | undefined> {
    if (!numbered && await this.find(draft.id)) return undefined;
    const { record, isNew } = await this.#maker.wish(draft, numbered);
    return isNew ? record : undefined;
  }

  async markJoined(id: RoomId, at: number): Promise<void> {
    await this.load();
    const known = this.#known.get(id);
    if (!known || known.joinedAt !== undefined) return;
    try {
      const key = keys.roomJoined(id);
      await this.#ask("join room", () => this.#ports.kv.set(key, at));
      this.#noteJoined(known, at);
    } catch (error) {
      // A join must not fail for it, on a full disk least of all: the next
      // one that joins notes it. What failed has been reported.
      if (!(error instanceof ChatError)) throw error;
    }
  }

  async reopen(
    draft: Pick<RoomDraft, "id" | "via" | "createdBy" | "at">,
  ): Promise<{ record: RoomRecord; isNew: boolean }> {
    const { id, via, createdBy, at: createdAt } = draft;
    const { kv, claim, capabilities } = this.#ports;
    const { value, versionstamp } = await this.#ask(
      "open room",
      () => kv.get<RoomRecord>(keys.room(id)),
    );
    if (!value) throw new TypeError(`Cannot reopen "${id}": no such room`);
    if (value.closedAt === undefined) {
      // By somebody else, or by an earlier try that we were not told of.
      this.#know(value);
      return { record: value, isNew: false };
    }
    const { closedAt: _closedAt, isFleeting: _isFleeting, ...rest } = value;
    const epoch = value.epoch + 1;
    const open: RoomRecord = { ...rest, via, createdBy, createdAt, epoch };
    const atomic = kv.atomic().check({ key: keys.room(id), versionstamp });
    claim.guard(atomic, []);
    atomic.set(keys.room(id), open);
    if (!capabilities.alone) addDirectoryNews(atomic);
    const { ok } = await this.#ask("open room", () => atomic.commit());
    if (!ok) {
      await this.#stillWriter("open room");
      return await this.reopen(draft);
    }
    this.#know(open);
    this.onChange();
    return { record: open, isNew: true };
  }

  async remove(record: RoomRecord): Promise<boolean> {
    const removal = this.#remove(record);
    // Who asks while the commit is under way is told what came of it.
    this.#removing.set(record.id, removal.catch(() => {}));
    try {
      return await removal;
    } finally {
      this.#removing.delete(record.id);
    }
  }

  async list(): Promise<readonly Listing[]> {
    const { alone } = this.#ports.capabilities;
    if (!alone && !this.#isHeard) this.#loading = undefined;
    await this.load();
    return this.#listed ??= Array.from(this.#known.values())
      .sort((a, b) => a.record.number - b.record.number)
      .map(({ record, joinedAt, spokenIn }) => ({
        record,
        spoken: spokenIn === record.epoch,
        ...joinedAt !== undefined && { joinedAt },
      }));
  }

  takeUserNumber(): Promise<number> {
    const take = () => this.#userNumbers.take();
    return refusing(this.#ports, "number user", take);
  }

  /** Another instance has changed the list; whenever it does so from now on. */
  heard(): void {
    this.#isHeard = true;
    this.#loading = undefined;
    this.onChange();
  }

  /** Hears of entries that the log holds, and of the record that follows from them. */
  noted(record: RoomRecord, entries: readonly Entry[]): void {
    const known = this.#know(record);
    for (const entry of entries) {
      if (entry.kind === "message") this.#noteSpoken(known, entry.epoch);
      else if (entry.kind === "closed") this.onChange();
    }
  }

  made(record: RoomRecord, draft: RoomDraft): void {
    const known = this.#know(record);
    if (draft.joined) this.#noteJoined(known, draft.at);
    if (record.kind === "public") this.onChange();
  }

  /** Reads all rooms, once; `find` and `ensure` do not wait for it. */
  load(): Promise<void> {
    return this.#loading ??= this.#ask("list rooms", () => this.#readAll())
      .catch((error) => {
        this.#loading = undefined;
        throw error;
      });
  }

  async #remove({ id, epoch }: RoomRecord): Promise<boolean> {
    const { kv, claim, capabilities } = this.#ports;
    const first = keys.chunk(id, { epoch, seq: 1 });
    const atomic = kv.atomic().check({ key: first, versionstamp: null });
    claim.guard(atomic, []);
    // The number stays taken: numbers are unique for ever.
    atomic.delete(keys.room(id)).delete(keys.roomJoined(id));
    if (!capabilities.alone) addDirectoryNews(atomic);
    const { ok } = await this.#ask("remove room", () => atomic.commit());
    if (!ok) return false;
    this.#known.delete(id);
    this.#listed = undefined;
    this.#removals++;
    this.onChange();
    return true;
  }

  async #readAll(): Promise<void> {
    const { kv } = this.#ports;
    const options = { batchSize: BATCH_SIZE };
    let removals: number;
    const before = new Map(this.#known);
    let rooms: Deno.KvEntry<RoomRecord>[];
    do {
      removals = this.#removals;
      const list = kv.list<RoomRecord>({ prefix: keys.rooms() }, options);
      rooms = await Array.fromAsync(list);
      // One that was removed meanwhile may be among them.
    } while (removals !== this.#removals);
    for (const { value } of rooms) {
      this.#know(value);
      before.delete(value.id);
    }
    // Other instances have removed these.
    for (const [id, known] of before) this.#forget(id, known);
    const joined = kv.list<number>({ prefix: keys.roomsJoined() }, options);
    for await (const { key, value } of joined) {
      const known = this.#known.get(key[1] as RoomId);
      if (known) this.#noteJoined(known, value);
    }
    const spoken = kv.list<number>({ prefix: keys.roomsSpoken() }, options);
    for await (const { key, value } of spoken) {
      const known = this.#known.get(key[1] as RoomId);
      if (known) this.#noteSpoken(known, value);
    }
  }

  #forget(id: RoomId, known: Known): void {
    if (this.#known.get(id) !== known) return;
    this.#known.delete(id);
    this.#listed = undefined;
  }

  #noteJoined(known: Known, at: number): void {
    if (known.joinedAt !== undefined) return;
    known.joinedAt = at;
    this.#listed = undefined;
  }

  #noteSpoken(known: Known, epoch: number): void {
    if ((known.spokenIn ?? 0) >= epoch) return;
    known.spokenIn = epoch;
    this.#listed = undefined;
  }

  #know(record: RoomRecord): Known {
    const known = this.#known.get(record.id);
    if (known?.record === record) return known;
    this.#listed = undefined;
    if (known) {
      // A read may be answered after what was written meanwhile.
      if (!isOlder(record, known.record)) known.record = record;
      return known;
    }
    const added: Known = { record };
    this.#known.set(record.id, added);
    return added;
  }

  #ask<T>(act: string, call: () => Promise<T>): Promise<T> {
    return asking(this.#ports, act, call);
  }

  /** A commit was refused: by somebody else's write, or for good? */
  async #stillWriter(act: string): Promise<void> {
    if (await this.#ask(act, () => this.#ports.claim.holds())) return;
    throw new ChatError("storage_failed", `Cannot ${act}: writer replaced`);
  }
}

/** Whether a room was so before: epochs count up, and each is closed once. */
function isOlder(a: RoomRecord, b: RoomRecord): boolean {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch;
  return a.closedAt === undefined && b.closedAt !== undefined;
}
