import { assert } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { keys } from "../../src/store/keys.ts";
import { NewsQueue } from "../../src/store/news_queue.ts";

/** What Deno KV allows in one commit, less what entries may take. */
const KEY_BYTES_LEFT = 81_920 - 32_000;

Deno.test("records of a room with a long id leave room for the keys of entries", async () => {
  using kv = await Deno.openKv(":memory:");
  const instance = crypto.randomUUID();
  const room = "🐟".repeat(63) as RoomId;
  const queue = new NewsQueue({ instance, valueOf: () => 1 });
  for (let i = 0; i < 200; i++) {
    queue.push("came", { room, key: crypto.randomUUID() });
  }

  let added = 0;
  while (queue.isDue) {
    const atomic = kv.atomic();
    added = Math.max(added, queue.add(atomic).length);
    assert((await atomic.commit()).ok);
    queue.landed();
  }

  const prefix = keys.keptBy(instance);
  const all = await Array.fromAsync(kv.list({ prefix }));
  const bytes = JSON.stringify(all.map(({ key }) => key)).length;
  assert(all.length === 200, `${all.length} records`);
  const each = new TextEncoder().encode(room).length + 2 * 36;
  assert(added * each < KEY_BYTES_LEFT, `${added} in one commit, ${bytes}`);
});
