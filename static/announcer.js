/**
 * Reads aloud what comes in, to who uses a screen reader.
 *
 * The log itself is silent: its lines come and go as one scrolls. In a busy room
 * only a count is read.
 *
 * @module
 */
import { nameOf } from "./person.js";

const PAUSE_MS = 1_000;
const READ_MAX = 3;

const place = document.getElementById("announcer");
let waiting = [];
let timer;

/** @param {import("./client.js").Message} message */
export function announce(message) {
  waiting.push(message);
  timer ??= setTimeout(read, PAUSE_MS);
}

function read() {
  timer = undefined;
  place.textContent = waiting.length > READ_MAX
    ? `${waiting.length} new messages`
    : waiting.map(({ author, text }) => `${nameOf(author)}: ${text}`)
      .join(" · ");
  waiting = [];
}
