/**
 * An honest line about the connection and the history.
 *
 * @module
 */
import { momentOf } from "./moment.js";

/** How long the good end of a loss is told, by a clock that does not jump. */
const RESUMED_MS = 12_000;

export class StatusLine {
  #chat;
  #visit;
  #box = document.getElementById("status");
  #text = document.getElementById("status-text");
  #count = document.getElementById("status-count");
  #button = document.getElementById("status-button");
  #timer;
  #act = () => {};
  #leave;
  /** When the state that is told of now was first seen … */
  #state;
  #seenAt = 0;
  /** … and how long after that it is tried again. */
  #retryMs = 0;

  /**
   * @param {import("./client.js").ParleyClient} chat
   * @param {{ leave(): void }} host The button goes, and had the keyboard.
   */
  constructor(chat, { leave }) {
    this.#chat = chat;
    this.#leave = leave;
    this.#button.addEventListener("click", () => this.#act());
  }

  /** @param {import("./visit.js").Visit} visit */
  show(visit) {
    this.#visit = visit;
    this.render();
  }

  render() {
    clearTimeout(this.#timer);
    const { kind, text, count = "", act, button = "", againMs } = this
      .#condition();
    this.#box.dataset.state = kind;
    // Told anew only if it is otherwise: it is read aloud.
    if (this.#text.textContent !== text) this.#text.textContent = text;
    this.#count.textContent = count;
    // The inspector shows it too where it covers this line.
    for (const place of document.querySelectorAll("[data-shows=status]")) {
      if (place.textContent !== text) place.textContent = text;
    }
    const isLeft = act === undefined &&
      document.activeElement === this.#button;
    this.#button.hidden = act === undefined;
    if (isLeft) this.#leave();
    if (this.#button.textContent !== button) this.#button.textContent = button;
    this.#act = act ?? (() => {});
    if (againMs !== undefined) {
      this.#timer = setTimeout(() => this.render(), againMs);
    }
  }

  #condition() {
    const { state } = this.#chat;
    switch (state.type) {
      case "offline":
        return this.#offline(state);
      case "ended":
      case "stopped":
        return {
          kind: "lost",
          text: `Disconnected: ${state.reason ?? "stopped"}`,
          button: "Connect again",
          act: () => this.#chat.start().catch(() => {}),
        };
      case "online":
        return this.#online();
      default:
        return { kind: "connecting", text: "Connecting …" };
    }
  }

  #offline(state) {
    const { retryAt, reason } = state;
    if (state !== this.#state) {
      this.#state = state;
      this.#seenAt = performance.now();
      this.#retryMs = retryAt - Date.now();
    }
    const leftMs = this.#retryMs - (performance.now() - this.#seenAt);
    const seconds = Math.max(0, Math.ceil(leftMs / 1_000));
    return {
      kind: "lost",
      text: `Offline: ${reason || "no connection"}`,
      // The number changes each second and is not read aloud.
      count: `retry in ${seconds} s`,
      button: "Try now",
      // What the client waits for, besides the time.
      act: () => dispatchEvent(new Event("online")),
      againMs: 250,
    };
  }

  #online() {
    const { room, error, gap, resumed } = this.#visit;
    if (error) {
      return {
        kind: "lost",
        text: `Not in this room: ${error.message}`,
        button: "Try again",
        act: () => this.#visit.enter(),
      };
    }
    if (!room.isJoined) return { kind: "connecting", text: "Catching up …" };
    if (gap) {
      return {
        kind: "gap",
        text: gapText(gap, room.messages),
        button: "Understood",
        act: () => {
          this.#visit.gap = undefined;
          this.render();
        },
      };
    }
    const age = performance.now() - (resumed?.at ?? -Infinity);
    if (age < RESUMED_MS) {
      return {
        kind: "resumed",
        text: resumedText(resumed),
        againMs: RESUMED_MS - age,
      };
    }
    return { kind: "connected", text: "Connected" };
  }
}

function resumedText({ messages, entries }) {
  if (entries === 0) return "Resumed, nothing was missed";
  const changes = entries - messages;
  const parts = [
    ...messages > 0 ? [counted(messages, "message")] : [],
    ...changes > 0 ? [counted(changes, "change")] : [],
  ];
  return `Resumed, ${parts.join(" and ")} caught up`;
}

function gapText({ reason, lost }, messages) {
  const [first] = messages;
  const before = first?.seq === undefined
    ? "What was said before"
    : `History before ${momentOf(first.at)}`;
  switch (reason) {
    case "truncated": {
      const much = lost
        ? ` (${counted(lost.toSeq - lost.fromSeq + 1, "entry")})`
        : "";
      return `${before} is gone${much}: the server no longer keeps it`;
    }
    case "ahead":
      return `${before} may be gone: the server has less than was seen here`;
    default:
      return `${before} is gone: the room was closed and begun anew`;
  }
}

function counted(number, word) {
  if (number === 1) return `1 ${word}`;
  const many = word.endsWith("y") ? `${word.slice(0, -1)}ies` : `${word}s`;
  return `${number.toLocaleString()} ${many}`;
}
