import { frame } from "./encoder.ts";
import { ChatError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { Membership } from "./membership.ts";
import type { Participant } from "./participant.ts";
import { type Clock, type Observer, type RoomLog, toEvent } from "./ports.ts";
import {
  type Keeping,
  type KeptRoom,
  type KeptSession,
  Resumption,
} from "./resumption.ts";
import type { RoomId } from "./types.ts";

/** How long what is kept under a resume token is, from its last use on, in ms. */
export const RESUME_TTL_MS = 24 * 60 * 60 * 1_000;

/** How often what a session that lives has moved on to is stored, in ms. */
const SAVE_PAUSE_MS = 5_000;

/** What a resume token may be. */
const TOKEN = /^[A-Za-z0-9_-]{16,128}$/;

/** Keeps sessions under the digests of their tokens. */
export interface ResumeStore {
  /** What is kept, expired or not. Rejects with `ChatError`. */
  load(digest: string): Promise<KeptSession | undefined>;
  /** Whether one more may be kept. */
  hasRoom(): Promise<boolean>;
  /** Keeps them; of a session with too many rooms what fits. Rejects. */
  save(sessions: ReadonlyMap<string, KeptSession>): Promise<void>;
}

/** What resuming needs. */
export interface ResumesPorts {
  readonly store: ResumeStore;
  readonly members: Membership;
  readonly log: RoomLog;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly limits: Limits;
  readonly digest: (token: string) => string;
}

/** A wish to resume. */
export interface ResumeRequest {
  readonly token: string;
  /** The dialects whose sessions it may be about. */
  readonly dialects: readonly string[];
  readonly idleTimeoutMs: number;
}

/** What a dialect does about a room that its session is a member of again. */
export interface RestoreHooks {
  /** No other room, and as it says. */
  readonly only?: KeptRoom;
  /** Before anything of it is sent. */
  readonly begins?: (kept: KeptRoom) => void;
  /** In the turn in which the session becomes a member. */
  readonly ready?: (kept: KeptRoom) => void;
}

/** The sessions that can be resumed by a token, in dialects that have none. */
export class Resumes {
  readonly #ports: ResumesPorts;
  readonly #held = new Map<string, Resumption>();
  /** What is not stored yet. */
  #unsaved = new Map<string, Keeping>();
  #beingSaved: ReadonlyMap<string, Keeping> = new Map();
  #saving: Promise<void> | undefined;
  /** What was stored last of those that are held. */
  readonly #saved = new Map<string, Keeping>();
  #savedAtMs = -Infinity;

  constructor(ports: ResumesPorts) {
    this.#ports = ports;
  }

  /**
   * Takes hold of a token; a connection that holds it is ended.
   *
   * @throws {ChatError} `bad_field`: it is no token. `bad_token`: it is of
   *   another dialect. `busy`: too many are kept. `storage_failed`.
   */
  async open(
    { token, dialects, idleTimeoutMs }: ResumeRequest,
  ): Promise<Resumption> {
    const { clock, digest: digestOf } = this.#ports;
    if (!TOKEN.test(token)) {
      const why = "it must be 16 to 128 of A-Z, a-z, 0-9, _ and -";
      throw new ChatError("bad_field", `Cannot use resume token: ${why}`);
    }
    const digest = digestOf(token);
    const stored = await this.#stored(digest);
    // Nothing is awaited from here on: one of two that come at once is first.
    const held = this.#held.get(digest);
    const kept = this.#known(digest) ?? stored;
    if (kept && !dialects.includes(kept.dialect)) {
      const why = "it is another dialect's";
      throw new ChatError("bad_token", `Cannot use resume token: ${why}`);
    }
    held?.supersede();
    const resumption = new Resumption({
      clock,
      idleTimeoutMs,
      kept,
      before: held?.gone ?? Promise.resolve(),
      changed: (isHeld) => {
        if (isHeld) this.#held.set(digest, resumption);
        else this.#released(digest, resumption);
      },
    });
    this.#held.set(digest, resumption);
    if (kept) this.#saved.set(digest, kept);
    return resumption;
  }

  /**
   * Makes a session a member again of what it was in: it is sent what it
   * missed, then all that follows. Others are told that it is there.
   *
   * Does nothing for one that does not resume, or that has yet to prove whose
   * memberships these are.
   *
   * @throws {ChatError} One that may pass: the rest is still kept.
   */
  async restore(who: Participant, hooks: RestoreHooks = {}): Promise<void> {
    const { resume } = who;
    if (!resume) return;
    await resume.before;
    const { only } = hooks;
    const waiting = only ? [only] : resume.waiting(who.identity?.id);
    for (const kept of waiting) {
      if (who.ended) return;
      hooks.begins?.(kept);
      await this.#restore(who, kept, hooks);
    }
  }

  /** What is kept of one room, once the earlier connection is gone. */
  async find(who: Participant, room: RoomId): Promise<KeptRoom | undefined> {
    const { resume } = who;
    if (!resume) return undefined;
    await resume.before;
    return resume.waiting(who.identity?.id).find((one) => one.room === room);
  }

  /** To be called every second or so. */
  tick(): void {
    const nowMs = this.#ports.clock.elapsed();
    const isDue = nowMs - this.#savedAtMs >= SAVE_PAUSE_MS;
    if (isDue) this.#savedAtMs = nowMs;
    for (const [digest, resumption] of this.#held) {
      resumption.mark();
      const { keeping } = resumption;
      if (!keeping) continue;
      const saved = this.#saved.get(digest);
      // Places can wait; where a session is a member cannot.
      const isNews = !isSameMember(keeping, saved) ||
        isDue && !isSamePlace(keeping, saved);
      if (isNews) this.#unsaved.set(digest, keeping);
    }
    this.#save();
  }

  /** Resolves once everything is stored that can be. */
  async settled(): Promise<void> {
    this.#save();
    await this.#saving;
  }

  /** What is not in the store, or not yet. */
  #known(digest: string): Keeping | undefined {
    return this.#held.get(digest)?.keeping ?? this.#unsaved.get(digest) ??
      this.#beingSaved.get(digest);
  }

  async #stored(digest: string): Promise<Keeping | undefined> {
    const { store, clock } = this.#ports;
    if (this.#known(digest)) return undefined;
    const kept = await store.load(digest);
    if (kept && kept.expiresAt > clock.now()) {
      const { expiresAt: _expiresAt, ...keeping } = kept;
      return keeping;
    }
    if (kept || await store.hasRoom()) return undefined;
    throw new ChatError("busy", "Cannot use resume token: too many are kept");
  }

  async #restore(
    who: Participant,
    kept: KeptRoom,
    hooks: RestoreHooks,
  ): Promise<void> {
    const { members, limits } = this.#ports;
    const { room, name, about } = kept;
    try {
      await members.join(who, {
        room,
        name,
        after: kept,
        replay: limits.HISTORY_MESSAGES_MAX,
        isResumed: true,
        ready: () => {
          who.resume?.restored(room);
          hooks.ready?.(kept);
        },
        ...about && { about },
      });
    } catch (error) {
      if (!(error instanceof ChatError) || error.retryable) throw error;
      who.resume?.dropped(room);
      if (error.code === "room_closed") await this.#tellEnd(who, kept);
    }
  }

  /** A room was closed meanwhile: its end is told as it would have been. */
  async #tellEnd(who: Participant, { room, epoch }: KeptRoom): Promise<void> {
    const end = { epoch, seq: Infinity };
    const [last] = await this.#ports.log.readBefore(room, end, 1);
    if (last?.kind !== "closed") return;
    const texts = who.encoder.encode([toEvent(room, last)]);
    for (const text of texts) who.link.send(frame(text));
  }

  #released(digest: string, resumption: Resumption): void {
    const { keeping } = resumption;
    const saved = this.#saved.get(digest);
    if (this.#held.get(digest) === resumption) this.#held.delete(digest);
    this.#saved.delete(digest);
    if (!keeping || !saved && keeping.rooms.length === 0) return;
    this.#unsaved.set(digest, keeping);
    this.#save();
  }

  #save(): void {
    if (this.#saving || this.#unsaved.size === 0) return;
    this.#saving = this.#write().finally(() => {
      this.#saving = undefined;
    });
  }

  /** Never rejects: what failed is tried again. */
  async #write(): Promise<void> {
    const { store, clock, observer } = this.#ports;
    while (this.#unsaved.size > 0) {
      const batch = this.#unsaved;
      this.#beingSaved = batch;
      this.#unsaved = new Map();
      const expiresAt = clock.now() + RESUME_TTL_MS;
      try {
        await store.save(
          new Map(
            Array.from(batch, ([digest, one]) => [digest, {
              ...one,
              expiresAt,
            }]),
          ),
        );
        for (const [digest, keeping] of batch) {
          if (this.#held.has(digest)) this.#saved.set(digest, keeping);
        }
      } catch (error) {
        for (const [digest, keeping] of batch) {
          if (!this.#unsaved.has(digest)) this.#unsaved.set(digest, keeping);
        }
        return observer.trouble("keep resume token", error);
      } finally {
        this.#beingSaved = new Map();
      }
    }
  }
}

function isSameMember(a: Keeping, b: Keeping | undefined): boolean {
  if (!b) return a.rooms.length === 0;
  if (a.user !== b.user || a.rooms.length !== b.rooms.length) return false;
  return a.rooms.every(({ room, name, about }, i) => {
    const other = b.rooms[i];
    return other?.room === room && other.name === name && other.about === about;
  });
}

function isSamePlace(a: Keeping, b: Keeping | undefined): boolean {
  return a.rooms.every(({ epoch, seq }, i) => {
    const other = b?.rooms[i];
    return other?.epoch === epoch && other.seq === seq;
  });
}
