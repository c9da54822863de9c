import { assertEquals } from "@std/assert";
import { storeViolations, textsOf } from "../support/history_check.ts";
import { held, ioError } from "../support/kv_faults.ts";
import { codeOf, StoreKit, texts } from "./locked_kit.ts";

Deno.test("a second claim makes the first writer's appends fail and tells it once", async () => {
  await using kit = await StoreKit.open();
  const first = await kit.instance();
  const lake = await first.use("lake");
  await first.say(lake, "mine");

  const second = await kit.instance();
  await second.use("lake");
  const refused = await Promise.all(
    texts("too late", 3).map((text) => codeOf(first.say(lake, text))),
  );
  const again = await codeOf(first.say(lake, "still too late"));
  const taken = await second.say(lake, "theirs");

  assertEquals(refused, Array(3).fill("storage_failed"));
  assertEquals(again, "storage_failed");
  assertEquals([first.lostCount, second.lostCount], [1, 0]);
  assertEquals(taken.entry.seq, 2);
  const store = await kit.content();
  assertEquals(textsOf(store, lake), ["mine", "theirs"]);
  assertEquals(storeViolations(store), []);
});

Deno.test("a second claim overtakes a commit that is under way", async () => {
  await using kit = await StoreKit.open();
  const first = await kit.instance();
  const lake = await first.use("lake");
  const gate = Promise.withResolvers<void>();
  kit.faults.commits.push(held(gate.promise));

  const underWay = codeOf(first.say(lake, "slow"));
  const second = await kit.instance();
  gate.resolve();
  const code = await underWay;
  await second.use("lake");
  await second.say(lake, "quick");

  assertEquals(code, "storage_failed");
  assertEquals(first.lostCount, 1);
  assertEquals(textsOf(await kit.content(), lake), ["quick"]);
});

Deno.test("append is answered though the fence cannot be read", async () => {
  await using kit = await StoreKit.open();
  const first = await kit.instance();
  const lake = await first.use("lake");
  await kit.instance();
  kit.faults.reads.push(ioError);

  const code = await codeOf(first.say(lake, "hello"));

  assertEquals(code, "storage_failed");
});
