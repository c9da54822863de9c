import type { Appended } from "../../src/core/ports.ts";
import type { Position } from "../../src/core/types.ts";
import type { Disk } from "./disk.ts";

/** What came of one try to say something. */
interface Try {
  readonly by: string;
  readonly room: string;
  /** A text that only this one has, where it has one. */
  readonly text?: string | undefined;
  readonly isMessage: boolean;
  /** Author and key; what is sent under the same one has one effect. */
  readonly key?: string;
  outcome: "open" | "acked" | "refused" | "unsure";
  /** It is this try that had an effect. */
  isFresh: boolean;
  /** Nobody cut it off: it must be answered. */
  readonly due: () => boolean;
}

/** Refusals after which the message may or may not be there. */
const UNSURE: readonly string[] = ["busy", "storage_failed"];

/** All that was said, and what the senders were told. */
export class Sends {
  readonly #disk: Disk;
  readonly #complain: (what: string) => void;
  readonly #tries: Try[] = [];
  /** Where the effect of a key is. */
  readonly #effects = new Map<string, { id: string; fresh: number }>();
  readonly #ackedEnds = new Map<string, Position>();
  /** Keys are remembered for a day: then they may have another effect. */
  keysMayExpire = false;

  constructor(disk: Disk, complain: (what: string) => void) {
    this.#disk = disk;
    this.#complain = complain;
  }

  get count(): number {
    return this.#tries.length;
  }

  /** Acknowledged sends. */
  get ackedCount(): number {
    return this.#tries.filter(({ outcome }) => outcome === "acked").length;
  }

  /** Something is not answered yet. */
  get isWaiting(): boolean {
    return this.#tries.some(({ outcome, due }) => outcome === "open" && due());
  }

  /** Notes one before it is sent. */
  begin(one: Omit<Try, "outcome" | "isFresh">): Try {
    const begun: Try = { ...one, outcome: "open", isFresh: false };
    this.#tries.push(begun);
    return begun;
  }

  /** The newest place of a room of which a sender was told. */
  ackedEnd(room: string): Position {
    return this.#ackedEnds.get(room) ?? { epoch: 1, seq: 0 };
  }

  /** An acknowledged message is on disk, at that place, with that id. */
  acked(one: Try, { entry, duplicate }: Appended): void {
    one.outcome = "acked";
    one.isFresh = !duplicate;
    // The reaction was there already, or was not there: nothing was written.
    if (!one.isMessage && entry.kind === "message") return;
    const { room, text, key } = one;
    const place = `${room}/${entry.epoch}/${entry.seq}`;
    const stored = this.#disk.at(room, entry);
    if (stored?.id !== entry.id) {
      this.#complain(`${place} was acked as ${entry.id}, it is ${stored?.id}`);
    }
    // A later retry may be told what became of it.
    const said = stored && "text" in stored ? stored.text : undefined;
    if (said !== text) this.#complain(`${place} was acked for "${text}"`);
    if (stored && stored.order !== entry.order) {
      this.#complain(`${place} was acked as message ${entry.order}`);
    }
    if (duplicate && key === undefined) this.#complain(`${place}: no key`);
    if (key !== undefined) this.#keyed(key, entry.id, duplicate);
    const end = this.ackedEnd(room);
    const isLater = entry.epoch > end.epoch ||
      entry.epoch === end.epoch && entry.seq > end.seq;
    if (isLater) this.#ackedEnds.set(room, entry);
  }

  /** A refusal whose code does not say "perhaps" has left nothing behind. */
  refused(one: Try, code: string): void {
    one.outcome = UNSURE.includes(code) ? "unsure" : "refused";
  }

  /** What can be said once nothing is under way any more. */
  checkEnd(): void {
    for (const { outcome, due, text } of this.#tries) {
      if (outcome === "open" && due()) {
        this.#complain(`"${text}" was never answered`);
      }
    }
    for (const [text, tries] of Map.groupBy(this.#tries, (one) => one.text)) {
      if (text === undefined) continue;
      const count = this.#disk.texts.get(text) ?? 0;
      if (count > 1 && !this.keysMayExpire) {
        this.#complain(`"${text}" is stored ${count} times`);
      }
      const refused = tries.every(({ outcome }) => outcome === "refused");
      if (refused && count > 0) this.#complain(`"${text}" was refused`);
    }
    this.#checkOrder();
  }

  /** One key, one effect: whoever asks again is told of the first. */
  #keyed(key: string, id: string, duplicate: boolean): void {
    const effect = this.#effects.get(key) ?? { id, fresh: 0 };
    this.#effects.set(key, effect);
    if (!duplicate) effect.fresh++;
    if (this.keysMayExpire) return;
    if (effect.id !== id) {
      this.#complain(`${key} was acked as ${effect.id} and as ${id}`);
    }
    if (effect.fresh > 1) this.#complain(`${key} was acked as new twice`);
  }

  /** What one session said in a room lies in the order in which it said it. */
  #checkOrder(): void {
    const places = new Map<string, number>();
    let count = 0;
    for (const { entry } of this.#disk.all()) {
      if (entry.kind === "message") places.set(entry.text, count++);
    }
    const last = new Map<string, { text: string; place: number }>();
    for (const { by, room, text = "", key, ...one } of this.#tries) {
      const place = places.get(text);
      if (place === undefined || !one.isMessage) continue;
      const isAgain = !one.isFresh || this.keysMayExpire;
      if (key !== undefined && isAgain) continue;
      const sender = JSON.stringify([by, room]);
      const before = last.get(sender);
      if (before && place < before.place) {
        const [first, second] = [text.trim(), before.text.trim()];
        this.#complain(`${by}: "${first}" is stored before "${second}"`);
      }
      last.set(sender, { text, place });
    }
  }
}

export type { Try };
