/**
 * redis-chat on the wire: what clients send, and how it is read.
 *
 * @module
 */
import { z } from "zod";
import type { Limits } from "../../core/limits.ts";
import type { Json } from "../../core/types.ts";
import { isObject, type JsonObject, parseObject } from "../json.ts";

/** The original's error codes (protocols/redis-chat.md, "Error codes"). */
export const CODES = {
  general: 0,
  notJson: 1,
  wrongPassword: 4,
  nameTaken: 5,
  unknownSignOut: 6,
  notSignedIn: 100,
  storage: 101,
} as const;

/** A refusal in this protocol's own terms. */
export interface Refused {
  readonly code: number;
  readonly text: string;
}

/** What a channel may be called by: the other user, or the public channel in four ways. */
const recipientUUID = z.union([z.string(), z.literal(0)]).nullish();

const credentials = z.looseObject({
  username: z.string().default(""),
  password: z.string().default(""),
});

/** Highest limit of channelMessages (the document: "less that 100"). */
const PAGE_MAX = 99;

/** The schemas of the blocks in frames from clients. */
export const CLIENT_BLOCKS = {
  signIn: credentials,
  signUp: credentials,
  signOut: z.looseObject({ uuid: z.string().optional() }),
  users: z.looseObject({}),
  channelJoin: z.looseObject({ recipientUUID }),
  channelMessage: z.looseObject({ recipientUUID, message: z.string() }),
  channelMessages: z.looseObject({
    recipientUUID,
    offset: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    limit: z.number().int().min(1).max(PAGE_MAX).default(10),
  }),
  channelLeave: z.looseObject({ recipientUUID }),
} as const;

/** The types of the frames that clients send. */
export type FrameType = keyof typeof CLIENT_BLOCKS;

/** Blocks that may be left out. */
const OPTIONAL: ReadonlySet<FrameType> = new Set(["users", "signOut"]);

/** What every frame may say about its sender. */
interface Claim {
  readonly userUUID: string;
  readonly accessKey: string;
}

type BlockOf<T extends FrameType> = z.output<typeof CLIENT_BLOCKS[T]>;

/** A frame from a client. */
export type ClientFrame = {
  [T in FrameType]: {
    readonly type: T;
    readonly claim: Claim;
    readonly block: BlockOf<T>;
  };
}[FrameType];

/** A frame that was read, or the refusal of it. */
export type Read =
  | { readonly ok: true; readonly frame: ClientFrame }
  | { readonly ok: false; readonly refused: Refused };

/** Reads one client frame. */
export function decode(text: string, limits: Limits): Read {
  const parsed = parseObject(text, limits);
  if (!parsed.ok) return refuse(CODES.notJson, parsed.why);
  const envelope = foldKeys(parsed.value);
  const type = envelope.type ?? "";
  if (typeof type !== "string") {
    return refuse(CODES.notJson, "type must be a string");
  }
  if (!Object.hasOwn(CLIENT_BLOCKS, type)) {
    return refuse(CODES.general, `unknow request data type: ${type}`);
  }
  return readBlock(type as FrameType, envelope);
}

function readBlock(type: FrameType, envelope: JsonObject): Read {
  // The document's example of signIn has its block under another name.
  const raw = envelope[type.toLowerCase()] ??
    (type === "signIn" ? envelope.signid : undefined);
  if (!isObject(raw) && !(raw === undefined && OPTIONAL.has(type))) {
    return refuse(CODES.general, `${type} is missing`);
  }
  const folded = foldKeys(isObject(raw) ? raw : {});
  const { shape } = CLIENT_BLOCKS[type];
  const named = Object.keys(shape).map((
    key,
  ) => [key, folded[key.toLowerCase()]]);
  const present = named.filter(([, value]) => value !== undefined);
  const result = CLIENT_BLOCKS[type].safeParse(Object.fromEntries(present));
  if (!result.success) return refuseIssue(type, result.error);
  const claim = {
    userUUID: textOr(envelope.useruuid),
    accessKey: textOr(envelope.useraccesskey) || textOr(envelope.accesskey),
  };
  const frame = { type, claim, block: result.data } as ClientFrame;
  return { ok: true, frame };
}

function refuseIssue(type: FrameType, error: z.ZodError): Read {
  const issue = error.issues[0];
  const field = String(issue?.path[0] ?? "block");
  const isType = issue?.code === "invalid_type" ||
    issue?.code === "invalid_union";
  const code = isType ? CODES.notJson : CODES.general;
  return refuse(code, `${type}.${field}: ${issue?.message ?? "invalid"}`);
}

function refuse(code: number, text: string): Read {
  return { ok: false, refused: { code, text } };
}

function textOr(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** The original's language matches keys without regard to letter case. */
function foldKeys(object: JsonObject): JsonObject {
  const pairs = Object.entries(object);
  return Object.fromEntries(
    pairs.map(([key, value]) => [key.toLowerCase(), value]),
  );
}
