/**
 * Trying again what the store refused for a moment.
 *
 * @module
 */
import { ChatError } from "../core/errors.ts";
import type { Observer } from "../core/ports.ts";
import type { Capabilities } from "./capabilities.ts";
import { delay, type Pace } from "./pace.ts";

/** How long a locked database is asked again, in ms. */
const LOCKED_DEADLINE_MS = 1_000;

/** The pause before the next try, in ms: at random, so that two do not meet again. */
const LOCKED_PAUSE_MS = 10;

/** Another process held the file; nothing was applied (measured on SQLite). */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && error.message.includes("is locked");
}

/** The disk is full: reads go on, writes fail. */
export function isFull(error: unknown): boolean {
  return error instanceof Error &&
    /disk is full|no space left/i.test(error.message);
}

/** Calls until the database is not locked, for a second at most. */
export async function retryLocked<T>(
  call: () => Promise<T>,
  pace: Pace,
): Promise<T> {
  const deadline = pace.elapsed() + LOCKED_DEADLINE_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isLocked(error) || pace.elapsed() > deadline) throw error;
      await delay(pace.random() * LOCKED_PAUSE_MS, pace);
    }
  }
}

/** The reply did not come in time; what was asked may or may not have happened. */
export class ReplyLost extends Error {
  constructor(ms: number) {
    super(`Cannot wait for the store: no reply within ${ms} ms`);
    this.name = "ReplyLost";
  }
}

/** Rejects with `ReplyLost` after `ms`; 0 waits for ever. */
export function within<T>(
  reply: Promise<T>,
  { ms, pace }: { ms: number; pace: Pace },
): Promise<T> {
  if (ms === 0) return reply;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const cancel = pace.after(ms, () => reject(new ReplyLost(ms)));
  reply.then(resolve, reject).finally(cancel);
  return promise;
}

/** As `within`, for as long as the KV may take. */
export function inTime<T>(
  reply: Promise<T>,
  { capabilities, pace }: {
    readonly capabilities: Capabilities;
    readonly pace: Pace;
  },
): Promise<T> {
  return within(reply, { ms: capabilities.replyTimeoutMs, pace });
}

/**
 * Calls the store for a session: what fails there becomes a refusal.
 *
 * @throws {ChatError} `storage_failed`; why is for the operator alone.
 */
export async function refusing<T>(
  { observer, pace }: { observer: Observer; pace: Pace },
  act: string,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await retryLocked(call, pace);
  } catch (error) {
    if (error instanceof ChatError) throw error;
    observer.trouble(act, error);
    throw new ChatError("storage_failed", `Cannot ${act}: storage failed`);
  }
}

/**
 * As `refusing`, of a call that is soon answered: no session waits for a reply
 * that never comes.
 */
export function asking<T>(
  ports: {
    readonly capabilities: Capabilities;
    readonly observer: Observer;
    readonly pace: Pace;
  },
  act: string,
  call: () => Promise<T>,
): Promise<T> {
  return refusing(ports, act, () => inTime(call(), ports));
}
