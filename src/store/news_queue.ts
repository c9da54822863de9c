import { utf8Length } from "../core/text.ts";
import type { RoomId } from "../core/types.ts";
import type { SizedNews } from "./bell.ts";
import { keys } from "./keys.ts";
import { bytesMax } from "./size.ts";

/** Pieces of news that go into one commit, and as many records. */
export const NEWS_PER_COMMIT = 200;

/** Bytes of them in one commit, as estimated. */
const BYTES_PER_COMMIT = 200_000;

/** Bytes of their records' keys in one commit. */
export const NEWS_KEY_BYTES_PER_COMMIT = 32_000;

/** Bytes of such a key beside the room's id and what it is called by there. */
const KEY_FRAME_BYTES = 64;

/** Pieces of news that wait; what comes on top is kept only, and not told. */
const NEWS_WAITING_MAX = 2_000;

/** A record of this instance's. */
export interface OwnRecord {
  readonly room: RoomId | undefined;
  readonly key: string;
}

interface Waiting extends SizedNews {
  readonly record?: OwnRecord | undefined;
}

/** What the news queue needs. */
export interface NewsPorts {
  readonly instance: string;
  /** The value that a record has by now; absent: none. */
  readonly valueOf: (record: OwnRecord) => unknown;
}

/**
 * News of one lane that wait for a commit, with the records that go with them.
 *
 * Where the store is away it is bounded: of news that find no place the
 * records alone are written, and that is told, so that the others read all
 * records anew.
 */
export class NewsQueue {
  readonly #ports: NewsPorts;
  #waiting: Waiting[] = [];
  /** Records of which no news say anything; at most all that there are. */
  readonly #untold = new Map<string, OwnRecord>();
  /** Of the waiting, how many are in the commit that is under way. */
  #taken = 0;

  constructor(ports: NewsPorts) {
    this.#ports = ports;
  }

  /** Something waits. */
  get isDue(): boolean {
    return this.#waiting.length > 0 || this.#untold.size > 0;
  }

  /** Adds one; what is about no record may get lost. */
  push(news: unknown, record?: OwnRecord): void {
    if (this.#waiting.length >= NEWS_WAITING_MAX) {
      if (record) this.pushRecord(record);
      return;
    }
    this.#waiting.push({ news, bytes: bytesMax(news), record });
  }

  /** Adds a record that was changed without news. */
  pushRecord(record: OwnRecord): void {
    this.#untold.set(JSON.stringify([record.room, record.key]), record);
  }

  /** Adds the records of the next ones to a commit, and returns their news. */
  add(atomic: Deno.AtomicOperation): readonly SizedNews[] {
    this.#queueUntold();
    const { instance, valueOf } = this.#ports;
    let bytes = 0;
    let keyBytes = 0;
    const news: SizedNews[] = [];
    for (const { record, ...one } of this.#waiting) {
      const value = record && valueOf(record);
      bytes += one.bytes + (value === undefined ? 0 : bytesMax(value));
      if (record) keyBytes += keyBytesMax(record);
      const isFull = news.length === NEWS_PER_COMMIT ||
        bytes > BYTES_PER_COMMIT || keyBytes > NEWS_KEY_BYTES_PER_COMMIT;
      if (isFull && news.length > 0) break;
      news.push(one);
      if (!record) continue;
      const key = keys.kept(instance, record.room, record.key);
      if (value === undefined) atomic.delete(key);
      else atomic.set(key, value);
    }
    this.#taken = news.length;
    return news;
  }

  /** What was added last has landed. */
  landed(): void {
    this.#waiting = this.#waiting.slice(this.#taken);
    this.#taken = 0;
  }

  #queueUntold(): void {
    for (const [name, record] of this.#untold) {
      if (this.#waiting.length >= NEWS_PER_COMMIT) return;
      this.#untold.delete(name);
      this.#waiting.push({ bytes: 0, record });
    }
  }
}

function keyBytesMax({ room, key }: OwnRecord): number {
  return KEY_FRAME_BYTES + utf8Length(room ?? "") + utf8Length(key);
}
