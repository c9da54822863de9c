/** Counts the sessions of each user: one is online until its last one ends. */
export class Online {
  readonly #sessions = new Map<string, number>();

  /** Whether any session of that user lives. */
  has(user: string): boolean {
    return this.#sessions.has(user);
  }

  /** One more session of that user. */
  enter(user: string): void {
    this.#sessions.set(user, (this.#sessions.get(user) ?? 0) + 1);
  }

  /** One less. */
  leave(user: string): void {
    const left = (this.#sessions.get(user) ?? 0) - 1;
    if (left > 0) this.#sessions.set(user, left);
    else this.#sessions.delete(user);
  }
}
