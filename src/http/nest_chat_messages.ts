/**
 * The list of a room's messages, as nest-chat shows it.
 *
 * @module
 */
import type { Chat } from "../core/chat.ts";
import { utf8Length } from "../core/text.ts";
import type { Json, MessageEntry, RoomId } from "../core/types.ts";
import type { Profile } from "../dialects/dialect.ts";
import { isObject } from "../dialects/json.ts";
import { linesOf, messagesQuery } from "./nest_chat_schemas.ts";

/** Bytes of the brackets around a list. */
const BRACKETS_BYTES = 2;

/** The list as JSON, or what is wrong with the query. */
export type MessageList =
  | { readonly text: string }
  | { readonly wrong: readonly string[] };

/**
 * Lists a room's messages, oldest first: as many of the newest as were asked
 * for and as may be, in number and in bytes. At least one comes, so that
 * paging by `before` ends.
 *
 * @returns `undefined` if there is no such room, or it is closed.
 */
export async function listMessages(
  chat: Chat,
  id: RoomId,
  { query, profile }: { query: URLSearchParams; profile: Profile },
): Promise<MessageList | undefined> {
  const { MESSAGES_LISTED_MAX, ANSWER_BYTES_MAX } = chat.limits;
  const asked = messagesQuery(MESSAGES_LISTED_MAX).safeParse({
    limit: numberIn(query.get("limit")),
    before: numberIn(query.get("before")),
  });
  if (!asked.success) return { wrong: linesOf(asked.error) };
  const { limit = MESSAGES_LISTED_MAX, before } = asked.data;
  const rows: string[] = [];
  let bytes = BRACKETS_BYTES;
  const { open } = await chat.history(id, {
    limit,
    ...before !== undefined && { before },
    fits(message) {
      const row = JSON.stringify(rowOf(message, profile));
      bytes += utf8Length(row) + 1;
      if (rows.length > 0 && bytes > ANSWER_BYTES_MAX) return false;
      rows.push(row);
      return true;
    },
  });
  return open ? { text: `[${rows.reverse().join(",")}]` } : undefined;
}

/** NaN is no whole number. */
function numberIn(text: string | null): number | undefined {
  if (text === null) return undefined;
  return /^\d+$/.test(text) ? Number(text) : NaN;
}

function rowOf(message: MessageEntry, profile: Profile): Json {
  const { order, author, text } = message;
  const createdAt = createdAtOf(message, profile);
  return {
    order,
    username: author.name,
    content: text,
    ...createdAt !== undefined && { createdAt },
  };
}

function createdAtOf(
  { via, extra, at }: MessageEntry,
  profile: Profile,
): Json | undefined {
  const taken = new Date(at).toISOString();
  if (via !== "nest-chat") return taken;
  const fields = extra?.fields;
  const given = isObject(fields) ? fields.createdAt : undefined;
  return given ?? (profile === "original" ? undefined : taken);
}
