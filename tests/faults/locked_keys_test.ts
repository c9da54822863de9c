import { assertEquals } from "@std/assert";
import { storeViolations, textsOf } from "../support/history_check.ts";
import { failedAfter, held, ioError } from "../support/kv_faults.ts";
import { codeOf, STANDINGS, StoreKit } from "./locked_kit.ts";

/** Longer than a send key is remembered, in ms. */
const TWO_DAYS_MS = 2 * 24 * 60 * 60 * 1_000;

for (const [standing, capabilities] of STANDINGS) {
  Deno.test(`append answers a repeated key with the first entry, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    const first = await ann.say(lake, "hello", "k1");

    const second = await ann.say(lake, "hello", "k1");

    assertEquals(second, { entry: first.entry, duplicate: true });
    const store = await kit.content();
    assertEquals(textsOf(store, lake), ["hello"]);
    assertEquals(storeViolations(store), []);
  });

  Deno.test(`append refuses another text under the same key, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    const gate = Promise.withResolvers<void>();
    kit.faults.commits.push(held(gate.promise));
    const first = ann.say(lake, "hello", "k1");

    const during = await codeOf(ann.say(lake, "other", "k1"));
    gate.resolve();
    await first;
    const behind = await codeOf(ann.say(lake, "other", "k1"));

    assertEquals([during, behind], ["conflict", "conflict"]);
    assertEquals(textsOf(await kit.content(), lake), ["hello"]);
  });

  Deno.test(`append answers retries during the first commit alike, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    const gate = Promise.withResolvers<void>();
    kit.faults.commits.push(held(gate.promise));
    const first = ann.say(lake, "hello", "k1");

    const retries = [1, 2, 3].map(() => ann.say(lake, "hello", "k1"));
    gate.resolve();

    const { entry, duplicate } = await first;
    assertEquals([entry.seq, duplicate], [1, false]);
    assertEquals(
      await Promise.all(retries),
      Array(3).fill({ entry, duplicate: true }),
    );
    assertEquals(textsOf(await kit.content(), lake), ["hello"]);
  });

  Deno.test(`append knows a key after a restart, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const before = await kit.instance();
    const lake = await before.use("lake");
    const first = await before.say(lake, "hello", "k1");

    const after = await kit.instance();
    await after.use("lake");
    const same = await after.say(lake, "hello", "k1");
    const other = await codeOf(after.say(lake, "other", "k1"));
    const next = await after.say(lake, "next", "k2");

    assertEquals(same, { entry: first.entry, duplicate: true });
    assertEquals(other, "conflict");
    assertEquals(next.entry.seq, 2);
    assertEquals(textsOf(await kit.content(), lake), ["hello", "next"]);
  });

  Deno.test(`append takes an expired key as new, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    await ann.say(lake, "hello", "k1");

    kit.nowMs += TWO_DAYS_MS;
    const other = await ann.say(lake, "good morning", "k1");
    const again = await ann.say(lake, "good morning", "k1");

    assertEquals([other.entry.seq, other.duplicate], [2, false]);
    assertEquals(again, { entry: other.entry, duplicate: true });
    assertEquals(textsOf(await kit.content(), lake), ["hello", "good morning"]);
  });

  Deno.test(`append keeps keys of rooms and authors apart, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    const sea = await ann.use("sea");

    const answers = await Promise.all([
      ann.say(lake, "hello", "k1"),
      ann.say(sea, "hello", "k1"),
    ]);

    assertEquals(answers.map(({ duplicate }) => duplicate), [false, false]);
    const { sends } = await kit.content();
    assertEquals(sends.map(({ key }) => key[1]), [lake, sea]);
  });

  Deno.test(`a retry of a send whose reply was lost has no second effect, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    kit.faults.commits.push(failedAfter);

    const first = await ann.say(lake, "hello", "k1");
    const second = await ann.say(lake, "hello", "k1");

    assertEquals([first.entry.seq, first.duplicate], [1, false]);
    assertEquals(second, { entry: first.entry, duplicate: true });
    assertEquals(textsOf(await kit.content(), lake), ["hello"]);
  });

  Deno.test(`a retry of a send that failed has its effect, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    kit.faults.commits.push(ioError);

    const first = await codeOf(ann.say(lake, "hello", "k1"));
    const second = await ann.say(lake, "hello", "k1");

    assertEquals(first, "storage_failed");
    assertEquals([second.entry.seq, second.duplicate], [1, false]);
    assertEquals(textsOf(await kit.content(), lake), ["hello"]);
  });

  Deno.test(`append keeps the order of calls with and without a key, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");

    await Promise.all([
      ann.say(lake, "one", "k1"),
      ann.say(lake, "two"),
      ann.say(lake, "three", "k3"),
      ann.say(lake, "four"),
    ]);

    assertEquals(
      textsOf(await kit.content(), lake),
      ["one", "two", "three", "four"],
    );
  });
}
