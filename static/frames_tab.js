/**
 * The inspector's first tab: one connection, frame by frame.
 *
 * @module
 */
import { element } from "./element.js";
import { frameLine } from "./frame_view.js";
import { InspectorConnection } from "./inspector_connection.js";
import { dialectNamed, DIALECTS } from "./inspector_dialects.js";
import { onFrame } from "./tapped_socket.js";

/** Frames on the page; the oldest go first. */
const FRAMES_MAX = 300;
const BOTTOM_PX = 40;
/** The page's own connection, which one only watches. */
const OWN = "own";
const STATES = {
  open: "connected",
  in: "in the room",
  closed: "closed",
};

export class FramesTab {
  #host;
  #connection;
  #stopWatching;
  #seat;
  /** Counts what was chosen: a seat that is found for less is too late. */
  #turn = 0;
  /** The turn whose frames are listed; what others still hear is not. */
  #listed;
  #dialect = element("select", { id: "inspector-dialect" }, [
    option(OWN, "this page’s own socket"),
    ...DIALECTS.map(({ name }) => option(name, name)),
  ]);
  #profile = element("select", { id: "inspector-profile" }, [
    option("document", "document"),
    option("original", "original"),
  ]);
  #about = element("p", { class: "hint" });
  #state = element("span", { class: "hint", role: "status" });
  #connect = element("button", { type: "submit", class: "main" }, ["Connect"]);
  #beats = element("input", { type: "checkbox", id: "inspector-beats" });
  #list = element("ol", { class: "frames", "aria-label": "Frames" });
  #scroller = element("div", {
    class: "frames-box",
    role: "log",
    "aria-live": "off",
    "aria-label": "Frames on the wire",
    tabindex: "0",
  }, [this.#list]);
  #examples = element("select", { id: "inspector-example" });
  #field = element("textarea", {
    id: "inspector-frame",
    rows: "3",
    spellcheck: "false",
    autocomplete: "off",
    dir: "ltr",
  });
  #sendForm = element("form", { class: "raw-form" }, [
    element("div", { class: "pair" }, [
      element("label", { for: "inspector-example" }, ["Example"]),
      this.#examples,
    ]),
    element("label", { class: "unseen", for: "inspector-frame" }, [
      "Frame to send",
    ]),
    this.#field,
    element("div", { class: "pair end" }, [
      element("span", { class: "hint" }, ["Ctrl + Enter sends"]),
      element("button", { type: "submit", class: "main" }, ["Send frame"]),
    ]),
  ]);

  /** @param {{ seat(profile: string): Promise<object> }} host */
  constructor(host) {
    this.#host = host;
    const form = element("form", { class: "choices" }, [
      field("Speak", this.#dialect),
      field("Profile", this.#profile),
      this.#connect,
      element("div", { class: "told" }, [this.#about, this.#state]),
    ]);
    const tools = element("div", { class: "frames-tools" }, [
      element("span", {}, [
        this.#beats,
        element("label", { for: "inspector-beats" }, ["show heartbeats"]),
      ]),
      button("Clear", () => this.#clear()),
    ]);
    this.node = element("div", { class: "tab-body" }, [
      form,
      tools,
      this.#scroller,
      this.#sendForm,
    ]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#connection) return void this.#open();
      this.#disconnect();
      this.#state.textContent = STATES.closed;
    });
    this.#dialect.addEventListener("change", () => this.#choose());
    this.#profile.addEventListener("change", () => {
      if (this.#dialect.value !== OWN) this.#choose();
    });
    this.#beats.addEventListener("change", () => {
      this.#list.classList.toggle("with-beats", this.#beats.checked);
    });
    this.#examples.addEventListener("change", () => {
      this.#field.value = this.#examples.value;
    });
    this.#sendForm.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.#send();
    });
  }

  /** The inspector was opened. */
  show() {
    if (this.#connection || this.#stopWatching) return;
    this.#choose();
  }

  /** The chat shows another room: the connection goes there too. */
  moved() {
    if (!this.#connection) return;
    this.#disconnect();
    this.#state.textContent = "connecting …";
    this.#open();
  }

  close() {
    this.#disconnect();
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }

  #choose() {
    this.close();
    this.#listed = undefined;
    this.#clear();
    const isOwn = this.#dialect.value === OWN;
    this.#connect.hidden = isOwn;
    this.#sendForm.hidden = isOwn;
    this.#state.textContent = isOwn ? "watching" : "not connected";
    this.#about.textContent = isOwn
      ? "What the chat beside this sends and receives."
      : dialectNamed(this.#dialect.value).about;
    if (isOwn) {
      const { isBeat } = dialectNamed("parley.v1");
      this.#stopWatching = onFrame((frame) => {
        const isNote = frame.direction === "note";
        this.#add(
          { ...frame, isBeat: !isNote && isBeat(frame.text) },
          "parley.v1",
        );
      });
    } else this.#open();
  }

  async #open() {
    const dialect = dialectNamed(this.#dialect.value);
    const turn = ++this.#turn;
    const seat = await this.#host.seat(this.#profile.value);
    if (turn !== this.#turn) return;
    this.#seat = seat;
    this.#fillExamples(dialect, seat);
    const hindrance = dialect.hindrance(seat);
    if (hindrance !== undefined) {
      this.#state.textContent = hindrance;
      return;
    }
    this.#listed = turn;
    this.#connect.textContent = "Disconnect";
    this.#state.textContent = "connecting …";
    const connection = new InspectorConnection(dialect, seat, {
      onFrame: (frame) => {
        if (turn === this.#listed) this.#add(frame, dialect.name);
      },
      onState: (state) => this.#onState(connection, state),
    });
    this.#connection = connection;
  }

  #onState(connection, state) {
    if (connection !== this.#connection) return;
    const room = this.#seat?.room;
    this.#state.textContent = state === "in" ? `in ${room}` : STATES[state];
    if (state !== "closed") return;
    this.#connection = undefined;
    this.#connect.textContent = "Connect";
  }

  #disconnect() {
    this.#turn += 1;
    this.#connection?.close();
    this.#connection = undefined;
    this.#connect.textContent = "Connect";
  }

  #fillExamples(dialect, seat) {
    this.#examples.replaceChildren(
      ...dialect.examples(seat).map(([title, text]) => option(text, title)),
    );
    this.#field.value = this.#examples.value;
  }

  #send() {
    if (this.#field.value === "") return;
    if (this.#connection?.send(this.#field.value)) return;
    this.#state.textContent = this.#connection
      ? "connecting …: the frame was not sent"
      : "not connected: the frame was not sent";
  }

  #clear() {
    this.#list.replaceChildren();
  }

  #add(frame, dialect) {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < BOTTOM_PX;
    this.#list.append(frameLine(frame, { dialect }));
    if (this.#list.childElementCount > FRAMES_MAX) {
      this.#list.firstElementChild.remove();
    }
    if (isAtEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}

function option(value, text) {
  return element("option", { value }, [text]);
}

function field(name, control) {
  return element("div", { class: "choice" }, [
    element("label", { for: control.id }, [name]),
    control,
  ]);
}

function button(name, act) {
  const made = element("button", { type: "button", class: "plain" }, [name]);
  made.addEventListener("click", act);
  return made;
}
