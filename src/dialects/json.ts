/**
 * Reading JSON from strangers.
 *
 * @module
 */
import { ChatError } from "../core/errors.ts";
import type { Limits } from "../core/limits.ts";
import { utf8Length } from "../core/text.ts";
import type { Extra, Json } from "../core/types.ts";
import type { Decoded } from "./dialect.ts";

/** A JSON object as it came. */
export type JsonObject = { readonly [key: string]: Json };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{` differ in this bit alone, as do `]` and `}`. */
const CURLY_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Reads one frame that must be a JSON object.
 *
 * Duplicate keys: the last one counts. A key `__proto__` at any level is
 * refused: it is relayed to clients that may copy it carelessly.
 */
export function parseObject(
  text: string,
  limits: Limits,
): Decoded<JsonObject> {
  const parsed = parseJson(text, limits);
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  if (!isObject(value)) return { ok: false, why: "not a JSON object" };
  return { ok: true, value };
}

/** Reads one frame that may be any JSON value; else as `parseObject`. */
export function parseJson(text: string, limits: Limits): Decoded<Json> {
  if (depth(text) > limits.JSON_DEPTH_MAX) {
    return {
      ok: false,
      why: `more than ${limits.JSON_DEPTH_MAX} levels of nesting`,
    };
  }
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, why: "Invalid JSON" };
  }
  if (hasProto(value)) return { ok: false, why: "__proto__ is not allowed" };
  return { ok: true, value };
}

/** Whether a value is an object, as opposed to an array or null. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What other dialects are shown of a value that should have been a string. */
export function textOf(value: Json | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Checks fields that are relayed as they came.
 *
 * @throws {ChatError} `too_long`.
 */
export function checkExtra(extra: Extra, limits: Limits): Extra {
  const bytes = utf8Length(JSON.stringify(extra));
  const bytesMax = limits.EXTRA_BYTES_MAX;
  if (bytes <= bytesMax) return extra;
  throw new ChatError(
    "too_long",
    `Cannot relay fields: ${bytes} of ${bytesMax} bytes`,
  );
}

/** Brackets open at a time outside of strings; a scan, so that depth costs no stack. */
function depth(text: string): number {
  let deepest = 0;
  let level = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (inString) {
      if (char === BACKSLASH) i++;
      else if (char === QUOTE) inString = false;
    } else if (char === QUOTE) inString = true;
    else if ((char | CURLY_BIT) === OPEN) deepest = Math.max(deepest, ++level);
    else if ((char | CURLY_BIT) === CLOSE) level--;
  }
  return deepest;
}

/** The depth has been checked, so that this may recurse. */
function hasProto(value: Json): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Object.hasOwn(value, "__proto__")) return true;
  return Object.values(value).some(hasProto);
}
