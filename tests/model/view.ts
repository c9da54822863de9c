import type { JoinStart } from "../../src/core/resume.ts";
import type { Position } from "../../src/core/types.ts";
import type { Disk, ReadEntry } from "./disk.ts";

/** What an encoder of the model writes of an entry. */
export type HeardEntry = ReadEntry & {
  readonly room: string;
  readonly reopens?: boolean;
};

/** How a view begins. */
export interface ViewStart {
  readonly of: string;
  readonly room: string;
  /** How many stored messages it asked for. */
  readonly newest: number;
  /** Instead, if possible: what is behind that place. */
  readonly after?: Position | undefined;
  /** It is told of every entry; others are shown messages of what was before. */
  readonly wantsAll: boolean;
  readonly disk: Disk;
  readonly complain: (what: string) => void;
}

/**
 * What one membership hears of its room: one run of the log without gap or
 * double, from where it begins.
 */
export class RoomView {
  readonly #start: ViewStart;
  /** A deletion that was on disk by then is known to what is replayed. */
  readonly #since: number;
  /** What it has heard up to. */
  #reached: Position & { readonly reopens?: boolean };
  /** Where the log was when it became a member. */
  #seatedAt: Position | undefined;
  /** What it heard last was replayed. */
  #isReplayed = true;
  #ended = false;

  constructor(start: ViewStart) {
    this.#start = start;
    this.#since = start.disk.moment;
    this.#reached = { epoch: 0, seq: 0 };
  }

  /** It was told that the room is closed. */
  get ended(): boolean {
    return this.#ended;
  }

  get isSeated(): boolean {
    return this.#seatedAt !== undefined;
  }

  /** It was told where it begins. */
  begins({ from, resumed, gap }: JoinStart): void {
    const { room, after, newest, disk } = this.#start;
    this.#reached = from;
    const name = `${room} from ${from.epoch}/${from.seq}`;
    if (resumed) {
      const isThere = after?.epoch === from.epoch && after.seq === from.seq;
      if (!isThere) this.#complain(`${name}, resumed`);
      return;
    }
    const isNew = after && disk.end(room).epoch > after.epoch;
    const isGone = gap === "truncated" && disk.mayBeGone(room, from);
    if (after && !(gap === "new_epoch" && isNew) && !isGone) {
      this.#complain(`${gap} for ${after.epoch}/${after.seq} of ${room}`);
    }
    // Those that were deleted meanwhile were found before.
    const messages = disk.log(room, from.epoch)
      .filter(({ kind, seq }) => kind === "message" && seq <= from.seq);
    const found = disk.log(room, from.epoch)
      .filter(({ kind, seq }) => kind === "message" && seq > from.seq);
    if (messages.length > 0 && found.length < newest) {
      this.#complain(`${name}: ${found.length} of ${newest} messages`);
    }
  }

  /** An entry has come. */
  hear(entry: HeardEntry): void {
    const { disk, room, of } = this.#start;
    const place = `${room}/${entry.epoch}/${entry.seq}`;
    const since = this.#seatedAt ? 0 : this.#since;
    disk.check(room, entry, { of: `${of} heard`, since });
    if (this.#ended) this.#complain(`${place} behind the end`);
    if (!this.#isNext(entry)) {
      const { epoch, seq } = this.#reached;
      this.#complain(`${place} behind ${epoch}/${seq}`);
    }
    this.#reached = entry;
    this.#isReplayed = !this.#seatedAt;
    if (entry.kind === "closed" && !entry.reopens) this.#ended = true;
  }

  /** From now on it hears all that is said. */
  seated(): void {
    const { disk, room } = this.#start;
    this.#seatedAt = disk.end(room);
  }

  /** Nothing is under way any more: it has heard all. */
  checkEnd(): void {
    const { disk, room } = this.#start;
    const end = disk.end(room);
    if (!this.#seatedAt) return;
    if (end.closed && !this.#ended) {
      this.#complain(`no end of ${room} in ${end.epoch}/${end.seq}`);
      return;
    }
    const { epoch, seq } = this.#passed(this.#seatedAt);
    if (end.epoch === epoch && end.seq === seq) return;
    this.#complain(
      `${room} up to ${epoch}/${seq}, it ends at ${end.epoch}/${end.seq}`,
    );
  }

  /** What it has reached, with what it is not shown of what was before. */
  #passed(upTo: Position): Position {
    let { epoch, seq } = this.#reached;
    if (this.#reached.reopens) [epoch, seq] = [epoch + 1, 0];
    if (!this.#mayMiss) return { epoch, seq };
    if (epoch < upTo.epoch) [epoch, seq] = [upTo.epoch, 0];
    while (epoch === upTo.epoch && seq < upTo.seq) {
      const next = { epoch, seq: seq + 1 };
      if (!this.#start.disk.isHidden(this.#start.room, next)) break;
      seq++;
    }
    return { epoch, seq };
  }

  /** Of what was before it came, it is not shown everything. */
  get #mayMiss(): boolean {
    return this.#isReplayed && !this.#start.wantsAll;
  }

  #isNext({ epoch, seq }: Position): boolean {
    const { disk, room } = this.#start;
    const reached = this.#reached;
    const isSame = epoch === reached.epoch;
    const from = isSame ? reached.seq : 0;
    if (epoch < reached.epoch || seq <= from) return false;
    if (this.#isReplayed && disk.mayBeGone(room, reached)) return true;
    if (!isSame && !this.#mayMiss) {
      return reached.reopens === true && epoch === reached.epoch + 1 &&
        seq === 1;
    }
    return seq === from + 1 ||
      this.#mayMiss && this.#areHidden({ epoch, from: from + 1, to: seq });
  }

  #areHidden(
    { epoch, from, to }: { epoch: number; from: number; to: number },
  ): boolean {
    const { disk, room } = this.#start;
    for (let seq = from; seq < to; seq++) {
      if (!disk.isHidden(room, { epoch, seq })) return false;
    }
    return true;
  }

  #complain(what: string): void {
    this.#start.complain(`${this.#start.of} heard ${what}`);
  }
}
