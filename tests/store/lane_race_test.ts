import { assertEquals } from "@std/assert";
import { SHARED, StoreKit, texts } from "../faults/locked_kit.ts";
import { after, works } from "../support/kv_faults.ts";

/** Races in one room that are lost, one after the other. */
const LOSSES = 12;

Deno.test("a room in which every race is lost does not keep the others of its lane waiting", async () => {
  await using kit = await StoreKit.open({ ...SHARED, lanes: 1 });
  const [ann, bob, hot] = await kit.pair("hot");
  const calm = await Promise.all(texts("calm", 4).map((name) => ann.use(name)));
  for (const text of texts("bob", LOSSES)) {
    kit.faults.commits.push(after(() => bob.say(hot, text)), works);
  }

  const lossesBefore = new Map<string, number>();
  ann.parts.log.listener.committed = (room) =>
    lossesBefore.set(room, bob.committed.length);

  await Promise.all([hot, ...calm].map((room) => ann.say(room, "hello")));

  assertEquals(lossesBefore.get(hot), LOSSES);
  const late = calm.filter((room) => lossesBefore.get(room) === LOSSES);
  assertEquals(late, []);
});
