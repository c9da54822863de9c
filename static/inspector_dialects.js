/**
 * The six dialects, as far as one must know them to come into a room, to say
 * something and to play with raw frames.
 *
 * @module
 */
import { layersOf } from "./socket_io_layers.js";

/**
 * @typedef {object} Seat Where and as whom one speaks.
 * @property {string} room
 * @property {number} number The room's number, which wschat names it by.
 * @property {string} lobby
 * @property {string} name
 * @property {string} password Of the account that redis-chat wants.
 * @property {string} profile
 */
/**
 * @typedef {object} Dialect
 * @property {string} name
 * @property {string} about
 * @property {(seat: Seat) => string} path Relative to the page.
 * @property {(seat: Seat) => string | undefined} hindrance Why it cannot come
 * into this room.
 * @property {(seat: Seat) => string[]} begin The first frames.
 * @property {(text: string, seat: Seat) => string[]} answer What a frame from the
 * server must be answered with.
 * @property {(text: string, seat: Seat) => boolean} isIn Whether a frame says that
 * one is in the room.
 * @property {(text: string) => boolean} isBeat Whether it only keeps the connection.
 * @property {(text: string, seat: Seat) => string} say
 * @property {(seat: Seat) => [title: string, text: string][]} examples
 */

const NOTHING = () => undefined;
const NONE = () => [];
const NEVER = () => false;

/** @type {Dialect[]} */
/** What the client library asks again and again, and the answers. */
const BACKGROUND =
  /^\{"type":"(?:ping|rooms)"|^\{"type":"ok","id":\d+,"result":\{"(?:time|rooms)":/;

export const DIALECTS = [
  {
    name: "parley.v1",
    about: "parley's own: positions, resume, edits, reactions",
    path: (seat) => `parley${query("parley.v1", seat)}`,
    hindrance: NOTHING,
    begin: ({ room, name }) => [
      json({ type: "hello", id: 1, name }),
      json({ type: "join", id: 2, room, history: 3 }),
    ],
    answer: NONE,
    isIn: (text) => parsed(text).type === "caught_up",
    isBeat: (text) => BACKGROUND.test(text),
    say: (text, { room }) => json({ type: "send", id: 3, room, text }),
    examples: ({ room }) => [
      ["say something", json({ type: "send", id: 4, room, text: "hello" })],
      [
        "say it twice, stored once",
        json({ type: "send", id: 5, room, text: "once", key: "my-key-1" }),
      ],
      [
        "react to message 1",
        json({ type: "react", id: 6, room, seq: 1, reaction: "👍" }),
      ],
      [
        "edit message 1 (if it is yours)",
        json({ type: "edit", id: 7, room, seq: 1, text: "better" }),
      ],
      ["history", json({ type: "history", id: 8, room, limit: 3 })],
      ["members", json({ type: "members", id: 9, room })],
      ["typing", json({ type: "typing", id: 10, room, on: true })],
      ["rooms", json({ type: "rooms", id: 11 })],
      ["an unknown request", json({ type: "dance", id: 12 })],
      ["no JSON at all", "hello?"],
    ],
  },
  {
    name: "chat-ws",
    about: "yordevs/chat-ws: rooms by name",
    path: (seat) => query("chat-ws", seat),
    hindrance: NOTHING,
    begin: ({ room, name }) => [
      json({ type: "join-room", "room_id": room, from: name }),
    ],
    answer: NONE,
    isIn: (text, { name }) => {
      const { type, from } = parsed(text);
      return type === "join-room" && from === name;
    },
    isBeat: NEVER,
    say: (text, { room, name }) =>
      json({
        type: "send-message",
        "room_id": room,
        from: name,
        message: text,
      }),
    examples: ({ room, name }) => {
      const place = { "room_id": room, from: name };
      return [
        [
          "say something",
          json({ type: "send-message", ...place, message: "hello" }),
        ],
        ["join", json({ type: "join-room", ...place })],
        ["leave", json({ type: "leave-room", ...place })],
        ["without a room", json({ type: "send-message", from: name })],
      ];
    },
  },
  {
    name: "channel-chat",
    about: "TylerCorkill/ws-chat-server: the channel is the path",
    path: (seat) => {
      const before = seat.profile === "original" ? "first/second/" : "";
      const channel = encodeURIComponent(seat.room);
      return before + channel + query("channel-chat", seat);
    },
    hindrance: ({ room }) =>
      room === "." || room === ".."
        ? `The channel is the path, and "${room}" leads out of it.`
        : undefined,
    begin: ({ name }) => [json({ type: "identity", user: name })],
    answer: (text) =>
      parsed(text).type === "heartbeat" ? [json({ type: "heartbeat" })] : [],
    isIn: (text) => parsed(text).type === "identity",
    isBeat: (text) => parsed(text).type === "heartbeat",
    say: (text) => json({ type: "message", text }),
    examples: ({ name }) => [
      ["say something", json({ type: "message", text: "hello" })],
      [
        "with a field of your own",
        json({ type: "message", text: "look", mood: "fine" }),
      ],
      ["take a name", json({ type: "identity", user: name })],
      ["heartbeat", json({ type: "heartbeat" })],
    ],
  },
  {
    name: "wschat",
    about: "wagnerpatriota/wschat: numbered rooms and users",
    path: (seat) => query("wschat", seat),
    hindrance: ({ number }) =>
      number === undefined ? "The room has no number yet." : undefined,
    begin: ({ name, number }) => [
      json({ type: "change_name", name }),
      json({ type: "enter_room", roomId: number }),
    ],
    answer: NONE,
    isIn: (text, { name }) => {
      const { type, user } = parsed(text);
      return type === "enter_room" && user?.name === name;
    },
    isBeat: NEVER,
    say: (text) => json({ type: "text", text }),
    examples: ({ name, number }) => [
      ["say something", json({ type: "text", text: "hello" })],
      ["a gif", json({ type: "gif", gifId: 3 })],
      ["list the rooms", json({ type: "list_rooms" })],
      ["enter the room", json({ type: "enter_room", roomId: number })],
      ["another name", json({ type: "change_name", name: `${name}!` })],
      ["leave the room", json({ type: "leave_room" })],
    ],
  },
  {
    name: "redis-chat",
    about: "basic-redis-chat-demo-go: accounts, one public channel",
    path: (seat) => `ws${query("redis-chat", seat)}`,
    hindrance: ({ room, lobby }) =>
      room === lobby
        ? undefined
        : `Its public channel is the lobby, ${lobby}; it has no other rooms.`,
    begin: ({ name, password }) => [
      json({ type: "signIn", signIn: { username: name, password } }),
    ],
    answer: (text) =>
      parsed(text).type === "authorized"
        ? [json({ type: "channelJoin", channelJoin: { recipientUUID: "0" } })]
        : [],
    isIn: (text) => parsed(text).type === "channelJoin",
    isBeat: NEVER,
    say: (text) => channelMessage(text),
    examples: ({ name, password }) => [
      ["say something", channelMessage("hello")],
      [
        "older messages",
        json({
          type: "channelMessages",
          channelMessages: { recipientUUID: "0", offset: 0, limit: 3 },
        }),
      ],
      ["users", json({ type: "users" })],
      [
        "sign in",
        json({ type: "signIn", signIn: { username: name, password } }),
      ],
      ["sign out", json({ type: "signOut" })],
    ],
  },
  {
    name: "nest-chat",
    about: "vivek261991/chat-api: Socket.IO, by its packets",
    path: ({ profile }) =>
      `socket.io/?EIO=4&transport=websocket&profile=${profile}`,
    hindrance: NOTHING,
    begin: NONE,
    answer: (text, { room, name }) => {
      if (text.startsWith("0")) return ["40"];
      if (text.startsWith("40")) {
        return [emit("participants", { roomId: room, username: name })];
      }
      return text === "2" ? ["3"] : [];
    },
    isIn: (text) => {
      const { event, payload } = layersOf(text);
      return event === "exchanges" && Array.isArray(payload);
    },
    isBeat: (text) => text === "2" || text === "3",
    say: (text, { room, name }) =>
      emit("exchanges", { roomId: room, username: name, content: text }),
    examples: ({ room, name }) => [
      [
        "say something",
        emit("exchanges", { roomId: room, username: name, content: "hello" }),
      ],
      [
        "say it, and be told",
        `421${
          JSON.stringify([
            "exchanges",
            { roomId: "nowhere", username: name, content: "hello?" },
          ])
        }`,
      ],
      ["register", emit("participants", { roomId: room, username: name })],
      ["leave the namespace", "41"],
      ["an unknown packet", "49"],
    ],
  },
];

/** @param {string} name */
export function dialectNamed(name) {
  return DIALECTS.find((dialect) => dialect.name === name);
}

function query(dialect, { profile }) {
  return `?dialect=${dialect}&profile=${profile}`;
}

function json(frame) {
  return JSON.stringify(frame);
}

/** An event packet of Socket.IO in a message packet of Engine.IO. */
function emit(event, payload) {
  return `42${JSON.stringify([event, payload])}`;
}

function channelMessage(message) {
  const channelMessage = { recipientUUID: "0", message };
  return json({ type: "channelMessage", channelMessage });
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
