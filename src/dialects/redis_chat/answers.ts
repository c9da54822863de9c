/**
 * redis-chat on the wire: what answers a client's requests.
 *
 * @module
 */
import type { AccountList } from "../../core/accounts.ts";
import { utf8Length } from "../../core/text.ts";
import type { Json, Member, MessageEntry, RoomId } from "../../core/types.ts";
import type { Profile } from "../dialect.ts";
import type { JsonObject } from "../json.ts";
import {
  isPublic,
  messageBlock,
  type User,
  userBlock,
  type Variant,
} from "./encode.ts";

/** A channel, as somebody who joins it is told of it. */
export interface Channel {
  readonly room: RoomId;
  /** What the joiner calls it. */
  readonly recipient: Json | undefined;
  /** Newest first. */
  readonly messages: readonly MessageEntry[];
  readonly users: readonly User[];
}

/** What an answer depends on besides its content. */
export interface AnswerOptions {
  readonly variant: Variant;
  /** Bytes that a list of messages may take in a frame. */
  readonly bytesMax: number;
  readonly isOnline: (user: string) => boolean;
}

/** The answer to `users`. */
export function usersAnswer(
  { total, accounts }: AccountList,
  { variant, isOnline }: AnswerOptions,
): Json {
  const users = accounts.map((account) => {
    const online = isOnline(account.id);
    return userBlock(account, { online, variant });
  });
  return { type: "users", users: { total, received: users.length, users } };
}

/** The answer to `signOut`, which who lives by the same access key is sent too. */
export function signedOutAnswer(
  userUUID: string,
  profile: Profile,
  uuid = userUUID,
): Json {
  return profile === "original"
    ? { type: "signOut", signOut: { uuid } }
    : { type: "unauthorized", unauthorized: { userUUID } };
}

/** The answer to `channelJoin`: the newest messages, oldest first, and the users. */
export function joinAnswer(channel: Channel, options: AnswerOptions): Json {
  const { recipient, users } = channel;
  const { variant, isOnline } = options;
  const name = isPublic(recipient) ? variant.publicForm : recipient ?? "";
  const messages = fitting(channel, options).reverse();
  // The original leaves out what is empty.
  const isLeftOut = variant.profile === "original" && messages.length === 0;
  const channelJoin = {
    ...name !== "" && { recipientUUID: name },
    ...!isLeftOut && { messages },
    users: users.map((user) => {
      // Who is in the public channel is there, with or without an account.
      const online = isPublic(recipient) || isOnline(user.id);
      return userBlock(user, { online, variant });
    }),
  };
  return { type: "channelJoin", channelJoin };
}

/** The answer to `channelMessages`, newest first. */
export function readAnswer(
  page: { readonly total: number; readonly messages: readonly MessageEntry[] },
  room: RoomId,
  options: AnswerOptions,
): Json {
  const messages = fitting({ room, messages: page.messages }, options);
  const channelMessages = {
    messagesTotal: page.total,
    messagesReceived: messages.length,
    messages,
  };
  return { type: "channelRead", channelMessages };
}

/** The users of a private channel, whether or not they are in it now. */
export function pairOf(joiner: User, other: User | undefined): User[] {
  return other && other.id !== joiner.id ? [joiner, other] : [joiner];
}

/** The users of a public channel, each once, in the order in which they came. */
export function usersOf(
  members: readonly Member[],
  options: { joiner: User; max: number },
): User[] {
  const users = [...members.map(({ author }) => author), options.joiner];
  const byId = new Map(users.map(({ id, name }) => [id, { id, name }]));
  // The joiner came last: it is never cut off.
  return Array.from(byId.values()).slice(-options.max);
}

/** As many of the newest messages as may be in one frame; at least one. */
function fitting(
  { room, messages }: Pick<Channel, "room" | "messages">,
  { variant, bytesMax }: AnswerOptions,
): JsonObject[] {
  const blocks: JsonObject[] = [];
  let bytes = 0;
  for (const message of messages) {
    const block = messageBlock(message, room, variant);
    bytes += utf8Length(JSON.stringify(block));
    if (bytes > bytesMax && blocks.length > 0) break;
    blocks.push(block);
  }
  return blocks;
}
