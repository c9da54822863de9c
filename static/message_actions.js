/**
 * What one may do with a message: one bar for all, which stands on the message
 * that is pointed at or has the keyboard.
 *
 * @module
 */
import { element } from "./element.js";
import { icon } from "./icon.js";

const QUICK_REACTIONS = ["👍", "❤️", "😂"];
const MORE_REACTIONS = ["🎉", "😮", "😢", "🙏", "👀", "🔥", "✅", "👎"];
/** A second press on Delete must come within this time. */
const SURE_MS = 4_000;

export class MessageActions {
  #log;
  #host;
  /** The line that the bar stands on. */
  #node;
  #bar = element("div", { class: "actions", role: "group" });
  #sureTimer;

  /**
   * @param {HTMLElement} log
   * @param {{ messageOf(node: Element): object | undefined,
   *   reply(message: object): void, edit(message: object): void,
   *   delete(message: object): void,
   *   react(message: object, reaction: string): void,
   *   reveal(seq: number): void, leave(): void }} host
   */
  constructor(log, host) {
    this.#log = log;
    this.#host = host;
    this.#bar.setAttribute("aria-label", "What to do with the message");
    log.addEventListener("pointerover", (event) => {
      // A finger first chooses the message; its next touch may press a button.
      // Messages also pass below a mouse that rests: the keyboard comes first.
      const isMouse = event.pointerType === "mouse";
      if (isMouse && !this.#hasKeyboard) this.#attachTo(event.target);
    });
    log.addEventListener("pointerleave", () => {
      if (!log.contains(document.activeElement)) this.detach();
    });
    log.addEventListener("focusin", (event) => this.#attachTo(event.target));
    log.addEventListener("focusout", ({ relatedTarget }) => {
      // Where the whole window has lost the keyboard it will come back here.
      const isLeft = document.hasFocus() && !log.contains(relatedTarget);
      if (isLeft) this.detach();
    });
    log.addEventListener("click", (event) => this.#onClick(event));
    log.addEventListener("keydown", (event) => this.#onKey(event));
  }

  detach() {
    if (this.#node === undefined) return;
    this.#setTabStops("-1");
    // First: that the bar goes may take the focus from it, which comes back here.
    this.#node = undefined;
    this.#bar.remove();
  }

  /** The message that it stands on may have been deleted. */
  update() {
    if (this.#node && this.#host.messageOf(this.#node)?.deleted) this.#end();
  }

  /** There is nothing more to do with the message. */
  #end() {
    const hadKeyboard = this.#node.contains(document.activeElement);
    this.detach();
    if (hadKeyboard) this.#host.leave();
  }

  get #hasKeyboard() {
    const { activeElement } = document;
    return this.#node !== undefined && this.#node.contains(activeElement) &&
      activeElement.matches(":focus-visible");
  }

  #attachTo(target) {
    const node = target.closest?.(".message");
    if (!node || node === this.#node) return;
    const message = this.#host.messageOf(node);
    if (!message || message.status !== "stored" || message.deleted) {
      return this.detach();
    }
    this.detach();
    this.#node = node;
    this.#draw(message);
    node.append(this.#bar);
    this.#setTabStops("0");
  }

  /** What stands in other messages is passed over by the Tab key. */
  #setTabStops(index) {
    const stops = this.#node?.querySelectorAll(".chip, .quote") ?? [];
    for (const stop of stops) stop.tabIndex = Number(index);
  }

  #draw({ mine }) {
    clearTimeout(this.#sureTimer);
    const { activeElement } = document;
    const act = this.#bar.contains(activeElement) && activeElement.dataset.act;
    const own = mine
      ? [
        button("Edit", { act: "edit", drawn: "edit" }),
        button("Delete", { act: "delete", drawn: "trash" }),
      ]
      : [];
    this.#fill([
      ...QUICK_REACTIONS.map(reactionButton),
      button("Other reaction", { act: "more", drawn: "smile" }),
      button("Reply", { act: "reply", drawn: "reply" }),
      ...own,
    ]);
    if (act) this.#bar.querySelector(`[data-act="${act}"]`)?.focus();
  }

  #fill(children) {
    // First: the button that goes takes the focus with it, and that ends all.
    if (this.#bar.contains(document.activeElement)) {
      this.#node.focus({ preventScroll: true });
    }
    this.#bar.replaceChildren(...children);
  }

  #drawMore() {
    const form = element("form", { class: "other" }, [
      element("input", {
        type: "text",
        "aria-label": "Reaction of your own",
        placeholder: "any",
        dir: "auto",
        size: "4",
        maxlength: "16",
        autocomplete: "off",
      }),
    ]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const reaction = form.firstElementChild.value.trim();
      if (reaction !== "") this.#react(reaction);
    });
    this.#fill([...MORE_REACTIONS.map(reactionButton), form]);
    this.#bar.firstElementChild.focus();
  }

  #onClick(event) {
    const pressed = event.target.closest?.("button");
    const node = event.target.closest?.(".message");
    if (!pressed || !node) return;
    const { act, reaction, seq } = pressed.dataset;
    if (seq !== undefined) return this.#host.reveal(Number(seq));
    const message = this.#host.messageOf(node);
    if (!message) return;
    if (reaction !== undefined) return this.#react(reaction, message);
    switch (act) {
      case "more":
        return this.#drawMore();
      case "reply":
        return this.#host.reply(message);
      case "edit":
        return this.#host.edit(message);
      case "delete":
        return this.#delete(pressed, message);
    }
  }

  #react(reaction, message = this.#host.messageOf(this.#node)) {
    if (!message) return;
    this.#host.react(message, reaction);
    if (this.#bar.contains(document.activeElement)) this.#node.focus();
    this.#draw(message);
  }

  #delete(pressed, message) {
    if (pressed.dataset.sure === undefined) {
      pressed.dataset.sure = "";
      pressed.replaceChildren("Delete it?");
      pressed.setAttribute("aria-label", "Delete it? Press again to delete");
      this.#sureTimer = setTimeout(() => this.#draw(message), SURE_MS);
      return;
    }
    clearTimeout(this.#sureTimer);
    this.#host.delete(message);
    this.detach();
    this.#host.leave();
  }

  #onKey(event) {
    const { key } = event;
    if (key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      return this.#host.leave();
    }
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (step === undefined || event.target.closest("input")) return;
    const lines = [...this.#log.querySelectorAll(".message")];
    const current = lines.indexOf(event.target.closest(".message"));
    const next = current === -1 ? lines.at(-1) : lines[current + step];
    event.preventDefault();
    next?.focus();
  }
}

function reactionButton(reaction) {
  return element("button", {
    type: "button",
    class: "action emoji",
    "aria-label": `React with ${reaction}`,
    title: `React with ${reaction}`,
    "data-reaction": reaction,
  }, [reaction]);
}

function button(name, { act, drawn }) {
  return element("button", {
    type: "button",
    class: "action",
    "aria-label": name,
    title: name,
    "data-act": act,
  }, [icon(drawn)]);
}
