import { keys } from "./keys.ts";

/** Has the other instances read the list of rooms anew. */
export function addDirectoryNews(atomic: Deno.AtomicOperation): void {
  atomic.set(keys.directory(), true);
}
