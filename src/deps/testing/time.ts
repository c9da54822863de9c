import { mock } from "node:test";

/**
 * Replaces the timers and the date until it is disposed.
 *
 * The part of `@std/testing/time` that the tests use, same signatures.
 */
export class FakeTime {
  /** @param start ms since the epoch at which the fake time starts. */
  constructor(start: number | string | Date = Date.now()) {
    mock.timers.enable({
      apis: ["setTimeout", "setInterval", "Date"],
      now: new Date(start).getTime(),
    });
  }

  /** The fake time, ms since the epoch. */
  get now(): number {
    return Date.now();
  }

  /** Advances the time by `ms` and runs what falls due. */
  tick(ms = 0): void {
    mock.timers.tick(ms);
  }

  /** Brings the real timers back. */
  restore(): void {
    mock.timers.reset();
  }

  [Symbol.dispose](): void {
    this.restore();
  }
}
