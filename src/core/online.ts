import type { Elsewhere } from "./elsewhere.ts";
import { frame } from "./encoder.ts";
import type { Signal } from "./events.ts";
import type { Participant } from "./participant.ts";
import type { Timers } from "./ports.ts";
import type { ToNeighbours } from "./to_neighbours.ts";
import type { Author } from "./types.ts";

/**
 * The pause in which changes are gathered that other instances are told of, in
 * ms: who is online for one request is not worth a word.
 */
const PAUSE_MS = 100;

/** What being online needs. */
export interface OnlinePorts {
  readonly elsewhere: Elsewhere;
  readonly neighbours: ToNeighbours;
  readonly timers: Timers;
}

/**
 * The sessions of each user: one is online until its last one ends, on
 * whichever instance.
 */
export class Online {
  readonly #ports: OnlinePorts;
  readonly #sessions = new Map<string, Set<Participant>>();
  /** Who others know to be online here. */
  readonly #told = new Set<string>();
  /** Of whom they may have to be told something. */
  readonly #changed = new Set<string>();

  constructor(ports: OnlinePorts) {
    this.#ports = ports;
  }

  /** Whether any session of that user lives. */
  has(user: string): boolean {
    return this.#sessions.has(user) || this.isElsewhere(user);
  }

  /** Whether one of another instance does. */
  isElsewhere(user: string): boolean {
    return this.#ports.elsewhere.user(user) !== undefined;
  }

  /** The user of that id, if it is online. */
  user(id: string): Author | undefined {
    return this.#here(id) ?? this.#ports.elsewhere.user(id);
  }

  /** The sessions of that user on this instance. */
  sessions(user: string): Iterable<Participant> {
    return this.#sessions.get(user) ?? [];
  }

  /** Tells those of them that are meant, as each writes it or not at all. */
  tell(
    user: string,
    signal: Signal,
    isMeant: (session: Participant) => boolean,
  ): void {
    for (const session of this.sessions(user)) {
      if (!isMeant(session)) continue;
      const texts = session.encoder.encode([signal]);
      for (const text of texts) session.link.send(frame(text));
    }
  }

  /** One more session of that user. */
  enter(user: string, session: Participant): void {
    const sessions = this.#sessions.get(user);
    if (sessions) sessions.add(session);
    else {
      this.#sessions.set(user, new Set([session]));
      this.changed(user);
    }
  }

  /** One less. */
  leave(user: string, session: Participant): void {
    const sessions = this.#sessions.get(user);
    sessions?.delete(session);
    if (sessions?.size !== 0) return;
    this.#sessions.delete(user);
    this.changed(user);
  }

  /** The user has come, gone, or goes by another name. */
  changed(user: string): void {
    const { neighbours, timers } = this.#ports;
    if (neighbours.alone) return;
    this.#changed.add(user);
    if (this.#changed.size === 1) timers.after(PAUSE_MS, () => this.#flush());
  }

  #flush(): void {
    const { neighbours } = this.#ports;
    for (const id of this.#changed) {
      const user = this.#here(id);
      if (user) {
        this.#told.add(id);
        neighbours.online(user);
      } else if (this.#told.delete(id)) neighbours.offline(id);
    }
    this.#changed.clear();
  }

  #here(id: string): Author | undefined {
    for (const { identity } of this.sessions(id)) {
      if (identity) return identity;
    }
    return undefined;
  }
}
