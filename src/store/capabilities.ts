/**
 * What a KV allows: the one place that knows whether parley is alone on it.
 *
 * @module
 */

/** How commits are made on a KV. */
export interface Capabilities {
  /** Only this process writes: no room moves but by its own commits. */
  readonly alone: boolean;
  /** Commits in flight at a time. */
  readonly lanes: number;
  /** Rooms in one commit. */
  readonly roomsPerCommit: number;
  /** `check()`s in one commit. */
  readonly checksPerCommit: number;
  /** ms after which a commit's reply counts as lost; 0: never. */
  readonly replyTimeoutMs: number;
}

/** Mutations in one commit (Deno KV: 1,000). */
export const MUTATIONS_PER_COMMIT = 1_000;

/**
 * Serialised bytes, as estimated, in one commit (Deno KV: 819,200). Less than
 * may be: what a commit brings is sent in one turn, and sockets drain between.
 */
export const BYTES_PER_COMMIT = 400_000;

/** Bytes of keys in one commit (Deno KV: 81,920), with room for the chunks'. */
export const KEY_BYTES_PER_COMMIT = 64_000;

/** Serialised bytes in one chunk of entries (Deno KV: 65,536 in a value). */
export const BYTES_PER_CHUNK = 60_000;

/**
 * A SQLite file, or memory: fsync per commit is what costs, so one lane with
 * large commits; one fence stands for a check per room (measured: 0.89 instead
 * of 0.75 of npm ws at 100 rooms x 10).
 */
export const LOCAL: Capabilities = {
  alone: true,
  lanes: 1,
  roomsPerCommit: 100,
  checksPerCommit: 100,
  replyTimeoutMs: 0,
};

/**
 * KV Connect: round trips are what costs, so several lanes; others write too,
 * so a check per room, of which a commit may have ten. Its client has no
 * timeout of its own.
 */
export const NETWORK: Capabilities = {
  alone: false,
  lanes: 8,
  roomsPerCommit: 9,
  checksPerCommit: 10,
  replyTimeoutMs: 5_000,
};
