import { ChatError } from "../core/errors.ts";
import { fixedNumber, NUMBERED_ROOMS } from "../core/permanent_rooms.ts";
import type { Directory, Listing, Observer, RoomDraft } from "../core/ports.ts";
import type { Entry, RoomId, RoomRecord } from "../core/types.ts";
import type { Capabilities } from "./capabilities.ts";
import { keys } from "./keys.ts";
import { refusing, retryLocked } from "./retry.ts";
import { UserNumbers } from "./user_numbers.ts";
import type { WriterClaim } from "./writer_claim.ts";

/** How often the making of a room is tried before the answer is `busy`. */
const CREATE_TRIES_MAX = 20;

/** Checks that making one room takes: its record and its number. */
const CHECKS_PER_ROOM = 2;

/** What the directory needs. */
export interface DirectoryPorts {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly claim: WriterClaim;
  readonly observer: Observer;
  readonly roomsMax: number;
}

interface Known {
  record: RoomRecord;
  joinedAt?: number;
  /** The last epoch that holds messages. */
  spokenIn?: number;
}

interface Wish {
  readonly draft: RoomDraft;
  readonly resolve: (record: RoomRecord) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
}

/**
 * Rooms and user numbers in Deno KV, rooms kept in memory besides.
 *
 * Making rooms is group commit too: wishes that arrive while one is carried
 * out share the next. Numbers of rooms are their own counter: the next one is
 * behind the newest, and the commit checks that it is free.
 */
export class KvDirectory implements Directory {
  readonly #ports: DirectoryPorts;
  readonly #known = new Map<RoomId, Known>();
  readonly #userNumbers: UserNumbers;
  #loading: Promise<void> | undefined;
  #numberNext: number | undefined;
  #wishes: Wish[] = [];
  #making = false;

  constructor(ports: DirectoryPorts) {
    this.#ports = ports;
    this.#userNumbers = new UserNumbers(ports.kv);
  }

  async find(id: RoomId): Promise<RoomRecord | undefined> {
    const { kv, capabilities } = this.#ports;
    const known = this.#known.get(id);
    if (known && capabilities.alone) return known.record;
    const { value } = await this.#ask(
      "find room",
      () => kv.get<RoomRecord>(keys.room(id)),
    );
    if (value) this.#know(value);
    return value ?? undefined;
  }

  async ensure(draft: RoomDraft): Promise<RoomRecord> {
    const found = await this.find(draft.id);
    if (found) return found;
    const { promise, resolve, reject } = Promise.withResolvers<RoomRecord>();
    this.#wishes.push({ draft, resolve, reject, tries: 0 });
    if (!this.#making) this.#make();
    return await promise;
  }

  async markJoined(id: RoomId, at: number): Promise<void> {
    await this.#load();
    const known = this.#known.get(id);
    if (!known || known.joinedAt !== undefined) return;
    known.joinedAt = at;
    await this.#ask(
      "join room",
      () => this.#ports.kv.set(keys.roomJoined(id), at),
    );
  }

  async reopen(id: RoomId): Promise<RoomRecord> {
    const { kv } = this.#ports;
    const { value, versionstamp } = await kv.get<RoomRecord>(keys.room(id));
    if (!value) throw new TypeError(`Cannot reopen "${id}": no such room`);
    if (value.closedAt === undefined) return value;
    const { closedAt: _, ...open } = { ...value, epoch: value.epoch + 1 };
    const atomic = kv.atomic().check({ key: keys.room(id), versionstamp });
    this.#ports.claim.guard(atomic, []);
    const { ok } = await retryLocked(() =>
      atomic.set(keys.room(id), open).commit()
    );
    if (!ok) return await this.reopen(id);
    this.#know(open);
    return open;
  }

  async list(): Promise<readonly Listing[]> {
    if (!this.#ports.capabilities.alone) this.#loading = undefined;
    await this.#load();
    return Array.from(this.#known.values())
      .sort((a, b) => a.record.number - b.record.number)
      .map(({ record, joinedAt, spokenIn }) => ({
        record,
        spoken: spokenIn === record.epoch,
        ...joinedAt !== undefined && { joinedAt },
      }));
  }

  takeUserNumber(): Promise<number> {
    return this.#ask("number user", () => this.#userNumbers.take());
  }

  /** Hears of entries that the log holds, and of the record that follows from them. */
  noted(record: RoomRecord, entries: readonly Entry[]): void {
    const known = this.#know(record);
    for (const entry of entries) {
      if (entry.kind === "message") known.spokenIn = entry.epoch;
    }
  }

  /** Reads all rooms, once; `find` and `ensure` do not wait for it. */
  #load(): Promise<void> {
    return this.#loading ??= this.#ask("list rooms", () => this.#readAll())
      .catch((error) => {
        this.#loading = undefined;
        throw error;
      });
  }

  async #readAll(): Promise<void> {
    const { kv, capabilities } = this.#ports;
    const options = { batchSize: 500 };
    const rooms = kv.list<RoomRecord>({ prefix: keys.rooms() }, options);
    for await (const { value } of rooms) {
      // What this instance has written meanwhile is newer, if it is alone.
      if (!capabilities.alone || !this.#known.has(value.id)) this.#know(value);
    }
    const joined = kv.list<number>({ prefix: keys.roomsJoined() }, options);
    for await (const { key, value } of joined) {
      const known = this.#known.get(key[1] as RoomId);
      if (known) known.joinedAt ??= value;
    }
    const spoken = kv.list<number>({ prefix: keys.roomsSpoken() }, options);
    for await (const { key, value } of spoken) {
      const known = this.#known.get(key[1] as RoomId);
      if (known) known.spokenIn = Math.max(known.spokenIn ?? 0, value);
    }
  }

  #know(record: RoomRecord): Known {
    const known = this.#known.get(record.id);
    if (known) {
      known.record = record;
      return known;
    }
    const added: Known = { record };
    this.#known.set(record.id, added);
    return added;
  }

  #ask<T>(act: string, call: () => Promise<T>): Promise<T> {
    return refusing(this.#ports.observer, act, call);
  }

  /** Never rejects. */
  async #make(): Promise<void> {
    this.#making = true;
    while (this.#wishes.length > 0) {
      const { checksPerCommit } = this.#ports.capabilities;
      const count = Math.floor((checksPerCommit - 1) / CHECKS_PER_ROOM);
      const wishes = this.#wishes.splice(0, count);
      try {
        await this.#makeSome(wishes);
      } catch (error) {
        this.#ports.observer.trouble("create room", error);
        for (const wish of wishes) wish.reject(failed(error));
      }
    }
    this.#making = false;
  }

  async #makeSome(wishes: Wish[]): Promise<void> {
    await this.#load();
    const wanted = this.#answerKnown(wishes);
    if (wanted.length === 0) return;
    const { kv, claim } = this.#ports;
    const atomic = kv.atomic();
    claim.guard(atomic, []);
    let next = await this.#nextNumber();
    const records = new Map<RoomId, RoomRecord>();
    for (const { draft } of wanted) {
      if (records.has(draft.id)) continue;
      const number = fixedNumber(draft.id) ?? next++;
      const record = recordOf(draft, number);
      records.set(draft.id, record);
      atomic.check({ key: keys.room(draft.id), versionstamp: null })
        .check({ key: keys.roomNumber(number), versionstamp: null })
        .set(keys.room(draft.id), record)
        .set(keys.roomNumber(number), draft.id);
      if (draft.joined) atomic.set(keys.roomJoined(draft.id), draft.at);
    }
    const { ok } = await retryLocked(() => atomic.commit());
    if (!ok) return await this.#again(wanted);
    this.#numberNext = next;
    for (const { draft } of wanted) {
      const record = records.get(draft.id);
      if (!record) continue;
      const known = this.#know(record);
      if (draft.joined) known.joinedAt ??= draft.at;
    }
    for (const { draft, resolve } of wanted) {
      const known = this.#known.get(draft.id);
      if (known) resolve(known.record);
    }
  }

  /** Answers what is known by now or over the limit; returns the others. */
  #answerKnown(wishes: Wish[]): Wish[] {
    let room = this.#ports.roomsMax - this.#known.size;
    return wishes.filter((wish) => {
      const known = this.#known.get(wish.draft.id);
      if (known) wish.resolve(known.record);
      else if (room-- < 1) wish.reject(tooMany(this.#ports.roomsMax));
      else return true;
      return false;
    });
  }

  /** Somebody else made one of them or took a number. */
  async #again(wishes: Wish[]): Promise<void> {
    this.#numberNext = undefined;
    for (const wish of wishes) {
      wish.tries++;
      const found = await this.find(wish.draft.id);
      if (found) wish.resolve(found);
      else if (wish.tries < CREATE_TRIES_MAX) this.#wishes.push(wish);
      else wish.reject(failed(undefined));
    }
  }

  async #nextNumber(): Promise<number> {
    if (this.#numberNext !== undefined) return this.#numberNext;
    const newest = this.#ports.kv.list<RoomId>(
      { prefix: keys.roomNumbers() },
      { limit: 1, reverse: true },
    );
    const { value } = await newest.next();
    const last = value ? Number(value.key[1]) : 0;
    return Math.max(last, NUMBERED_ROOMS.length) + 1;
  }
}

function recordOf(draft: RoomDraft, number: number): RoomRecord {
  return {
    id: draft.id,
    number,
    title: draft.id,
    kind: "public",
    via: draft.via,
    createdBy: draft.createdBy,
    createdAt: draft.at,
    epoch: 1,
  };
}

function failed(error: unknown): ChatError {
  if (error instanceof ChatError) return error;
  return new ChatError("busy", "Cannot create room: storage is busy");
}

function tooMany(roomsMax: number): ChatError {
  return new ChatError(
    "limit_rooms",
    `Cannot create room: there are ${roomsMax} already`,
  );
}
