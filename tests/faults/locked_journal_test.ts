import { assert, assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { storeViolations, textsOf } from "../support/history_check.ts";
import {
  after,
  failedAfter,
  held,
  ioError,
  works,
} from "../support/kv_faults.ts";
import {
  codeOf,
  hastyPace,
  type Instance,
  StoreKit,
  texts,
} from "./locked_kit.ts";

/** More than a commit writes without the journal. */
const ROOMS = ["bay", "fjord", "lake", "pond", "sea", "well"];

/** Messages of one room in one commit. */
const WORDS_PER_COMMIT = 3;

/** Messages of very unequal length, so that a room takes several chunks. */
const LONG_TEXTS = texts("message", 90).map((text, i) =>
  text + " ".repeat(i % 3 === 0 ? 4_000 : 10)
);

Deno.test("the journal is read back after a restart", async () => {
  await using kit = await StoreKit.open();
  const before = await kit.instance();
  await sayEverywhere(before, await useAll(before), ["one", "two"]);
  const waiting = await kit.journaled();

  const restarted = await kit.instance();
  const rooms = await useAll(restarted);
  await sayEverywhere(restarted, rooms, ["three"]);
  const [lake] = rooms;
  const read = lake &&
    await restarted.parts.log.readAfter(lake, { epoch: 1, seq: 0 }, 10);

  assert(waiting > 0);
  assertEquals(read?.map(({ seq }) => seq), [1, 2, 3]);
  await assertEverywhere(kit, ["one", "two", "three"]);
});

Deno.test("a fold that is cut short and done again stores nothing twice", async () => {
  await using kit = await StoreKit.open();
  const ann = await kit.instance();
  const rooms = await useAll(ann);
  await sayEverywhere(ann, rooms, LONG_TEXTS);
  kit.faults.commits.push(works, works, ioError);

  await ann.parts.sweeper.run();
  await sayEverywhere(ann, rooms, ["behind"]);
  await ann.parts.sweeper.run();

  assertEquals(kit.faults.commits, []);
  assertEquals(await kit.journaled(), 0);
  await assertEverywhere(kit, [...LONG_TEXTS, "behind"]);
});

Deno.test("a fold that a restart cuts short stores nothing twice, wherever it is cut", async () => {
  // Enough records that a fold deletes them by more than one commit.
  const words = [...LONG_TEXTS, ...texts("word", 630)];
  let cuts = 0;
  for (let isCut = true; isCut; cuts++) {
    await using kit = await StoreKit.open();
    const before = await kit.instance();
    await sayEverywhere(before, await useAll(before), words);
    kit.faults.commits.push(...Array(cuts).fill(works), ioError);

    await before.parts.sweeper.run();
    isCut = kit.faults.commits.length === 0;
    kit.faults.commits.length = 0;
    const restarted = await kit.instance();
    const rooms = await useAll(restarted);
    await sayEverywhere(restarted, rooms, ["behind"]);
    await restarted.parts.sweeper.run();

    assertEquals(await kit.journaled(), 0);
    await assertEverywhere(kit, [...words, "behind"]);
  }
  assert(cuts > 4);
});

Deno.test("an append that a fold overtakes is not written over", async () => {
  await using kit = await StoreKit.open();
  const ann = await kit.instance();
  const rooms = await useAll(ann);
  await sayEverywhere(ann, rooms, ["one"]);
  const [bay = "" as RoomId] = rooms;
  const gate = Promise.withResolvers<void>();
  const built = Promise.withResolvers<void>();
  let saying: Promise<string> | undefined;
  kit.faults.commits.push(
    works,
    // While the fold deletes what it has folded, an append is put together …
    after(() => {
      saying = codeOf(ann.say(bay, "two"));
      return built.promise;
    }),
    // … and it lands when the fold is done.
    (call) => {
      built.resolve();
      return held(gate.promise)(call);
    },
  );

  await ann.parts.sweeper.run();
  gate.resolve();
  const code = await saying;
  await sayEverywhere(ann, rooms, ["three"]);

  assertEquals(code, "done");
  const store = await kit.content();
  assertEquals(storeViolations(store), []);
  assertEquals(textsOf(store, bay), ["one", "two", "three"]);
});

Deno.test("an entry in the journal answers a retry, also after a restart", async () => {
  await using kit = await StoreKit.open();
  const ann = await kit.instance();
  const rooms = await useAll(ann);
  const [first] = await Promise.all(
    rooms.map((room) => ann.say(room, "hello", "k1")),
  );

  const restarted = await kit.instance();
  const [bay = "" as RoomId] = await useAll(restarted);
  const again = await restarted.say(bay, "hello", "k1");

  assertEquals(again, { entry: first?.entry, duplicate: true });
  await assertEverywhere(kit, ["hello"]);
});

Deno.test("a room whose last commit is in doubt is not put away before it is read", async () => {
  await using kit = await StoreKit.open();
  const ann = await kit.instance(hastyPace());
  const rooms = await useAll(ann);
  const { log } = ann.parts;
  kit.faults.commits.push(failedAfter);
  kit.faults.reads.push(...Array(1_000).fill(ioError));
  const codes = await Promise.all(
    rooms.map((room) => codeOf(ann.say(room, "one"))),
  );
  kit.faults.reads.length = 0;

  const released = rooms.map((room) => log.release(room));
  await sayEverywhere(ann, rooms, ["two"]);

  assertEquals(codes, ROOMS.map(() => "storage_failed"));
  assertEquals(released, ROOMS.map(() => false));
  assertEquals(rooms.map((room) => log.release(room)), ROOMS.map(() => true));
  await assertEverywhere(kit, ["one", "two"]);
});

Deno.test("what has landed unknown to its sender is read though nobody writes any more", async () => {
  await using kit = await StoreKit.open();
  const ann = await kit.instance(hastyPace());
  const rooms = await useAll(ann);
  const moved: RoomId[] = [];
  const { log } = ann.parts;
  log.listener = {
    committed: () => {},
    moved: (room) => moved.push(room),
    missed: () => {},
  };
  kit.faults.commits.push(failedAfter);
  kit.faults.reads.push(...Array(1_000).fill(ioError));
  await Promise.all(rooms.map((room) => codeOf(ann.say(room, "one"))));
  const toldOf = moved.splice(0).sort();
  kit.faults.reads.length = 0;

  const [bay = "" as RoomId] = rooms;
  const read = await log.readAfter(bay, { epoch: 1, seq: 0 }, 10);

  assertEquals(toldOf, rooms.toSorted());
  assertEquals(read.map(({ seq }) => seq), [1]);
  assertEquals(moved.sort(), rooms.toSorted());
});

function useAll(instance: Instance): Promise<RoomId[]> {
  return Promise.all(ROOMS.map((name) => instance.use(name)));
}

/** A few at a time, so that every commit is over all rooms. */
async function sayEverywhere(
  instance: Instance,
  rooms: readonly RoomId[],
  words: readonly string[],
): Promise<void> {
  for (let i = 0; i < words.length; i += WORDS_PER_COMMIT) {
    const some = words.slice(i, i + WORDS_PER_COMMIT);
    await Promise.all(rooms.map((room) => instance.sayAll(room, some)));
  }
}

async function assertEverywhere(
  kit: StoreKit,
  words: readonly string[],
): Promise<void> {
  const store = await kit.content();
  assertEquals(storeViolations(store).slice(0, 5), []);
  for (const room of ROOMS) {
    assertEquals(textsOf(store, room).map(short), words.map(short));
  }
}

function short(text: string): string {
  return text.trim();
}
