/**
 * The inspector beside the chat: what goes over the wire, in six dialects.
 *
 * @module
 */
import { lobbyOfPage } from "./address.js";
import { element } from "./element.js";
import { FramesTab } from "./frames_tab.js";
import { icon } from "./icon.js";
import { RenderingsTab } from "./renderings_tab.js";

const NAME_KEY = "parley.inspector";

export class Inspector {
  #host;
  #tabs;
  #current;
  #place;
  /** The chat's line, which is read aloud where the chat has it. */
  #status = element("p", {
    class: "hint inspector-status",
    "aria-hidden": "true",
  });

  /**
   * @param {HTMLElement} place
   * @param {{ chat: import("./client.js").ParleyClient,
   *   place(): import("./address.js").Place, close(): void }} host
   */
  constructor(place, host) {
    this.#host = host;
    this.#place = place;
    const seat = (profile) => this.#seat(profile);
    this.#tabs = [
      { id: "frames", title: "Frames", body: new FramesTab({ seat }) },
      { id: "six", title: "Six renderings", body: new RenderingsTab({ seat }) },
    ];
    for (const tab of this.#tabs) this.#prepare(tab);
    place.replaceChildren(
      element("header", { class: "inspector-head" }, [
        element("h2", {}, ["Inspector"]),
        this.#tool("Drop the socket", {
          drawn: "bolt",
          isNamed: true,
          act: () => host.chat.dropSocket(),
        }),
        this.#tool("Use the whole width", {
          drawn: "wide",
          kind: "wide-only",
          act: () =>
            document.getElementById("app").classList.toggle("all-inspector"),
        }),
        this.#tool("Close the inspector", { drawn: "close", act: host.close }),
      ]),
      this.#status,
      element(
        "div",
        { class: "tabs", role: "tablist", "aria-label": "Inspector" },
        this.#tabs.map(({ button }) => button),
      ),
      ...this.#tabs.map(({ panel }) => panel),
    );
    this.#choose(this.#tabs[0]);
  }

  open() {
    this.#status.dataset.shows = "status";
    this.#status.textContent =
      document.getElementById("status-text").textContent;
    this.#current.body.show();
  }

  /** The chat shows another room. */
  moved() {
    this.#current.body.moved();
  }

  close() {
    delete this.#status.dataset.shows;
    this.#status.textContent = "";
    document.getElementById("app").classList.remove("all-inspector");
    for (const { body } of this.#tabs) body.close();
  }

  #prepare(tab) {
    const { id, title, body } = tab;
    tab.button = element("button", {
      type: "button",
      role: "tab",
      id: `tab-${id}`,
      "aria-controls": `panel-${id}`,
    }, [title]);
    tab.panel = element("div", {
      class: "tab-panel",
      role: "tabpanel",
      id: `panel-${id}`,
      "aria-labelledby": `tab-${id}`,
    }, [body.node]);
    tab.button.addEventListener("click", () => this.#choose(tab));
    tab.button.addEventListener("keydown", ({ key }) => {
      if (key !== "ArrowLeft" && key !== "ArrowRight") return;
      const other = this.#tabs.find((one) => one !== tab);
      this.#choose(other);
      other.button.focus();
    });
  }

  #choose(tab) {
    if (this.#current === tab) return;
    this.#current?.body.close();
    this.#current = tab;
    for (const one of this.#tabs) {
      const isIt = one === tab;
      one.button.setAttribute("aria-selected", String(isIt));
      one.button.tabIndex = isIt ? 0 : -1;
      one.panel.hidden = !isIt;
    }
    tab.body.show();
  }

  /** Where the inspector's connections speak: in the room that is shown. */
  async #seat(profile) {
    const { chat, place } = this.#host;
    const lobby = chat.lobby ?? lobbyOfPage();
    const room = place().room ?? lobby;
    let number;
    try {
      const { rooms } = await chat.rooms();
      number = rooms.find(({ id }) => id === room)?.number;
    } catch {
      // Without a connection wschat cannot be told the room's number.
    }
    return { room, lobby, number, profile, ...identity() };
  }

  #tool(name, { drawn, act, isNamed = false, kind = "" }) {
    const button = element("button", {
      type: "button",
      class: isNamed ? "tool named" : `tool ${kind}`,
      title: name,
      ...!isNamed && { "aria-label": name },
    }, [icon(drawn), ...isNamed ? [element("span", {}, [name])] : []]);
    button.addEventListener("click", act);
    return button;
  }
}

/** A name of its own for this tab; an account of redis-chat's keeps it. */
function identity() {
  const made = {
    name: `inspector-${crypto.getRandomValues(new Uint16Array(1))[0]}`,
    password: [...crypto.getRandomValues(new Uint8Array(12))]
      .map((byte) => byte.toString(16).padStart(2, "0")).join(""),
  };
  try {
    const kept = sessionStorage.getItem(NAME_KEY);
    if (kept !== null) return JSON.parse(kept);
    sessionStorage.setItem(NAME_KEY, JSON.stringify(made));
  } catch {
    // Then it is another one each time.
  }
  return made;
}
