import { assertEquals } from "@std/assert";
import type { Entry } from "../../src/core/types.ts";
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

  await Promise.all([hot, ...calm].map((room) => ann.say(room, `in ${room}`)));

  const said = ann.committed.map(textOf);
  assertEquals(said.toSorted(), [...calm, hot].map((room) => `in ${room}`));
  assertEquals(said.at(-1), "in hot");
  assertEquals(bob.committed.length, LOSSES);
});

function textOf(entry: Entry): string {
  return entry.kind === "message" ? entry.text : entry.kind;
}
