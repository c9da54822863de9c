/** The steps of a stop, in order. */
export interface StopSteps {
  /** Says that no work is wanted any more. */
  refuseNew(): void;
  /** Resolves when all that was accepted is on disk. */
  flush(): Promise<void>;
  /** Ends all sockets, spread over at most so many ms; resolves when it has. */
  closeSockets(withinMs: number): Promise<void>;
  /** Resolves when the listeners have ended; a peer may keep them from it. */
  stopListening(): Promise<void>;
  closeStore(): Promise<void> | void;
  exit(code: number): void;
}

/** The part of the deadline by which what was accepted should be on disk. */
const FLUSH_UNTIL = 1 / 8;

/** The part of the deadline over which sockets are ended. */
const SPREAD = 1 / 2;

/** The part of the deadline by which their last words should be on disk. */
const LAST_FLUSH_UNTIL = 3 / 4;

/** The part of the deadline up to which peers are waited for. */
const PEERS_UNTIL = 7 / 8;

/** Carries out a stop within a deadline, once, whatever the peers do. */
export class Shutdown {
  readonly #steps: StopSteps;
  readonly #deadlineMs: number;
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  #started = false;

  constructor(steps: StopSteps, deadlineMs: number) {
    this.#steps = steps;
    this.#deadlineMs = deadlineMs;
  }

  /** A stop is under way. */
  get started(): boolean {
    return this.#started;
  }

  /** Stops the process; a second call ends it at once. */
  async run(code: number): Promise<void> {
    const steps = this.#steps;
    if (this.#started) return steps.exit(code);
    this.#started = true;
    steps.refuseNew();
    try {
      await Promise.race([this.#orderly(), this.#until(1)]);
    } finally {
      for (const timer of this.#timers) clearTimeout(timer);
      steps.exit(code);
    }
  }

  /** A step that hangs must not keep the next ones from being taken. */
  async #orderly(): Promise<void> {
    const steps = this.#steps;
    const [flushed, lastFlushed, listened] = [
      this.#until(FLUSH_UNTIL),
      this.#until(LAST_FLUSH_UNTIL),
      this.#until(PEERS_UNTIL),
    ];
    await Promise.race([steps.flush(), flushed]);
    await steps.closeSockets(SPREAD * this.#deadlineMs);
    // What the sockets had handed over until now.
    await Promise.race([steps.flush(), lastFlushed]);
    await Promise.race([steps.stopListening(), listened]);
    await steps.closeStore();
  }

  /** Resolves when so much of the deadline, counted from now, is over. */
  #until(part: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#timers.push(setTimeout(resolve, part * this.#deadlineMs));
    return promise;
  }
}
