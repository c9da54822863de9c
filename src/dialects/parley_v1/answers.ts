/**
 * parley.v1 on the wire: what answers a client's requests.
 *
 * @module
 */
import type { ChatError } from "../../core/errors.ts";
import type { KnownUser } from "../../core/direct_rooms.ts";
import type { Identified } from "../../core/identities.ts";
import {
  type LimitName,
  type Limits,
  SEND_KEY_TTL_MS,
  TOKEN_TTL_MS,
} from "../../core/limits.ts";
import type { LiveRoom } from "../../core/live_room.ts";
import type { MessagePage } from "../../core/message_pages.ts";
import type { Appended } from "../../core/ports.ts";
import { type Marker, stateOf } from "../../core/read_markers.ts";
import type { JoinStart } from "../../core/resume.ts";
import type { RoomSummary } from "../../core/room_overview.ts";
import { utf8Length } from "../../core/text.ts";
import type { Position, RoomId, RoomRecord } from "../../core/types.ts";
import type { JsonObject } from "../json.ts";
import { entryText, epochText } from "./encode.ts";
import type { RequestId } from "./request_id.ts";

/** How often a client should show that it lives, in ms. */
const PING_MS = 25_000;

const quote: (value: RequestId | string) => string = JSON.stringify;

/** The reply to a request that was carried out; `result` is JSON. */
export function okFrame(id: RequestId, result: string): string {
  return `{"type":"ok","id":${quote(id)},"result":${result}}`;
}

/** The reply to one that was not, or the refusal of a frame without an id. */
export function errorFrame(id: RequestId, error: ChatError): string {
  const { code, message, retryable, retryAfterMs } = error;
  return JSON.stringify({
    type: "error",
    id,
    code,
    message,
    retryable,
    ...retryAfterMs !== undefined && { retry_after_ms: retryAfterMs },
  });
}

/** The end of a membership that the client did not wish for. */
export function endedFrame(room: RoomId, error: ChatError): string {
  const { code, message, retryable } = error;
  return JSON.stringify({ type: "ended", room, code, message, retryable });
}

/** The limits that clients should know, by what they are called on the wire. */
const LIMITS_TOLD: Readonly<Record<string, LimitName>> = {
  "frame_bytes_max": "FRAME_BYTES_MAX",
  "text_bytes_max": "TEXT_BYTES_MAX",
  "data_bytes_max": "DATA_BYTES_MAX",
  "room_id_bytes_max": "ROOM_ID_BYTES_MAX",
  "name_bytes_max": "NAME_BYTES_MAX",
  "key_bytes_max": "KEY_BYTES_MAX",
  "reaction_bytes_max": "REACTION_BYTES_MAX",
  "rooms_per_session_max": "ROOMS_PER_SOCKET_MAX",
  "requests_per_second_max": "MESSAGES_PER_SECOND_MAX",
  "requests_burst_max": "MESSAGES_BURST_MAX",
  "sends_in_flight_max": "SENDS_IN_FLIGHT_MAX",
  "history_page_max": "HISTORY_PAGE_MESSAGES_MAX",
  "members_listed_max": "MEMBERS_LISTED_MAX",
};

/** The frame that greets a client. */
export function welcomeFrame(
  { user, token }: Identified,
  { session, time, lobby, limits }: {
    session: string;
    time: number;
    lobby: string;
    limits: Limits;
  },
): string {
  const told = Object.entries(LIMITS_TOLD).map(([name, limit]) => {
    const value = limits[limit];
    return [name, value === Infinity ? null : value];
  });
  return JSON.stringify({
    type: "welcome",
    protocol: "parley.v1",
    session,
    time,
    lobby,
    user,
    token,
    limits: {
      ...Object.fromEntries(told),
      send_key_ttl_ms: SEND_KEY_TTL_MS,
      token_ttl_ms: TOKEN_TTL_MS,
    },
    ping_ms: PING_MS,
  });
}

/** Who the session is, and what brings it back as that. */
export function identityResult(
  { user, token = "", expiresAt }: Identified,
): JsonObject {
  return {
    user: { ...user },
    token: token === "" ? null : token,
    token_expires_at: expiresAt ?? null,
  };
}

/** What one is told who joins, or is a member already. */
export function joinResult(
  start:
    & Pick<JoinStart, "room" | "head" | "from" | "resumed">
    & Partial<JoinStart>,
  { other, marker, max, already }: {
    other: KnownUser | undefined;
    marker: Marker | undefined;
    max: number;
    already: boolean;
  },
): JsonObject {
  const { room, head, from, resumed, gap, lost } = start;
  const { seq, unread } = stateOf(marker, room);
  return {
    room: roomOf(room.record, other),
    ...already && { already },
    head: positionOf(head),
    from: positionOf(from),
    resumed,
    ...gap && { gap },
    ...lost && { lost: { from_seq: lost.fromSeq, to_seq: lost.toSeq } },
    ...membersOf(room, max),
    read: marker ? { seq } : null,
    unread,
  };
}

/** The joiner has all that was stored; who is there, if that has changed. */
export function caughtUpFrame(
  { record, tail }: LiveRoom,
  members: JsonObject | undefined,
): string {
  return JSON.stringify({
    type: "caught_up",
    room: record.id,
    ...positionOf(tail),
    ...members,
  });
}

/** Who is there; above the limit only how many. */
export function membersOf(
  { presence }: LiveRoom,
  max: number,
): JsonObject {
  const counted = { "member_count": presence.count };
  if (presence.count > max) return counted;
  return { members: membersList(presence.list(max)), ...counted };
}

/** Some of who is there. */
export function membersList(
  present: ReturnType<LiveRoom["presence"]["list"]>,
): JsonObject[] {
  return present.map(({ author, sessions }) => ({ ...author, sessions }));
}

/** Where something that was sent has its place. */
export function placedResult(
  room: RoomId,
  { entry, duplicate }: Appended,
): string {
  const { id, epoch, seq, at } = entry;
  const again = duplicate ? ',"duplicate":true' : "";
  return `{"room":${quote(room)},"id":"${id}","epoch":${epochText(epoch)},` +
    `"seq":${seq},"at":${at}${again}}`;
}

/**
 * A page of messages, as many of them as fit.
 *
 * @param anchor The seq that the client looks from: what is farthest away from
 *   it is left for another page.
 */
export function historyResult(
  room: RoomId,
  page: MessagePage,
  { anchor, bytesMax }: { anchor: number; bytesMax: number },
): string {
  let { hasBefore, hasAfter } = page;
  const next = { ...page.next };
  const kept = page.messages.map((message) => {
    const text = entryText(message);
    return { text, seq: message.seq, bytes: utf8Length(text) };
  });
  let bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
  while (bytes > bytesMax && kept.length > 1) {
    const [first, last] = [kept[0]?.seq ?? 0, kept.at(-1)?.seq ?? 0];
    const isFirst = anchor - first >= last - anchor;
    bytes -= (isFirst ? kept.shift() : kept.pop())?.bytes ?? 0;
    if (isFirst) {
      hasBefore = true;
      next.before = kept[0]?.seq ?? 0;
    } else {
      hasAfter = true;
      next.after = kept.at(-1)?.seq ?? 0;
    }
  }
  const more = { before: hasBefore, after: hasAfter };
  const where = {
    ...hasBefore && { before: next.before },
    ...hasAfter && { after: next.after },
  };
  return `{"room":${quote(room)},"epoch":${epochText(page.epoch)},` +
    `"messages":[${kept.map(({ text }) => text).join()}],` +
    `"more":${JSON.stringify(more)},"next":${JSON.stringify(where)}}`;
}

/** A list of rooms. */
export function roomsResult(
  { rooms, hasMore }: { rooms: readonly RoomSummary[]; hasMore: boolean },
): JsonObject {
  return {
    rooms: rooms.map(({ record, memberCount, head, read, unread, other }) => ({
      ...roomOf(record, other),
      number: record.number,
      member_count: memberCount,
      head: head ? positionOf(head) : null,
      read: read ? { seq: read.seq } : null,
      unread: unread ?? null,
    })),
    more: hasMore,
  };
}

function roomOf(
  record: RoomRecord,
  other: KnownUser | undefined,
): JsonObject {
  const { id, title, kind, createdAt } = record;
  return {
    id,
    title,
    kind,
    created_at: createdAt,
    ...other && { direct_with: { ...other } },
  };
}

function positionOf({ epoch, seq }: Position): JsonObject {
  return { epoch: String(epoch), seq };
}
