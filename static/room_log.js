/**
 * What was said in the room, as lines on the page, and where the reader is.
 *
 * Whatever came from outside becomes a text node, never markup.
 *
 * @module
 */

/** Lines kept on the page; the oldest go first. */
const LINES_MAX = 500;
/** Messages of one author this close together share one heading. */
const GROUP_MS = 5 * 60_000;
/** This close to the end the reader counts as reading the end. */
const BOTTOM_PX = 48;
const HUES = 8;

const empty = document.getElementById("empty");
const history = document.getElementById("history");
const log = document.getElementById("log");
const newer = document.getElementById("newer");
const pending = document.getElementById("pending");

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

let isAtBottom = true;

/** The lines of one visit: filled unseen by the replay, then shown at once. */
export class Lines {
  /** Time in ms (the server's clock) of the newest message so far. */
  newestAt = -Infinity;
  #list = element("ol", "lines");
  #isShown = false;
  #day;
  #last;

  /** @param message `sentAt` is in ms; NaN shows no time. */
  addMessage({ from, text, sentAt }) {
    const date = new Date(sentAt);
    const time = element("time", "");
    if (!Number.isNaN(date.getTime())) {
      this.#addDay(date);
      this.newestAt = Math.max(this.newestAt, sentAt);
      time.textContent = timeFormat.format(date);
      time.dateTime = date.toISOString();
      time.title = date.toLocaleString();
    }
    const follows = this.#last?.from === from &&
      sentAt - this.#last.sentAt < GROUP_MS;
    this.#add(messageLine(follows ? "follows" : "leads", from, time, text));
    this.#last = { from, sentAt };
  }

  /** Adds a discreet line: `what` happened to `who`. */
  addNote(who, what) {
    this.#add(element("li", "note", element("bdi", "", who), ` ${what}`));
  }

  /** The replay is complete. It is not news: it is not read out. */
  show() {
    this.#isShown = true;
    log.ariaLive = "off";
    history.replaceChildren(this.#list);
    requestAnimationFrame(() => log.ariaLive = "polite");
    showEmpty();
    scrollToBottom();
  }

  #addDay(date) {
    const day = date.toDateString();
    if (day === this.#day) return;
    this.#day = day;
    this.#add(element("li", "day", dayFormat.format(date)));
  }

  #add(line) {
    this.#last = undefined;
    const list = this.#list;
    list.append(line);
    while (list.childElementCount > LINES_MAX) {
      list.firstElementChild.remove();
      // A message that followed the lost one now needs its own heading.
      list.firstElementChild.classList.remove("follows");
    }
    if (!this.#isShown) return;
    showEmpty();
    if (isAtBottom) scrollToBottom();
    else newer.hidden = false;
  }
}

/** @param {() => void} onNewer The reader asked for the end. */
export function startLog(onNewer) {
  log.addEventListener("scroll", onScroll, { passive: true });
  newer.addEventListener("click", () => {
    scrollToBottom();
    onNewer();
  });
  const observer = new ResizeObserver(() => {
    if (isAtBottom) scrollToBottom();
  });
  observer.observe(log);
}

/** Another room: nothing of the one before may stay under its name. */
export function clearLog() {
  history.replaceChildren();
  pending.replaceChildren();
  empty.hidden = true;
  newer.hidden = true;
}

/** Shows a message of ours that the server has not confirmed yet. */
export function addPending(from, text) {
  const sending = element("span", "sending", "sending…");
  const line = messageLine("waiting", from, sending, text);
  pending.append(line);
  showEmpty();
  scrollToBottom();
  return line;
}

function messageLine(kind, from, aside, text) {
  const author = element("bdi", `author hue-${hueOf(from)}`, from);
  author.title = from;
  const words = element("p", "words", text);
  words.dir = "auto";
  const head = element("p", "head", author, " ", aside);
  return element("li", `message ${kind}`, head, words);
}

function hueOf(from) {
  let hash = 0;
  for (const char of from) hash = (hash * 31 + char.codePointAt(0)) % 65_521;
  return hash % HUES;
}

function showEmpty() {
  empty.hidden = log.querySelector("li") !== null;
}

function onScroll() {
  const { scrollHeight, scrollTop, clientHeight } = log;
  isAtBottom = scrollHeight - scrollTop - clientHeight < BOTTOM_PX;
  if (isAtBottom) newer.hidden = true;
}

function scrollToBottom() {
  isAtBottom = true;
  newer.hidden = true;
  // At once: a frame later it would undo what the reader scrolled meanwhile.
  log.scrollTop = log.scrollHeight;
}

function element(tag, className, ...children) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}
