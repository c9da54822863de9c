// deno-lint-ignore-file camelcase -- the wire's own names
/**
 * What `/asyncapi.json` tells of parley.v1.
 *
 * @module
 */
import type { Json } from "../core/types.ts";
import { okFrame, SERVER_FRAMES } from "../dialects/parley_v1/frames.ts";
import { CLIENT_FRAMES, type RequestType } from "../dialects/parley_v1/wire.ts";
import type { WireChannel, WireMessage, WireRequest } from "./wire_channel.ts";

const AT = 1_795_250_333_188;
const SESSION = "9a95841c-662b-45f6-b045-b70b3a3e0f70";
const ID = "01M8AX5VTYJWW4FFYCA12CS9SD";
const ANN = {
  id: "9af81d3e-c1e7-4994-87d3-b81cf6abde73",
  number: 7,
  name: "Ann",
  verified: false,
};
const ROOM = { room: "general" };
const TOKEN = "guest1.9af81d3e-c1e7-4994-87d3-b81cf6abde73.…";
const HEAD = { epoch: "1", seq: 42 };
const ENTRY = { seq: 43, id: ID, at: AT, author: ANN };
const MESSAGE = {
  kind: "message",
  ...ENTRY,
  order: 40,
  text: "Hello world!",
  via: "chat-ws",
};
const PLACED = { ...ROOM, id: ID, epoch: "1", seq: 43, at: AT };
const IDENTIFIED = {
  user: ANN,
  token: TOKEN,
  token_expires_at: AT + 2_592_000_000,
};
const GENERAL = {
  id: "general",
  title: "general",
  kind: "public",
  created_at: AT,
};

/** Per request: what it does, what it says besides its type, and its result. */
const REQUESTS: {
  readonly [T in RequestType]: readonly [
    summary: string,
    fields: Record<string, Json>,
    result: Json,
    rule?: string,
  ];
} = {
  hello: [
    "Says who one is",
    { token: TOKEN },
    IDENTIFIED,
    "At most one of `token`, `sign_in`, `sign_up` and `jwt`; with none of them, or with a guest's `token`, `name` names the guest.",
  ],
  sign_out: ["Ends the token; one is a new guest", {}, IDENTIFIED],
  rename: ["Names a guest", { name: "Ann" }, IDENTIFIED],
  join: [
    "Goes into a room, and goes on where one was",
    { ...ROOM, after: HEAD },
    {
      room: GENERAL,
      head: HEAD,
      from: HEAD,
      resumed: true,
      members: [{ ...ANN, sessions: 1 }],
      member_count: 1,
      read: { seq: 40 },
      unread: 2,
    },
    "Exactly one of `room` and `direct`. With `after` the entries behind it follow; if they cannot all, `gap` says why. Without it the newest `history` messages.",
  ],
  leave: ["Leaves a room", ROOM, {}],
  send: [
    "Says something; answered once it is on disk",
    { ...ROOM, text: "Hello world!", key: "k-1" },
    PLACED,
    "Exactly one of `room` and `direct`. The same `key` again is answered as the first time, with `duplicate`.",
  ],
  edit: ["Changes an own message", { ...ROOM, seq: 43, text: "Hi" }, PLACED],
  delete: ["Deletes an own message", { ...ROOM, seq: 43 }, PLACED],
  react: ["Reacts to a message", { ...ROOM, seq: 43, reaction: "👍" }, PLACED],
  history: [
    "Reads messages as they are now",
    { ...ROOM, before: 43, limit: 50 },
    {
      ...ROOM,
      epoch: "1",
      messages: [{ ...MESSAGE, seq: 42, reactions: { "👍": [ANN.id] } }],
      more: { before: true, after: true },
      next: { before: 42, after: 42 },
    },
    "At most one of `before`, `after` and `around`; none: the newest.",
  ],
  members: ["Lists who is in a room", ROOM, {
    members: [{ ...ANN, sessions: 1 }],
    member_count: 1,
  }],
  typing: ["Tells that one types", { ...ROOM, on: true }, {}],
  read: ["Marks as read", { ...ROOM, seq: 43 }, { seq: 43, unread: 0 }],
  rooms: ["Lists public rooms and own direct ones", {}, {
    rooms: [{
      ...GENERAL,
      number: 4,
      member_count: 1,
      head: HEAD,
      read: null,
      unread: null,
    }],
    more: false,
  }],
  users: ["Lists accounts", { search: "an" }, {
    users: [{ ...ANN, verified: true, online: true }],
    total: 1,
  }],
  ping: ["Asks for a sign of life", {}, { time: AT }],
};

const SENT: {
  readonly [T in keyof typeof SERVER_FRAMES]: readonly [string, object];
} = {
  welcome: ["The first frame: who one is, and what is allowed", {
    protocol: "parley.v1",
    session: SESSION,
    time: AT,
    lobby: "general",
    user: { ...ANN, name: "" },
    token: TOKEN,
    limits: { text_bytes_max: 4_096, rooms_per_session_max: 128 },
    ping_ms: 25_000,
  }],
  error: ["A refusal; the socket stays", {
    id: 3,
    code: "too_long",
    message: "Cannot send message: 4,097 of 4,096 bytes",
    retryable: false,
  }],
  events: [
    "All entries of a room that follow each other: `after` is the place before the first",
    { ...ROOM, epoch: "1", after: 42, entries: [MESSAGE] },
  ],
  caught_up: ["A join is over: from here on it is live", {
    ...ROOM,
    epoch: "1",
    seq: 43,
  }],
  ended: ["One is no longer in the room", {
    ...ROOM,
    code: "room_closed",
    message: 'Cannot stay in room "general": it is closed',
    retryable: false,
  }],
  arrived: ["Somebody came", { ...ROOM, user: ANN, member_count: 2 }],
  departed: ["Somebody has gone, in all their sessions", {
    ...ROOM,
    user: ANN,
    member_count: 1,
  }],
  renamed: ["Somebody has another name", {
    ...ROOM,
    user: ANN,
    old_name: "Anne",
  }],
  typing: ["Somebody types, or no longer", { ...ROOM, user: ANN, on: true }],
  read: ["One has read, in another session", { ...ROOM, seq: 43, unread: 0 }],
  direct: ["A direct message, to one who is not in its room", {
    room: `@dm/${ANN.id}/${ANN.id}`,
    direct_with: ANN,
    seq: 1,
    unread: 1,
  }],
  member_count: ["How many are in a room that is too large to list", {
    ...ROOM,
    member_count: 1_204,
  }],
};

/** parley.v1. */
export const NATIVE: WireChannel = {
  dialect: "parley.v1",
  address: "/parley",
  title: "parley.v1: parley's own protocol",
  description:
    "One JSON object per text frame. Each request with an `id` is answered by exactly one `ok` or `error` with that `id`. Entries of a room come contiguously: `entries[0].seq` is `after + 1`, so that a gap is seen. Times are ms since the epoch. Closing codes: 4000 to 4499 come back, 4500 to 4999 do not.",
  received: (Object.keys(REQUESTS) as RequestType[]).map(requestOf),
  sent: (Object.keys(SENT) as (keyof typeof SENT)[]).map(sentOf),
};

function requestOf(type: RequestType): WireRequest {
  const [summary, fields, result, rule] = REQUESTS[type];
  const answer: WireMessage = {
    name: `${type}.ok`,
    summary: `What answers \`${type}\``,
    schema: okFrame(type),
    example: { type: "ok", id: 1, result },
  };
  return {
    name: type,
    summary,
    schema: CLIENT_FRAMES[type],
    example: { type, id: 1, ...fields },
    answer,
    ...rule !== undefined && { description: rule },
  };
}

function sentOf(type: keyof typeof SENT): WireMessage {
  const [summary, fields] = SENT[type];
  const schema = SERVER_FRAMES[type];
  return { name: type, summary, schema, example: { type, ...fields } };
}
