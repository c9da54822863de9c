import type { Author, Member, SessionId } from "./types.ts";

/**
 * How long a user whose last socket was lost still counts as present, in ms:
 * a reload or a tunnel is no departure.
 */
export const GRACE_MS = 5_000;

/** A user in a room, over all of its sessions and dialects. */
export interface Present {
  readonly author: Author;
  /** 0: its socket was lost of late. */
  readonly sessions: number;
}

interface User {
  author: Author;
  readonly sessions: Set<SessionId>;
  /** When its last socket was lost, by a monotonic clock. */
  lostAtMs: number | undefined;
}

/**
 * Who is in a room, by user: one is present until the last of its sessions
 * leaves.
 */
export class Presence {
  readonly #users = new Map<string, User>();
  #lost = 0;
  /** Counts the changes: the same number means the same users. */
  version = 0;
  /** The room's size has changed since it was last told. */
  isCountDue = false;

  /** Users in the room. */
  get count(): number {
    return this.#users.size;
  }

  /** Something may have to be told later. */
  get isPending(): boolean {
    return this.#lost > 0 || this.isCountDue;
  }

  /** Up to `max` of them, in the order in which they came. */
  list(max: number): Present[] {
    const users = this.#users.values().take(max);
    return Array.from(users, ({ author, sessions }) => ({
      author,
      sessions: sessions.size,
    }));
  }

  /** One more session; whether its user was not here. */
  enter({ session, author }: Member): boolean {
    const user = this.#users.get(author.id);
    if (user) {
      this.#found(user);
      user.author = author;
      user.sessions.add(session);
      return false;
    }
    const sessions = new Set([session]);
    this.#users.set(author.id, { author, sessions, lostAtMs: undefined });
    this.version++;
    return true;
  }

  /**
   * One session less; whether its user is gone by that.
   *
   * @param lostAtMs When its socket was lost; absent: it said that it leaves.
   */
  leave({ session, author }: Member, lostAtMs?: number): boolean {
    const user = this.#users.get(author.id);
    if (!user?.sessions.delete(session) || user.sessions.size > 0) return false;
    if (lostAtMs === undefined) return this.#remove(author.id);
    user.lostAtMs = lostAtMs;
    this.#lost++;
    return false;
  }

  /** A member goes by another name. */
  rename({ author }: Member): void {
    const user = this.#users.get(author.id);
    if (!user) return;
    user.author = author;
    this.version++;
  }

  /** Removes those who did not come back in time, and says who they were. */
  lapse(nowMs: number): Author[] {
    if (this.#lost === 0) return [];
    const lapsed = Array.from(this.#users.values()).filter(({ lostAtMs }) =>
      lostAtMs !== undefined && nowMs - lostAtMs >= GRACE_MS
    );
    for (const user of lapsed) {
      this.#found(user);
      this.#remove(user.author.id);
    }
    return lapsed.map(({ author }) => author);
  }

  /** Forgets all. */
  clear(): void {
    this.#users.clear();
    this.#lost = 0;
    this.isCountDue = false;
    this.version++;
  }

  #found(user: User): void {
    if (user.lostAtMs === undefined) return;
    user.lostAtMs = undefined;
    this.#lost--;
  }

  #remove(id: string): true {
    this.#users.delete(id);
    this.version++;
    return true;
  }
}
