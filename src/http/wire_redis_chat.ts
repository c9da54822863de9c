// deno-lint-ignore-file camelcase -- the wire's own names
/**
 * What `/asyncapi.json` tells of redis-chat, as its document says it
 * (`?profile=original` differs).
 *
 * @module
 */
import { z } from "zod";
import type { Json } from "../core/types.ts";
import { SERVER_FRAMES } from "../dialects/redis_chat/frames.ts";
import { CLIENT_BLOCKS, type FrameType } from "../dialects/redis_chat/wire.ts";
import type { WireChannel, WireMessage, WireRequest } from "./wire_channel.ts";

const UUID = "9af81d3e-c1e7-4994-87d3-b81cf6abde73";
const MESSAGE_UUID = "01a1fd86-c097-496d-933c-749d78fe1bbe";
const SESSION = "9a95841c-662b-45f6-b045-b70b3a3e0f70";
const KEY = "38864c9d-4e64-4496-8877-0ee96ed8890b";
const AT = "2026-11-21T09:53:49.207Z";
const PUBLIC = { recipientUUID: "0" };
const SIGN = { username: "ann", password: "secret" };
const ANN = {
  UUID,
  Username: "ann",
  OnLine: true,
  username: "ann",
  Password: "",
};
const MESSAGE = {
  UUID: MESSAGE_UUID,
  Sender: { UUID, Username: "ann", OnLine: false },
  SenderUUID: UUID,
  RecipientUUID: "0",
  Message: "Hello world!",
  CreatedAt: AT,
  senderUUID: UUID,
  recipientUUID: "0",
  message: "Hello world!",
  created_at: AT,
  createdAt: AT,
};

/** Blocks that may be left out. */
const OPTIONAL: ReadonlySet<string> = new Set(["users", "signOut"]);

const RECEIVED: Record<FrameType, readonly [string, Json]> = {
  signIn: ["Signs in; a new name makes an account", SIGN],
  signUp: ["Makes an account", SIGN],
  signOut: ["Ends the access key", {}],
  users: ["Asks for all accounts", {}],
  channelJoin: ["Opens a channel", PUBLIC],
  channelMessage: ["Says something", { ...PUBLIC, message: "Hello world!" }],
  channelMessages: ["Asks for older messages", {
    ...PUBLIC,
    offset: 0,
    limit: 10,
  }],
  channelLeave: ["Ends a private channel", { recipientUUID: UUID }],
};

const SENT: Record<keyof typeof SERVER_FRAMES, readonly [string, object]> = {
  ready: ["The first frame", { ready: { sessionUUID: SESSION } }],
  authorized: ["One is signed in", {
    authorized: { userUUID: UUID, accessKey: KEY },
  }],
  unauthorized: ["One is signed out", { unauthorized: { userUUID: UUID } }],
  sys: ["Somebody signed in, came or left", {
    sys: { type: "signIn", signIn: { uuid: UUID, username: "ann" } },
  }],
  users: ["All accounts", {
    users: { total: 1, received: 1, users: [ANN] },
  }],
  channelJoin: ["The channel that was opened", {
    channelJoin: { ...PUBLIC, messages: [MESSAGE], users: [ANN] },
  }],
  channelMessage: ["Something was said", { channelMessage: MESSAGE }],
  channelRead: ["Older messages, newest first", {
    channelMessages: {
      messagesTotal: 1,
      messagesReceived: 1,
      messages: [MESSAGE],
    },
  }],
  channelLeave: ["The channel was ended", {
    channelLeave: { recipientUUID: UUID },
  }],
  error: ["What cannot be done", {
    error: {
      code: 4,
      error: "wrong password",
      message: "wrong password",
    },
  }],
};

export const REDIS_CHAT: WireChannel = {
  dialect: "redis-chat",
  address: "/ws",
  title: "redis-chat: accounts, a public channel, private ones",
  description:
    "redis-developer/basic-redis-chat-demo-go. The public channel is the lobby. A frame may name its sender by `userUUID` and `userAccessKey`; else it is whom its socket is signed in as.",
  received: (Object.keys(RECEIVED) as FrameType[]).map(requestOf),
  sent: (Object.keys(SENT) as (keyof typeof SENT)[]).map(sentOf),
};

function requestOf(type: FrameType): WireRequest {
  const [summary, block] = RECEIVED[type];
  const blockSchema = CLIENT_BLOCKS.document[type];
  const schema = z.looseObject({
    type: z.literal(type),
    userUUID: z.string().optional(),
    userAccessKey: z.string().optional(),
    [type]: OPTIONAL.has(type) ? blockSchema.optional() : blockSchema,
  });
  return { name: type, summary, schema, example: { type, [type]: block } };
}

function sentOf(type: keyof typeof SENT): WireMessage {
  const [summary, fields] = SENT[type];
  const schema = SERVER_FRAMES[type];
  return { name: type, summary, schema, example: { type, ...fields } as Json };
}
