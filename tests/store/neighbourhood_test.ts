import { assert, assertEquals } from "@std/assert";
import { until } from "../http/until.ts";
import { INSTANCES_MAX, LEASE_MS } from "../../src/store/instances.ts";
import { keys } from "../../src/store/keys.ts";
import { type StoreKit, texts } from "../faults/locked_kit.ts";
import { silent } from "../support/kv_faults.ts";
import { Beside, FakePace, openShared } from "./neighbours_kit.ts";

/** More looks than a lease may be found unchanged. */
const LOOKS = 8;

/** Two that hear each other. */
async function two(kit: StoreKit): Promise<[Beside, Beside]> {
  const ann = await Beside.start(kit);
  const bob = await Beside.start(kit);
  await until(
    "each knows the other",
    () => ann.neighbourhood.size === 1 && bob.neighbourhood.size === 1,
  );
  return [ann, bob];
}

async function stopAll(...all: Beside[]): Promise<void> {
  for (const { neighbourhood } of all) await neighbourhood.stop();
}

Deno.test("entries of another instance are heard in order, from the first on", async () => {
  await using kit = await openShared();
  const [ann, bob] = await two(kit);
  const room = await ann.instance.use("bay");
  await bob.instance.use("bay");

  for (const text of texts("m", 30)) await ann.instance.say(room, text);
  await until("all is heard", () => bob.texts.includes("m 30"));

  // A bell carries the newest only: what a slow watcher did not see is missing,
  // and the room, which sees the hole, reads it from the log.
  const heard = new Set(bob.texts);
  assertEquals(Array.from(heard), texts("m", 30).filter((m) => heard.has(m)));
  await stopAll(ann, bob);
});

Deno.test("an instance that starts later is told what the others keep, and what they tell from then on", async () => {
  await using kit = await openShared();
  const ann = await Beside.start(kit);
  await ann.tell("came", { key: "ann", value: { name: "Ann" } });

  const bob = await Beside.start(kit);
  await until("Ann is known", () => bob.keptBy("instance 1").length === 1);
  await ann.tell("types");
  await until("Ann types", () => bob.news.includes("types"));
  await ann.tell("went", { key: "ann" });
  await until("Ann is gone", () => bob.news.includes("went"));

  assertEquals(bob.news, ["types", "went"]);
  assertEquals(bob.kept.get("instance 1")?.length, 1);
  await stopAll(ann, bob);
});

Deno.test("who takes leave is gone at once, with all that it kept", async () => {
  await using kit = await openShared();
  const [ann, bob] = await two(kit);
  await ann.tell("came", { key: "ann", value: 1 });
  await until("Ann is heard", () => bob.news.includes("came"));

  await ann.neighbourhood.stop();
  await until("Ann is gone", () => bob.neighbourhood.size === 0);
  // Its sessions end while it does.
  await ann.tell("went", { key: "ann" });
  await ann.tell("came", { key: "zoe", value: 1 });

  assertEquals(bob.kept.get("instance 1"), []);
  assertEquals(await left(kit, "instance 1"), []);
  const { value } = await kit.faults.kv.get(keys.instances());
  assertEquals(value, ["instance 2"]);
  await bob.neighbourhood.stop();
});

Deno.test("an instance whose lease does not change is gone after so many looks, and nothing of it is left", async () => {
  await using kit = await openShared();
  const pace = new FakePace();
  // Its time stands still: it shows no sign of life.
  const ann = await Beside.start(kit, new FakePace());
  await ann.tell("came", { key: "ann", value: 1 });
  const bob = await Beside.start(kit, pace);
  await until("Ann is known", () => bob.keptBy("instance 1").length === 1);

  let looks = 0;
  while (bob.neighbourhood.size > 0 && looks <= LOOKS) {
    looks++;
    await pace.beat();
  }

  assert(looks > 1 && looks <= LOOKS, `${looks} looks`);
  assertEquals(bob.kept.get("instance 1"), []);
  await until(
    "its records are gone",
    async () => (await left(kit, "instance 1")).length === 0,
  );
  await stopAll(ann, bob);
});

Deno.test("an instance that was taken for dead comes back with all that it keeps", async () => {
  await using kit = await openShared();
  const [annPace, bobPace] = [new FakePace(), new FakePace()];
  const ann = await Beside.start(kit, annPace);
  await ann.tell("came", { key: "ann", value: 1 });
  const bob = await Beside.start(kit, bobPace);
  await until("Ann is known", () => bob.keptBy("instance 1").length === 1);
  while (bob.neighbourhood.size > 0) await bobPace.beat();
  await until(
    "its records are gone",
    async () => (await left(kit, "instance 1")).length === 0,
  );

  // From here on its time passes too.
  await until("it is back", async () => {
    await annPace.beat();
    await bobPace.beat();
    return bob.keptBy("instance 1").length === 1;
  });

  assertEquals(bob.keptBy("instance 1"), [1]);
  await ann.tell("again");
  await until("it is heard", () => bob.news.includes("again"));
  await stopAll(ann, bob);
});

Deno.test("news that find no place are lost, what they keep is not", async () => {
  await using kit = await openShared();
  const [ann, bob] = await two(kit);
  const count = 2_500;

  for (let i = 0; i < count; i++) {
    const keep = { key: `person ${i}`, value: i };
    ann.neighbourhood.tell({ news: i, keep });
  }
  await until("all is known", () => bob.keptBy("instance 1").length === count);

  const news = bob.news.map(Number);
  assertEquals(news, news.toSorted((a, b) => a - b));
  await stopAll(ann, bob);
});

Deno.test("a watch that has fallen silent is stood in for by looks", async () => {
  await using kit = await openShared();
  const { kv } = kit.faults;
  kv.watch = () => new ReadableStream();
  const pace = new FakePace();
  const bob = await Beside.start(kit, pace);
  const ann = await Beside.start(kit);
  const room = await ann.instance.use("bay");
  await bob.instance.use("bay");
  await pace.beat();

  await ann.instance.say(room, "hello");
  await until("it is heard", async () => {
    await pace.beat();
    return bob.texts.includes("hello");
  });

  await stopAll(ann, bob);
});

Deno.test("what a bell has no room for is looked for in the log", async () => {
  await using kit = await openShared();
  const [ann, bob] = await two(kit);
  const room = await ann.instance.use("bay");
  await bob.instance.use("bay");

  const { entry } = await ann.instance.say(room, "x".repeat(5_000));
  await until("it is told of", () => bob.moved.length > 0);

  assertEquals(bob.moved, [room]);
  assertEquals(bob.texts, []);
  assertEquals(entry.seq, 1);
  await stopAll(ann, bob);
});

Deno.test("who has not seen all rooms that a bell was about looks into all of its own", async () => {
  await using kit = await openShared();
  // Its watch is silent: it sees the last state only.
  kit.faults.kv.watch = () => new ReadableStream();
  const pace = new FakePace();
  const bob = await Beside.start(kit, pace);
  const ann = await Beside.start(kit, new FakePace());
  await pace.beat();
  const before = bob.missed;
  const rooms = await Promise.all(
    texts("room", 600).map((name) => ann.instance.use(name)),
  );

  for (const room of rooms) ann.instance.say(room, "hello");
  await ann.instance.parts.log.settled();
  await pace.beat();

  assert(bob.texts.length < rooms.length);
  assert(bob.missed > before);
  await stopAll(ann, bob);
});

Deno.test("more instances than may be are refused, and leave no trace in the list", async () => {
  await using kit = await openShared();
  const ids = Array.from({ length: INSTANCES_MAX }, (_, i) => `other ${i}`);
  await kit.faults.kv.set(keys.instances(), ids);
  const bob = await Beside.open(kit);

  const why = await bob.neighbourhood.start().then(() => "", String);

  assertEquals(why, "TypeError: Cannot join: there are 32 instances");
  const { value } = await kit.faults.kv.get(keys.instances());
  assertEquals(value, ids);
});

Deno.test("a store that does not answer is known to be lost, until it does", async () => {
  await using kit = await openShared(LEASE_MS);
  const pace = new FakePace();
  const ann = await Beside.start(kit, pace);
  const isLost = () => ann.neighbourhood.isLost;
  assertEquals(isLost(), false);

  kit.faults.commits.push(silent);
  await until("it is lost", () => {
    pace.timers.tick(LEASE_MS);
    return isLost();
  });
  await until("it is back", () => {
    pace.timers.tick(LEASE_MS);
    return !isLost();
  });

  await ann.neighbourhood.stop();
});

/** What lies under an instance's keys. */
async function left(kit: StoreKit, id: string): Promise<unknown[]> {
  const { kv } = kit.faults;
  const lists = [keys.bells(id), keys.keptBy(id)].map((prefix) =>
    Array.fromAsync(kv.list({ prefix }))
  );
  return (await Promise.all(lists)).flat();
}
