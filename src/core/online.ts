import type { Participant } from "./participant.ts";

/** The sessions of each user: one is online until its last one ends. */
export class Online {
  readonly #sessions = new Map<string, Set<Participant>>();

  /** Whether any session of that user lives. */
  has(user: string): boolean {
    return this.#sessions.has(user);
  }

  /** The sessions of that user. */
  sessions(user: string): Iterable<Participant> {
    return this.#sessions.get(user) ?? [];
  }

  /** One more session of that user. */
  enter(user: string, session: Participant): void {
    const sessions = this.#sessions.get(user);
    if (sessions) sessions.add(session);
    else this.#sessions.set(user, new Set([session]));
  }

  /** One less. */
  leave(user: string, session: Participant): void {
    const sessions = this.#sessions.get(user);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#sessions.delete(user);
  }
}
