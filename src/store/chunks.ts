import type { Entry } from "../core/types.ts";

/** An entry with at least as many bytes as it takes when serialised. */
export interface Sized {
  readonly entry: Entry;
  readonly bytes: number;
}

/**
 * Cuts a run of entries into pieces that fit into one value each.
 *
 * A piece is of one epoch, and a close entry has one of its own: it outlives
 * the messages before it.
 */
export function chunked<T extends Sized>(
  entries: readonly T[],
  bytesMax: number,
): T[][] {
  const chunks: T[][] = [];
  let used = 0;
  for (const one of entries) {
    const last = chunks.at(-1);
    const isApart = one.entry.kind === "closed" ||
      last?.[0]?.entry.kind === "closed";
    used += one.bytes;
    if (last && !isApart && used <= bytesMax) last.push(one);
    else {
      chunks.push([one]);
      used = one.bytes;
    }
  }
  return chunks;
}
