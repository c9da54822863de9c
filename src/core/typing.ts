import type { Author } from "./types.ts";

/** How long somebody counts as typing who does not say so again, in ms. */
const TYPING_MS = 6_000;

/** The shortest time between two words about one member, in ms. */
const PAUSE_MS = 1_000;

/** How often other instances are told that somebody still types, in ms. */
const RENEW_MS = 3_000;

/** What is to be told of a member. */
export interface TypingNews {
  readonly user: Author;
  readonly on: boolean;
}

/** The same of a member whom this instance or another has. */
export interface TypistNews extends TypingNews {
  /** By a session here: the others must be told. */
  readonly isHere: boolean;
}

interface Typist {
  user: Author;
  /** What is so. */
  on: boolean;
  /** What the others were told last. */
  isTold: boolean;
  toldAtMs: number;
  untilMs: number;
  /** By a session of this instance. */
  isHere: boolean;
  /** When other instances were told last that it types. */
  sharedAtMs: number;
}

/** Who is typing in a room. */
export class Typing {
  readonly #typists = new Map<string, Typist>();

  /** Nobody is, as far as the others know too. */
  get isEmpty(): boolean {
    return this.#typists.size === 0;
  }

  /** A member types, or does not; what is to be told of it now, if anything. */
  set(
    { user, on, isHere }: TypistNews,
    nowMs: number,
  ): TypistNews | undefined {
    const known = this.#typists.get(user.id);
    if (!known && !on) return undefined;
    const typist = known ?? {
      user,
      on,
      isTold: false,
      toldAtMs: -Infinity,
      untilMs: 0,
      isHere,
      sharedAtMs: -Infinity,
    };
    typist.user = user;
    typist.on = on;
    typist.isHere = isHere;
    typist.untilMs = nowMs + TYPING_MS;
    this.#typists.set(user.id, typist);
    return this.#news(typist, nowMs);
  }

  /**
   * A member has said what it typed, and types no more. That is told at once,
   * and what was held back is not told at all.
   */
  end(userId: string, nowMs: number): TypistNews | undefined {
    const typist = this.#typists.get(userId);
    if (!typist) return undefined;
    typist.on = false;
    if (!typist.isTold) return undefined;
    typist.isTold = false;
    typist.toldAtMs = nowMs;
    return { user: typist.user, on: false, isHere: typist.isHere };
  }

  /** Whether other instances are to be told again that a member types. */
  isRenewalDue(userId: string, nowMs: number): boolean {
    const typist = this.#typists.get(userId);
    if (!typist?.on || !typist.isTold) return false;
    if (nowMs - typist.sharedAtMs < RENEW_MS) return false;
    typist.sharedAtMs = nowMs;
    return true;
  }

  /** What has become due: an end that nobody said, or a word that was held back. */
  lapse(nowMs: number): TypistNews[] {
    const all: TypistNews[] = [];
    for (const typist of this.#typists.values()) {
      if (nowMs >= typist.untilMs) typist.on = false;
      const news = this.#news(typist, nowMs);
      if (news) all.push(news);
    }
    return all;
  }

  /** Forgets all. */
  clear(): void {
    this.#typists.clear();
  }

  #news(typist: Typist, nowMs: number): TypistNews | undefined {
    const { user, on, isTold, toldAtMs, isHere } = typist;
    const isOld = nowMs - toldAtMs >= PAUSE_MS;
    if (!on && !isTold && isOld) this.#typists.delete(user.id);
    if (on === isTold || !isOld) return undefined;
    typist.isTold = on;
    typist.toldAtMs = nowMs;
    if (on) typist.sharedAtMs = nowMs;
    return { user, on, isHere };
  }
}
