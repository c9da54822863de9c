import { roomClosed, roomMissing } from "./errors.ts";
import type { Hub } from "./hub.ts";
import type { Limits } from "./limits.ts";
import type { LiveRoom } from "./live_room.ts";
import { seqOfOrder } from "./message_search.ts";
import type { RoomLog } from "./ports.ts";
import type { HistoryPage, HistoryRequest } from "./requests.ts";
import {
  type Entry,
  isDeleted,
  type MessageEntry,
  type Position,
  type RoomId,
} from "./types.ts";

/** Entries read at a time beside those that are asked for. */
const WALK_ENTRIES = 200;

/** Entries that are looked at for one page; there may be more behind them. */
const LOOKED_AT_MAX = 2_000;

/** Where a page is: one of these, or the newest messages. */
export interface PageWish {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly around?: number | undefined;
  readonly limit: number;
}

/** Some messages, oldest first, deleted ones among them, without their text. */
export interface MessagePage {
  readonly epoch: number;
  readonly messages: readonly MessageEntry[];
  /** There are older ones. */
  readonly hasBefore: boolean;
  /** There are newer ones. */
  readonly hasAfter: boolean;
  /** Where to look on: a page before or after that seq. */
  readonly next: { readonly before: number; readonly after: number };
}

interface Found {
  /** In the order in which they were looked for. */
  readonly messages: MessageEntry[];
  /** There is another one, or may be. */
  readonly hasMore: boolean;
  /** The seq as far as which was looked. */
  readonly reached: number;
}

/** What paging needs. */
export interface PagesPorts {
  readonly hub: Hub;
  readonly log: RoomLog;
  readonly limits: Limits;
}

/** Reads messages that were said before, as they are by now. */
export class MessagePages {
  readonly #ports: PagesPorts;

  constructor(ports: PagesPorts) {
    this.#ports = ports;
  }

  /**
   * One page by seqs.
   *
   * @throws {ChatError} `room_missing`, `room_closed`, `storage_failed`.
   */
  async read(id: RoomId, wish: PageWish): Promise<MessagePage> {
    const room = await this.#ports.hub.find(id);
    if (!room) throw roomMissing("read", id);
    if (room.closed) throw roomClosed("read", id);
    const { epoch, seq } = room.tail;
    const { before = Infinity, after, around } = wish;
    const { HISTORY_PAGE_MESSAGES_MAX } = this.#ports.limits;
    const limit = Math.min(wish.limit, HISTORY_PAGE_MESSAGES_MAX);
    // The place between what is older and what is newer, and the share of each.
    const middle = Math.min(around ?? (after ?? Infinity) + 1, before, seq + 1);
    const share = around !== undefined
      ? Math.floor(limit / 2)
      : after !== undefined
      ? 0
      : limit;
    const older = await this.#older(room, { epoch, seq: middle, limit: share });
    const newer = await this.#newer(room, {
      epoch,
      seq: middle - 1,
      limit: after === undefined && around === undefined ? 0 : limit - share,
    });
    return {
      epoch,
      messages: [...older.messages.reverse(), ...newer.messages],
      hasBefore: older.hasMore,
      hasAfter: newer.hasMore,
      next: { before: older.reached, after: newer.reached },
    };
  }

  /** The newest messages that are not deleted, newest first. */
  async newest(id: RoomId, limit: number): Promise<readonly MessageEntry[]> {
    const room = await this.#ports.hub.find(id);
    if (!room) return [];
    const { epoch, seq } = room.tail;
    const wish = { epoch, seq: seq + 1, limit, isLive: true };
    return (await this.#older(room, wish)).messages;
  }

  /**
   * A page by order, newest first, without the deleted ones. Where some are to
   * be skipped those keep their places, so that no two pages overlap.
   *
   * @returns Nothing if there is no such room.
   */
  async byOrder(
    id: RoomId,
    request: HistoryRequest,
  ): Promise<HistoryPage | undefined> {
    const { skip, before = Infinity, limit, fits = () => true } = request;
    const room = await this.#ports.hub.find(id);
    if (!room) return undefined;
    const total = room.order;
    const { epoch, seq } = room.tail;
    const newest = Math.min(total - (skip ?? 0), before - 1);
    // A message is never before its own count, so that this is behind it.
    let place = newest + seq - total + 1;
    const messages: MessageEntry[] = [];
    const page = () => ({ open: !room.closed, total, messages });
    let taken = 0;
    while (taken < limit && place > 1) {
      const max = Math.min(limit - taken, WALK_ENTRIES);
      const from = { epoch, seq: place };
      const entries = await this.#ports.log.readBefore(id, from, max);
      const isFruitless = entries.every(({ kind }) => kind !== "message");
      for (const entry of entries) {
        place = entry.seq;
        if (entry.kind !== "message" || entry.order > newest) continue;
        if (isDeleted(entry)) {
          if (skip !== undefined) taken++;
          continue;
        }
        if (!fits(entry)) return page();
        taken++;
        messages.push(entry);
      }
      const last = entries.at(-1);
      if (!last) break;
      if (isFruitless) place = await this.#behindMessage(room, last);
    }
    return page();
  }

  /** The place behind the newest message before an entry that is none. */
  async #behindMessage(
    room: LiveRoom,
    { epoch, seq, order }: Entry,
  ): Promise<number> {
    if (order === 0) return 1;
    const { log } = this.#ports;
    const wish = { order, from: { epoch, seq } };
    const found = await seqOfOrder(log, room.record.id, wish);
    return Math.min(seq, found + 1);
  }

  /** Messages before a place, newest first. */
  #older(room: LiveRoom, walk: Walk): Promise<Found> {
    const { log } = this.#ports;
    const { id } = room.record;
    return walked(walk, {
      read: (from, max) => log.readBefore(id, from, max),
      pass: (entry) => this.#behindMessage(room, entry),
    });
  }

  /** Messages after a place, as far as the room's sessions were told. */
  #newer(room: LiveRoom, walk: Walk): Promise<Found> {
    const { log } = this.#ports;
    const { id } = room.record;
    return walked(walk, {
      read: async (from, max) => {
        const entries = await log.readAfter(id, from, max);
        return entries.filter((entry) => room.hasTold(entry));
      },
    });
  }
}

interface Walk extends Position {
  readonly limit: number;
  /** Deleted messages are passed over. */
  readonly isLive?: boolean;
}

interface Reading {
  read(from: Position, max: number): Promise<readonly Entry[]>;
  /** Passes over what is no message, behind an entry that is none. */
  pass?(entry: Entry): Promise<number>;
}

/** Collects messages from a place on, and looks for one more. */
async function walked(
  { epoch, seq, limit, isLive = false }: Walk,
  { read, pass }: Reading,
): Promise<Found> {
  const messages: MessageEntry[] = [];
  let place = seq;
  let reached = seq;
  let looked = 0;
  while (looked < LOOKED_AT_MAX) {
    const max = Math.max(limit - messages.length + 1, looked && WALK_ENTRIES);
    const entries = await read({ epoch, seq: place }, max);
    for (const entry of entries) {
      place = entry.seq;
      if (entry.kind !== "message" || isLive && isDeleted(entry)) continue;
      if (messages.length === limit) {
        return { messages, hasMore: true, reached };
      }
      messages.push(entry);
      reached = place;
    }
    if (entries.length < max) return { messages, hasMore: false, reached };
    looked += entries.length;
    const last = entries.at(-1);
    if (!pass || !last) continue;
    if (entries.some(({ kind }) => kind === "message")) continue;
    place = await pass(last);
  }
  return { messages, hasMore: true, reached: place };
}
