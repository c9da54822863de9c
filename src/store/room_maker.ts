import { ChatError } from "../core/errors.ts";
import { fixedNumber, NUMBERED_ROOMS } from "../core/permanent_rooms.ts";
import type { Observer, RoomDraft } from "../core/ports.ts";
import { utf8Length } from "../core/text.ts";
import type { RoomId, RoomRecord } from "../core/types.ts";
import type { Capabilities } from "./capabilities.ts";
import { addDirectoryNews } from "./directory_news.ts";
import { keys } from "./keys.ts";
import type { Pace } from "./pace.ts";
import { inTime, isFull, isLocked, ReplyLost, retryLocked } from "./retry.ts";
import type { WriterClaim } from "./writer_claim.ts";

/** How often the making of a room is tried before the answer is `busy`. */
const TRIES_MAX = 20;

/** Checks that making one room takes: its record and its number. */
const CHECKS_PER_ROOM = 2;

/** The rooms that are known so far. */
export interface KnownRooms {
  readonly size: number;
  /** Reads all rooms, once. */
  load(): Promise<void>;
  get(id: RoomId): RoomRecord | undefined;
  find(id: RoomId): Promise<RoomRecord | undefined>;
  made(record: RoomRecord, draft: RoomDraft): void;
}

/** What making rooms needs. */
export interface RoomMakerPorts {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly claim: WriterClaim;
  readonly observer: Observer;
  readonly pace: Pace;
  readonly known: KnownRooms;
  readonly roomsMax: number;
  readonly roomIdBytesMax: number;
}

/** What came of a wish for a room. */
export interface Made {
  readonly record: RoomRecord;
  /** False: it was there before. */
  readonly isNew: boolean;
}

interface Wish {
  readonly draft: RoomDraft;
  /** Its number is put behind its id. */
  readonly numbered: boolean;
  readonly resolve: (made: Made) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
}

/**
 * Makes rooms by group commit: wishes that arrive while one is carried out
 * share the next.
 *
 * Numbers of rooms are their own counter: the next one is behind the newest,
 * and the commit checks that it is free.
 */
export class RoomMaker {
  readonly #ports: RoomMakerPorts;
  #wishes: Wish[] = [];
  #numberNext: number | undefined;
  #making = false;

  constructor(ports: RoomMakerPorts) {
    this.#ports = ports;
  }

  /**
   * Makes a room, or finds the one that there is.
   *
   * @throws {ChatError} `limit_rooms`, `too_long`, `busy`.
   */
  wish(draft: RoomDraft, numbered: boolean): Promise<Made> {
    const { promise, resolve, reject } = Promise.withResolvers<Made>();
    this.#wishes.push({ draft, numbered, resolve, reject, tries: 0 });
    if (!this.#making) this.#makeAll();
    return promise;
  }

  /** Never rejects. */
  async #makeAll(): Promise<void> {
    this.#making = true;
    const { capabilities, observer } = this.#ports;
    const count = Math.floor(
      (capabilities.checksPerCommit - 1) / CHECKS_PER_ROOM,
    );
    while (this.#wishes.length > 0) {
      const wishes = this.#wishes.splice(0, count);
      try {
        await this.#make(wishes);
      } catch (error) {
        observer.trouble("create room", error);
        for (const wish of wishes) wish.reject(failed(error));
      }
    }
    this.#making = false;
  }

  async #make(wishes: Wish[]): Promise<void> {
    const { kv, claim, known, capabilities } = this.#ports;
    await known.load();
    const wanted = this.#answerKnown(wishes);
    if (wanted.length === 0) return;
    const atomic = kv.atomic();
    claim.guard(atomic, []);
    const { records, numberNext } = await this.#number(wanted);
    for (const [id, { record, draft }] of records) {
      const number = keys.roomNumber(record.number);
      atomic.check({ key: keys.room(id), versionstamp: null })
        .check({ key: number, versionstamp: null })
        .set(keys.room(id), record)
        .set(number, id);
      if (draft.joined) atomic.set(keys.roomJoined(id), draft.at);
    }
    if (!capabilities.alone) addDirectoryNews(atomic);
    if (!await this.#commit(atomic)) return await this.#again(wanted);
    this.#numberNext = numberNext;
    for (const { record, draft } of records.values()) {
      known.made(record, draft);
    }
    this.#answer(wanted, records);
  }

  /** False: somebody else was there first, or we do not know. */
  async #commit(atomic: Deno.AtomicOperation): Promise<boolean> {
    const { pace } = this.#ports;
    try {
      const { ok } = await inTime(
        retryLocked(() => atomic.commit(), pace),
        this.#ports,
      );
      return ok;
    } catch (error) {
      if (error instanceof ReplyLost) return false;
      throw error;
    }
  }

  /** Gives each wanted room its record; two wishes for one id share it. */
  async #number(
    wanted: readonly Wish[],
  ): Promise<{ records: Records; numberNext: number }> {
    const records: Records = new Map();
    let next = await this.#nextNumber();
    for (const wish of wanted) {
      const { draft, numbered } = wish;
      if (!numbered && records.has(draft.id)) continue;
      let number = (numbered ? undefined : fixedNumber(draft.id)) ?? next++;
      // Somebody may have given a room a title that looks numbered.
      while (numbered && this.#ports.known.get(numberedId(draft.id, number))) {
        number = next++;
      }
      const id = numbered ? numberedId(draft.id, number) : draft.id;
      const record = recordOf({ ...draft, id }, number);
      records.set(id, { record, draft, wish });
    }
    return { records, numberNext: next };
  }

  #answer(wanted: readonly Wish[], records: Records): void {
    const byWish = new Map(
      Array.from(records.values(), ({ wish, record }) => [wish, record]),
    );
    for (const wish of wanted) {
      const own = byWish.get(wish);
      const record = own ?? records.get(wish.draft.id)?.record;
      if (record) wish.resolve({ record, isNew: own !== undefined });
    }
  }

  /** Answers what is known by now or over a limit; returns the others. */
  #answerKnown(wishes: readonly Wish[]): Wish[] {
    const { known, roomsMax, roomIdBytesMax } = this.#ports;
    let left = roomsMax - known.size;
    return wishes.filter((wish) => {
      const { draft, numbered } = wish;
      const found = numbered ? undefined : known.get(draft.id);
      // Room for the longest number.
      const longest = numberedId(draft.id, Number.MAX_SAFE_INTEGER);
      if (found) wish.resolve({ record: found, isNew: false });
      else if (numbered && utf8Length(longest) > roomIdBytesMax) {
        wish.reject(tooLong());
      } else if (left-- < 1 && !draft.isPermanent) {
        wish.reject(tooMany(roomsMax));
      } else return true;
      return false;
    });
  }

  /** Somebody else made one of them or took a number. */
  async #again(wishes: readonly Wish[]): Promise<void> {
    this.#numberNext = undefined;
    if (!await this.#ports.claim.holds()) throw writerReplaced();
    for (const wish of wishes) {
      wish.tries++;
      const { draft, numbered } = wish;
      const found = numbered
        ? undefined
        : await this.#ports.known.find(draft.id);
      if (found) wish.resolve({ record: found, isNew: false });
      else if (wish.tries < TRIES_MAX) this.#wishes.push(wish);
      else wish.reject(failed(undefined));
    }
  }

  async #nextNumber(): Promise<number> {
    if (this.#numberNext !== undefined) return this.#numberNext;
    const { kv } = this.#ports;
    const newest = kv.list<RoomId>(
      { prefix: keys.roomNumbers() },
      { limit: 1, reverse: true },
    );
    const { value } = await inTime(newest.next(), this.#ports);
    const last = value ? Number(value.key[1]) : 0;
    return Math.max(last, NUMBERED_ROOMS.length) + 1;
  }
}

type Records = Map<
  RoomId,
  { record: RoomRecord; draft: RoomDraft; wish: Wish }
>;

function numberedId(id: RoomId, number: number): RoomId {
  return `${id} (${number})` as RoomId;
}

function recordOf(draft: RoomDraft, number: number): RoomRecord {
  return {
    id: draft.id,
    number,
    title: draft.title,
    kind: draft.kind,
    via: draft.via,
    createdBy: draft.createdBy,
    createdAt: draft.at,
    epoch: 1,
    ...draft.isFleeting && { isFleeting: true },
  };
}

function failed(error: unknown): ChatError {
  if (error instanceof ChatError) return error;
  if (isFull(error)) {
    return new ChatError("storage_full", "Cannot create room: disk is full");
  }
  if (error === undefined || isLocked(error)) {
    return new ChatError("busy", "Cannot create room: storage is busy");
  }
  return new ChatError("storage_failed", "Cannot create room: storage failed");
}

function writerReplaced(): ChatError {
  return new ChatError("storage_failed", "Cannot create room: writer replaced");
}

function tooLong(): ChatError {
  return new ChatError(
    "too_long",
    "Cannot create room: its title is too long for a number behind it",
  );
}

function tooMany(roomsMax: number): ChatError {
  return new ChatError(
    "limit_rooms",
    `Cannot create room: there are ${roomsMax} already`,
  );
}
