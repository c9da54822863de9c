/**
 * redis-chat on the wire: the schemas of what clients of the `document` are
 * sent. Frames are not made from them: tests and documents hold frames against
 * them.
 *
 * @module
 */
import { z } from "zod";

const recipientUUID = z.union([z.string(), z.literal(0)])
  .describe("the other user, or how one calls the public channel");
const count = z.int().min(0);

const user = z.strictObject({
  UUID: z.string(),
  Username: z.string(),
  OnLine: z.boolean(),
  username: z.string(),
  Password: z.literal("").describe("never sent"),
});

const named = z.strictObject({
  UUID: z.string(),
  Username: z.string(),
  OnLine: z.literal(false),
});

const message = z.strictObject({
  UUID: z.string(),
  Sender: named,
  SenderUUID: z.string(),
  RecipientUUID: recipientUUID,
  Recipient: named.extend({ UUID: recipientUUID }).optional(),
  Message: z.string(),
  CreatedAt: z.iso.datetime(),
  senderUUID: z.string(),
  recipientUUID,
  message: z.string(),
  created_at: z.iso.datetime(),
  createdAt: z.iso.datetime(),
});

const channel = z.strictObject({ recipientUUID: recipientUUID.optional() });

const moved = {
  SUUID: z.string().describe("the session"),
  type: z.literal("sys"),
  userUUID: z.string(),
  user,
};

/** A frame of the type with a block of that name. */
function block<T extends string, B extends z.ZodType>(type: T, of: B) {
  return z.strictObject({ type: z.literal(type), [type]: of });
}

/** The frames of the server, by type. */
export const SERVER_FRAMES = {
  ready: block("ready", z.strictObject({ sessionUUID: z.string() })),
  authorized: block(
    "authorized",
    z.strictObject({ userUUID: z.string(), accessKey: z.string() }),
  ),
  unauthorized: block(
    "unauthorized",
    z.strictObject({ userUUID: z.string() }),
  ),
  sys: z.union([
    z.strictObject({
      type: z.literal("sys"),
      sys: block(
        "signIn",
        z.strictObject({ uuid: z.string(), username: z.string() }),
      ),
    }),
    z.strictObject({ ...moved, sys: block("channelJoin", channel) }),
    z.strictObject({ ...moved, sys: block("channelLeave", channel) }),
  ]),
  users: block(
    "users",
    z.strictObject({ total: count, received: count, users: z.array(user) }),
  ),
  channelJoin: block(
    "channelJoin",
    channel.extend({ messages: z.array(message), users: z.array(user) }),
  ),
  channelMessage: block("channelMessage", message),
  channelRead: z.strictObject({
    type: z.literal("channelRead"),
    channelMessages: z.strictObject({
      messagesTotal: count,
      messagesReceived: count,
      messages: z.array(message),
    }),
  }),
  channelLeave: block("channelLeave", z.strictObject({ recipientUUID })),
  error: block(
    "error",
    z.strictObject({
      code: z.int(),
      error: z.string(),
      message: z.string(),
    }),
  ),
} as const;
