import { assert, assertEquals } from "@std/assert";
import { until } from "../http/until.ts";
import { INSTANCES_MAX, LEASE_MS } from "../../src/store/instances.ts";
import { keys } from "../../src/store/keys.ts";
import { type StoreKit, texts } from "../faults/locked_kit.ts";
import { type Fault, ioError, silent, works } from "../support/kv_faults.ts";
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

  for (const text of texts("m", 30)) {
    await ann.instance.say(room, text);
    // Of what comes in quick succession a bell tells the end alone.
    await until(`"${text}" is heard`, () => bob.texts.includes(text));
  }

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

Deno.test("who has taken leave does not come back for its last words", async () => {
  await using kit = await openShared();
  const ann = await Beside.start(kit);
  await ann.tell("came", { key: "ann", value: 1 });

  await ann.neighbourhood.stop();
  // The first is refused: the bell is gone.
  await ann.tell("went", { key: "ann" });
  await ann.tell("really");

  const { kv } = kit.faults;
  assertEquals((await kv.get(keys.instances())).value, []);
  assertEquals((await kv.get(keys.lease("instance 1"))).value, null);
});

Deno.test("more instances than may be are refused, and leave no trace", async () => {
  await using kit = await openShared();
  const { kv } = kit.faults;
  const ids = await fill(kit);
  const pace = new FakePace();
  const bob = await Beside.open(kit, pace);

  let why = "";
  bob.neighbourhood.start().catch((error) => why = String(error));
  await until("it is refused", async () => {
    for (const id of ids) await kv.set(keys.lease(id), pace.timers.nowMs);
    pace.timers.tick(LEASE_MS);
    return why !== "";
  });

  assertEquals(why, "StoreError: Cannot join: 32 instances live");
  assertEquals((await kv.get(keys.instances())).value, ids);
  assertEquals((await kv.get(keys.lease("instance 1"))).value, null);
});

Deno.test("the dead do not keep one from joining who is alone with them", async () => {
  await using kit = await openShared();
  await fill(kit);
  const pace = new FakePace();
  const bob = await Beside.open(kit, pace);

  const joined = { yet: false };
  const start = bob.neighbourhood.start().then(() => joined.yet = true);
  for (let looks = 0; looks < LOOKS && !joined.yet; looks++) await pace.beat();
  await start;

  const { value } = await kit.faults.kv.get(keys.instances());
  assertEquals(value, ["instance 1"]);
  await bob.neighbourhood.stop();
});

Deno.test("one that could not enter the list when it came back enters it later", async () => {
  await using kit = await openShared();
  const { kv } = kit.faults;
  const pace = new FakePace();
  const ann = await Beside.start(kit, pace);
  await ann.tell("came", { key: "ann", value: 1 });
  await kv.delete(keys.lease("instance 1"));
  await kv.set(keys.instances(), []);

  // It has its lease anew, and then the store fails.
  kit.faults.commits.push(works, works, ioError);
  await until("it is in the list", async () => {
    await pace.beat();
    const { value } = await kv.get<string[]>(keys.instances());
    return value?.includes("instance 1") ?? false;
  });

  await ann.neighbourhood.stop();
});

Deno.test("what one that is back has written is not cleared away", async () => {
  await using kit = await openShared();
  const { kv } = kit.faults;
  const ann = await Beside.start(kit, new FakePace());
  await ann.tell("came", { key: "ann", value: 1 });
  const pace = new FakePace();
  const bob = await Beside.start(kit, pace);
  await until("Ann is known", () => bob.keptBy("instance 1").length === 1);
  while (bob.neighbourhood.size > 0) {
    // It is back once its lease is deleted: before anything else is.
    kit.faults.commits.push(works, backAfter(kv, "instance 1"));
    await pace.beat();
    kit.faults.commits.length = 0;
  }

  await until("it is over", async () => {
    await pace.beat();
    return (await kv.get(keys.lease("instance 1"))).value === "back";
  });
  await pace.beat();

  assertEquals((await left(kit, "instance 1")).length, 2);
  await stopAll(ann, bob);
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

/** As many in the list as may be. */
async function fill(kit: StoreKit): Promise<string[]> {
  const ids = Array.from({ length: INSTANCES_MAX }, (_, i) => `other ${i}`);
  await kit.faults.kv.set(keys.instances(), ids);
  return ids;
}

/** One shows that it lives behind the commit that found it dead. */
function backAfter(kv: Deno.Kv, id: string): Fault {
  return async (call) => {
    const reply = await call();
    await kv.set(keys.lease(id), "back");
    return reply;
  };
}
