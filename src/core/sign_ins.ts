import type { AccountStore, Secrets } from "./accounts.ts";
import type { Participant } from "./participant.ts";
import type { Clock, Observer } from "./ports.ts";
import type { ToNeighbours } from "./to_neighbours.ts";

/**
 * How long it is known that an access key was revoked, in ms: for sessions
 * that looked it up before, and for instances that were not told at once.
 */
const ENDED_KEPT_MS = 600_000;

/** What signing out needs. */
export interface SignInsPorts {
  readonly accounts: Pick<AccountStore, "revoke">;
  readonly secrets: Pick<Secrets, "digest">;
  readonly neighbours: ToNeighbours;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** When an access key ended, by a monotonic clock. */
interface Ended {
  readonly atMs: number;
  /** It was revoked here. */
  readonly isOwn: boolean;
}

/**
 * Which sessions live by which access keys. Whoever signs out signs out all
 * who live by the same one, on every instance: the tabs that share it, and not
 * the telephone that has its own.
 */
export class SignIns {
  readonly #ports: SignInsPorts;
  /** By digest of the access key. */
  readonly #sessions = new Map<string, Set<Participant>>();
  readonly #keys = new Map<Participant, Set<string>>();
  /** Oldest first. */
  readonly #ended = new Map<string, Ended>();

  constructor(ports: SignInsPorts) {
    this.#ports = ports;
  }

  /** Whether that access key was revoked of late: whatever the store said before. */
  hasEnded(accessKey: string): boolean {
    return this.#ended.has(this.#digest(accessKey));
  }

  /** The session lives by that access key, beside what else it lives by. */
  enter(who: Participant, accessKey: string): void {
    const digest = this.#digest(accessKey);
    const keys = this.#keys.get(who);
    if (keys) keys.add(digest);
    else this.#keys.set(who, new Set([digest]));
    const sessions = this.#sessions.get(digest);
    if (sessions) sessions.add(who);
    else this.#sessions.set(digest, new Set([who]));
  }

  /** It lives by none. */
  leave(who: Participant): void {
    const digests = this.#keys.get(who) ?? [];
    this.#keys.delete(who);
    for (const digest of digests) this.#remove(digest, who);
  }

  /** Whether it lives by one. */
  has(who: Participant): boolean {
    return this.#keys.has(who);
  }

  /**
   * Revokes all that the session lives by. It knows; others that live by
   * nothing else are told (`Participant.onSignedOut`).
   *
   * @throws {ChatError} As the store does; then some may be revoked.
   */
  async revoke(who: Participant): Promise<void> {
    const { accounts, neighbours } = this.#ports;
    for (const digest of Array.from(this.#keys.get(who) ?? [])) {
      await accounts.revoke(digest);
      this.#remove(digest, who);
      this.#keys.get(who)?.delete(digest);
      neighbours.signedOut(digest, false);
      this.#end(digest, true);
    }
    this.leave(who);
  }

  /** An access key was revoked on another instance. */
  ended(digest: string): void {
    if (!this.#ended.has(digest)) this.#end(digest, false);
  }

  /** To be called every second or so. */
  tick(): void {
    const nowMs = this.#ports.clock.elapsed();
    for (const [digest, { atMs, isOwn }] of this.#ended) {
      if (nowMs - atMs < ENDED_KEPT_MS) return;
      this.#ended.delete(digest);
      if (isOwn) this.#ports.neighbours.signedOut(digest, true);
    }
  }

  #end(digest: string, isOwn: boolean): void {
    const { clock, observer } = this.#ports;
    this.#ended.set(digest, { atMs: clock.elapsed(), isOwn });
    for (const session of Array.from(this.#sessions.get(digest) ?? [])) {
      this.#remove(digest, session);
      const keys = this.#keys.get(session);
      keys?.delete(digest);
      if (keys && keys.size > 0) continue;
      this.#keys.delete(session);
      try {
        session.onSignedOut();
      } catch (error) {
        observer.bug("sign out session", error);
      }
    }
  }

  #remove(digest: string, who: Participant): void {
    const sessions = this.#sessions.get(digest);
    sessions?.delete(who);
    if (sessions?.size === 0) this.#sessions.delete(digest);
  }

  #digest(accessKey: string): string {
    return this.#ports.secrets.digest(accessKey);
  }
}
