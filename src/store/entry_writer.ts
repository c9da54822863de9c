/**
 * Where the entries of a commit are written.
 *
 * @module
 */
import type { Entry, RoomId } from "../core/types.ts";
import { chunksOf, type Slice } from "./batch.ts";
import { keys } from "./keys.ts";

/** Puts entries into commits, and knows what reads of the store do not find. */
export interface EntryWriter {
  /** Reads what an earlier run left, once; to be awaited before anything else. */
  load(): Promise<void>;
  /** Adds the entries of these slices to a commit. */
  add(atomic: Deno.AtomicOperation, slices: readonly Slice[]): void;
  /** That commit has landed. */
  landed(slices: readonly Slice[]): void;
  /**
   * The newest entries of a room that are on disk, but not yet in its log:
   * oldest first, next to each other. Some of the first may be in the log too.
   */
  young(room: RoomId): readonly Entry[];
  /** Finds out what became of a commit whose reply was lost. */
  refresh(): Promise<void>;
}

/** Writes entries where they belong: one chunk per room and commit. */
export const DIRECT: EntryWriter = {
  load: () => Promise.resolve(),
  add(atomic, slices): void {
    for (const slice of slices) addChunks(atomic, slice);
  },
  landed(): void {},
  young: () => [],
  refresh: () => Promise.resolve(),
};

/** Adds the chunks of one slice to a commit. */
function addChunks(
  atomic: Deno.AtomicOperation,
  slice: Pick<Slice, "room" | "entries" | "pending">,
): void {
  for (const chunk of chunksOf(slice)) {
    const first = chunk[0];
    if (first) atomic.set(keys.chunk(slice.room, first), chunk);
  }
}
