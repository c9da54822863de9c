/**
 * What an instance tells the others in each commit of a lane.
 *
 * A bell is one value, and who watches it sees its newest state only: so it
 * says what the last few commits were about, and how far back that reaches.
 * The log is the truth; whoever was overtaken looks there.
 *
 * @module
 */
import type { RoomId } from "../core/types.ts";
import type { Slice } from "./batch.ts";
import type { Chunk } from "./keys.ts";

/** Bytes of entries that ride in a bell, as estimated. */
const INLINE_BYTES = 4_096;

/** Rooms that a bell names. */
const RECENT_ROOMS = 64;

/** Bytes of what names them, as estimated. */
const RECENT_BYTES = 8_192;

/** Pieces of news that a bell carries. */
const NEWS_ITEMS = 64;

/** Bytes of them, as estimated. */
const NEWS_BYTES = 16_384;

/** Bytes of a room in a bell beside its id. */
const RECENT_FRAME_BYTES = 48;

/** The newest entry of a room that a commit of this lane has written. */
export interface Recent {
  /** Which commit that was. */
  readonly n: number;
  readonly room: RoomId;
  readonly epoch: number;
  /** The first of those that were written one after the other up to `seq`. */
  readonly from: number;
  readonly seq: number;
  /** The newest ones there, contiguous, where they fit. */
  readonly inline?: Inline;
}

/** Entries that ride in a bell. */
interface Inline {
  readonly entries: Chunk;
  /** As estimated. */
  readonly bytes: number;
}

/** A piece of news as it waits and travels. */
export interface SizedNews {
  /** Absent: there was some that is not told, but kept. */
  readonly news?: unknown;
  readonly bytes: number;
}

/** The value of a bell's key. */
export interface Bell {
  /** Counts the commits that have landed. */
  readonly n: number;
  /** The try that wrote it: no two tries bear the same. */
  readonly attempt: string;
  /** When it was written, ms since the epoch. */
  readonly at: number;
  /** Of commits up to this one, `recent` does not say everything. */
  readonly low: number;
  /** One per room, newest last. */
  readonly recent: readonly Recent[];
  /** Rooms in which it is to get its turn. */
  readonly wants: readonly RoomId[];
  /** Counts all news that were told. */
  readonly newsEnd: number;
  /** The newest of them, contiguous. */
  readonly news: readonly SizedNews[];
}

/** Before the first commit. */
export const SILENT_BELL: Bell = {
  n: 0,
  attempt: "",
  at: 0,
  low: 0,
  recent: [],
  wants: [],
  newsEnd: 0,
  news: [],
};

/** What is added to a bell by a commit. */
export interface Strike {
  readonly attempt: string;
  readonly at: number;
  readonly slices: readonly Slice[];
  readonly wants: readonly RoomId[];
  readonly news: readonly SizedNews[];
}

/** The bell that a commit writes. */
export function struck(bell: Bell, strike: Strike): Bell {
  const { attempt, at, slices, wants, news } = strike;
  const n = bell.n + 1;
  return {
    n,
    attempt,
    at,
    wants,
    ...recentOf(bell, n, slices),
    newsEnd: bell.newsEnd + news.length,
    news: newestNews([...bell.news, ...news]),
  };
}

function recentOf(
  bell: Bell,
  n: number,
  slices: readonly Slice[],
): Pick<Bell, "low" | "recent"> {
  const before = new Map(bell.recent.map((one) => [one.room, one]));
  const written: Recent[] = [];
  for (const slice of slices) {
    const first = slice.entries[0];
    const last = slice.entries.at(-1);
    if (!first || !last) continue;
    const { room } = slice;
    const { epoch, seq } = last;
    const known = before.get(room);
    const isNext = known?.epoch === epoch && known.seq + 1 === first.seq;
    const from = isNext ? known.from : epoch === first.epoch ? first.seq : 1;
    const inline = joined(isNext ? known.inline : undefined, inlineOf(slice));
    before.delete(room);
    written.push({ n, room, epoch, from, seq, inline });
  }
  return trimmed(bell.low, [...before.values(), ...written]);
}

/** What fits, the newest first. */
function trimmed(
  lowBefore: number,
  all: readonly Recent[],
): Pick<Bell, "low" | "recent"> {
  let low = lowBefore;
  let bytes = 0;
  let inlineBytes = 0;
  const recent: Recent[] = [];
  for (const one of all.toReversed()) {
    bytes += bytesOf(one);
    if (recent.length === RECENT_ROOMS || bytes > RECENT_BYTES) {
      low = Math.max(low, one.n);
      continue;
    }
    inlineBytes += one.inline?.bytes ?? 0;
    recent.push(inlineBytes > INLINE_BYTES ? withoutEntries(one) : one);
  }
  return { low, recent: recent.reverse() };
}

function inlineOf({ entries, pending }: Slice): Inline {
  const bytes = pending.reduce((sum, one) => sum + one.bytes, 0);
  return { entries, bytes };
}

/** With those right before them, unless they change what those say. */
function joined(before: Inline | undefined, now: Inline): Inline {
  if (!before || before.bytes + now.bytes > INLINE_BYTES) return now;
  if (now.entries.some(({ kind }) => kind !== "message")) return now;
  const entries = [...before.entries, ...now.entries];
  return { entries, bytes: before.bytes + now.bytes };
}

function bytesOf({ room }: Recent): number {
  return RECENT_FRAME_BYTES + room.length * 2;
}

function withoutEntries({ inline: _, ...rest }: Recent): Recent {
  return rest;
}

/** As many as fit; none from before one that is not told. */
function newestNews(all: readonly SizedNews[]): SizedNews[] {
  const newest: SizedNews[] = [];
  let bytes = 0;
  for (const one of all.toReversed()) {
    bytes += one.bytes;
    const isFull = newest.length === NEWS_ITEMS || bytes > NEWS_BYTES;
    if (isFull || one.news === undefined) break;
    newest.push(one);
  }
  return newest.reverse();
}
