/**
 * parley.v1 on the wire: the schemas of what clients are sent. Frames are not
 * made from them: they are what tests and documents hold frames against.
 *
 * @module
 */
import { z } from "zod";
import { ERROR_CODES, type ErrorCode } from "../../core/errors.ts";

const id = z.union([z.string(), z.int()]);
const ms = z.int().describe("ms since the epoch");
const seq = z.int().min(0);
const count = z.int().min(0);
const code = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]);
const limit = z.number().nullable().describe("null: lifted");

const user = z.strictObject({
  id: z.string(),
  number: z.int(),
  name: z.string(),
  verified: z.boolean(),
});

const known = user.partial().required({ id: true });

const position = z.strictObject({ epoch: z.string(), seq });

const entry = { seq, id: z.string(), at: ms, author: user };

const message = z.strictObject({
  kind: z.literal("message"),
  ...entry,
  order: z.int(),
  text: z.string(),
  via: z.string(),
  reply_to: seq.optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  edited_at: ms.optional(),
  deleted: z.literal(true).optional(),
  reactions: z.record(z.string(), z.array(z.string())).optional(),
});

const member = user.extend({ sessions: count });

const room = z.strictObject({
  id: z.string(),
  title: z.string(),
  kind: z.enum(["public", "direct"]),
  created_at: ms,
  direct_with: known.optional(),
});

const placed = z.strictObject({
  room: z.string(),
  id: z.string(),
  epoch: z.string(),
  seq,
  at: ms,
  duplicate: z.literal(true).optional(),
});

/** What several frames are made of, by the names that documents call them. */
export const PARTS = {
  User: user,
  Position: position,
  MessageEntry: message,
  Member: member,
  Room: room,
} as const;

/** The entries of a room's log, by kind. */
export const ENTRIES = {
  message,
  edited: z.strictObject({
    kind: z.literal("edited"),
    ...entry,
    target: seq,
    text: z.string(),
    deleted: z.literal(true).optional(),
  }),
  deleted: z.strictObject({
    kind: z.literal("deleted"),
    ...entry,
    target: seq,
  }),
  reacted: z.strictObject({
    kind: z.literal("reacted"),
    ...entry,
    target: seq,
    reaction: z.string(),
    removed: z.boolean(),
  }),
  closed: z.strictObject({
    kind: z.literal("closed"),
    ...entry,
    reopens: z.boolean(),
  }),
} as const;

const identified = z.strictObject({
  user,
  token: z.string().nullable(),
  token_expires_at: ms.nullable(),
});

/** What is in `result`, by the type of the request. */
export const RESULTS = {
  hello: identified,
  sign_out: identified,
  rename: identified,
  join: z.strictObject({
    room,
    already: z.literal(true).optional(),
    head: position,
    from: position,
    resumed: z.boolean(),
    gap: z.enum(["truncated", "new_epoch", "ahead"]).optional(),
    lost: z.strictObject({ from_seq: seq, to_seq: seq }).optional(),
    members: z.array(member).optional(),
    member_count: count,
    read: z.strictObject({ seq }).nullable(),
    unread: count,
  }),
  leave: z.strictObject({}),
  send: placed,
  edit: placed,
  delete: placed,
  react: placed,
  history: z.strictObject({
    room: z.string(),
    epoch: z.string(),
    messages: z.array(message),
    more: z.strictObject({ before: z.boolean(), after: z.boolean() }),
    next: z.strictObject({ before: seq.optional(), after: seq.optional() }),
  }),
  members: z.strictObject({ members: z.array(member), member_count: count }),
  typing: z.strictObject({}),
  read: z.strictObject({ seq, unread: count }),
  rooms: z.strictObject({
    rooms: z.array(room.extend({
      number: z.int(),
      member_count: count,
      head: position.nullable(),
      read: z.strictObject({ seq }).nullable(),
      unread: count.nullable(),
    })),
    more: z.boolean(),
  }),
  users: z.strictObject({
    users: z.array(user.extend({ online: z.boolean() })),
    total: count,
  }),
  ping: z.strictObject({ time: ms }),
} as const;

/** The frames that come unasked, by type, and what refuses. */
export const SERVER_FRAMES = {
  welcome: z.strictObject({
    type: z.literal("welcome"),
    protocol: z.literal("parley.v1"),
    session: z.string(),
    time: ms,
    lobby: z.string(),
    user,
    token: z.string(),
    limits: z.record(z.string(), limit),
    ping_ms: z.int(),
  }),
  error: z.strictObject({
    type: z.literal("error"),
    id: id.nullable(),
    code,
    message: z.string(),
    retryable: z.boolean(),
    retry_after_ms: z.int().optional(),
  }),
  events: z.strictObject({
    type: z.literal("events"),
    room: z.string(),
    epoch: z.string(),
    after: seq,
    entries: z.array(z.discriminatedUnion("kind", [
      ENTRIES.message,
      ENTRIES.edited,
      ENTRIES.deleted,
      ENTRIES.reacted,
      ENTRIES.closed,
    ])).min(1),
  }),
  caught_up: z.strictObject({
    type: z.literal("caught_up"),
    room: z.string(),
    epoch: z.string(),
    seq,
    members: z.array(member).optional(),
    member_count: count.optional(),
  }),
  ended: z.strictObject({
    type: z.literal("ended"),
    room: z.string(),
    code,
    message: z.string(),
    retryable: z.boolean(),
  }),
  arrived: z.strictObject({
    type: z.literal("arrived"),
    room: z.string(),
    user,
    member_count: count,
  }),
  departed: z.strictObject({
    type: z.literal("departed"),
    room: z.string(),
    user,
    member_count: count,
  }),
  renamed: z.strictObject({
    type: z.literal("renamed"),
    room: z.string(),
    user,
    old_name: z.string(),
  }),
  typing: z.strictObject({
    type: z.literal("typing"),
    room: z.string(),
    user,
    on: z.boolean(),
  }),
  read: z.strictObject({
    type: z.literal("read"),
    room: z.string(),
    seq,
    unread: count,
  }),
  direct: z.strictObject({
    type: z.literal("direct"),
    room: z.string(),
    direct_with: user,
    seq,
    unread: count,
  }),
  member_count: z.strictObject({
    type: z.literal("member_count"),
    room: z.string(),
    member_count: count,
  }),
} as const;

/** The schema of the reply to a request that was carried out. */
export function okFrame<T extends keyof typeof RESULTS>(
  type: T,
): z.ZodObject<{
  type: z.ZodLiteral<"ok">;
  id: typeof id;
  result: typeof RESULTS[T];
}, z.core.$strict> {
  return z.strictObject({
    type: z.literal("ok"),
    id,
    result: RESULTS[type],
  });
}
