// deno-lint-ignore-file explicit-module-boundary-types -- plain JavaScript, for Node
/**
 * What the load generator says on the wire: client frames of RFC 6455 and the
 * protocols that the benchmarked servers speak.
 *
 * Everything is built before the clock starts; while it runs only the twelve
 * digits of the send time change. Nothing that comes in is parsed.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/**
 * Stands exactly once in a message's text and in no other text. The byte may
 * be the length in a frame's header; but only the marker has a "0" behind it.
 */
export const MARKER = "#";

/**
 * Digits of the send time behind the marker, in µs of `performance.now()`:
 * the first is 0 for the first 27 hours of a process.
 */
export const STAMP_DIGITS = 12;

/** Bytes of a message's text, marker and send time included. */
const TEXT_BYTES = 100;

/** Not zero, because a server may skip the unmasking of a zero mask. */
const MASK = [0x37, 0xfa, 0x21, 0x3d];

const OPCODE_TEXT = 0x81;
const OPCODE_PONG = 0x8a;
const MASKED = 0x80;
/** A payload of fewer bytes has its length in the second byte (RFC 6455, 5.2). */
const SHORT_PAYLOAD_BYTES = 126;
const DIGIT_ZERO = "0".charCodeAt(0);

function clientFrame(opcode, text) {
  const payload = Buffer.from(text);
  for (let i = 0; i < payload.length; i++) payload[i] ^= MASK[i & 3];
  const length = payload.length < SHORT_PAYLOAD_BYTES
    ? [MASKED | payload.length]
    : [MASKED | SHORT_PAYLOAD_BYTES, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([opcode, ...length, ...MASK]), payload]);
}

const PONG = clientFrame(OPCODE_PONG, "");

/** Engine.IO's open packet, then Socket.IO's packet for the namespace "/". */
const SOCKET_IO_GREETING = [
  { wanted: '0{"sid"', answer: "40" },
  { wanted: '40{"sid"', answer: null },
];

/** A masked text frame, as a client must send it. */
export function textFrame(text) {
  return clientFrame(OPCODE_TEXT, text);
}

/**
 * The protocols, by name. `setUp`: what must be there before sockets join, if
 * anything; `greeting`: what to wait for after the upgrade and
 * what to answer; `join`: the texts that make a member, and what proves it;
 * `say`: a message as text; `keepAlive`: a frame that a
 * silent client sends unasked, so that no server has to ping it (RFC 6455,
 * 5.5.3 allows the lone pong; engine.io restarts its interval on "3").
 */
export const WIRES = {
  "chat-ws": {
    greeting: [],
    join: (room, from) => ({
      texts: [JSON.stringify({ type: "join-room", "room_id": room, from })],
      proof: `"${from}"`,
    }),
    say: sendMessage,
    keepAlive: PONG,
  },
  // The URL is the room; the case has one.
  // No id, no reply: one's own message in the events is the acknowledgement.
  "parley.v1": {
    greeting: [{ wanted: '"welcome"', answer: null }],
    join: (room, from) => ({
      texts: [
        JSON.stringify({ type: "hello", name: from }),
        JSON.stringify({ type: "join", room, history: 0 }),
      ],
      proof: '"caught_up"',
    }),
    say: (room, _from, text) => JSON.stringify({ type: "send", room, text }),
    keepAlive: PONG,
  },
  "channel-chat": {
    greeting: [{ wanted: '"connection"', answer: null }],
    join: (_room, from) => ({
      texts: [JSON.stringify({ type: "identity", user: from })],
      proof: '"success":"true"',
    }),
    say: (_room, _from, text) => JSON.stringify({ type: "message", text }),
    keepAlive: PONG,
  },
  // Room 1 is always there; the case has one.
  "wschat": {
    greeting: [{ wanted: '"welcome"', answer: null }],
    join: (_room, from) => ({
      texts: [
        JSON.stringify({ type: "change_name", name: from }),
        JSON.stringify({ type: "enter_room", roomId: 1 }),
      ],
      proof: `"${from}"`,
    }),
    say: (_room, _from, text) => JSON.stringify({ type: "text", text }),
    keepAlive: PONG,
  },
  "redis-chat": {
    greeting: [{ wanted: '"ready"', answer: null }],
    join: (_room, from) => {
      const signIn = { username: from, password: "" };
      const channelJoin = { recipientUUID: "0" };
      return {
        texts: [
          JSON.stringify({ type: "signIn", signIn }),
          JSON.stringify({ type: "channelJoin", channelJoin }),
        ],
        proof: '{"type":"channelJoin"',
      };
    },
    say: (_room, _from, message) => {
      const channelMessage = { recipientUUID: "0", message };
      return JSON.stringify({ type: "channelMessage", channelMessage });
    },
    keepAlive: PONG,
  },
  "socket.io": {
    greeting: SOCKET_IO_GREETING,
    join: (room, from) => ({
      texts: [socketIo({ type: "join-room", "room_id": room, from })],
      proof: `"${from}"`,
    }),
    say: (room, from, message) =>
      socketIo({ type: "send-message", "room_id": room, from, message }),
    keepAlive: textFrame("3"),
  },
  // Rooms are made by HTTP; joining one tells all members who is in it.
  "nest-chat": {
    setUp: makeRooms,
    greeting: SOCKET_IO_GREETING,
    join: (roomId, username) => ({
      texts: [nestChat("participants", { roomId, username })],
      proof: `"${username}"`,
    }),
    say: (roomId, username, content) =>
      nestChat("exchanges", { roomId, username, content }),
    keepAlive: textFrame("3"),
  },
};

async function makeRooms(url, rooms) {
  const { host } = new URL(url);
  for (const roomId of rooms) {
    const response = await fetch(`http://${host}/api/v1/rooms`, {
      method: "POST",
      body: JSON.stringify({ roomId, creatorUsername: "bench" }),
    });
    if (response.status !== 201) {
      throw new Error(`Cannot make room "${roomId}": ${response.status}`);
    }
  }
}

function sendMessage(room, from, message) {
  const event = { type: "send-message", "room_id": room, from, message };
  return JSON.stringify(event);
}

function socketIo(event) {
  return nestChat(event.type, event);
}

function nestChat(name, payload) {
  return `42${JSON.stringify([name, payload])}`;
}

/** One frame of a sender, whose send time is written in place. */
export class MessageFrame {
  /** The bytes to send, after `stamp()`. */
  bytes;
  #stampAt;
  #maskAt;

  /**
   * @param wire One of `WIRES`.
   * @param room Room id, without the marker.
   * @param from The sender's name, without the marker.
   */
  constructor(wire, { room, from }) {
    const message = MARKER.padEnd(1 + STAMP_DIGITS, "0").padEnd(
      TEXT_BYTES,
      ".",
    );
    const text = wire.say(room, from, message);
    this.bytes = textFrame(text);
    this.#maskAt = text.indexOf(MARKER) + 1;
    this.#stampAt = this.bytes.length - text.length + this.#maskAt;
  }

  /** Writes `nowUs`, a whole number of µs, behind the marker. */
  stamp(nowUs) {
    const { bytes } = this;
    let rest = nowUs;
    for (let i = STAMP_DIGITS - 1; i >= 0; i--) {
      const above = Math.floor(rest / 10);
      const digit = DIGIT_ZERO + rest - above * 10;
      bytes[this.#stampAt + i] = digit ^ MASK[(this.#maskAt + i) & 3];
      rest = above;
    }
  }
}

/**
 * The send time in the text whose marker is at `at`, in µs.
 *
 * @param bytes Incoming bytes; all digits must be in them.
 */
export function readStampUs(bytes, at) {
  let stampUs = 0;
  for (let i = at + 1; i <= at + STAMP_DIGITS; i++) {
    stampUs = stampUs * 10 + bytes[i] - DIGIT_ZERO;
  }
  return stampUs;
}
