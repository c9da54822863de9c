/**
 * The rules for what people type: ids of rooms, names, texts.
 *
 * One entry for all dialects, so that none is a way around them. What passes
 * is kept byte for byte: no trimming, no normal form.
 *
 * @module
 */
import { ChatError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { RoomId } from "./types.ts";

/** Rooms of two users; no client may name one as if it were public. */
export const DIRECT_PREFIX = "@dm/";

/** Control characters that JSON has no short form for. */
// deno-lint-ignore no-control-regex -- they are what is looked for
const ESCAPED = /[\0-\x07\x0B\x0E-\x1F]/g;

/** Control characters; they forge lines in logs and lists. */
const CONTROL = /\p{Cc}/u;

/**
 * What makes a name look like another one: controls, line breaks, marks that
 * turn the direction of what follows, and letters without a glyph. Joiners
 * stay allowed: Persian, Hindi and family emoji need them.
 */
const DECEPTIVE =
  /[\p{Cc}\p{Zl}\p{Zp}\u061C\u115F\u1160\u200E\u200F\u202A-\u202E\u2066-\u2069\u3164\uFEFF\uFFA0]/u;

/** The bytes of a well-formed string in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes: two more, once per unit.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}

/**
 * Checks the id of a public room.
 *
 * @throws {ChatError} `bad_field` or `too_long`.
 */
export function roomId(raw: string, limits: Limits): RoomId {
  const act = "Cannot use room";
  if (raw === "") throw new ChatError("bad_field", `${act}: its id is empty`);
  checkWellFormed(raw, act);
  checkLength(raw, limits.ROOM_ID_BYTES_MAX, act);
  if (CONTROL.test(raw)) {
    throw new ChatError("bad_field", `${act}: control character in its id`);
  }
  if (raw.startsWith(DIRECT_PREFIX)) {
    throw new ChatError("bad_field", `${act}: ids in "@dm/" are reserved`);
  }
  return raw as RoomId;
}

/**
 * The id of the room of two users, the same whoever of them asks.
 *
 * @throws {ChatError} `bad_field` or `too_long`.
 */
export function directRoomId(
  users: readonly [string, string],
  limits: Limits,
): RoomId {
  for (const user of users) {
    roomId(user, limits);
    // The separator in an id would make two pairs one room.
    if (user.includes("/")) {
      throw new ChatError("bad_field", "Cannot use user: not an id");
    }
  }
  const id = DIRECT_PREFIX + [...users].sort().join("/");
  checkLength(id, limits.ROOM_ID_BYTES_MAX, "Cannot use user");
  return id as RoomId;
}

/** The two users of such a room, or `undefined` for a public room. */
export function directUsers(id: RoomId): readonly [string, string] | undefined {
  if (!id.startsWith(DIRECT_PREFIX)) return undefined;
  const [lower = "", higher = ""] = id.slice(DIRECT_PREFIX.length).split("/");
  return [lower, higher];
}

/**
 * Checks a user's name; the empty name is one.
 *
 * @throws {ChatError} `bad_field` or `too_long`.
 */
export function userName(raw: string, limits: Limits): string {
  const act = "Cannot use name";
  checkWellFormed(raw, act);
  checkLength(raw, limits.NAME_BYTES_MAX, act);
  if (DECEPTIVE.test(raw)) {
    throw new ChatError("bad_field", `${act}: invisible character in it`);
  }
  return raw;
}

/**
 * Checks the text of a message; the empty text is one.
 *
 * @throws {ChatError} `bad_field` or `too_long`.
 */
export function messageText(raw: string, limits: Limits): string {
  const act = "Cannot send message";
  checkWellFormed(raw, act);
  checkLength(raw, limits.TEXT_BYTES_MAX, act);
  if (raw.search(CONTROL) < 0) return raw;
  // Six bytes for one: a text must not grow past its limit on the way out.
  checkLength(raw.replace(ESCAPED, "\\u0000"), limits.TEXT_BYTES_MAX, act);
  return raw;
}

/**
 * Checks a client's idempotency key.
 *
 * @throws {ChatError} `bad_field` or `too_long`.
 */
export function sendKey(raw: string, limits: Limits): string {
  return keyText(raw, "Cannot use key", limits.KEY_BYTES_MAX);
}

/**
 * Checks what somebody reacts with.
 *
 * @throws {ChatError} `bad_field` or `too_long`.
 */
export function reactionText(raw: string, limits: Limits): string {
  const act = "Cannot use reaction";
  keyText(raw, act, limits.REACTION_BYTES_MAX);
  // It is a name in what clients are sent; some copy that carelessly.
  if (raw !== "__proto__" && !DECEPTIVE.test(raw)) return raw;
  throw new ChatError("bad_field", `${act}: invisible character in it`);
}

function keyText(raw: string, act: string, bytesMax: number): string {
  if (raw === "") throw new ChatError("bad_field", `${act}: it is empty`);
  checkWellFormed(raw, act);
  checkLength(raw, bytesMax, act);
  return raw;
}

/** KV replaces a lone surrogate in a key: two ids would become one. */
function checkWellFormed(raw: string, act: string): void {
  if (raw.isWellFormed()) return;
  throw new ChatError("bad_field", `${act}: not well-formed Unicode`);
}

function checkLength(raw: string, bytesMax: number, act: string): void {
  // Three bytes per unit is the most there can be: short ones need no count.
  if (raw.length * 3 <= bytesMax) return;
  const bytes = utf8Length(raw);
  if (bytes <= bytesMax) return;
  throw new ChatError("too_long", `${act}: ${bytes} of ${bytesMax} bytes`);
}
