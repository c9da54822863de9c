/**
 * The box that one writes in: messages, replies, edits.
 *
 * @module
 */
import { quotation } from "./message_line.js";
import { nameOf } from "./person.js";

/** From this part of the limit on it is told how much is left. */
const COUNT_FROM = 0.8;

const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const encoder = new TextEncoder();

export class Composer {
  #visit;
  #host;
  /** What the banner tells of. */
  #target;
  #form = document.getElementById("say-form");
  #field = document.getElementById("text-field");
  #banner = document.getElementById("banner");
  #bannerTitle = document.getElementById("banner-title");
  #bannerText = document.getElementById("banner-text");
  #count = document.getElementById("text-count");

  /** @param {{ textBytesMax(): number | null | undefined, onSaid(): void }} host */
  constructor(host) {
    this.#host = host;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener("keydown", (event) => this.#onKey(event));
    this.#field.addEventListener("input", () => this.#onInput());
    document.getElementById("banner-cancel")
      .addEventListener("click", () => this.#cancel());
  }

  /** @param {import("./visit.js").Visit} visit */
  show(visit) {
    if (this.#visit?.editing) this.#visit.editText = this.#field.value;
    else if (this.#visit) this.#visit.draft = this.#field.value;
    this.#visit = visit;
    this.#field.value = visit.editing ? visit.editText : visit.draft;
    this.#drawBanner();
    this.#drawCount();
  }

  /** Names the room and the user that one writes as. */
  setPlaceholder(text) {
    // Nothing can keep a mark that turns the writing to its part of this text.
    this.#field.placeholder = text.replace(TURNING, "");
  }

  focus() {
    this.#field.focus();
  }

  reply(message) {
    this.#stopEditing();
    this.#visit.replyTo = message;
    this.#drawBanner();
    this.focus();
  }

  edit(message) {
    if (!this.#visit.editing) this.#visit.draft = this.#field.value;
    this.#visit.editing = message;
    this.#visit.replyTo = undefined;
    this.#field.value = message.text;
    this.#drawBanner();
    this.#drawCount();
    this.focus();
  }

  /** What is answered or edited may have changed or gone. */
  update() {
    const { editing, replyTo, room } = this.#visit;
    const target = editing ?? replyTo;
    // Gone with its room or its reader; what was typed for it stays.
    if (target !== this.#target) this.#drawBanner();
    if (target === undefined) return;
    const now = room.messages.find(({ seq }) => seq === target.seq);
    if (!now?.deleted) return;
    this.#cancel();
  }

  #submit() {
    const visit = this.#visit;
    const text = this.#field.value;
    this.focus();
    if (text.trim() === "" || this.#excess() > 0) return this.#drawCount();
    const { editing } = visit;
    if (editing) {
      if (text !== editing.text) visit.edit(editing, text);
      this.#stopEditing();
    } else {
      visit.say(text);
      visit.replyTo = undefined;
      this.#field.value = "";
    }
    this.#drawBanner();
    this.#drawCount();
    this.#host.onSaid();
  }

  #onKey(event) {
    // While an input method composes, the keys belong to it.
    if (event.isComposing) return;
    const { key } = event;
    const { room, editing, replyTo } = this.#visit;
    if (key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#form.requestSubmit();
    } else if (key === "Escape" && (editing || replyTo)) {
      event.preventDefault();
      this.#cancel();
    } else if (key === "ArrowUp" && this.#field.value === "" && !editing) {
      const last = room.messages.findLast(({ mine, seq, deleted }) =>
        mine && seq !== undefined && !deleted
      );
      if (last === undefined) return;
      event.preventDefault();
      this.edit(last);
    }
  }

  #onInput() {
    this.#drawCount();
    const { room, editing } = this.#visit;
    if (!editing) room.typing(this.#field.value.trim() !== "");
  }

  #cancel() {
    this.#visit.replyTo = undefined;
    this.#stopEditing();
    this.#drawBanner();
    this.#drawCount();
    this.focus();
  }

  #stopEditing() {
    if (!this.#visit.editing) return;
    this.#visit.editing = undefined;
    this.#field.value = this.#visit.draft;
  }

  #drawBanner() {
    const { editing, replyTo } = this.#visit;
    const target = editing ?? replyTo;
    this.#target = target;
    this.#banner.hidden = target === undefined;
    if (target === undefined) return;
    this.#bannerTitle.textContent = editing
      ? "Editing your message"
      : `Answering ${nameOf(target.author)}`;
    this.#bannerText.replaceChildren(...quotation(target));
  }

  #bytes() {
    return encoder.encode(this.#field.value).length;
  }

  /** How many bytes are too many. */
  #excess() {
    return this.#bytes() - (this.#host.textBytesMax() ?? Infinity);
  }

  #drawCount() {
    const max = this.#host.textBytesMax() ?? Infinity;
    const bytes = this.#bytes();
    const isMuch = bytes > max * COUNT_FROM;
    this.#count.hidden = !isMuch;
    this.#count.classList.toggle("over", bytes > max);
    if (!isMuch) return;
    const numbers =
      `${bytes.toLocaleString()} of ${max.toLocaleString()} bytes`;
    this.#count.textContent = bytes > max ? `Too long: ${numbers}` : numbers;
  }
}
