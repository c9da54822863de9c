// deno-lint-ignore-file camelcase -- the wire's own names
/**
 * What `/asyncapi.json` tells of chat-ws, channel-chat, wschat and nest-chat, as
 * their documents say it (`?profile=original` differs).
 *
 * @module
 */
import {
  CLIENT_FRAMES as CHANNEL_CHAT_FRAMES,
  SERVER_FRAMES as CHANNEL_CHAT_SENT,
} from "../dialects/channel_chat_frames.ts";
import { CLIENT_FRAMES as CHAT_WS_FRAMES } from "../dialects/chat_ws.ts";
import { SERVER_FRAMES as CHAT_WS_SENT } from "../dialects/chat_ws_frames.ts";
import { SERVER_PAYLOADS } from "../dialects/nest_chat/frames.ts";
import { CLIENT_PAYLOADS } from "../dialects/nest_chat/wire.ts";
import { CLIENT_FRAMES as WSCHAT_FRAMES } from "../dialects/wschat_codec.ts";
import { SERVER_FRAMES as WSCHAT_SENT } from "../dialects/wschat_frames.ts";
import {
  typed,
  type WireChannel,
  type WireMessage,
  type WireRequest,
} from "./wire_channel.ts";

type Said = readonly [summary: string, fields: object];

/** Requests, each with its type in the frame. */
function requests<T extends string>(
  schemas: Record<T, Parameters<typeof typed>[1]>,
  said: Record<T, Said>,
): WireRequest[] {
  return (Object.keys(said) as T[]).map((type) => {
    const [summary, fields] = said[type];
    const schema = typed(type, schemas[type]);
    return { name: type, summary, schema, example: { type, ...fields } };
  });
}

function sent<T extends string>(
  schemas: Record<T, WireMessage["schema"]>,
  said: Record<T, Said>,
): WireMessage[] {
  return (Object.keys(said) as T[]).map((type) => {
    const [summary, fields] = said[type];
    const example = type === "" ? { ...fields } : { type, ...fields };
    const name = type === "" ? "error" : type;
    return { name, summary, schema: schemas[type], example };
  });
}

const PLACE = { room_id: "general", from: "Will Hall" };

export const CHAT_WS: WireChannel = {
  dialect: "chat-ws",
  address: "/",
  title: "chat-ws: rooms by name",
  description:
    "yordevs/chat-ws. Fields that a client adds are relayed. What cannot be done is answered with `error`; an unknown `type` is ignored.",
  received: requests(CHAT_WS_FRAMES.document, {
    "join-room": ["Goes into a room; its history follows", PLACE],
    "leave-room": ["Leaves a room", PLACE],
    "send-message": ["Says something", { ...PLACE, message: "Hello world!" }],
  }),
  sent: sent(CHAT_WS_SENT, {
    "join-room": ["Somebody came; one's own ends the history", PLACE],
    "leave-room": ["Somebody has gone", PLACE],
    "receive-message": ["Something was said, and is on disk", {
      ...PLACE,
      message: "Hello world!",
      sent_at: 1_795_250_333.188,
    }],
    "": ["What cannot be done", { error: "room_id not provided" }],
  }),
};

const BEAST = "fishing_beast_5000";
const LUCK = "I heard you have the best luck fishing in the morning";

export const CHANNEL_CHAT: WireChannel = {
  dialect: "channel-chat",
  address: "/{channel}",
  title: "channel-chat: the channel is the path",
  description:
    "TylerCorkill/ws-chat-server. A name is cleared if no heartbeat comes for 5 s; the socket stays. Frames that cannot be read are ignored.",
  received: requests(CHANNEL_CHAT_FRAMES.document, {
    heartbeat: ["Keeps one's name", {}],
    identity: ["Takes a name", { user: BEAST }],
    message: ["Says something", { text: LUCK }],
  }),
  sent: sent(CHANNEL_CHAT_SENT, {
    connection: ["The first frame: the channel", { id: "fishing" }],
    heartbeat: ["Comes every second", { authenticated: "false" }],
    identity: ["Whether the name was free", { success: "true" }],
    message: ["Something was said, with all its fields", {
      text: LUCK,
      timestamp: 1_795_254_819,
      user: BEAST,
    }],
  }),
};

const USER_2 = { id: 2, name: "User 2" };

export const WSCHAT: WireChannel = {
  dialect: "wschat",
  address: "/",
  title: "wschat: numbered rooms and users",
  description:
    "wagnerpatriota/wschat. One room at a time. What cannot be done is ignored.",
  received: requests(WSCHAT_FRAMES.document, {
    list_rooms: ["Asks for the rooms", {}],
    enter_room: ["Goes into a room", { roomId: 1 }],
    text: ["Says something", { text: "some message" }],
    gif: ["Shows a picture by its number", { gifId: 3 }],
    leave_room: ["Leaves the room", {}],
    create_room: ["Makes a room", { title: "fishing" }],
    change_name: ["Takes another name", { name: "my new name" }],
  }),
  sent: sent(WSCHAT_SENT, {
    welcome: ["The first frame: who one is", { user: USER_2 }],
    list_rooms: ["All rooms and who is in them", {
      rooms: { 1: { id: 1, title: "Room 1", users: { 2: USER_2 } } },
    }],
    enter_room: ["Somebody came", { user: USER_2 }],
    leave_room: ["Somebody has gone", { user: USER_2 }],
    text: ["Something was said", { text: "some message", from: USER_2 }],
    gif: ["A picture was shown", { gifId: 3, from: USER_2 }],
    change_name: ["Somebody has another name", {
      oldName: "User 2",
      newName: "my new name",
    }],
  }),
};

const DHONI = { roomId: "3XX", username: "Dhoni" };

export const NEST_CHAT: WireChannel = {
  dialect: "nest-chat",
  address: "/socket.io/",
  title: "nest-chat: Socket.IO events",
  description:
    'vivek261991/chat-api. Socket.IO 2 to 4, by WebSocket and long polling. A message\'s name is the event, its payload what the event carries: on a WebSocket `42["exchanges",{…}]`, where `4` is Engine.IO\'s "message" and `2` Socket.IO\'s "event".',
  received: [
    {
      name: "participants",
      summary: "Registers in a room, under a name",
      schema: CLIENT_PAYLOADS.document.participants,
      example: DHONI,
    },
    {
      name: "exchanges",
      summary: "Says something",
      schema: CLIENT_PAYLOADS.document.exchanges,
      example: { ...DHONI, content: "Hello world!" },
      description:
        'The acknowledgement, if one is asked for, is `"Invalid Room ID"` where there is no such room; nothing else is acknowledged.',
    },
  ],
  sent: [
    {
      name: "exchanges",
      summary: "Something was said; or, as an array, all participants",
      schema: SERVER_PAYLOADS.exchanges,
      example: {
        ...DHONI,
        content: "Hello world!",
        createdAt: "2026-11-26T01:39:06.129Z",
        socketId: "dLKpw8xjnQWP1zPaAAAA",
        order: 1,
      },
    },
    {
      name: "participants/<roomId>",
      summary: "All participants, who has gone with `connected: false`",
      schema: SERVER_PAYLOADS["participants/"],
      example: [{ ...DHONI, connected: false }],
    },
    {
      name: "exception",
      summary: "An event could not be handled",
      schema: SERVER_PAYLOADS.exception,
      example: { status: "error", message: "Internal server error" },
    },
  ],
};
