import { assertEquals } from "@std/assert";
import { storeViolations, textsOf } from "../support/history_check.ts";
import {
  after,
  held,
  ioError,
  silent,
  silentAfter,
  works,
} from "../support/kv_faults.ts";
import { codeOf, SHARED, StoreKit, texts } from "./locked_kit.ts";

/** Longer than a send key is remembered, in ms. */
const TWO_DAYS_MS = 2 * 24 * 60 * 60 * 1_000;

for (
  const [fault, what] of [
    [silentAfter, "a commit that landed and is never answered"],
    [silent, "a commit that is lost without an answer"],
  ] as const
) {
  Deno.test(`append gets over ${what}`, async () => {
    await using kit = await StoreKit.open(SHARED);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    kit.faults.commits.push(fault);

    const lost = await ann.sayAll(lake, ["one", "two"]);
    const next = await ann.say(lake, "three");

    assertEquals(lost.map(({ entry }) => entry.seq), [1, 2]);
    assertEquals(next.entry.seq, 3);
    const store = await kit.content();
    assertEquals(textsOf(store, lake), ["one", "two", "three"]);
    assertEquals(storeViolations(store), []);
  });
}

for (const good of [0, 1, 2]) {
  Deno.test(`append stores once what landed though read ${good + 1} of it fails`, async () => {
    await using kit = await StoreKit.open(SHARED);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    kit.faults.commits.push(silentAfter);
    // The first read is the bell's, which would say that all of it landed.
    kit.faults.reads.push(ioError, ...Array(good).fill(works), ioError);

    const lost = await ann.say(lake, "one");
    const next = await ann.say(lake, "two");

    assertEquals([lost.entry.seq, next.entry.seq], [1, 2]);
    assertEquals(kit.faults.reads, []);
    const store = await kit.content();
    assertEquals(textsOf(store, lake), ["one", "two"]);
    assertEquals(storeViolations(store), []);
  });
}

Deno.test("append stores once what a late commit stores as well", async () => {
  await using kit = await StoreKit.open(SHARED);
  const ann = await kit.instance();
  const lake = await ann.use("lake");
  const gate = Promise.withResolvers<void>();
  const late = held(gate.promise);
  const landed = Promise.withResolvers<void>();
  kit.faults.commits.push((call) => late(call).finally(landed.resolve));

  const { entry } = await ann.say(lake, "hello");
  gate.resolve();
  await landed.promise;
  const next = await ann.say(lake, "again");

  assertEquals([entry.seq, next.entry.seq], [1, 2]);
  const store = await kit.content();
  assertEquals(textsOf(store, lake), ["hello", "again"]);
  assertEquals(storeViolations(store), []);
});

Deno.test("append finds its entry when the late commit wins the race", async () => {
  await using kit = await StoreKit.open(SHARED);
  const ann = await kit.instance();
  const lake = await ann.use("lake");
  const gate = Promise.withResolvers<void>();
  const landed = Promise.withResolvers<void>();
  const late = held(gate.promise);
  kit.faults.commits.push(
    (call) => late(call).finally(landed.resolve),
    after(() => {
      gate.resolve();
      return landed.promise;
    }),
  );

  const { entry } = await ann.say(lake, "hello");

  assertEquals(entry.seq, 1);
  assertEquals(textsOf(await kit.content(), lake), ["hello"]);
});

Deno.test("append finds its entry though another instance wrote behind it", async () => {
  await using kit = await StoreKit.open(SHARED);
  const [ann, bob, lake] = await kit.pair("lake");
  kit.faults.commits.push(async (call) => {
    await call();
    await bob.say(lake, "from Bob");
    return await silent();
  });

  const mine = await ann.say(lake, "from Ann");
  const next = await ann.say(lake, "from Ann again");

  assertEquals([mine.entry.seq, next.entry.seq], [1, 3]);
  const store = await kit.content();
  assertEquals(
    textsOf(store, lake),
    ["from Ann", "from Bob", "from Ann again"],
  );
  assertEquals(storeViolations(store), []);
});

Deno.test("two instances that write one room at once share one dense order", async () => {
  await using kit = await StoreKit.open(SHARED);
  const [ann, bob, lake] = await kit.pair("lake");

  const answers = await Promise.all(
    [ann, bob].map(async (instance, i) => {
      const own = [];
      for (let wave = 1; wave <= 20; wave++) {
        const said = texts(`instance ${i} wave ${wave}`, 5);
        own.push(...await instance.sayAll(lake, said));
      }
      return own;
    }),
  );

  const store = await kit.content();
  const stored = store.entries.map(({ entry }) => entry);
  assertEquals(storeViolations(store), []);
  assertEquals(stored.length, 200);
  const told = answers.flat().map(({ entry }) => entry)
    .sort((a, b) => a.seq - b.seq);
  assertEquals(told, stored);
  for (const own of answers) {
    const seqs = own.map(({ entry }) => entry.seq);
    assertEquals(seqs, seqs.toSorted((a, b) => a - b));
  }
});

Deno.test("appends under way when another instance closes the room are refused", async () => {
  await using kit = await StoreKit.open(SHARED);
  const [ann, bob, lake] = await kit.pair("lake");
  await ann.say(lake, "before");
  const gate = Promise.withResolvers<void>();
  kit.faults.commits.push(held(gate.promise));

  const underWay = texts("late", 50).map((text) => codeOf(ann.say(lake, text)));
  // In the next turn, Ann's commit is under way.
  await Promise.resolve();
  const { entry } = await bob.close(lake, { reopens: false });
  gate.resolve();
  const codes = await Promise.all(underWay);
  const behind = [
    await codeOf(ann.say(lake, "behind")),
    await codeOf(bob.say(lake, "behind")),
  ];

  assertEquals(codes, Array(50).fill("room_closed"));
  assertEquals(behind, ["room_closed", "room_closed"]);
  const store = await kit.content();
  assertEquals(textsOf(store, lake), ["before"]);
  assertEquals(store.entries.at(-1)?.entry.id, entry.id);
  assertEquals(storeViolations(store), []);
});

Deno.test("a close that lost its race is stored behind what was written meanwhile", async () => {
  await using kit = await StoreKit.open(SHARED);
  const [ann, bob, lake] = await kit.pair("lake");
  kit.faults.commits.push(after(() => ann.sayAll(lake, ["one", "two"])));

  const { entry } = await bob.close(lake, { reopens: false });
  const behind = await codeOf(ann.say(lake, "behind"));

  assertEquals([entry.seq, entry.order], [3, 2]);
  assertEquals(behind, "room_closed");
  const store = await kit.content();
  assertEquals(textsOf(store, lake), ["one", "two"]);
  assertEquals(storeViolations(store), []);
});

Deno.test("a room that another instance emptied goes on in its next epoch", async () => {
  await using kit = await StoreKit.open(SHARED);
  const [ann, bob, lake] = await kit.pair("lake");
  await ann.sayAll(lake, ["one", "two"]);

  await bob.close(lake, { reopens: true });
  const next = await ann.sayAll(lake, ["three", "four"]);

  const places = next.map(({ entry }) => [entry.epoch, entry.seq, entry.order]);
  assertEquals(places, [[2, 1, 1], [2, 2, 2]]);
  const store = await kit.content();
  assertEquals(textsOf(store, lake), ["one", "two", "three", "four"]);
  assertEquals(storeViolations(store), []);
});

Deno.test("two instances that make rooms at once agree on ids and numbers", async () => {
  await using kit = await StoreKit.open(SHARED);
  const instances = [await kit.instance(), await kit.instance()];
  const names = texts("room", 12);

  await Promise.all(
    instances.flatMap((instance) => names.map((name) => instance.use(name))),
  );

  const store = await kit.content();
  assertEquals(storeViolations(store), []);
  assertEquals(
    store.numbers.map(({ key }) => Number(key[1])),
    [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  );
});

Deno.test("a key used on two instances at once has one effect", async () => {
  await using kit = await StoreKit.open(SHARED);
  const [ann, bob, lake] = await kit.pair("lake");

  const answers = await Promise.all(
    [ann, bob].map((instance) => instance.say(lake, "hello", "k1")),
  );

  assertEquals(answers.map(({ duplicate }) => duplicate).sort(), [false, true]);
  assertEquals(answers[0]?.entry, answers[1]?.entry);
  assertEquals(textsOf(await kit.content(), lake), ["hello"]);
});

Deno.test("append renews a key whose expired record is swept meanwhile", async () => {
  await using kit = await StoreKit.open(SHARED);
  const ann = await kit.instance();
  const lake = await ann.use("lake");
  await ann.say(lake, "hello", "k1");
  kit.nowMs += TWO_DAYS_MS;
  kit.faults.commits.push(after(() => ann.parts.sweeper.run()));

  const { entry, duplicate } = await ann.say(lake, "good morning", "k1");

  assertEquals([entry.seq, duplicate], [2, false]);
  assertEquals(storeViolations(await kit.content()), []);
});

Deno.test("append of one who only listened does not land where others' entries were swept", async () => {
  await using kit = await StoreKit.open(SHARED);
  const [ann, bob, lake] = await kit.pair("lake");
  for (const text of ["one", "two"]) await ann.say(lake, text);
  await ann.close(lake, { reopens: true });
  await bob.parts.log.readAfter(lake, { epoch: 1, seq: 0 }, 10);
  kit.nowMs += TWO_DAYS_MS;
  await ann.parts.sweeper.run();

  const { entry } = await bob.say(lake, "three");

  assertEquals([entry.epoch, entry.seq, entry.order], [2, 1, 1]);
  const { entries } = await kit.content();
  const places = entries.map(({ place }) => [place.epoch, place.seq]);
  assertEquals(places, [[1, 3], [2, 1]]);
});

Deno.test("append of one who read a part of a chunk does not land inside of it", async () => {
  await using kit = await StoreKit.open(SHARED);
  const [ann, bob, lake] = await kit.pair("lake");
  await ann.sayAll(lake, ["one", "two", "three"]);
  await bob.parts.log.readAfter(lake, { epoch: 1, seq: 0 }, 2);

  const { entry } = await bob.say(lake, "four");

  assertEquals(entry.seq, 4);
  assertEquals(storeViolations(await kit.content()), []);
});
