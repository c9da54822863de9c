/**
 * redis-chat on the wire: what clients send, and how it is read.
 *
 * @module
 */
import { z } from "zod";
import type { ChatError, ErrorCode } from "../../core/errors.ts";
import type { Limits } from "../../core/limits.ts";
import type { Json } from "../../core/types.ts";
import type { Profile } from "../dialect.ts";
import { isObject, type JsonObject, parseObject } from "../json.ts";

/** The original's error codes; 5 is ours. */
export const CODES = {
  general: 0,
  notJson: 1,
  wrongPassword: 4,
  nameTaken: 5,
  unknownSignOut: 6,
  notSignedIn: 100,
  storage: 101,
} as const;

/** What a refusal is in this protocol. */
export function refusedOf({ code, message }: ChatError): Refused {
  // The original's word; pages look for it.
  const text = code === "wrong_password" ? "wrong password" : message;
  return { code: codeOf(code), text };
}

function codeOf(code: ErrorCode): number {
  switch (code) {
    case "wrong_password":
      return CODES.wrongPassword;
    case "name_taken":
      return CODES.nameTaken;
    case "sign_in_first":
      return CODES.notSignedIn;
    case "busy":
    case "storage_full":
    case "storage_failed":
      return CODES.storage;
    default:
      return CODES.general;
  }
}

/** A refusal in this protocol's own terms. */
export interface Refused {
  readonly code: number;
  readonly text: string;
}

/** What a channel may be called by: the other user, or the public channel. */
const recipientUUID = z.union([z.string(), z.literal(0)], {
  error: "must be a string or 0",
}).optional();

/** Highest limit of channelMessages (the document: "less that 100"). */
const PAGE_MAX = 99;

/** The blocks in frames from clients, given how a text may be left out. */
function blocks<T extends z.ZodType<string>>(text: T) {
  const credentials = z.looseObject({ username: text, password: text });
  return {
    signIn: credentials,
    signUp: credentials,
    signOut: z.looseObject({ uuid: z.string().optional() }),
    users: z.looseObject({}),
    channelJoin: z.looseObject({ recipientUUID }),
    channelMessage: z.looseObject({ recipientUUID, message: text }),
    channelMessages: z.looseObject({
      recipientUUID,
      offset: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
      limit: wholeNumber(1, PAGE_MAX).default(10),
    }),
    channelLeave: z.looseObject({ recipientUUID }),
  } as const;
}

function wholeNumber(min: number, max: number): z.ZodNumber {
  return z.number().refine(
    (value) => Number.isInteger(value) && value >= min && value <= max,
    `must be a whole number from ${min} to ${max}`,
  );
}

/** The schemas of the blocks; in the original an absent text is the empty one. */
export const CLIENT_BLOCKS = {
  document: blocks(z.string()),
  original: blocks(z.string().default("")),
} as const;

/** The types of the frames that clients send. */
export type FrameType = keyof typeof CLIENT_BLOCKS.document;

/** Blocks that may be left out. */
const OPTIONAL: ReadonlySet<FrameType> = new Set(["users", "signOut"]);

/** What every frame may say about its sender. */
interface Claim {
  readonly userUUID: string;
  readonly accessKey: string;
}

type BlockOf<T extends FrameType> = z.output<
  typeof CLIENT_BLOCKS.document[T]
>;

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
export function decode(text: string, profile: Profile, limits: Limits): Read {
  const parsed = parseObject(text, limits);
  if (!parsed.ok) return refuse(CODES.notJson, parsed.why);
  const envelope = foldKeys(parsed.value);
  const type = envelope.type ?? "";
  if (typeof type !== "string") {
    return refuse(CODES.notJson, "type must be a string");
  }
  if (!Object.hasOwn(CLIENT_BLOCKS.document, type)) {
    return refuse(CODES.general, `unknow request data type: ${type}`);
  }
  return readBlock(type as FrameType, profile, envelope);
}

function readBlock(
  type: FrameType,
  profile: Profile,
  envelope: JsonObject,
): Read {
  const given = envelope[type.toLowerCase()] ??
    // The document's example of signIn has its block under another name.
    (type === "signIn" ? envelope.signid : undefined) ??
    (OPTIONAL.has(type) ? {} : undefined);
  if (given === undefined) return refuse(CODES.general, `${type} is missing`);
  if (!isObject(given)) {
    return refuse(CODES.notJson, `${type} must be an object`);
  }
  const folded = foldKeys(given);
  const schema = CLIENT_BLOCKS[profile][type];
  const present = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => {
      // In the original's language null leaves a field as it is: empty.
      const value = folded[name.toLowerCase()] ?? undefined;
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const result = schema.safeParse(present);
  if (!result.success) return refuseIssue(type, present, result.error);
  const claim = {
    userUUID: textOr(envelope.useruuid),
    accessKey: textOr(envelope.useraccesskey) || textOr(envelope.accesskey),
  };
  const frame = { type, claim, block: result.data } as ClientFrame;
  return { ok: true, frame };
}

/** Names the field and the rule, never the value: it may be a password. */
function refuseIssue(
  type: FrameType,
  present: JsonObject,
  error: z.ZodError,
): Read {
  const issue = error.issues[0];
  const field = String(issue?.path[0]);
  if (!Object.hasOwn(present, field)) {
    return refuse(CODES.general, `${type}.${field} is missing`);
  }
  const isRange = issue?.code === "custom";
  const code = isRange ? CODES.general : CODES.notJson;
  return refuse(code, `${type}.${field}: ${issue?.message}`);
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
