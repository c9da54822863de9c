import type { Entry, Position, RoomRecord } from "../../src/core/types.ts";
import type { Chunk, JournalPart } from "../../src/store/keys.ts";
import type { Change } from "./sim_kv.ts";

/** The logs as they are on disk, in one epoch. */
interface DiskLog {
  readonly entries: Entry[];
}

/** An entry as somebody reads it. */
export type ReadEntry =
  & Position
  & Pick<Entry, "kind" | "id" | "order">
  & {
    readonly text?: string;
    readonly reactions?: Readonly<Record<string, readonly string[]>>;
  };

/** Who reads, and since which moment. */
export interface ReadBy {
  readonly of: string;
  readonly since: number;
}

/** What something was from a moment on. */
interface State {
  readonly value: string;
  readonly since: number;
}

/** The value of a reaction that is there, or not. */
const ON = "on";
const OFF = "off";

/**
 * What every commit has put on disk, noted as it lands: the truth that all
 * sessions are held against. Every entry is looked at when it lands.
 */
export class Disk {
  readonly #complain: (what: string) => void;
  readonly #logs = new Map<string, DiskLog>();
  readonly #records = new Map<string, RoomRecord>();
  readonly #ids = new Map<string, string>();
  /** Rooms that somebody asked to open again since they were closed. */
  readonly #mayOpen = new Set<string>();
  /** What texts and reactions were, one after the other. */
  readonly #states = new Map<string, State[]>();
  readonly #reactions = new Map<string, Set<string>>();
  readonly #deleted = new Set<string>();
  #landed = 0;
  /** So much time has passed that epochs that have ended may be gone. */
  isSwept = false;
  /** How often a text was stored. */
  readonly texts = new Map<string, number>();

  constructor(complain: (what: string) => void) {
    this.#complain = complain;
  }

  /** Somebody has asked for a closed room to be opened. */
  allowOpening(room: string): void {
    this.#mayOpen.add(room);
  }

  /** A commit has landed. */
  changed({ sets }: Change): void {
    for (const [key, value] of sets) {
      const [kind, room] = key;
      if (kind === "room") this.#setRecord(value as RoomRecord);
      if (kind === "entry") this.#setChunk(String(room), key, value as Chunk);
      if (kind !== "journal") continue;
      for (const part of value as JournalPart[]) {
        for (const entry of part.entries) this.#land(part.room, entry);
      }
    }
  }

  /** The newest place of a room in which something is; seq 0: in none. */
  end(room: string): Position & { closed: boolean } {
    const epochs = this.#epochs(room);
    const epoch = epochs.at(-1) ?? 1;
    const last = this.log(room, epoch).at(-1);
    const closed = last?.kind === "closed";
    if (last?.kind === "closed" && last.reopens) {
      return { epoch: epoch + 1, seq: 0, closed: false };
    }
    const record = this.#records.get(room);
    if (record && record.epoch > epoch) {
      return { epoch: record.epoch, seq: 0, closed: false };
    }
    return { epoch, seq: last?.seq ?? 0, closed };
  }

  /** The entries of one epoch. */
  log(room: string, epoch: number): readonly Entry[] {
    return this.#logs.get(nameOf(room, epoch))?.entries ?? [];
  }

  /** The entry in a place. */
  at(room: string, { epoch, seq }: Position): Entry | undefined {
    return this.log(room, epoch)[seq - 1];
  }

  /** A moment: what has landed by now, a read that begins now finds. */
  get moment(): number {
    return this.#landed;
  }

  /** Old dialects are not told of it when they are told what was before. */
  isHidden(room: string, place: Position): boolean {
    const kind = this.at(room, place)?.kind;
    return kind !== "message" || this.isDeleted(room, place);
  }

  /** It is in an epoch that has ended long ago. */
  mayBeGone(room: string, { epoch }: Position): boolean {
    return this.isSwept && epoch < this.end(room).epoch;
  }

  /** A message that was taken back. */
  isDeleted(room: string, place: Position): boolean {
    return this.#deleted.has(placeName(room, place));
  }

  /** Complains of an entry that is not as a read from that moment on finds it. */
  check(room: string, read: ReadEntry, { of, since }: ReadBy): void {
    const place = `${room}/${read.epoch}/${read.seq}`;
    const stored = this.at(room, read);
    if (stored?.id !== read.id) {
      const now = stored ? `it is ${stored.id}` : "which is not on disk";
      return this.#complain(`${of} ${place} as ${read.id}, ${now}`);
    }
    if (stored.order !== read.order || stored.kind !== read.kind) {
      this.#complain(`${of} ${place} as ${read.kind} ${read.order}`);
    }
    const name = placeName(room, read);
    const { text } = read;
    if (text !== undefined && !this.#couldBe(name, text, since)) {
      this.#complain(`${of} ${place} with "${text.trim()}"`);
    }
    if (read.kind !== "message" || this.isDeleted(room, read)) return;
    for (const reaction of this.#reactions.get(name) ?? []) {
      const [text = "", user = ""] = JSON.parse(reaction);
      const isOn = read.reactions?.[text]?.includes(user) ? ON : OFF;
      if (this.#couldBe(name + reaction, isOn, since)) continue;
      this.#complain(`${of} ${place}: reaction of ${user} ${isOn}`);
    }
  }

  /** Places of all rooms. */
  *all(): Iterable<{ room: string; entry: Entry }> {
    for (const [name, { entries }] of this.#logs) {
      const [room] = JSON.parse(name);
      for (const entry of entries) yield { room, entry };
    }
  }

  #epochs(room: string): number[] {
    return Array.from(this.#logs.keys(), (name) => JSON.parse(name))
      .filter(([id]) => id === room).map(([, epoch]) => epoch)
      .sort((a, b) => a - b);
  }

  #setRecord(record: RoomRecord): void {
    const before = this.#records.get(record.id);
    this.#records.set(record.id, record);
    if (before?.closedAt === undefined || record.closedAt !== undefined) return;
    if (!this.#mayOpen.delete(record.id)) {
      this.#complain(`"${record.id}" is open again, nobody asked for it`);
    }
  }

  #setChunk(room: string, key: Deno.KvKey, chunk: Chunk): void {
    const first = chunk[0];
    if (first?.epoch !== key[2] || first?.seq !== key[3]) {
      this.#complain(`a chunk lies under ${key.slice(1).join("/")}`);
    }
    for (const entry of chunk) this.#land(room, entry);
  }

  /** An entry may land again, in the same place: by a fold. */
  #land(room: string, entry: Entry): void {
    const { epoch, seq, id } = entry;
    const name = nameOf(room, epoch);
    const place = `${room}/${epoch}/${seq}`;
    const log = this.#logs.get(name) ?? { entries: [] };
    this.#logs.set(name, log);
    const there = log.entries[seq - 1];
    if (there) {
      if (there.id !== id) this.#complain(`${place} is written over`);
      return;
    }
    const last = log.entries.at(-1);
    if (seq !== (last?.seq ?? 0) + 1) {
      this.#complain(`${place} follows ${last?.seq}`);
    }
    if (last?.kind === "closed") this.#complain(`${place} is behind a close`);
    const count = entry.kind === "message" ? 1 : 0;
    if (entry.order !== (last?.order ?? 0) + count) {
      this.#complain(`${place} counts ${entry.order} behind ${last?.order}`);
    }
    if (this.#ids.has(id)) {
      this.#complain(`${place} is ${this.#ids.get(id)} again`);
    }
    if (epoch > 1) this.#checkEpoch(room, entry);
    this.#ids.set(id, place);
    log.entries.push(entry);
    this.#landed++;
    this.#revise(room, entry);
    if (!("text" in entry)) return;
    this.texts.set(entry.text, (this.texts.get(entry.text) ?? 0) + 1);
  }

  /** What an entry makes of itself and of its message. */
  #revise(room: string, entry: Entry): void {
    const name = placeName(room, entry);
    if (entry.kind === "message") this.#become(name, entry.text);
    if (entry.kind === "message" || entry.kind === "closed") return;
    const target = { epoch: entry.epoch, seq: entry.target.seq };
    const targetName = placeName(room, target);
    if (this.at(room, target)?.kind !== "message") {
      this.#complain(`${name} is about ${targetName}, which is no message`);
    }
    const isDeleted = this.#deleted.has(targetName);
    switch (entry.kind) {
      case "edited":
        this.#become(name, entry.text);
        if (isDeleted) this.#become(name, "");
        else this.#become(targetName, entry.text);
        return;
      case "deleted":
        this.#deleted.add(targetName);
        this.#become(targetName, "");
        for (const other of this.log(room, entry.epoch)) {
          if (other.kind !== "edited") continue;
          const isAbout = other.target.seq === target.seq;
          if (isAbout) this.#become(placeName(room, other), "");
        }
        return;
      case "reacted": {
        const reaction = JSON.stringify([entry.reaction, entry.author.id]);
        const known = this.#reactions.get(targetName) ?? new Set();
        this.#reactions.set(targetName, known.add(reaction));
        this.#become(targetName + reaction, entry.removed ? OFF : ON);
      }
    }
  }

  #become(name: string, value: string): void {
    const states = this.#states.get(name) ?? [];
    this.#states.set(name, [...states, { value, since: this.#landed }]);
  }

  /** Something was so at that moment, or later. */
  #couldBe(name: string, value: string, moment: number): boolean {
    const states = this.#states.get(name) ?? [];
    const first = states.findLastIndex(({ since }) => since <= moment);
    const possible = states.slice(Math.max(0, first));
    if (first < 0 && value === OFF) return true;
    return possible.some((state) => state.value === value);
  }

  /** An epoch begins when the one before it has ended. */
  #checkEpoch(room: string, { epoch, seq }: Entry): void {
    const last = this.log(room, epoch - 1).at(-1);
    if (last?.kind !== "closed") {
      this.#complain(`${room}/${epoch}/${seq}: the epoch before has not ended`);
    } else if (!last.reopens && this.#records.get(room)?.epoch !== epoch) {
      this.#complain(`${room}/${epoch}/${seq}: the room was closed for good`);
    }
  }
}

function placeName(room: string, { epoch, seq }: Position): string {
  return JSON.stringify([room, epoch, seq]);
}

function nameOf(room: string, epoch: number): string {
  return JSON.stringify([room, epoch]);
}
