import type {
  DirectSignal,
  JoinedSignal,
  LeftSignal,
  ReadSignal,
  RenamedSignal,
  TypingSignal,
} from "./events.ts";
import type {
  DescribedNews,
  Kept,
  News,
  NewsOfMember,
} from "./neighbour_news.ts";
import { type NeighboursPort, NEWS_BYTES_MAX } from "./neighbours.ts";
import type { Clock } from "./ports.ts";
import { TokenBucket } from "./token_bucket.ts";
import type { Author, Extra, Json, Member, SessionId } from "./types.ts";
import type { RoomId } from "./types.ts";

/** Names, ids and the rest, at most. */
const ENVELOPE_BYTES = 2_048;

/** What only one dialect knows of a member or of what it did, at most. */
const EXTRA_BYTES = NEWS_BYTES_MAX - ENVELOPE_BYTES;

/** Words about who types, of all rooms; others are not told of more. */
const TYPING_RATE = { perSecond: 200, burst: 400 };

/** What telling needs. */
export interface ToNeighboursPorts {
  readonly neighbours: NeighboursPort<News, Kept>;
  readonly clock: Clock;
}

/**
 * Tells other instances what no log holds, as they must know it; nothing where
 * there are none. Never throws.
 */
export class ToNeighbours {
  readonly #port: NeighboursPort<News, Kept>;
  readonly #clock: Clock;
  readonly #typing: TokenBucket;

  constructor({ neighbours, clock }: ToNeighboursPorts) {
    this.#port = neighbours;
    this.#clock = clock;
    this.#typing = new TokenBucket(TYPING_RATE, clock.elapsed());
  }

  /** Nobody else is there. */
  get alone(): boolean {
    return this.#port.alone;
  }

  joined(life: number, signal: JoinedSignal): void {
    if (!this.alone) this.#tellMember({ ...slim(signal), life });
  }

  left(life: number, { member, ...signal }: LeftSignal): void {
    if (this.alone) return;
    const { about: _about, ...rest } = member;
    const news = { ...slim({ ...signal, member: rest }), life };
    this.#tellEnd(news, member.session);
  }

  renamed(life: number, signal: RenamedSignal): void {
    if (!this.alone) this.#tellMember({ ...slim(signal), life });
  }

  described(life: number, news: DescribedNews): void {
    if (!this.alone) this.#tellMember({ ...slim(news), life });
  }

  /** Sessions are members no more because their room is closed. */
  evicted(room: RoomId, life: number, sessions: Iterable<SessionId>): void {
    if (this.alone) return;
    for (const session of sessions) {
      this.#tellEnd({ kind: "evicted", room, life, session }, session);
    }
  }

  /** Of little worth: of very much of it not all is told. */
  typing(life: number, signal: TypingSignal): void {
    if (this.alone || this.#typing.take(this.#clock.elapsed()) > 0) return;
    this.#port.tell({ room: signal.room, news: { ...signal, life } });
  }

  /** Something for the sessions of a user. */
  forUser(user: string, signal: ReadSignal | DirectSignal): void {
    if (this.alone) return;
    const news = { kind: "for_user", user, signal } as const;
    this.#port.tell({ room: signal.room, news });
  }

  online(user: Author): void {
    if (this.alone) return;
    const news = { kind: "online", user } as const;
    this.#port.tell({ news, keep: { key: onlineKey(user.id), value: news } });
  }

  offline(user: string): void {
    if (this.alone) return;
    const keep = { key: onlineKey(user) };
    this.#port.tell({ news: { kind: "offline", user }, keep });
  }

  /**
   * An access key was revoked; who cannot be told now must be told as soon as
   * it can. `isOver`: nobody can have missed it any more.
   */
  signedOut(access: string, isOver: boolean): void {
    if (this.alone) return;
    const news = { kind: "signed_out", access } as const;
    const key = `signed_out/${access}`;
    const keep = isOver ? { key } : { key, value: news };
    this.#port.tell({ news, keep });
  }

  #tellMember(
    news: NewsOfMember & { readonly via: string; readonly member: Member },
  ): void {
    const { room, life, via, member } = news;
    const value = { kind: "member", life, via, member } as const;
    this.#port.tell({ room, news, keep: { key: member.session, value } });
  }

  #tellEnd(news: NewsOfMember, key: SessionId): void {
    this.#port.tell({ room: news.room, news, keep: { key } });
  }
}

function onlineKey(user: string): string {
  return `online/${user}`;
}

/** Without what only one dialect knows, where that is too much to be told. */
function slim<S extends { readonly member: Member; readonly extra?: Extra }>(
  signal: S,
): S {
  const { member: { about, ...member }, extra, ...rest } = signal;
  const aboutBytes = bytesMax(about);
  const hasAbout = about !== undefined && aboutBytes <= EXTRA_BYTES;
  const left = EXTRA_BYTES - (hasAbout ? aboutBytes : 0);
  const hasExtra = extra !== undefined && bytesMax(extra) <= left;
  return {
    ...rest,
    member: { ...member, ...hasAbout && { about } },
    ...hasExtra && { extra },
  } as S;
}

/** At least as many bytes as a value takes in a structured clone. */
function bytesMax(value: Json | undefined): number {
  if (value === undefined) return 0;
  if (typeof value === "string") return textBytes(value);
  if (typeof value !== "object" || value === null) return VALUE_BYTES;
  let bytes = VALUE_BYTES;
  for (const [key, item] of Object.entries(value)) {
    bytes += textBytes(key) + bytesMax(item);
  }
  return bytes;
}

/** A number, or what is around a text, a list or an object. */
const VALUE_BYTES = 10;

const ONE_BYTE_UNITS = /^[\0-\xff]*$/;

function textBytes(text: string): number {
  const bytesPerUnit = ONE_BYTE_UNITS.test(text) ? 1 : 2;
  return VALUE_BYTES + bytesPerUnit * text.length;
}
