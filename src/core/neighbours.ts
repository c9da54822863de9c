/**
 * What the instances of one chat tell each other that no log holds: who is in
 * which room, who types, who has signed out.
 *
 * @module
 */
import type { RoomId } from "./types.ts";

/**
 * News and records are the core's own; the store carries them as they are.
 * They must survive a structured clone, and be small (`NEWS_BYTES_MAX`).
 */
export interface NeighboursPort<News, Kept> {
  /** Nobody else is on this KV, and nobody can be: nothing need be told. */
  readonly alone: boolean;
  listener: NeighboursListener<News, Kept>;
  /**
   * Tells the other instances, soon and in order of calls by room; never
   * throws. News may get lost where there is much of it, or where the KV is
   * away; what `keep` says never is: whoever missed something is told all
   * records anew.
   *
   * @param room Absent: it is about no room; then the order is of those.
   */
  tell(telling: Telling<News, Kept>): void;
}

/** One thing to tell, and what is to be known of it by those who come later. */
export interface Telling<News, Kept> {
  readonly room?: RoomId;
  readonly news: News;
  /**
   * A record under a key of this instance's in that room, kept for as long as
   * the instance lives; without a value it ends.
   */
  readonly keep?: { readonly key: string; readonly value?: Kept };
}

/** A record of another instance. */
export interface KeptRecord<Kept> {
  /** Absent: it is about no room. */
  readonly room?: RoomId;
  readonly key: string;
  readonly value: Kept;
}

/** Hears what other instances tell. */
export interface NeighboursListener<News, Kept> {
  /** In the order in which that instance told it, by room. */
  heard(instance: string, news: readonly News[]): void;
  /**
   * All that an instance keeps, in place of what it kept before: when it is
   * first seen, when news of it were missed, and, empty, when it has ended.
   * What was heard before is in it, what is heard afterwards may be.
   */
  kept(instance: string, records: readonly KeptRecord<Kept>[]): void;
}

/** Serialised bytes of one piece of news or one record, at most. */
export const NEWS_BYTES_MAX = 8_192;

/** Where a process is alone on its KV. */
export function nobody<News, Kept>(): NeighboursPort<News, Kept> {
  const listener = { heard: () => {}, kept: () => {} };
  return { alone: true, listener, tell: () => {} };
}
