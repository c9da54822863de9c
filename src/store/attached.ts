import { keys } from "./keys.ts";

/**
 * The runtime refuses then to open anything but a KV service; it looks at this
 * when it opens one (Deno 2.9; 2.5 does not).
 */
const NEEDS_DATABASE = "DENO_KV_REQUIRES_DISTRIBUTED_DATABASE";

/** What it says then. */
const NONE = /no KV database is attached/;

/**
 * Whether the platform has attached a database.
 *
 * Where it has not, it opens a KV in memory without a word: each instance has
 * another one, which is gone when it stops. Trouble with one that is attached
 * is not looked into.
 */
export async function isAttached(): Promise<boolean> {
  needDatabase();
  try {
    using one = await Deno.openKv();
    using other = await Deno.openKv();
    return await isSeen(one, other);
  } catch (error) {
    return !(error instanceof Error && NONE.test(error.message));
  }
}

function needDatabase(): void {
  try {
    if (Deno.env.get(NEEDS_DATABASE) === undefined) {
      Deno.env.set(NEEDS_DATABASE, "error");
    }
  } catch (error) {
    // A platform allows everything; elsewhere it may not be allowed.
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
}

/** Whether one handle sees what another has written: memory is each one's own. */
async function isSeen(one: Deno.Kv, other: Deno.Kv): Promise<boolean> {
  const key = keys.probe(crypto.randomUUID());
  await one.set(key, true);
  const { value } = await other.get(key);
  await one.delete(key);
  return value === true;
}
