/**
 * The list of rooms, the field that opens or makes one, and the page's address:
 * `#room=<name>` says which room the page shows, so a room can be linked to.
 *
 * @module
 */

/** Where the page goes without a `#room=` in its address. */
const LOBBY = "general";
const ROOMS_SHOWN_MAX = 200;
const REFRESH_MS = 30_000;

const button = document.getElementById("rooms-button");
const field = document.getElementById("room-field");
const form = document.getElementById("room-form");
const list = document.getElementById("rooms");
const more = document.getElementById("rooms-more");

/** As the server last told: the rooms that hold messages. */
let rooms = [];
let current = LOBBY;
let request;

/**
 * Begins to listen to the reader.
 *
 * @param {(room: string) => void} onChosen Also called for the current room.
 */
export function startRooms(onChosen) {
  addEventListener("hashchange", () => {
    closePanel();
    onChosen(roomOfAddress());
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const room = field.value.trim();
    if (room === "") return;
    field.value = "";
    closePanel();
    if (room === current) onChosen(room);
    else location.hash = addressOf(room);
  });
  list.addEventListener("click", closePanel);
  button.addEventListener("click", togglePanel);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isPanelOpen()) return;
    closePanel();
    button.focus();
  });
  setInterval(() => {
    if (!document.hidden) refreshRooms();
  }, REFRESH_MS);
}

/** Marks the room that the page shows; it is listed even while it is empty. */
export function setCurrentRoom(room) {
  current = room;
  render();
}

/** Asks anew if the list does not know the room, which now holds a message. */
export function noteMessageIn(room) {
  if (!rooms.includes(room)) refreshRooms();
}

/** Asks which rooms hold messages; if that fails the old list stays. */
export async function refreshRooms() {
  request?.abort();
  request = new AbortController();
  try {
    const response = await fetch("rooms", { signal: request.signal });
    const body = await response.json();
    rooms = body.rooms.filter((room) => typeof room === "string");
  } catch {
    return; // A newer request took over, or the server is away.
  }
  render();
}

export function roomOfAddress() {
  const [, room] = /^#room=(.*)$/.exec(location.hash) ?? [];
  if (room === undefined) return LOBBY;
  try {
    return decodeURIComponent(room).trim() || LOBBY;
  } catch {
    return room; // Typed by hand, with a bare percent sign.
  }
}

function addressOf(room) {
  return `#room=${encodeURIComponent(room.toWellFormed())}`;
}

function render() {
  const all = [...new Set([...rooms, current])]
    .sort((a, b) => a.localeCompare(b));
  const shown = all.slice(0, ROOMS_SHOWN_MAX);
  if (!shown.includes(current)) shown.unshift(current);
  const links = [...list.querySelectorAll("a")];
  const isSame = links.length === shown.length &&
    links.every((link, index) => link.textContent === shown[index]);
  if (!isSame) renderLinks(shown);
  for (const link of list.querySelectorAll("a")) {
    link.ariaCurrent = link.textContent === current ? "page" : null;
  }
  more.hidden = all.length <= shown.length;
  more.textContent = `and ${all.length - shown.length} more: open them by name`;
}

/** Makes the links anew; the keyboard stays on the room where it was. */
function renderLinks(shown) {
  const { activeElement } = document;
  const focused = list.contains(activeElement) ? activeElement : undefined;
  const links = shown.map(linkTo);
  const items = links.map((link) => {
    const item = document.createElement("li");
    item.append(link);
    return item;
  });
  list.replaceChildren(...items);
  links.find((link) => link.textContent === focused?.textContent)?.focus();
}

function linkTo(room) {
  const link = document.createElement("a");
  link.href = addressOf(room);
  link.dir = "auto";
  link.textContent = room;
  return link;
}

// ---- on a narrow screen the list is a panel that opens and closes ----

function isPanelOpen() {
  return document.body.classList.contains("rooms-open");
}

function togglePanel() {
  document.body.classList.toggle("rooms-open");
  button.ariaExpanded = String(isPanelOpen());
  if (isPanelOpen()) refreshRooms();
}

function closePanel() {
  document.body.classList.remove("rooms-open");
  button.ariaExpanded = "false";
}
