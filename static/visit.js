/**
 * One room as the reader has it open: what the library's room does not keep.
 *
 * A room that was opened stays joined until one leaves it, so that what is
 * unread in it is told at once.
 *
 * @module
 */
import { element } from "./element.js";
import { meet, nameOf } from "./person.js";

/** Notes kept between the messages; the oldest go first. */
const NOTES_MAX = 100;
/** Notes behind one message: where many come and go, the last ones tell enough. */
const NOTES_HERE_MAX = 4;

/**
 * @typedef {object} Refusal Something of ours that the server did not take.
 * @property {string} key
 * @property {string} kind `send`, `edit`, `delete` or `react`.
 * @property {string | undefined} text
 * @property {Error} error
 * @property {(() => Promise<unknown>) | undefined} again Unknown if the page
 * that said it is gone, or the message that it was about.
 */

export class Visit {
  /** What was typed and not sent. */
  draft = "";
  /** The message that the draft answers. */
  replyTo;
  /** The message that is to be edited … */
  editing;
  /** … and what was typed for it, while another room is shown. */
  editText = "";
  /** Notes by the seq of the message that they stand behind. */
  notes = new Map();
  /** @type {Refusal[]} */
  refusals = [];
  /** The last return: how much was caught up, and when it was told. */
  resumed;
  /** What is gone, if something is. */
  gap;
  /** Why one is not in the room. */
  error;
  /** Behind this seq stands what came while nobody looked. */
  newBehind;
  /** Whether that has been looked at since: what comes unseen then is newer. */
  #isNewSeen = false;
  #hasBeenIn = false;
  /** How to do again what may be refused, by key. */
  #doings = new Map();
  #notesCount = 0;
  #noteKey = 0;
  #onChanged;
  #onMessage;
  #onRefusals;
  #isWatched;
  #me;
  #stops = [];

  /**
   * @param {import("./address.js").Place} place
   * @param {import("./client.js").Room} room
   * @param {{ me(): string | undefined, isWatched(visit: Visit): boolean,
   *   onChanged(visit: Visit): void, onRefusals(): void,
   *   onMessage(visit: Visit, event: object): void }} host
   */
  constructor(place, room, host) {
    this.place = place;
    this.room = room;
    this.#onChanged = host.onChanged;
    this.#onMessage = host.onMessage;
    this.#onRefusals = host.onRefusals;
    this.#me = host.me;
    this.#isWatched = () => host.isWatched(this);
    this.#listen();
  }

  get isDirect() {
    return this.place.direct !== undefined;
  }

  /** Goes in, or tries it again. */
  enter() {
    this.error = undefined;
    // The events tell the rest.
    this.room.join().catch(() => {});
    this.#changed();
  }

  /** The reader comes to it; what they had seen is no longer new. */
  opened() {
    if (this.#isNewSeen) this.newBehind = undefined;
  }

  /** The reader has come to the end. */
  seen() {
    this.#isNewSeen = true;
  }

  /** Whether what comes in this phase came while nobody looked. */
  #isUnseen(phase) {
    if (phase === "live") return !this.#isWatched();
    // A server that has less than it had tells what was seen long ago.
    return phase === "missed" && this.gap?.reason !== "ahead";
  }

  #markNew(seq) {
    if (this.newBehind !== undefined && !this.#isNewSeen) return;
    this.newBehind = seq;
    this.#isNewSeen = false;
  }

  /** Another user reads: what was about the former one goes. */
  forget() {
    this.#setRefusals([]);
    this.notes.clear();
    this.#notesCount = 0;
    this.replyTo = undefined;
    this.editing = undefined;
    this.newBehind = undefined;
    this.resumed = undefined;
    this.gap = undefined;
    this.#changed();
  }

  end() {
    for (const stop of this.#stops) stop();
  }

  /** @param {string} text */
  say(text) {
    const { room, replyTo } = this;
    this.newBehind = undefined;
    const options = replyTo ? { replyTo } : {};
    this.#do("send", () => room.send(text, options), text);
  }

  /** @param {import("./client.js").Message | number} message */
  edit(message, text) {
    this.#do("edit", () => this.room.edit(message, text), text);
  }

  delete(message) {
    this.#do("delete", () => this.room.delete(message));
  }

  react(message, reaction, { remove }) {
    this.#do("react", () => this.room.react(message, reaction, { remove }));
  }

  /** @param {Refusal} refusal */
  again(refusal) {
    this.discard(refusal);
    const { kind, text } = refusal;
    const act = refusal.again ?? (() => this.room.send(text));
    this.#do(kind, act, text);
  }

  discard(refusal) {
    this.#setRefusals(this.refusals.filter((one) => one !== refusal));
  }

  /** @param {Omit<Refusal, "again">} refusal */
  refused({ key, kind, text, error }) {
    const again = this.#doings.get(key);
    this.#setRefusals([...this.refusals, { key, kind, text, error, again }]);
  }

  #do(kind, act, text) {
    const sending = act();
    const { key } = sending;
    this.#doings.set(key, act);
    sending.catch((error) => {
      // All else is told by the room, or stays in the outbox.
      if (error.code === "outbox_full") {
        this.refused({ key, kind, text, error });
      }
    }).finally(() => this.#doings.delete(key));
  }

  #setRefusals(refusals) {
    this.refusals = refusals;
    this.#onRefusals();
  }

  /** What was there is gone, and its numbers are given to other messages. */
  #beginAnew() {
    this.replyTo = undefined;
    this.editing = undefined;
    this.#doings.clear();
    this.#setRefusals(
      this.refusals.map((one) => ({ ...one, again: undefined })),
    );
  }

  /** @param {(string | Element)[]} parts */
  #note(...parts) {
    const seq = this.room.messages.findLast((one) => one.seq)?.seq ?? 0;
    const here = this.notes.get(seq) ?? [];
    if (here.length === NOTES_HERE_MAX) {
      here.shift();
      this.#notesCount -= 1;
    }
    this.#noteKey += 1;
    this.notes.set(seq, [...here, {
      key: `note ${this.#noteKey}`,
      parts,
    }]);
    this.#notesCount += 1;
    if (this.#notesCount > NOTES_MAX) {
      const [[oldest, { length }]] = this.notes;
      this.notes.delete(oldest);
      this.#notesCount -= length;
    }
    this.#changed();
  }

  #isMe({ id }) {
    return id === this.#me();
  }

  #changed() {
    this.#onChanged(this);
  }

  #listen() {
    const { room } = this;
    const on = (type, handler) => this.#stops.push(room.on(type, handler));
    on("changed", () => this.#changed());
    on("message", (event) => {
      const { message, phase } = event;
      meet(event.author);
      if (!message.mine && this.#isUnseen(phase)) {
        this.#markNew(message.seq - 1);
      }
      this.#onMessage(this, event);
    });
    on("members", ({ members }) => members.forEach(meet));
    on("arrived", ({ user }) => {
      if (!this.#isMe(user)) this.#note(named(user), " came in");
    });
    on("departed", ({ user }) => {
      if (!this.#isMe(user)) this.#note(named(user), " left");
    });
    on("renamed", ({ user, oldName }) => {
      this.#note(named({ ...user, name: oldName }), " is now ", named(user));
    });
    on("joined", () => {
      this.error = undefined;
      const { unread, readSeq } = room;
      const isFirst = !this.#hasBeenIn && unread > 0 && readSeq > 0;
      if (isFirst) this.#markNew(readSeq);
      this.#hasBeenIn = true;
      this.#changed();
    });
    on("resumed", ({ messages, entries }) => {
      this.resumed = { messages, entries, at: performance.now() };
    });
    on("gap", ({ reason, lost }) => {
      this.gap = { reason, lost };
      this.newBehind = undefined;
      this.resumed = undefined;
      this.notes.clear();
      this.#notesCount = 0;
      if (reason !== "truncated") this.#beginAnew();
    });
    on("closed", ({ reopens }) => {
      this.newBehind = undefined;
      this.notes.clear();
      this.#notesCount = 0;
      if (reopens) this.gap = { reason: "closed" };
      this.#beginAnew();
    });
    on("ended", ({ error }) => {
      this.error = error;
      this.#changed();
    });
    on("refused", (event) => this.refused(event));
  }
}

/** A name, kept apart from the direction of what is around it. */
function named(user) {
  return element("bdi", {}, [nameOf(user)]);
}
