import type { Draft } from "../core/types.ts";
import { bytesMax } from "./size.ts";

/** Field names, ids, numbers and framing of one stored entry, in bytes. */
const ENVELOPE_BYTES = 400;

/** Framing of one value inside an entry, in bytes. */
const VALUE_BYTES = 12;

/**
 * At least as many bytes as the entry takes when serialised: V8 writes a
 * string with one or two bytes per unit.
 */
export function entryBytesMax(draft: Draft): number {
  return ENVELOPE_BYTES + draft.author.name.length * 2 + saidBytesMax(draft);
}

function saidBytesMax(draft: Draft): number {
  switch (draft.kind) {
    case "message": {
      const { text, extra, data } = draft;
      return text.length * 2 + (extra ? bytesMax(extra) : 0) +
        (data ? bytesMax(data) : 0);
    }
    case "edited":
      return draft.text.length * 2;
    case "reacted":
      return draft.reaction.length * 2;
    case "deleted":
    case "closed":
      return 0;
  }
}

/** At least as many bytes as a commit has for what the entry changes. */
export function revisionBytesMax(draft: Draft): number {
  return draft.kind === "edited" ? VALUE_BYTES + draft.text.length * 2 : 0;
}
