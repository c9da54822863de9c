import { ChatError } from "../core/errors.ts";
import type { LogListener, Observer } from "../core/ports.ts";
import type { Entry, RoomId, RoomRecord } from "../core/types.ts";
import { type Pending, Queue, sendRecord, type Slice } from "./batch.ts";
import type { Capabilities } from "./capabilities.ts";
import { CommitCount } from "./commit_count.ts";
import { addDirectoryNews } from "./directory_news.ts";
import type { EntryWriter } from "./entry_writer.ts";
import type { LogHead } from "./heads.ts";
import { keys } from "./keys.ts";
import type { LaneBell } from "./lane_bell.ts";
import { delay, type Pace } from "./pace.ts";
import { BUSY_DEADLINE_MS, Patience } from "./patience.ts";
import { addRevision } from "./revisions.ts";
import { inTime, retryLocked } from "./retry.ts";
import { busy, refusalOf, storageError } from "./store_errors.ts";
import type { WriterClaim } from "./writer_claim.ts";

/** The longest pause before a lost race is run again, in ms. */
const RACE_PAUSE_MS = 10;

/** The pause before a log that could not be read is read again, in ms. */
const READ_PAUSE_MS = 50;

/** The pause after which is looked whether a turn that was waited for has come, in ms. */
const TURN_PAUSE_MS = 50;

/** What a lane needs from the log that it belongs to. */
export interface LaneHost {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly claim: WriterClaim;
  readonly writer: EntryWriter;
  readonly listener: LogListener;
  readonly observer: Observer;
  readonly pace: Pace;
  /** The end of a room's log, as far as it was read; for what is placed next. */
  head(room: RoomId): LogHead;
  /** Reads what the log holds behind the head, and moves the head onto it. */
  readUp(head: LogHead): Promise<readonly Entry[]>;
  /** The answer to a keyed send that another try or instance has carried out. */
  answered(pending: Pending): Promise<boolean>;
  /** The log holds these entries, which the directory may not know of. */
  noted(record: RoomRecord, entries: readonly Entry[]): void;
}

type Outcome =
  | { readonly versionstamp: string }
  | "refused"
  | { readonly error: unknown };

/**
 * Group commit: one commit is in flight, what arrives meanwhile goes into the
 * next one. Rooms of one lane keep the order in which entries arrived.
 */
export class Lane {
  readonly #host: LaneHost;
  readonly #queue = new Queue();
  /** Whose reply was lost and could not be read up. */
  readonly #unsure = new Set<LogHead>();
  readonly #bell: LaneBell;
  readonly #patience: Patience;
  /**
   * Rooms in the next commit: one that was overtaken in one room is refused in
   * all, so the fewer the sooner it lands where others write much.
   */
  #roomsMax: number;
  #running: Promise<void> | undefined;
  #inFlight: readonly Slice[] = [];
  #isPausing = false;

  constructor(host: LaneHost, bell: LaneBell) {
    this.#host = host;
    this.#bell = bell;
    this.#patience = new Patience(this.#queue, host.pace);
    this.#roomsMax = host.capabilities.roomsPerCommit;
  }

  /** Queues one entry. Its promise is settled by the commit that it is in. */
  push(pending: Pending): void {
    this.#queue.push(pending);
    if (!this.#host.capabilities.alone) this.#patience.begin();
    this.wake();
  }

  /** Looks whether there is something to write, or to tell by the bell. */
  wake(): void {
    // Later in this turn: what arrives in the same turn shares the commit.
    this.#running ??= Promise.resolve().then(() => this.#run());
  }

  /** Whether something of this room waits, is being written or is in doubt. */
  has(room: RoomId): boolean {
    return this.#queue.has(room) ||
      this.#inFlight.some((slice) => slice.room === room) ||
      this.isUnsure(room);
  }

  /** A commit of this room was not answered, and what it did not read up. */
  isUnsure(room: RoomId): boolean {
    return this.#unsure.values().some(({ record }) => record.id === room);
  }

  /** Reads that up now, unless something waits to be written; false: not yet. */
  async readDoubtful(room: RoomId): Promise<boolean> {
    if (!this.#queue.empty) return false;
    await this.#running;
    if (!this.isUnsure(room)) return true;
    this.wake();
    await this.#running;
    return !this.isUnsure(room);
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /**
   * Never rejects.
   *
   * What has landed is told once the next commit is under way: the store
   * works while the rooms are sent to.
   */
  async #run(): Promise<void> {
    let landed: readonly Slice[] = [];
    do {
      try {
        if (this.#unsure.size > 0) await this.#settleUnsure();
        this.#bell.pass((room) => this.#queue.has(room));
        const slices = this.#take();
        const outcome = slices.length > 0 || this.#bell.isDue
          ? this.#try(slices)
          : undefined;
        this.#tell(landed);
        landed = [];
        if (outcome) landed = await this.#finish(slices, await outcome);
      } catch (error) {
        this.#host.observer.bug("lane", error);
        this.#refuseAll(storageError(error));
      }
      this.#inFlight = [];
    } while (this.#hasWork() || landed.length > 0);
    this.#running = undefined;
    if (this.#queue.empty) this.#patience.cancel();
    else this.#wakeLater();
  }

  #hasWork(): boolean {
    if (this.#bell.isDue) return true;
    return this.#queue.rooms().some((room) => this.#mayWrite(room));
  }

  /** It is this instance's turn, and nothing of that room is in doubt. */
  #mayWrite(room: RoomId): boolean {
    return !this.isUnsure(room) && this.#bell.mayWrite(room);
  }

  /** It is somebody else's turn in all rooms for which something waits. */
  #wakeLater(): void {
    if (this.#isPausing) return;
    this.#isPausing = true;
    this.#host.pace.after(TURN_PAUSE_MS, () => {
      this.#isPausing = false;
      this.wake();
    });
  }

  #take(): readonly Slice[] {
    const { capabilities } = this.#host;
    const limits = { ...capabilities, roomsPerCommit: this.#roomsMax };
    this.#inFlight = this.#queue.take(limits, {
      headOf: (room) => this.#host.head(room),
      mayWrite: (room) => this.#mayWrite(room),
    });
    return this.#inFlight;
  }

  /** Returns the slices that have landed. */
  async #finish(
    slices: readonly Slice[],
    outcome: Outcome,
  ): Promise<readonly Slice[]> {
    const { capabilities, pace } = this.#host;
    const versionstamp = outcome !== "refused" && "versionstamp" in outcome
      ? outcome.versionstamp
      : await this.#landedAs();
    if (versionstamp !== undefined) {
      this.#host.writer.landed(slices);
      this.#bell.landed(slices, versionstamp);
      this.#roomsMax = Math.min(
        2 * this.#roomsMax,
        capabilities.roomsPerCommit,
      );
      for (const slice of slices) this.#moveHead(slice);
      return slices;
    }
    const lost = outcome === "refused" && !await this.#host.claim.holds();
    const refusal = lost
      ? new ChatError("storage_failed", "Cannot store message: writer replaced")
      : outcome === "refused" || "versionstamp" in outcome
      ? undefined
      : refusalOf(outcome.error);
    // Before the log is read: what was read must still hold when it is used.
    if (outcome === "refused") {
      this.#roomsMax = Math.ceil(slices.length / 2) || 1;
    }
    if (!refusal) await delay(pace.random() * RACE_PAUSE_MS, pace);
    else if (slices.length === 0) await delay(READ_PAUSE_MS, pace);
    const resolving: Promise<void>[] = [];
    for (const slice of slices) {
      const resolved = this.#resolve(slice, refusal);
      resolving.push(resolved);
      // One by one where they share a journal, read from where it was left.
      if (capabilities.alone) await resolved;
    }
    await Promise.all(resolving);
    return [];
  }

  async #landedAs(): Promise<string | undefined> {
    try {
      return await this.#bell.landedAs();
    } catch (error) {
      this.#host.observer.trouble("read bell", error);
      return undefined;
    }
  }

  async #try(slices: readonly Slice[]): Promise<Outcome> {
    const { observer, pace } = this.#host;
    const count = new CommitCount(observer);
    try {
      const result = await inTime(
        retryLocked(() => this.#build(slices).commit(), pace),
        this.#host,
      );
      if (result.ok) count.landed(slices);
      else count.lostRace();
      return result.ok ? result : "refused";
    } catch (error) {
      count.failed();
      observer.trouble("commit", error);
      return { error };
    }
  }

  /** One atomic operation: entries, send keys, records, the bell. */
  #build(slices: readonly Slice[]): Deno.AtomicOperation {
    const { kv, claim, capabilities: { alone }, writer } = this.#host;
    const atomic = kv.atomic();
    claim.guard(atomic, slices);
    writer.add(atomic, slices);
    this.#bell.strike(atomic, slices);
    let isListed = false;
    for (const slice of slices) {
      const { room, head, next, entries } = slice;
      this.#addSendKeys(atomic, slice, alone);
      for (const entry of entries) addRevision(atomic, room, entry);
      if (next.record !== head.record || !alone && head.blank) {
        atomic.set(keys.room(room), next.record);
      }
      // The last: a room may be emptied and spoken in again in one commit.
      const first = entries.findLast((entry) =>
        entry.kind === "message" && entry.order === 1
      );
      if (first) atomic.set(keys.roomSpoken(room), first.epoch);
      if (first || next.record !== head.record) isListed = true;
    }
    if (isListed && !alone) addDirectoryNews(atomic);
    return atomic;
  }

  #addSendKeys(
    atomic: Deno.AtomicOperation,
    { room, entries, pending }: Slice,
    alone: boolean,
  ): void {
    for (const [i, { key }] of pending.entries()) {
      const entry = entries[i];
      if (!key || !entry) continue;
      const sendKey = keys.send(room, key.author, key.key);
      const { versionstamp } = key;
      if (!alone) atomic.check({ key: sendKey, versionstamp });
      atomic.set(sendKey, sendRecord(key, entry));
    }
  }

  #moveHead({ head, next, entries }: Slice): void {
    for (const entry of entries) head.follow(entry);
    // The head's own record object tells later commits that it is stored.
    head.record = next.record;
    this.#host.noted(head.record, entries);
  }

  #tell(slices: readonly Slice[]): void {
    const { listener, observer } = this.#host;
    for (const { room, entries, pending } of slices) {
      try {
        listener.committed(room, entries);
      } catch (error) {
        observer.bug("deliver", error);
      }
      for (const [i, entry] of entries.entries()) {
        pending[i]?.resolve({ entry, duplicate: false });
      }
    }
  }

  /**
   * Finds out what became of a commit that was refused or whose reply was lost.
   *
   * An earlier try may have landed all or part of it: what is in the log is
   * acknowledged, the rest is tried again behind what others wrote, or refused.
   */
  async #resolve(slice: Slice, refusal: ChatError | undefined): Promise<void> {
    const { head, room } = slice;
    const found = await this.#readUp(head);
    if (!found) {
      this.#doubt(head);
      const error = refusal ?? storageError(undefined);
      for (const one of slice.pending) one.reject(error);
      return;
    }
    this.#moved(head, found);
    if (found.length > 0) this.#bell.lost([slice]);
    const byId = new Map(found.map((entry) => [entry.id, entry]));
    const again: Pending[] = [];
    for (const pending of slice.pending) {
      const entry = byId.get(pending.draft.id);
      if (entry) pending.resolve({ entry, duplicate: false });
      else if (refusal) pending.reject(refusal);
      else if (this.#host.pace.elapsed() - pending.since > BUSY_DEADLINE_MS) {
        pending.reject(busy());
      } else if (!await this.#host.answered(pending)) again.push(pending);
    }
    this.#queue.unshift(room, again);
  }

  /** The room's sessions hear what there is once it can be read. */
  #doubt(head: LogHead): void {
    this.#unsure.add(head);
    this.#host.listener.moved(head.record.id);
  }

  #moved(head: LogHead, found: readonly Entry[]): void {
    if (found.length === 0) return;
    this.#host.noted(head.record, found);
    this.#host.listener.moved(head.record.id);
  }

  /** Reads up until it works, or `undefined` when it did not in time. */
  async #readUp(head: LogHead): Promise<readonly Entry[] | undefined> {
    const { pace } = this.#host;
    const deadline = pace.elapsed() + BUSY_DEADLINE_MS;
    for (;;) {
      try {
        return await this.#host.readUp(head);
      } catch (error) {
        this.#host.observer.trouble("read log", error);
        if (pace.elapsed() >= deadline) return undefined;
        await delay(READ_PAUSE_MS, pace);
      }
    }
  }

  /** A log whose end is not known must be read before it is written. */
  async #settleUnsure(): Promise<void> {
    const settling: Promise<void>[] = [];
    for (const head of this.#unsure) {
      const settled = this.#settle(head);
      settling.push(settled);
      if (this.#host.capabilities.alone) await settled;
    }
    await Promise.all(settling);
  }

  async #settle(head: LogHead): Promise<void> {
    const found = await this.#readUp(head);
    if (found) {
      this.#unsure.delete(head);
      return this.#moved(head, found);
    }
    for (const one of this.#queue.drop(head.record.id)) {
      one.reject(storageError(undefined));
    }
  }

  #refuseAll(error: ChatError): void {
    for (const { head, pending } of this.#inFlight) {
      this.#doubt(head);
      for (const one of pending) one.reject(error);
    }
    for (const room of this.#queue.rooms()) {
      for (const one of this.#queue.drop(room)) one.reject(error);
    }
  }
}
