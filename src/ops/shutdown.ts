/** The steps of a stop, in order. */
export interface StopSteps {
  /** Says that no work is wanted any more. */
  refuseNew(): void;
  /** Resolves when all that was accepted is on disk. */
  flush(): Promise<void>;
  /** Ends all sockets. */
  closeSockets(): void;
  /** Resolves when the listeners have ended; a peer may keep them from it. */
  stopListening(): Promise<void>;
  closeStore(): Promise<void> | void;
  exit(code: number): void;
}

/** Carries out a stop within a deadline, once, whatever the peers do. */
export class Shutdown {
  readonly #steps: StopSteps;
  readonly #deadlineMs: number;
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
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, this.#deadlineMs);
    steps.refuseNew();
    try {
      await Promise.race([this.#orderly(), late.promise]);
    } finally {
      clearTimeout(timer);
      steps.exit(code);
    }
  }

  async #orderly(): Promise<void> {
    const steps = this.#steps;
    await steps.flush();
    steps.closeSockets();
    // What the sockets had handed over until now.
    await steps.flush();
    await steps.stopListening();
    await steps.closeStore();
  }
}
