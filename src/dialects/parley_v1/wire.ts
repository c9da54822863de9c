/**
 * parley.v1 on the wire: what clients send, and how it is read.
 *
 * @module
 */
import { z } from "zod";
import type { ErrorCode } from "../../core/errors.ts";
import type { Limits } from "../../core/limits.ts";
import type { Json } from "../../core/types.ts";
import { type JsonObject, parseObject } from "../json.ts";
import { fieldWords } from "./field_words.ts";
import {
  ID_UNITS_MAX,
  idOfUnread,
  type RequestId,
  requestId,
} from "./request_id.ts";

const count = z.int().min(0);
const seq = z.int().min(0).describe("place in a room's log, from 1");
const key = z.string().describe("idempotency key");
const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

const position = z.object({
  epoch: z.string().describe("opaque"),
  seq,
});

const place = {
  room: z.string().optional(),
  direct: uuid.optional().describe("the other user's id"),
};

const credentials = z.object({ name: z.string(), password: z.string() });

/** The schema of one request. */
function request<T extends string, S extends z.ZodRawShape>(type: T, shape: S) {
  return z.object({
    type: z.literal(type),
    id: requestId.optional(),
    ...shape,
  });
}

/** The schemas that requests are read by, by their type. */
export const CLIENT_FRAMES = {
  hello: request("hello", {
    token: z.string().optional(),
    sign_in: credentials.optional(),
    sign_up: credentials.optional(),
    jwt: z.string().optional(),
    name: z.string().optional(),
  }),
  sign_out: request("sign_out", {}),
  rename: request("rename", { name: z.string() }),
  join: request("join", {
    ...place,
    after: position.optional(),
    history: count.optional(),
  }),
  leave: request("leave", { room: z.string() }),
  send: request("send", {
    ...place,
    text: z.string(),
    key: key.optional(),
    reply_to: seq.optional(),
    data: z.record(z.string(), z.unknown()).optional(),
  }),
  edit: request("edit", {
    room: z.string(),
    seq,
    text: z.string(),
    key: key.optional(),
  }),
  delete: request("delete", { room: z.string(), seq, key: key.optional() }),
  react: request("react", {
    room: z.string(),
    seq,
    reaction: z.string(),
    remove: z.boolean().optional(),
    key: key.optional(),
  }),
  history: request("history", {
    room: z.string(),
    before: seq.optional(),
    after: seq.optional(),
    around: seq.optional(),
    limit: z.int().min(1).optional(),
  }),
  members: request("members", { room: z.string() }),
  typing: request("typing", { room: z.string(), on: z.boolean() }),
  read: request("read", { room: z.string(), seq }),
  rooms: request("rooms", {}),
  users: request("users", { search: z.string().optional() }),
  ping: request("ping", {}),
} as const;

/** The types of requests. */
export type RequestType = keyof typeof CLIENT_FRAMES;

/** A request of one type. */
export type RequestOf<T extends RequestType> = z.output<
  typeof CLIENT_FRAMES[T]
>;

/** A request, checked; fields that nobody knows are dropped. */
export type Request = { [T in RequestType]: RequestOf<T> }[RequestType];

/** A request that was read, or its refusal. */
export type Read =
  | { readonly ok: true; readonly request: Request }
  | {
    readonly ok: false;
    readonly id: RequestId;
    readonly code: ErrorCode;
    readonly why: string;
  };

/** Of these fields a request has exactly one. */
const EXACTLY_ONE: Partial<Record<RequestType, readonly string[]>> = {
  join: ["room", "direct"],
  send: ["room", "direct"],
};

/** Of these fields a request has at most one. */
const AT_MOST_ONE: Partial<Record<RequestType, readonly string[]>> = {
  hello: ["token", "sign_in", "sign_up", "jwt"],
  history: ["before", "after", "around"],
};

/** Reads one request. */
export function decode(text: string, limits: Limits): Read {
  const parsed = parseObject(text, limits);
  if (!parsed.ok) return refused(idOfUnread(text), "bad_frame", parsed.why);
  const frame = parsed.value;
  const isId = frame.id === undefined ||
    requestId.safeParse(frame.id).success;
  if (!isId) {
    const why = `id must be a whole number or up to ${ID_UNITS_MAX} characters`;
    return refused(null, "bad_frame", why);
  }
  const { type } = frame;
  if (typeof type !== "string" || !isRequestType(type)) {
    return refused(idOf(frame), "bad_frame", "unknown type");
  }
  const result = CLIENT_FRAMES[type].safeParse(frame, { reportInput: true });
  if (!result.success) {
    const [issue] = result.error.issues;
    const why = issue ? fieldWords(issue) : "a field is wrong";
    return refused(idOf(frame), "bad_field", why);
  }
  const why = wrongChoice(type, frame);
  if (why !== undefined) return refused(idOf(frame), "bad_field", why);
  return { ok: true, request: result.data };
}

function isRequestType(type: string): type is RequestType {
  return Object.hasOwn(CLIENT_FRAMES, type);
}

function wrongChoice(type: RequestType, frame: JsonObject): string | undefined {
  const given = (fields: readonly string[]) =>
    fields.filter((field) => frame[field] !== undefined).length;
  const one = EXACTLY_ONE[type];
  if (one && given(one) !== 1) return `exactly one of ${one.join(", ")}`;
  const few = AT_MOST_ONE[type];
  if (few && given(few) > 1) return `at most one of ${few.join(", ")}`;
  return undefined;
}

function idOf(frame: JsonObject): RequestId {
  return (frame.id ?? null) as RequestId & Json;
}

function refused(id: RequestId, code: ErrorCode, why: string): Read {
  return { ok: false, id, code, why: `Cannot read frame: ${why}` };
}
