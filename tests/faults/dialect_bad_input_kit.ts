import type { Json } from "../../src/core/types.ts";
import { DIALECT_NAMES } from "../../src/dialects/registry.ts";
import type { Frame, Heard } from "../support/person.ts";

/** Something bad that is said in one dialect, and all that its client hears. */
export interface BadRow {
  /** Of reliability.md, section 6. */
  readonly row: string;
  readonly name: string;
  readonly dialect: string;
  readonly frames: readonly string[];
  /** Refusals as they come over the wire, all else in no dialect's words. */
  readonly hears: readonly (Heard | Frame)[];
  /** Said by a socket that was just opened, not by one that talks in a room. */
  readonly isFresh?: boolean;
}

/** Stands in frames for the id of the user who says all this in redis-chat. */
export const UUID_OF_MAL = "<uuid of Mal>";

/** What each dialect answers; one that is absent is silent. */
type Answers = { readonly [dialect: string]: readonly (Heard | Frame)[] };

/** The same frame in all dialects. */
export function everywhere(
  row: string,
  name: string,
  frame: string,
  answers: Answers = {},
): BadRow[] {
  return DIALECT_NAMES.map((dialect) => ({
    row,
    name,
    dialect,
    frames: [frame],
    hears: answers[dialect] ?? [],
  }));
}

/** The same frame in all dialects, refused by those that have a word for it. */
export function refusedEverywhere(
  row: string,
  name: string,
  frame: string,
  { why, code }: { why: string; code: number },
): BadRow[] {
  return everywhere(row, name, frame, {
    "chat-ws": [{ error: why }],
    "redis-chat": [redisError(code, why)],
    "parley.v1": [nativeError("bad_frame", `Cannot read frame: ${why}`)],
  });
}

/** One row of one dialect. */
export function row(
  dialect: string,
  [id, name]: readonly [row: string, name: string],
  frames: readonly Json[],
  hears: readonly (Heard | Frame)[] = [],
): BadRow {
  const texts = frames.map((frame) => JSON.stringify(frame));
  return { row: id, name, dialect, frames: texts, hears };
}

/** That row, said by a socket that was just opened. */
export function fresh(bad: BadRow): BadRow {
  return { ...bad, isFresh: true };
}

/** redis-chat's refusal. */
export function redisError(code: number, text: string): Frame {
  return { type: "error", error: { code, error: text, message: text } };
}

/** parley.v1's refusal of a frame without an id. */
export function nativeError(code: string, message: string): Frame {
  return { type: "error", id: null, code, message, retryable: false };
}

/** channel-chat's answer to a name. */
export function identity(success: "true" | "false"): Frame {
  return { type: "identity", success };
}

/** A message that everybody in the room hears. */
export function said(text: string, author = "Mal"): Heard {
  return { kind: "message", text, author };
}
