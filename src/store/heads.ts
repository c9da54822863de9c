import { messageGone, roomClosed } from "../core/errors.ts";
import { isBefore } from "../core/position.ts";
import type { Draft, Entry, Position, RoomRecord } from "../core/types.ts";

/** The end of a room's log, as this instance knows it. */
export class LogHead {
  record: RoomRecord;
  epoch: number;
  seq: number;
  order: number;
  closed: boolean;

  constructor(record: RoomRecord, head: Position & { order: number }) {
    this.record = record;
    this.epoch = head.epoch;
    this.seq = head.seq;
    this.order = head.order;
    this.closed = record.closedAt !== undefined;
  }

  /** Nothing was ever written: another instance may have removed the room. */
  get blank(): boolean {
    return this.epoch === 1 && this.seq === 0;
  }

  /** A copy to count on while a commit is put together. */
  copy(): LogHead {
    const copy = new LogHead(this.record, this);
    copy.closed = this.closed;
    return copy;
  }

  /**
   * Gives a draft the next place and moves onto it.
   *
   * @throws {ChatError} `room_closed`; `gone`: the log was begun anew.
   */
  place(draft: Draft): Entry {
    if (this.closed) throw roomClosed("send to", this.record.id);
    const { epoch } = this;
    if ("target" in draft && draft.epoch !== epoch) {
      throw messageGone(draft.target.seq);
    }
    const seq = this.seq + 1;
    const order = this.order + (draft.kind === "message" ? 1 : 0);
    const entry: Entry = { ...draft, epoch, seq, order };
    this.follow(entry);
    return entry;
  }

  /** Moves onto an entry that others wrote, if it is further on. */
  pass(entry: Entry): void {
    const { epoch } = entry;
    if (!isBefore(this, entry)) return;
    if (epoch > this.epoch) {
      const { closedAt: _, ...open } = this.record;
      this.record = { ...open, epoch };
      this.closed = false;
    }
    this.follow(entry);
  }

  /** Moves onto an entry that is next. */
  follow(entry: Entry): void {
    this.epoch = entry.epoch;
    this.seq = entry.seq;
    this.order = entry.order;
    if (entry.kind !== "closed") return;
    this.record = closedRecord(this.record, entry);
    if (entry.reopens) {
      this.epoch++;
      this.seq = 0;
      this.order = 0;
    } else {
      this.closed = true;
    }
  }
}

/** The room's record once this entry has closed it. */
function closedRecord(
  record: RoomRecord,
  entry: { at: number; epoch: number; reopens: boolean },
): RoomRecord {
  return entry.reopens
    ? { ...record, epoch: entry.epoch + 1 }
    : { ...record, closedAt: entry.at };
}
