/**
 * The page at `/`: one room at a time, over the chat-ws dialect.
 *
 * Every visit to a room has a socket of its own. The dialect has no message
 * ids, so on a shared socket a late frame of an earlier visit could not be told
 * from one of this visit, and a replay would show messages twice.
 *
 * @module
 */
import { addPending, clearLog, Lines, startLog } from "./room_log.js";
import {
  noteMessageIn,
  refreshRooms,
  roomOfAddress,
  setCurrentRoom,
  startRooms,
} from "./rooms.js";

/** A join or a message without an answer for this long: the visit is lost. */
const ANSWER_MS_MAX = 10_000;
const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 15_000;
/** A visit that lasted this long starts the backoff anew. */
const STABLE_MS = 10_000;
const TEXT_STAYS = "Your text stays in the box.";
const NAME_KEY = "parley.name";

const nameField = document.getElementById("name-field");
const noticeLine = document.getElementById("notice");
const roomTitle = document.getElementById("room-title");
const sayForm = document.getElementById("say-form");
const skipButton = document.getElementById("skip");
const stateLine = document.getElementById("state");
const textField = document.getElementById("text-field");

/** The visit that the page shows; what earlier ones still hear is ignored. */
let visit;
/** Visits in a row that ended early. */
let attempts = 0;
let retryTimer;
/**
 * What the room has not given back yet. Only the first is on its way: so an
 * answer, which names no message, can only be about that one.
 */
let pending = [];
let name = recallName();

start();

function start() {
  nameField.value = name;
  nameField.addEventListener("change", onNameChange);
  nameField.addEventListener("keydown", onNameKey);
  textField.addEventListener("keydown", onTextKey);
  sayForm.addEventListener("submit", onSay);
  skipButton.addEventListener("click", () => textField.focus());
  addEventListener("online", retryNow);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    retryNow();
    refreshRooms();
  });
  startLog(focusText);
  startRooms((room) => {
    if (room !== visit.room) enter(room);
    focusText();
  });
  enter(roomOfAddress());
  focusText();
}

// ---- a visit: socket, join, replay, live ----

/** Starts a visit to a room and ends the one before. */
function enter(room) {
  clearTimeout(retryTimer);
  retryTimer = undefined;
  const previous = visit;
  const socket = new WebSocket(chatUrl());
  const next = {
    room,
    name,
    socket,
    lines: new Lines(),
    /** "joining", then "joined" or "refused", at last "over". */
    stage: "joining",
    startedAt: performance.now(),
    answerTimer: undefined,
  };
  visit = next;
  expectAnswer();
  if (previous !== undefined) end(previous);
  if (previous?.room !== room) showRoom(room);
  setState("connecting", "connecting");
  socket.addEventListener("open", () => {
    if (visit !== next) return;
    send({ type: "join-room", room_id: room, from: next.name });
  });
  socket.addEventListener("message", (event) => {
    if (visit === next) receive(event.data);
  });
  socket.addEventListener("close", (event) => lose(next, event.reason));
}

function showRoom(room) {
  roomTitle.textContent = room;
  document.title = `${room} · parley`;
  clearLog();
  setNotice("");
  setCurrentRoom(room);
}

function receive(data) {
  const frame = parseFrame(data);
  if (frame === undefined) return;
  if (frame.error !== undefined) return onRefusal(asText(frame.error));
  const from = asText(frame.from);
  switch (frame.type) {
    case "receive-message": {
      const text = asText(frame.message);
      return onMessage({ from, text, sentAt: frame.sent_at * 1_000 });
    }
    case "join-room":
      return onJoin(from);
    case "leave-room":
      return visit.lines.addNote(from, "left");
  }
}

function onMessage(message) {
  visit.lines.addMessage(message);
  const isOurs = settle(message);
  if (visit.stage !== "joined") return;
  noteMessageIn(visit.room);
  if (!isOurs) return;
  clearTimeout(visit.answerTimer);
  setNotice("");
  sendNext();
}

function onJoin(who) {
  if (visit.stage === "joined") return visit.lines.addNote(who, "joined");
  // The first join is our own echo: it ends the replay.
  clearTimeout(visit.answerTimer);
  visit.stage = "joined";
  visit.lines.show();
  setState("connected", "connected");
  setNotice(takeBackUnsettled());
  refreshRooms();
}

function onRefusal(why) {
  clearTimeout(visit.answerTimer);
  if (visit.stage === "joined") {
    const refused = pending.shift();
    if (refused !== undefined) takeBack(refused);
    setNotice(refused === undefined ? why : `Not sent. ${why}`);
    return sendNext();
  }
  visit.stage = "refused";
  setState("lost", "not in this room");
  setNotice(`Not joined. ${why}`);
}

/** The visit is lost: says so and comes back after a jittered, growing pause. */
function lose(lost, reason = "") {
  if (visit !== lost || lost.stage === "over") return;
  const wasJoined = lost.stage === "joined";
  end(lost);
  const isStable = performance.now() - lost.startedAt > STABLE_MS;
  attempts = wasJoined && isStable ? 0 : attempts + 1;
  retryTimer = setTimeout(() => enter(lost.room), backoffMs(attempts));
  setState("lost", "not connected");
  const what = wasJoined
    ? "The connection was lost"
    : "The server does not answer";
  const why = reason === "" ? "" : ` (${reason})`;
  const draft = textField.value.trim() === "" ? "" : ` ${TEXT_STAYS}`;
  setNotice(`${what}${why}. Trying again…${draft}`);
}

function end(ended) {
  ended.stage = "over";
  clearTimeout(ended.answerTimer);
  ended.socket.close();
}

function expectAnswer() {
  const asked = visit;
  clearTimeout(asked.answerTimer);
  asked.answerTimer = setTimeout(() => lose(asked), ANSWER_MS_MAX);
}

function retryNow() {
  if (retryTimer !== undefined) enter(visit.room);
}

/** Half of the pause is certain, the other half is chance. */
function backoffMs(attempt) {
  const pauseMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** attempt);
  return pauseMs * (1 + Math.random()) / 2;
}

function chatUrl() {
  const url = new URL("?dialect=chat-ws", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

function send(frame) {
  visit.socket.send(JSON.stringify(frame));
}

function parseFrame(data) {
  try {
    const frame = JSON.parse(data);
    return typeof frame === "object" && frame !== null ? frame : undefined;
  } catch {
    return undefined;
  }
}

/** Other clients may have put numbers or objects where a text belongs. */
function asText(value) {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

// ---- what we say ----

function onSay(event) {
  event.preventDefault();
  const text = textField.value;
  textField.focus();
  if (text.trim() === "") return;
  if (visit.stage !== "joined") {
    setNotice(`Not in the room yet. ${TEXT_STAYS}`);
    return visit.stage === "refused" ? enter(visit.room) : retryNow();
  }
  const line = addPending(name, text);
  pending.push({ visit, from: name, text, line, newerThan: NaN });
  textField.value = "";
  if (pending.length === 1) sendNext();
}

function sendNext() {
  const [next] = pending;
  if (next === undefined) return;
  const { from, text } = next;
  next.newerThan = visit.lines.newestAt;
  send({ type: "send-message", room_id: visit.room, from, message: text });
  expectAnswer();
}

/**
 * A message that the room gave back is stored: takes it off the pending ones.
 * In a replay it must be newer than all that was there when it was sent.
 *
 * @returns Whether it was ours.
 */
function settle({ from, text, sentAt }) {
  const [first] = pending;
  if (first?.from !== from || first.text !== text) return false;
  if (first.visit !== visit && !(sentAt > first.newerThan)) return false;
  pending.shift();
  first.line.remove();
  return true;
}

/**
 * After a replay: what it did not contain goes back into the box.
 *
 * @returns What the reader should know about it; "" if there was nothing.
 */
function takeBackUnsettled() {
  const unsettled = pending;
  pending = [];
  let notice = "";
  for (const entry of unsettled.toReversed()) {
    const { room } = entry.visit;
    if (room === visit.room) {
      takeBack(entry);
      notice = "The connection was lost before your message was stored: " +
        "it is back in the box.";
    } else {
      notice = `You left “${room}” before it confirmed your message: ` +
        "please look there.";
    }
  }
  return notice;
}

function takeBack({ text, line }) {
  line.remove();
  const draft = textField.value;
  textField.value = draft === "" ? text : `${text}\n${draft}`;
}

function onTextKey(event) {
  // While an input method composes, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  sayForm.requestSubmit();
}

// ---- who we are ----

function onNameKey(event) {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  textField.focus(); // Leaving the field is what changes the name.
}

function onNameChange() {
  const wanted = nameField.value.trim() || name;
  nameField.value = wanted;
  if (wanted === name) return;
  name = wanted;
  rememberName();
  // One is renamed by joining anew. A message on its way is not cut off for it.
  if (pending.length === 0) enter(visit.room);
}

function recallName() {
  const guest = `Guest ${100 + Math.floor(Math.random() * 900)}`;
  try {
    return localStorage.getItem(NAME_KEY) || guest;
  } catch {
    return guest; // Storage may be forbidden.
  }
}

function rememberName() {
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // Then the name lasts as long as the page.
  }
}

// ---- small helpers ----

function setState(state, text) {
  stateLine.dataset.state = state;
  stateLine.textContent = text;
}

function setNotice(text) {
  noticeLine.textContent = text;
}

/** On a touch screen this would open the keyboard over the messages. */
function focusText() {
  if (matchMedia("(hover: hover)").matches) textField.focus();
}
