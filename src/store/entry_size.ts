import type { Draft, Json } from "../core/types.ts";

/** Field names, ids, numbers and framing of one stored entry, in bytes. */
const ENVELOPE_BYTES = 400;

/** Framing of one value inside an entry, in bytes. */
const VALUE_BYTES = 12;

/**
 * At least as many bytes as the entry takes when serialised: V8 writes a
 * string with one or two bytes per unit.
 */
export function entryBytesMax(draft: Draft): number {
  const name = draft.author.name.length * 2;
  if (draft.kind === "closed") return ENVELOPE_BYTES + name;
  const extra = draft.extra === undefined ? 0 : jsonBytesMax(draft.extra);
  return ENVELOPE_BYTES + name + draft.text.length * 2 + extra;
}

/** `value` is at most `JSON_DEPTH_MAX` deep: the wire has been checked. */
function jsonBytesMax(value: Json): number {
  if (typeof value === "string") return VALUE_BYTES + value.length * 2;
  if (typeof value !== "object" || value === null) return VALUE_BYTES;
  let bytes = VALUE_BYTES;
  for (const [key, item] of Object.entries(value)) {
    bytes += VALUE_BYTES + key.length * 2 + jsonBytesMax(item);
  }
  return bytes;
}
