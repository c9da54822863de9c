/**
 * What stands beside the chat: rooms, people, inspector. On a narrow screen one
 * of them at a time lies over it.
 *
 * @module
 */

const INSPECTOR_KEY = "parley.inspects";
const TOLD_MS = 8_000;
/** Up to this width the inspector takes the place of the people. */
const CROWDED_PX = 1_500;

const app = document.getElementById("app");
const toast = document.getElementById("toast");
const inspectorPlace = document.getElementById("inspector");
const buttons = {
  side: document.getElementById("side-button"),
  people: document.getElementById("members-button"),
  inspector: document.getElementById("inspector-button"),
};
/** From here on people stand beside the chat unless they are closed. */
const wide = matchMedia("(min-width: 72rem)");
const narrow = matchMedia("(max-width: 47.99rem)");

export class Panels {
  #host;
  #inspector;
  #toastTimer;

  /**
   * @param {{ chat: import("./client.js").ParleyClient,
   *   place(): import("./address.js").Place }} host
   */
  constructor(host) {
    this.#host = host;
    this.#set("people", wide.matches);
    wide.addEventListener("change", () => {
      this.#set("people", wide.matches && !this.#isCrowded);
    });
    buttons.side.addEventListener("click", () => this.#toggle("side"));
    buttons.people.addEventListener("click", () => this.#toggle("people"));
    buttons.inspector.addEventListener("click", () => {
      if (isOpen("inspector")) this.closeInspector();
      else this.openInspector();
    });
    document.getElementById("side-close")
      .addEventListener("click", () => this.closeSide());
    document.getElementById("people-panel-close")
      .addEventListener("click", () => this.#close("people"));
    document.getElementById("shade")
      .addEventListener("click", () => this.#closeCovers());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) {
        this.#closeCovers();
      }
    });
    if (recall()) this.openInspector();
  }

  closeSide() {
    if (isOpen("side")) this.#close("side");
  }

  /** Whether the inspector leaves no place for the people. */
  get #isCrowded() {
    return isOpen("inspector") && innerWidth < CROWDED_PX;
  }

  /** The chat shows another room. */
  moved() {
    if (isOpen("inspector")) this.#inspector?.moved();
  }

  /** The inspector is loaded when it is asked for. */
  async openInspector() {
    this.#set("inspector", true);
    if (this.#isCrowded) this.#set("people", false);
    remember(true);
    if (this.#inspector) return this.#inspector.open();
    try {
      const { Inspector } = await import("./inspector.js");
      this.#inspector ??= new Inspector(inspectorPlace, {
        ...this.#host,
        close: () => this.closeInspector(),
      });
      if (isOpen("inspector")) this.#inspector.open();
    } catch (error) {
      // Empty it would cover a phone, without a button to close it.
      this.closeInspector();
      this.tell(`The inspector could not be loaded. ${error.message}`);
    }
  }

  closeInspector() {
    this.#close("inspector");
    this.#set("people", wide.matches);
    remember(false);
    this.#inspector?.close();
  }

  /** Says something for a while. */
  tell(text) {
    clearTimeout(this.#toastTimer);
    toast.textContent = text;
    this.#toastTimer = setTimeout(() => toast.textContent = "", TOLD_MS);
  }

  #toggle(name) {
    if (isOpen(name)) this.#close(name);
    else this.#set(name, true);
  }

  #close(name) {
    const holder = document.getElementById(buttons[name].getAttribute(
      "aria-controls",
    ));
    const hadFocus = holder.contains(document.activeElement);
    this.#set(name, false);
    if (hadFocus) buttons[name].focus();
  }

  /** What lies over the chat, on a narrow screen. */
  #closeCovers() {
    if (isOpen("side")) this.#close("side");
    if (isOpen("people") && !wide.matches) this.#close("people");
  }

  #set(name, opens) {
    app.classList.toggle(`${name}-open`, opens);
    buttons[name].setAttribute("aria-expanded", String(opens));
    if (opens && narrow.matches && name !== "inspector") {
      document.getElementById(buttons[name].getAttribute("aria-controls"))
        .querySelector("button")?.focus();
    }
  }
}

function isOpen(name) {
  return app.classList.contains(`${name}-open`);
}

function remember(opens) {
  try {
    if (opens) sessionStorage.setItem(INSPECTOR_KEY, "1");
    else sessionStorage.removeItem(INSPECTOR_KEY);
  } catch {
    // Then it is closed after a reload.
  }
}

function recall() {
  try {
    return sessionStorage.getItem(INSPECTOR_KEY) !== null;
  } catch {
    return false;
  }
}
