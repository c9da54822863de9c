import type { Json } from "../../src/core/types.ts";
import { NEST_CHAT } from "./nest_speaker.ts";
import type { Frame, Heard, Person, Speaker } from "./person.ts";

/** A room that people go into only to see that nothing else comes. */
const QUIET_ROOM = "3";

const CHAT_WS: Speaker = {
  dialect: "chat-ws",
  path: () => "/?dialect=chat-ws",
  async enter(person) {
    const { room, name } = person;
    person.send({ type: "join-room", room_id: room, from: name });
    await person.until(isOwn("join-room", "from", person));
  },
  words: (text, { room, name }) => ({
    type: "send-message",
    room_id: room,
    from: name,
    message: text,
  }),
  async leave(person) {
    const { room, name } = person;
    person.send({ type: "leave-room", room_id: room, from: name });
    await person.until(isOwn("leave-room", "from", person));
  },
  probe: ({ name }) => ({
    frame: { type: "join-room", room_id: "@dm/", from: name },
    isAnswer: ({ error }) =>
      error === 'Cannot use room: ids in "@dm/" are reserved',
  }),
  understand({ type, from, message }) {
    switch (type) {
      case "join-room":
        return [{ kind: "joined", who: String(from) }];
      case "leave-room":
        return [{ kind: "left", who: String(from) }];
      case "receive-message":
        return [said(message, from)];
      default:
        return [{ kind: "other", type: "error" }];
    }
  },
  hears: ["joined", "left", "gone", "history", "own leave"],
  arrival: (name) => [{ kind: "joined", who: name }],
  departure: "left",
  knows: {
    "join-room": "type room_id from",
    "leave-room": "type room_id from",
    "receive-message": "type room_id from message sent_at",
    "": "error",
  },
};

const CHANNEL_CHAT: Speaker = {
  dialect: "channel-chat",
  // The original's channel begins with the third segment of the path.
  path({ room, profile }) {
    const prefix = profile === "original" ? "/first/second" : "";
    return `${prefix}/${room}?dialect=channel-chat`;
  },
  async enter(person) {
    person.send({ type: "identity", user: person.name });
    await person.until(({ type }) => type === "identity");
  },
  words: (text) => ({ type: "message", text }),
  leave: (person) => person.close(),
  understand({ type, text, user }) {
    if (type === "message") return [said(text, user)];
    return [{ kind: "other", type: String(type) }];
  },
  hears: [],
  // One is in the channel before one can say one's name.
  arrival: (name) => [
    { kind: "joined", who: "" },
    { kind: "renamed", from: "", to: name },
  ],
  departure: "gone",
  knows: {
    connection: "type id",
    heartbeat: "type authenticated",
    identity: "type success",
    message: "type text timestamp user",
  },
};

const WSCHAT: Speaker = {
  dialect: "wschat",
  path: () => "/?dialect=wschat",
  async enter(person) {
    person.send({ type: "change_name", name: person.name });
    person.send({ type: "list_rooms" });
    const list = await person.until(({ type }) => type === "list_rooms");
    let number = numberOf(person.room, list);
    if (number === undefined) {
      person.send({ type: "create_room", title: person.room });
      person.send({ type: "list_rooms" });
      const newer = await person.until((frame) =>
        numberOf(person.room, frame) !== undefined
      );
      number = numberOf(person.room, newer);
    }
    person.send({ type: "enter_room", roomId: number ?? "" });
    await person.until(isOwn("enter_room", "user", person));
  },
  words: (text) => ({ type: "text", text }),
  async leave(person) {
    person.send({ type: "leave_room" });
    await person.until(isOwn("leave_room", "user", person));
  },
  // Lists of rooms come unasked too.
  probe: (person) => ({
    frame: { type: "enter_room", roomId: QUIET_ROOM },
    isAnswer: isOwn("enter_room", "user", person),
  }),
  understand({ type, text, gifId, from, user, oldName, newName }) {
    switch (type) {
      case "enter_room":
        return [{ kind: "joined", who: nameIn(user) }];
      case "leave_room":
        return [{ kind: "left", who: nameIn(user) }];
      case "change_name":
        return [{ kind: "renamed", from: named(oldName), to: named(newName) }];
      case "text":
        return [said(text, nameIn(from))];
      case "gif":
        return [said(`[gif ${gifId}]`, nameIn(from))];
      default:
        return [{ kind: "other", type: String(type) }];
    }
  },
  hears: ["joined", "left", "gone", "renamed", "own leave"],
  arrival: (name) => [{ kind: "joined", who: name }],
  departure: "left",
  knows: {
    welcome: "type user.id user.name",
    list_rooms:
      "type rooms.*.id rooms.*.title rooms.*.users.*.id rooms.*.users.*.name",
    enter_room: "type user.id user.name",
    leave_room: "type user.id user.name",
    text: "type text from.id from.name",
    gif: "type gifId from.id from.name",
    change_name: "type oldName newName",
  },
};

const USER_KEYS = ["UUID", "Username", "OnLine", "username", "Password"];
const MESSAGE_KEYS = [
  "UUID",
  "Sender.UUID",
  "Sender.Username",
  "Sender.OnLine",
  "SenderUUID",
  "RecipientUUID",
  "Message",
  "CreatedAt",
  "senderUUID",
  "recipientUUID",
  "message",
  "created_at",
  "createdAt",
];

const REDIS_CHAT: Speaker = {
  dialect: "redis-chat",
  path: () => "/ws?dialect=redis-chat",
  async enter(person) {
    const { name } = person;
    person.send({ type: "signUp", signUp: { username: name, password: "pw" } });
    await person.until(({ type }) => type === "authorized");
    person.send({ type: "channelJoin", channelJoin: lobby(person) });
    await person.until(isOwn("sys", "user", person));
  },
  words: (text, person) => ({
    type: "channelMessage",
    channelMessage: { ...lobby(person), message: text },
  }),
  // The public channel cannot be left otherwise.
  async leave(person) {
    person.send({ type: "signOut", signOut: {} });
    await person.until(({ type }) =>
      type === "unauthorized" || type === "signOut"
    );
  },
  probe: () => ({
    frame: { type: "users" },
    isAnswer: ({ type }) => type === "users",
  }),
  understand({ type, sys, user, channelMessage, channelJoin }) {
    if (type === "channelMessage") return [saidIn(channelMessage)];
    if (type === "channelJoin") {
      return list(field(channelJoin, "messages")).map(saidIn);
    }
    const what = field(sys, "type");
    const who = String(field(user, "Username"));
    if (what === "channelJoin") return [{ kind: "joined", who }];
    if (what === "channelLeave") return [{ kind: "left", who }];
    return [{ kind: "other", type: String(type) }];
  },
  // Nobody is told of a socket that is gone.
  hears: ["joined", "left", "history"],
  arrival: (name) => [{ kind: "joined", who: name }],
  departure: "left",
  knows: {
    ready: "type ready.sessionUUID",
    authorized: "type authorized.userUUID authorized.accessKey",
    unauthorized: "type unauthorized.userUUID",
    signOut: "type signOut.uuid",
    error: "type error.code error.error error.message",
    users: `type users.total users.received${
      under("users.users.*", USER_KEYS)
    }`,
    sys: "type SUUID userUUID sys.type sys.signIn.uuid sys.signIn.username " +
      "sys.channelJoin.recipientUUID sys.channelLeave.recipientUUID" +
      under("user", USER_KEYS),
    channelJoin: "type channelJoin.recipientUUID" +
      under("channelJoin.messages.*", MESSAGE_KEYS) +
      under("channelJoin.users.*", USER_KEYS),
    channelMessage: `type${under("channelMessage", MESSAGE_KEYS)}`,
  },
};

const PARLEY_USER_KEYS = ["id", "number", "name", "verified"];

const PARLEY_LIMITS = [
  "frame_bytes_max",
  "text_bytes_max",
  "data_bytes_max",
  "room_id_bytes_max",
  "name_bytes_max",
  "key_bytes_max",
  "reaction_bytes_max",
  "rooms_per_session_max",
  "requests_per_second_max",
  "requests_burst_max",
  "sends_in_flight_max",
  "history_page_max",
  "members_listed_max",
  "send_key_ttl_ms",
  "token_ttl_ms",
];

const PARLEY: Speaker = {
  dialect: "parley.v1",
  path: () => "/parley?dialect=parley.v1",
  async enter(person) {
    const { room, name } = person;
    person.send({ type: "hello", name });
    person.send({ type: "join", room });
    await person.until(isOwn("arrived", "user", person));
  },
  words: (text, { room }) => ({ type: "send", room, text }),
  async leave(person) {
    person.send({ type: "leave", id: "leave", room: person.room });
    await person.until(({ id }) => id === "leave");
  },
  probe: () => ({
    frame: { type: "ping", id: "probe" },
    isAnswer: ({ id }) => id === "probe",
  }),
  // All entries that came at once are in one frame.
  understand({ type, entries, user, old_name: oldName }) {
    switch (type) {
      case "events":
        return list(entries).map((entry) =>
          said(field(entry, "text"), nameIn(field(entry, "author")))
        );
      case "arrived":
        return [{ kind: "joined", who: nameIn(user) }];
      case "departed":
        return [{ kind: "left", who: nameIn(user) }];
      case "renamed":
        return [{ kind: "renamed", from: named(oldName), to: nameIn(user) }];
      default:
        return [{ kind: "other", type: String(type) }];
    }
  },
  // A socket that is gone is told some seconds later.
  hears: ["joined", "left", "renamed", "history"],
  arrival: (name) => [{ kind: "joined", who: name }],
  departure: "left",
  knows: {
    welcome: "type protocol session time lobby token ping_ms" +
      under("user", PARLEY_USER_KEYS) + under("limits", PARLEY_LIMITS),
    ok: "type id result",
    error: "type id code message retryable retry_after_ms",
    events: "type room epoch after" +
      under("entries.*", ["kind", "seq", "id", "at", "order", "text", "via"]) +
      under("entries.*.author", PARLEY_USER_KEYS),
    caught_up: "type room epoch seq member_count" +
      under("members.*", [...PARLEY_USER_KEYS, "sessions"]),
    arrived: "type room member_count" + under("user", PARLEY_USER_KEYS),
    departed: "type room member_count" + under("user", PARLEY_USER_KEYS),
    renamed: "type room old_name" + under("user", PARLEY_USER_KEYS),
  },
};

/** All dialects that a person can speak: a row each. */
export const SPEAKERS: readonly Speaker[] = [
  CHAT_WS,
  CHANNEL_CHAT,
  WSCHAT,
  REDIS_CHAT,
  NEST_CHAT,
  PARLEY,
];

/** The speaker of that dialect. */
export function speakerOf(dialect: string): Speaker {
  const found = SPEAKERS.find((one) => one.dialect === dialect);
  if (found) return found;
  throw new TypeError(`Cannot speak "${dialect}": nobody does`);
}

/** Whether a frame of that type is about the person itself. */
function isOwn(
  type: string,
  key: string,
  { name }: Person,
): (frame: Frame) => boolean {
  return (frame) =>
    frame.type === type && (frame[key] === name || nameIn(frame[key]) === name);
}

function said(text: Json | undefined, author: Json | undefined): Heard {
  return { kind: "message", text: String(text), author: String(author) };
}

function saidIn(message: Json | undefined): Heard {
  const author = field(field(message, "Sender"), "Username");
  return said(field(message, "Message"), author);
}

/** The name of a user, as far as it has one. */
function nameIn(user: Json | undefined): string {
  return named(field(user, "name") ?? field(user, "Username"));
}

/** wschat calls those who have no name `User <number>`. */
function named(name: Json | undefined): string {
  return String(name ?? "").replace(/^User \d+$/, "");
}

/** The number by which wschat knows a room. */
function numberOf(title: string, frame: Frame): number | undefined {
  const rooms = Object.values(frame.rooms ?? {}) as Json[];
  const room = rooms.find((one) => field(one, "title") === title);
  return room === undefined ? undefined : Number(field(room, "id"));
}

/** The public channel, as each profile writes it. */
function lobby({ profile }: Person): Frame {
  return { recipientUUID: profile === "original" ? "" : "0" };
}

function field(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Frame)[key];
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function under(path: string, keys: readonly string[]): string {
  return keys.map((key) => ` ${path}.${key}`).join("");
}
