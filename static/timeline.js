/**
 * What was said in a room, as lines on the page, and where the reader is.
 *
 * The page holds a window of the messages, never all: it moves as one scrolls,
 * and earlier ones are asked for when its beginning is reached.
 *
 * @module
 */
import { element } from "./element.js";
import { MessageLine } from "./message_line.js";
import { dayOf, isSameDay } from "./moment.js";

/** Messages on the page while the reader is at the end … */
const FOLLOWED_MAX = 120;
/** … and while the window moves, by so many at a time. */
const WINDOW_MAX = 240;
const STEP = 60;
/** This close (px) to an end of the window it moves. */
const REACH_PX = 700;
/** This close to the end the reader counts as reading the end. */
const BOTTOM_PX = 48;
const PAGE_MESSAGES = 100;
/** Messages of one author this close together share one head. */
const GROUP_MS = 5 * 60_000;
/** How far back a message that is answered is looked for. */
const SEARCH_PAGES_MAX = 40;

export class Timeline {
  #visit;
  #host;
  /** The seq of the first message of the window, unless the end is followed. */
  #first;
  #isFollowing = true;
  #isLoading = false;
  #problem = "";
  /** The newest message when the reader left the end. */
  #leftAt = 0;
  #lines = new Map();
  #log = document.getElementById("log");
  #list = document.getElementById("lines");
  #top = document.getElementById("top-of-log");
  #newer = document.getElementById("newer");
  #empty = document.getElementById("empty");

  /**
   * @param {{ isOnline(): boolean, me(): string, onReadToEnd(): void,
   *   onLeave(): void, onEnd(): void }} host `onLeave`: about to leave the end.
   */
  constructor(host) {
    this.#host = host;
    this.#log.addEventListener("scroll", () => this.#onScroll());
    this.#newer.addEventListener("click", () => {
      this.toEnd();
      host.onEnd();
    });
    new ResizeObserver(() => this.#isFollowing && this.#scrollToEnd())
      .observe(this.#log);
  }

  get isAtEnd() {
    return this.#isFollowing;
  }

  /** @param {import("./visit.js").Visit} visit */
  show(visit) {
    this.#visit = visit;
    this.#lines.clear();
    this.#list.replaceChildren();
    this.#problem = "";
    this.toEnd();
  }

  toEnd() {
    this.#isFollowing = true;
    this.render();
  }

  /** The message that a line on the page shows. */
  messageOf(node) {
    const line = this.#lines.get(node?.dataset.key);
    return line instanceof MessageLine ? line.message : undefined;
  }

  /** Draws what is otherwise than before, and leaves the reader where they are. */
  render() {
    const { room } = this.#visit;
    const { messages } = room;
    const [from, to] = this.#windowOf(messages);
    const anchor = this.#isFollowing ? undefined : this.#anchor();
    this.#draw(this.#itemsOf(messages, from, to));
    this.#drawEdges(messages, from, to);
    if (this.#isFollowing) this.#scrollToEnd();
    else if (anchor?.node.isConnected) {
      this.#log.scrollTop += anchor.node.getBoundingClientRect().top -
        anchor.top;
    }
    if (this.#isFollowing && messages.length > 0) this.#host.onReadToEnd();
  }

  /** Shows a message, however far back it is, and puts the focus on it. */
  async reveal(seq) {
    const visit = this.#visit;
    for (let page = 0; page < SEARCH_PAGES_MAX; page++) {
      const { messages, hasEarlier } = visit.room;
      if (this.#visit !== visit) return;
      if (!hasEarlier || (messages[0]?.seq ?? 0) <= seq) break;
      if (!await this.#loadEarlier()) return;
    }
    const { messages } = visit.room;
    const index = indexOf(messages, seq);
    const found = messages[index];
    if (this.#visit !== visit || found?.seq !== seq) return;
    this.#leaveEnd(messages);
    this.#first = messages[Math.max(0, index - STEP)].seq;
    this.render();
    const node = this.#lines.get(found.key)?.node;
    node?.scrollIntoView({ block: "center" });
    node?.focus({ preventScroll: true });
  }

  // ---- the window ----

  #windowOf(messages) {
    const { length } = messages;
    if (this.#isFollowing) return [Math.max(0, length - FOLLOWED_MAX), length];
    const from = indexOf(messages, this.#first);
    return [from, Math.min(length, from + WINDOW_MAX)];
  }

  #onScroll() {
    if (this.#visit === undefined) return;
    const { messages, hasEarlier } = this.#visit.room;
    const [from, to] = this.#windowOf(messages);
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    const below = scrollHeight - scrollTop - clientHeight;
    if (to === messages.length && below < BOTTOM_PX) {
      if (this.#isFollowing) return;
      this.#isFollowing = true;
      return this.render();
    }
    if (this.#isFollowing) {
      this.#leaveEnd(messages);
      this.#first = messages[from]?.seq ?? 0;
      this.#drawEdges(messages, from, to);
    }
    if (scrollTop < REACH_PX && from > 0) {
      this.#first = messages[Math.max(0, from - STEP)].seq;
      this.render();
    } else if (scrollTop < REACH_PX && hasEarlier) this.#loadEarlier();
    else if (below < REACH_PX && to < messages.length) {
      this.#first = messages[from + STEP]?.seq ?? this.#first;
      this.render();
    }
  }

  #leaveEnd(messages) {
    if (this.#isFollowing) this.#host.onLeave();
    this.#isFollowing = false;
    this.#leftAt = messages.findLast(({ seq }) => seq)?.seq ?? 0;
  }

  async #loadEarlier() {
    if (this.#isLoading) return false;
    const visit = this.#visit;
    this.#isLoading = true;
    this.#problem = "";
    this.#drawTop();
    try {
      await visit.room.loadEarlier(PAGE_MESSAGES);
    } catch (error) {
      this.#problem = error.code === "list_full"
        ? "This page holds no more messages. Earlier ones are on the server."
        : `Earlier messages could not be loaded. ${error.message}`;
      return false;
    } finally {
      this.#isLoading = false;
      if (this.#visit === visit) {
        this.render();
        // There may be room for more at once.
        if (this.#problem === "" && !this.#isFollowing) {
          requestAnimationFrame(() => this.#onScroll());
        }
      }
    }
    return true;
  }

  /** The first line that is in view, and how far down it is. */
  #anchor() {
    const { top } = this.#log.getBoundingClientRect();
    for (const node of this.#list.children) {
      const box = node.getBoundingClientRect();
      if (box.bottom > top) return { node, top: box.top };
    }
    return undefined;
  }

  #scrollToEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  // ---- lines ----

  #itemsOf(messages, from, to) {
    const { notes, newBehind } = this.#visit;
    const items = [];
    if (from === 0) addNotes(items, notes.get(0));
    let isNewMarked = newBehind === undefined ||
      (messages[from - 1]?.seq ?? 0) > newBehind;
    for (let i = from; i < to; i++) {
      const message = messages[i];
      const before = messages[i - 1];
      const isNewDay = before === undefined ||
        !isSameDay(before.at, message.at);
      if (isNewDay) {
        items.push({ key: `day ${message.key}`, kind: "day", message });
      }
      const isNew = !isNewMarked && message.seq > newBehind && !message.mine;
      if (isNew) items.push({ key: "new", kind: "new" });
      if (isNew || message.mine && message.seq > newBehind) isNewMarked = true;
      const follows = !isNewDay && !isNew && message.replyTo === undefined &&
        before.author.id === message.author.id &&
        before.author.name === message.author.name &&
        before.via === (message.via ?? before.via) &&
        message.at - before.at < GROUP_MS && !notes.has(before.seq);
      const quoted = message.replyTo &&
        messages[indexOf(messages, message.replyTo)];
      items.push({
        key: message.key,
        kind: "message",
        message,
        follows,
        quoted,
      });
      addNotes(items, notes.get(message.seq));
    }
    return items;
  }

  #draw(items) {
    const wanted = new Set(items.map(({ key }) => key));
    const focused = document.activeElement?.closest("#lines > li");
    // It goes from the page: the keyboard stays among the messages.
    if (focused && !wanted.has(focused.dataset.key)) {
      this.#log.focus({ preventScroll: true });
    }
    for (const [key, line] of this.#lines) {
      if (wanted.has(key)) continue;
      line.node.remove();
      this.#lines.delete(key);
    }
    let place = this.#list.firstChild;
    for (const item of items) {
      let line = this.#lines.get(item.key);
      if (line === undefined) {
        line = lineOf(item);
        line.node.dataset.key = item.key;
        this.#lines.set(item.key, line);
      }
      if (item.kind === "message") this.#update(line, item);
      if (line.node === place) place = place.nextSibling;
      else this.#list.insertBefore(line.node, place);
    }
  }

  #update(line, { message, follows, quoted }) {
    const isStored = message.status === "stored";
    const sending = this.#host.isOnline() ? "sending" : "waiting";
    const isIt = quoted?.seq === message.replyTo;
    line.update(message, {
      follows,
      quoted: isIt ? quoted : undefined,
      state: isStored ? "stored" : sending,
      me: this.#host.me(),
    });
  }

  #drawEdges(messages, from, to) {
    this.#drawTop(from);
    const { room } = this.#visit;
    this.#empty.hidden = messages.length > 0 || !room.isJoined;
    this.#newer.hidden = this.#isFollowing ||
      to === messages.length && this.#list.lastElementChild === null;
    const count = messages.length -
      (this.#leftAt ? indexOf(messages, this.#leftAt) + 1 : 0);
    this.#newer.textContent = count > 0
      ? `${count} new ${count === 1 ? "message" : "messages"} below`
      : "To the newest";
  }

  #drawTop(from = 0) {
    const { room } = this.#visit;
    const isFirst = from === 0 && !room.hasEarlier;
    const whole = this.#visit.isDirect ? "conversation" : "room";
    const text = this.#problem ||
      (this.#isLoading ? "Loading earlier messages …" : "") ||
      (isFirst && room.messages.length > 0 ? `The ${whole} begins here.` : "");
    if (this.#top.textContent !== text) this.#top.textContent = text;
  }
}

/** The index of the message with this seq, or of the next one. */
function indexOf(messages, seq) {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle].seq ?? Infinity) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addNotes(items, notes = []) {
  for (const { key, parts } of notes) items.push({ key, kind: "note", parts });
}

function lineOf({ kind, message, parts }) {
  switch (kind) {
    case "message":
      return new MessageLine();
    case "day":
      return { node: element("li", { class: "day" }, [dayOf(message.at)]) };
    case "new":
      return { node: element("li", { class: "day new" }, ["New"]) };
    default:
      return { node: element("li", { class: "note" }, parts) };
  }
}
