/**
 * The rooms and the direct messages, with what is unread in them.
 *
 * @module
 */
import { addressOf, isSamePlace } from "./address.js";
import { element } from "./element.js";
import { nameOf, personOf } from "./person.js";

const SHOWN_MAX = 200;
const REFRESH_MS = 10_000;
/** A message in a room that is open changes a number; many change it once. */
const DRAW_MS = 150;
const UNREAD_SHOWN_MAX = 99;

export class RoomsList {
  #host;
  /** As the server last told. */
  #rooms = [];
  #hasMore = false;
  #place;
  #drawTimer;
  #isAsking = false;
  #drawn = "";
  #list = document.getElementById("rooms");
  #directs = document.getElementById("directs");
  #noDirects = document.getElementById("no-directs");
  #more = document.getElementById("rooms-more");
  #form = document.getElementById("room-form");
  #field = document.getElementById("room-field");
  #total = document.getElementById("unread-total");

  /**
   * @param {{ chat: import("./client.js").ParleyClient,
   *   visitAt(place: object): import("./visit.js").Visit | undefined,
   *   onDirect(userId: string): void, onTotal(unread: number): void,
   *   onChosen(): void }} host
   */
  constructor(host) {
    this.#host = host;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const room = this.#field.value.trim();
      if (room === "") return;
      this.#field.value = "";
      location.hash = addressOf({ room });
      host.onChosen();
    });
    this.#field.addEventListener("input", () => this.#draw());
    document.addEventListener("visibilitychange", () => this.refresh());
    setInterval(() => this.refresh(), REFRESH_MS);
  }

  /** @param {import("./address.js").Place} place What the page shows. */
  select(place) {
    this.#place = place;
    this.#draw();
  }

  /** Draws soon: numbers may have changed. */
  changed() {
    this.#drawTimer ??= setTimeout(() => {
      this.#drawTimer = undefined;
      this.#draw();
    }, DRAW_MS);
  }

  /** Asks anew; if that fails the old list stays. */
  async refresh() {
    const { chat } = this.#host;
    if (document.hidden || this.#isAsking || chat.state.type !== "online") {
      return;
    }
    this.#isAsking = true;
    try {
      const { rooms, more } = await chat.rooms();
      this.#rooms = rooms;
      this.#hasMore = more;
    } catch {
      return; // The connection was lost: it is asked again with the next one.
    } finally {
      this.#isAsking = false;
    }
    for (const { directWith } of this.#rooms) {
      if (directWith !== undefined) this.#host.onDirect(directWith);
    }
    this.#draw();
  }

  /** Asks anew if the list does not know the room. */
  noteRoom(id) {
    if (id !== undefined && !this.#rooms.some((room) => room.id === id)) {
      this.refresh();
    }
  }

  #entries() {
    const entries = this.#rooms.map(({ id, title, directWith, ...counts }) => {
      const place = directWith === undefined
        ? { room: id }
        : { direct: directWith };
      return { place, title, unread: this.#unreadOf(place, counts) };
    });
    const { room } = this.#place ?? {};
    if (
      this.#place &&
      !entries.some(({ place }) => isSamePlace(place, this.#place))
    ) entries.push({ place: this.#place, title: room, unread: 0 });
    return entries;
  }

  /** What an open room has counted is newer than the list. */
  #unreadOf(place, { unread, head }) {
    if (isSamePlace(place, this.#place) && !document.hidden) return 0;
    const visit = this.#host.visitAt(place);
    if (visit?.room.isJoined) return visit.room.unread;
    // Nothing was ever read in it: only what is said to one alone is news.
    return unread ?? (place.direct === undefined ? 0 : head?.seq ?? 0);
  }

  #draw() {
    const entries = this.#entries();
    const wanted = this.#field.value.trim().toLocaleLowerCase();
    const rooms = entries.filter(({ place }) => place.room !== undefined)
      .sort((a, b) => a.title.localeCompare(b.title));
    const found = rooms.filter(({ title }) =>
      title.toLocaleLowerCase().includes(wanted)
    );
    const shown = found.slice(0, SHOWN_MAX);
    const directs = entries.filter(({ place }) => place.direct !== undefined)
      .map((entry) => ({
        ...entry,
        title: nameOf(personOf(entry.place.direct)),
      }));
    const total = entries.reduce((sum, { unread }) => sum + unread, 0);
    this.#host.onTotal(total);
    const state = JSON.stringify([shown, directs, found.length, this.#place]);
    if (state === this.#drawn) return;
    this.#drawn = state;
    this.#fill(this.#list, shown);
    this.#fill(this.#directs, directs);
    this.#noDirects.hidden = directs.length > 0;
    this.#total.hidden = total === 0;
    this.#total.textContent = shortNumber(total);
    const left = found.length - shown.length;
    this.#more.hidden = left <= 0 && !this.#hasMore;
    this.#more.textContent = this.#hasMore
      ? "and more: open them by name"
      : `and ${left} more: open them by name`;
  }

  /** Makes the links anew; the keyboard stays on the room where it was. */
  #fill(list, entries) {
    const { activeElement } = document;
    const focused = list.contains(activeElement)
      ? activeElement.getAttribute("href")
      : undefined;
    const links = entries.map((entry) => this.#linkTo(entry));
    list.replaceChildren(
      ...links.map((link) => element("li", {}, [link])),
    );
    links.find((link) => link.getAttribute("href") === focused)?.focus();
  }

  #linkTo({ place, title, unread }) {
    const isCurrent = isSamePlace(place, this.#place);
    const badge = unread > 0
      ? [
        element("span", { class: "badge" }, [
          shortNumber(unread),
          element("span", { class: "unseen" }, [" unread"]),
        ]),
      ]
      : [];
    const link = element("a", {
      class: unread > 0 ? "row-link unread" : "row-link",
      href: addressOf(place),
      ...isCurrent && { "aria-current": "page" },
    }, [
      element("span", { class: "sign", "aria-hidden": "true" }, [
        place.room === undefined ? "@" : "#",
      ]),
      element("bdi", { class: "name" }, [title]),
      ...badge,
    ]);
    link.addEventListener("click", () => this.#host.onChosen());
    return link;
  }
}

function shortNumber(number) {
  return number > UNREAD_SHOWN_MAX ? `${UNREAD_SHOWN_MAX}+` : String(number);
}
