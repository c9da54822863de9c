/**
 * The page at `/`: puts its parts together.
 *
 * @module
 */
import { showAccount, startAccountDialog } from "./account_dialog.js";
import {
  addressOf,
  asksToInspect,
  lobbyOfPage,
  placeOfAddress,
} from "./address.js";
import { announce } from "./announcer.js";
import { ParleyClient, ParleyError } from "./client.js";
import { Composer } from "./composer.js";
import { drawIcons } from "./icon.js";
import { showMembers } from "./members_list.js";
import { MessageActions } from "./message_actions.js";
import { Panels } from "./panels.js";
import { startPeopleDialog } from "./people_dialog.js";
import { meet, nameOf, personOf } from "./person.js";
import { showRefusals } from "./refusals.js";
import { RoomsList } from "./rooms_list.js";
import { StatusLine } from "./status_line.js";
import { TappedSocket } from "./tapped_socket.js";
import { Timeline } from "./timeline.js";
import { showTypists } from "./typing_line.js";
import { Visits } from "./visits.js";

/** Messages of one room that the page keeps while one scrolls back. */
const MESSAGES_MAX = 20_000;

/** Signs of a title that the box for texts has room for. */
const TITLE_SIGNS_MAX = 24;
const HISTORY_MESSAGES = 60;
/** What is read is told this much later, once for all that came meanwhile. */
const READ_MS = 500;

const log = document.getElementById("log");
const roomTitle = document.getElementById("room-title");
const roomMeta = document.getElementById("room-meta");
const roomSign = document.getElementById("room-sign");

const chat = new ParleyClient(undefined, {
  WebSocket: TappedSocket,
  limits: { messagesMax: MESSAGES_MAX, historyMessages: HISTORY_MESSAGES },
});
const visits = new Visits(chat, {
  me: () => chat.user?.id,
  isWatched: (visit) => visit === shown && timeline.isAtEnd && !document.hidden,
  onChanged(visit) {
    if (visit === shown) draw();
    rooms.changed();
  },
  onRefusals: () => draw(),
  onMessage(visit, { message, phase }) {
    rooms.noteRoom(visit.room.id);
    const isNews = phase !== "history" && !message.mine;
    if (isNews && visit === shown) announce(message);
  },
});
/** The visit that is on the page. */
let shown;
let frame;
let unreadTotal = 0;
let readTimer;

const status = new StatusLine(chat, { leave: focusText });
const timeline = new Timeline({
  isOnline: () => chat.state.type === "online",
  me: () => chat.user?.id,
  onReadToEnd: () => readTimer ??= setTimeout(() => markRead(), READ_MS),
  onLeave: hurryRead,
  onEnd: focusText,
});
const composer = new Composer({
  textBytesMax: () => chat.limits?.textBytesMax,
  onSaid: () => timeline.toEnd(),
});
const actions = new MessageActions(log, {
  messageOf: (node) => timeline.messageOf(node),
  reply: (message) => composer.reply(message),
  edit: (message) => composer.edit(message),
  delete: (message) => shown.delete(message),
  react(message, reaction) {
    const users = message.reactions[reaction] ?? [];
    shown.react(message, reaction, { remove: users.includes(chat.user?.id) });
  },
  reveal: (seq) => timeline.reveal(seq),
  leave: () => composer.focus(),
});
const panels = new Panels({ chat, place: () => shown.place });
const rooms = new RoomsList({
  chat,
  visitAt: (place) => visits.at(place),
  onDirect: (userId) => visits.follow(userId),
  onTotal(unread) {
    unreadTotal = unread;
    drawTitle();
  },
  onChosen: () => panels.closeSide(),
});

start();

function start() {
  // First, because it takes the longest. The status line tells how it ends.
  chat.start().catch(() => {});
  drawIcons();
  startAccountDialog(chat);
  startPeopleDialog(chat, { members: () => shown.room.members });
  chat.on("state", onState);
  chat.on("user", ({ user, former, reason }) => onUser(user, former, reason));
  chat.on("direct", ({ user }) => onDirect(user));
  chat.on("refused", (event) => visits.onRefused(event));
  chat.on("error", ({ error }) => onError(error));
  addEventListener("hashchange", showPlace);
  addEventListener("storage", onKept);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hurryRead();
    draw();
  });
  document.getElementById("skip").addEventListener("click", focusText);
  document.getElementById("leave-button").addEventListener("click", leave);
  showPlace();
  focusText();
}

/** Goes to the room that the address names. */
function showPlace() {
  if (asksToInspect()) panels.openInspector();
  const place = placeOfAddress() ?? lobby();
  const visit = visits.open(place);
  if (visit === shown) return;
  markRead();
  actions.detach();
  shown = visit;
  visit.opened();
  composer.show(visit);
  timeline.show(visit);
  status.show(visit);
  rooms.select(place);
  panels.closeSide();
  panels.moved();
  drawNow();
  focusText();
}

/** Tells how far one has read, unless one does not look. */
function markRead(isHidden = document.hidden) {
  clearTimeout(readTimer);
  readTimer = undefined;
  if (!shown || !timeline.isAtEnd || isHidden) return;
  shown.room.markRead();
  shown.seen();
}

/** One looks away: what was to be marked a moment later has been seen. */
function hurryRead() {
  if (readTimer !== undefined) markRead(false);
}

function leave() {
  visits.leave(shown);
  const { room } = lobby();
  const isLobby = shown.place.room === room;
  shown = undefined;
  if (isLobby || location.hash === addressOf({ room })) showPlace();
  else location.hash = addressOf({ room });
}

function lobby() {
  return { room: chat.lobby ?? lobbyOfPage() };
}

function onState() {
  if (chat.state.type === "online") {
    // The server may have been started anew, with another lobby.
    if (placeOfAddress() === undefined) showPlace();
    // Behind the joins: what is said comes first.
    queueMicrotask(() => rooms.refresh());
  }
  draw();
}

function onUser(user, former, reason) {
  showAccount(user);
  if (former !== undefined && former.id !== user.id) visits.onUserChanged();
  if (reason === "expired") {
    panels.tell("You are a new guest: your token is no longer good.");
  }
  if (reason === "connected" && former?.verified && !user.verified) {
    panels.tell("You are a guest: another tab signed out.");
  }
  rooms.refresh();
  draw();
}

/** @param {unknown} error What the library was told or met. */
function onError(error) {
  if (error instanceof DOMException) {
    panels.tell(
      "This browser keeps nothing: what waits here is lost with this page.",
    );
  } // The server's words about no request of ours are not the reader's.
  else if (!(error instanceof ParleyError)) reportError(error);
}

/** Another tab signed out or is somebody else: so is this one, once it asks. */
function onKept({ key, newValue }) {
  if (key !== `parley ${chat.url} identity` || newValue === null) return;
  const { id } = JSON.parse(newValue);
  if (chat.user?.verified && chat.user.id !== id) chat.dropSocket();
}

/** Somebody has written to one alone. */
function onDirect(user) {
  meet(user);
  visits.follow(user.id);
  rooms.refresh();
}

// ---- drawing: many events, one drawing for each frame ----

function draw() {
  frame ??= requestAnimationFrame(() => {
    frame = undefined;
    drawNow();
  });
}

function drawNow() {
  if (shown === undefined) return;
  const { room } = shown;
  timeline.render();
  actions.update();
  composer.update();
  status.render();
  showMembers(room, chat.user?.id);
  showTypists(room, chat.user?.id);
  showRefusals(visits.refusals, shown, focusText);
  drawTitle();
}

function drawTitle() {
  if (shown === undefined) return;
  const { room, isDirect, place } = shown;
  const title = isDirect
    ? nameOf(personOf(place.direct))
    : room.title ?? place.room;
  const sign = isDirect ? "@" : "#";
  setText(roomTitle, title);
  setText(roomSign, sign);
  setText(
    roomMeta,
    isDirect ? "Only the two of you read this" : peopleIn(room),
  );
  const unread = unreadTotal > 0 ? `(${unreadTotal}) ` : "";
  const full = `${unread}${title} · parley`;
  if (document.title !== full) document.title = full;
  const name = chat.user ? ` as ${inShort(nameOf(chat.user))}` : "";
  composer.setPlaceholder(`Message ${inShort(title)}${name}`);
}

function peopleIn({ isJoined, memberCount: count }) {
  if (!isJoined) return "Not in this room";
  return count === 1 ? "1 person here" : `${count} people here`;
}

function inShort(text) {
  const signs = Array.from(text);
  return signs.length > TITLE_SIGNS_MAX
    ? `${signs.slice(0, TITLE_SIGNS_MAX).join("")}…`
    : text;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** On a touch screen this would open the keyboard over the messages. */
function focusText() {
  if (matchMedia("(hover: hover)").matches) composer.focus();
}
