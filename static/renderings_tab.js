/**
 * The inspector's second tab: one message, and what each of six connections
 * receives of it.
 *
 * @module
 */
import { element } from "./element.js";
import { frameParts, sizeOf } from "./frame_view.js";
import { InspectorConnection } from "./inspector_connection.js";
import { DIALECTS } from "./inspector_dialects.js";

const ENTER_MS_MAX = 15_000;
const HEAR_MS_MAX = 5_000;

export class RenderingsTab {
  #host;
  #connections = [];
  #run = 0;
  #from = element(
    "select",
    { id: "renderings-from" },
    DIALECTS.map(({ name }) => element("option", { value: name }, [name])),
  );
  #profile = element("select", { id: "renderings-profile" }, [
    element("option", { value: "document" }, ["document"]),
    element("option", { value: "original" }, ["original"]),
  ]);
  #text = element("input", {
    id: "renderings-text",
    type: "text",
    dir: "auto",
    value: "The same words, six ways 👋",
    autocomplete: "off",
  });
  #state = element("p", { class: "hint", role: "status" });
  #cards = element("div", { class: "cards" });

  /** @param {{ seat(profile: string): Promise<object> }} host */
  constructor(host) {
    this.#host = host;
    const form = element("form", { class: "choices" }, [
      choice("Text", this.#text, "wide"),
      choice("Sent in", this.#from),
      choice("Profile", this.#profile),
      element("button", { type: "submit", class: "main" }, ["Send it"]),
      element("div", { class: "told" }, [this.#state]),
    ]);
    const scroller = element("div", { class: "cards-box" }, [this.#cards]);
    this.node = element("div", { class: "tab-body" }, [form, scroller]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send().catch((error) => this.#say(error.message));
    });
    this.#say(
      "Six connections come into the room, one of them speaks, and each shows what it was sent.",
    );
  }

  show() {}

  /** The next message is said in the room that is shown then. */
  moved() {}

  close() {
    this.#run += 1;
    for (const connection of this.#connections) connection.close();
    this.#connections = [];
  }

  async #send() {
    const text = this.#text.value;
    if (text.trim() === "") return;
    this.close();
    const run = this.#run;
    this.#say("Six connections come into the room …");
    const seat = await this.#host.seat(this.#profile.value);
    if (run !== this.#run) return;
    const cards = DIALECTS.map((dialect) =>
      new Card(dialect, { ...seat, name: `${seat.name} ${dialect.name}` })
    );
    this.#cards.replaceChildren(...cards.map(({ node }) => node));
    const open = cards.filter((card) => card.connect());
    this.#connections = open;
    await within(ENTER_MS_MAX, Promise.all(open.map(({ isIn }) => isIn)));
    if (run !== this.#run) return;
    const speaker = open.find(({ name }) => name === this.#from.value) ??
      open[0];
    for (const card of open) card.listenFor(text);
    if (!speaker?.say(text)) {
      this.close();
      this.#say("Nothing was said: the server cannot be reached.");
      return;
    }
    await within(HEAR_MS_MAX, Promise.all(open.map(({ heard }) => heard)));
    if (run !== this.#run) return;
    const count = open.filter(({ hasHeard }) => hasHeard).length;
    this.close();
    this.#say(
      `Said in ${speaker.name}, heard by ${count} of ${open.length} connections.`,
    );
  }

  #say(text) {
    this.#state.textContent = text;
  }
}

/** One dialect's connection, and what it was sent of the message. */
class Card {
  hasHeard = false;
  isIn;
  heard;
  #dialect;
  #seat;
  #connection;
  #wanted;
  #startedAt = 0;
  #onIn;
  #onHeard;
  #state = element("span", { class: "hint" }, ["connecting"]);
  #body = element("div", { class: "card-body" });

  constructor(dialect, seat) {
    this.#dialect = dialect;
    this.#seat = seat;
    ({ promise: this.isIn, resolve: this.#onIn } = Promise.withResolvers());
    ({ promise: this.heard, resolve: this.#onHeard } = Promise.withResolvers());
    this.node = element("article", {
      class: "card",
      "aria-label": dialect.name,
    }, [
      element("header", {}, [
        element("h3", {}, [dialect.name]),
        this.#state,
      ]),
      this.#body,
    ]);
  }

  get name() {
    return this.#dialect.name;
  }

  /** @returns Whether the dialect can come into the room. */
  connect() {
    const hindrance = this.#dialect.hindrance(this.#seat);
    if (hindrance !== undefined) {
      this.#state.textContent = "";
      this.#body.replaceChildren(element("p", { class: "hint" }, [hindrance]));
      return false;
    }
    this.#connection = new InspectorConnection(this.#dialect, this.#seat, {
      onFrame: (frame) => this.#onFrame(frame),
      onState: (state) => {
        if (state !== "open") this.#onIn();
        // Nothing more is to be waited for.
        if (state === "closed") this.#onHeard();
        if (this.#wanted === undefined) this.#state.textContent = state;
      },
    });
    return true;
  }

  listenFor(text) {
    // As it stands in any JSON text.
    this.#wanted = JSON.stringify(text).slice(1, -1);
    this.#startedAt = performance.now();
    this.#state.textContent = "listening …";
  }

  /** @returns Whether it was sent. */
  say(text) {
    return this.#connection.send(this.#dialect.say(text, this.#seat));
  }

  close() {
    this.#connection.close();
    if (!this.hasHeard && this.#wanted !== undefined) {
      this.#state.textContent = "heard nothing";
    }
  }

  #onFrame({ direction, text }) {
    if (this.#wanted === undefined || direction !== "in") return;
    if (!text.includes(this.#wanted)) return;
    const ms = Math.round(performance.now() - this.#startedAt);
    this.hasHeard = true;
    this.#state.textContent = `${sizeOf(text)} · ${ms} ms`;
    this.#body.append(...frameParts(text, { dialect: this.name }));
    this.#onHeard();
  }
}

function choice(name, control, kind = "") {
  return element("div", { class: `choice ${kind}` }, [
    element("label", { for: control.id }, [name]),
    control,
  ]);
}

/** Waits, but not for ever. */
function within(ms, promise) {
  let timer;
  const late = new Promise((resolve) => timer = setTimeout(resolve, ms));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
