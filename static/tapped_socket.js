/**
 * A WebSocket that tells the inspector what goes through it, but for passwords
 * and tokens, which are not even kept.
 *
 * @module
 */

/** Frames kept for an inspector that is opened later; the oldest go first. */
const KEPT_MAX = 200;

/** @typedef {{ direction: "in" | "out" | "note", text: string, at: number }} Frame */

/** What one would not show to whoever looks over one's shoulder. */
const SECRETS =
  /("(?:password|token|resume_token|access_token|jwt)"\s*:\s*")(?:[^"\\]|\\.)+"/g;

const kept = [];
const listeners = new Set();

/** Tells what passes, from what is kept on. @returns A function that ends it. */
export function onFrame(listener) {
  for (const frame of kept) listener(frame);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export class TappedSocket extends WebSocket {
  constructor(url, protocol) {
    super(url, protocol);
    tell("note", `connects to ${url}`);
    this.addEventListener("message", ({ data }) => tell("in", data));
    this.addEventListener("close", ({ code, reason }) => {
      tell("note", `closed: ${code}${reason ? ` ${reason}` : ""}`);
    });
  }

  send(text) {
    tell("out", text);
    super.send(text);
  }
}

function tell(direction, text) {
  const shown = String(text).replace(SECRETS, '$1…"');
  const frame = { direction, text: shown, at: Date.now() };
  kept.push(frame);
  if (kept.length > KEPT_MAX) kept.shift();
  for (const listener of listeners) listener(frame);
}
