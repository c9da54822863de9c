import type { Limits } from "../core/limits.ts";
import type { Clock, Observer } from "../core/ports.ts";
import type { ResumeStore } from "../core/resumes.ts";
import type { KeptRoom, KeptSession } from "../core/resumption.ts";
import { utf8Length } from "../core/text.ts";
import type { Capabilities } from "./capabilities.ts";
import { keys } from "./keys.ts";
import type { Pace } from "./pace.ts";
import { asking, inTime, retryLocked } from "./retry.ts";

/** Sessions in one commit: at most 16 x 49,152 bytes of the 819,200 that may be. */
const BATCH_SESSIONS = 16;

/** How long a count of what is kept is trusted, in ms. */
const COUNT_TRUSTED_MS = 60_000;

/** What keeping sessions needs. */
export interface ResumesPorts {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly limits: Limits;
  readonly pace: Pace;
}

/** What resume tokens bring back, in Deno KV. */
export class KvResumes implements ResumeStore {
  readonly #ports: ResumesPorts;
  #count = 0;
  #countedAtMs = -Infinity;

  constructor(ports: ResumesPorts) {
    this.#ports = ports;
  }

  async load(digest: string): Promise<KeptSession | undefined> {
    const { kv } = this.#ports;
    const { value } = await asking(
      this.#ports,
      "resume",
      () => kv.get<KeptSession>(keys.resume(digest)),
    );
    return value ?? undefined;
  }

  /** Not exact while many come at once, or other instances keep some too. */
  async hasRoom(): Promise<boolean> {
    const { clock, limits } = this.#ports;
    const max = limits.RESUME_TOKENS_MAX;
    const nowMs = clock.elapsed();
    if (nowMs - this.#countedAtMs > COUNT_TRUSTED_MS) {
      this.#countedAtMs = nowMs;
      this.#count = await asking(
        this.#ports,
        "resume",
        () => this.#counted(),
      );
    }
    if (this.#count >= max) return false;
    this.#count++;
    return true;
  }

  async save(sessions: ReadonlyMap<string, KeptSession>): Promise<void> {
    const { kv, pace } = this.#ports;
    const all = Array.from(sessions);
    for (let i = 0; i < all.length; i += BATCH_SESSIONS) {
      const atomic = kv.atomic();
      for (const [digest, session] of all.slice(i, i + BATCH_SESSIONS)) {
        const rooms = this.#fitting(session.rooms);
        atomic.set(keys.resume(digest), { ...session, rooms });
      }
      await inTime(retryLocked(() => atomic.commit(), pace), this.#ports);
    }
  }

  async #counted(): Promise<number> {
    const { kv, limits } = this.#ports;
    const limit = Math.min(limits.RESUME_TOKENS_MAX, Number.MAX_SAFE_INTEGER);
    let count = 0;
    const prefix = keys.resumes();
    for await (const _one of kv.list({ prefix }, { limit })) count++;
    return count;
  }

  #fitting(rooms: readonly KeptRoom[]): KeptRoom[] {
    const bytesMax = this.#ports.limits.RESUME_BYTES_MAX;
    let bytes = 0;
    return rooms.filter((room) => {
      bytes += utf8Length(JSON.stringify(room));
      return bytes <= bytesMax;
    });
  }
}
