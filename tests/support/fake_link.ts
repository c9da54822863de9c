import type { Frame, Link } from "../../src/core/ports.ts";

/** A link that remembers; it can be told to have a backlog. */
export class FakeLink implements Link {
  readonly frames: string[] = [];
  closed: { code: number; reason: string } | undefined;
  /** The peer has vanished. */
  isGone = false;
  #backlog: PromiseWithResolvers<void> | undefined;
  #waiting: PromiseWithResolvers<void> | undefined;

  send({ text }: Frame): void {
    if (!this.closed) this.frames.push(text);
  }

  drained(): Promise<void> {
    this.#waiting?.resolve();
    return this.#backlog?.promise ?? Promise.resolve();
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }

  /** From now on nothing drains, until what this returns is called. */
  stall(): () => void {
    this.#backlog = Promise.withResolvers<void>();
    const { resolve } = this.#backlog;
    return () => {
      this.#backlog = undefined;
      resolve();
    };
  }

  /** Resolves when somebody waits for this link to drain. */
  awaited(): Promise<void> {
    this.#waiting = Promise.withResolvers<void>();
    return this.#waiting.promise;
  }

  /** The frames since the last call, as JSON. */
  take(): unknown[] {
    return this.frames.splice(0).map((text) => JSON.parse(text));
  }
}
