import { assertEquals } from "@std/assert";
import { until } from "../http/until.ts";
import type { RoomId, SessionId } from "../../src/core/types.ts";
import { keys } from "../../src/store/keys.ts";
import { codeOf, type StoreKit } from "../faults/locked_kit.ts";
import { answeredLate, silentAfter } from "../support/kv_faults.ts";
import { Beside, FakePace, openShared } from "./neighbours_kit.ts";

const BAY = "bay" as RoomId;
const [ANN, BOB, ZOE] = ["ann", "bob", "zoe"] as SessionId[] as [
  SessionId,
  SessionId,
  SessionId,
];

function namesOf({ instance }: Beside) {
  return instance.parts.names;
}

async function stored(kit: StoreKit): Promise<unknown[]> {
  const list = kit.faults.kv.list<{ session: string }>({
    prefix: keys.names(),
  });
  return (await Array.fromAsync(list)).map(({ key, value }) =>
    `${key.slice(1).join(" ")}: ${value.session}`
  );
}

Deno.test("of sessions on two instances that ask for a name at once one gets it", async () => {
  await using kit = await openShared();
  const here = await Beside.start(kit);
  const there = await Beside.start(kit);

  for (let i = 0; i < 20; i++) {
    const taken = await Promise.all([
      namesOf(here).claim(ANN, BAY, `name ${i}`),
      namesOf(there).claim(BOB, BAY, `name ${i}`),
      namesOf(there).claim(ZOE, BAY, `name ${i}`),
    ]);
    assertEquals(taken.filter(Boolean).length, 1);
  }

  for (const one of [here, there]) await one.neighbourhood.stop();
});

Deno.test("a name is free once it is given back, or another was taken in its place", async () => {
  await using kit = await openShared();
  const here = await Beside.start(kit);
  const there = await Beside.start(kit);
  await namesOf(here).claim(ANN, BAY, "one");
  assertEquals(await namesOf(there).claim(BOB, BAY, "one"), false);

  assertEquals(await namesOf(here).claim(ANN, BAY, "two"), true);
  await until("the first is free", () => namesOf(there).claim(BOB, BAY, "one"));
  namesOf(here).release(ANN);
  await until(
    "the second is free",
    async () => (await stored(kit)).join() === "bay one: bob",
  );

  for (const one of [here, there]) await one.neighbourhood.stop();
});

Deno.test("a name that is given back and taken at once is had", async () => {
  await using kit = await openShared();
  const here = await Beside.start(kit);
  const names = namesOf(here);
  for (let i = 0; i < 20; i++) {
    await names.claim(ANN, BAY, "one");
    names.release(ANN, BAY);
    assertEquals(await names.claim(ANN, BAY, "one"), true);
  }
  names.release(ANN, BAY);
  assertEquals(await names.claim(BOB, BAY, "one"), true);

  await here.neighbourhood.stop();
  assertEquals(await stored(kit), ["bay one: bob"]);
});

Deno.test("who asks again after a reply that was lost has the name", async () => {
  await using kit = await openShared(100);
  const here = await Beside.start(kit);
  kit.faults.commits.push(silentAfter);

  const first = await codeOf(namesOf(here).claim(ANN, BAY, "one"));
  const second = await namesOf(here).claim(ANN, BAY, "one");

  assertEquals([first, second], ["storage_failed", true]);
  await here.neighbourhood.stop();
});

Deno.test("a name whose claim is stored but not answered yet is nobody else's", async () => {
  await using kit = await openShared();
  const here = await Beside.start(kit);
  const there = await Beside.start(kit);
  const gate = Promise.withResolvers<void>();
  kit.faults.commits.push(answeredLate(gate.promise));
  const asked = namesOf(here).claim(ANN, BAY, "one");
  await until("it is stored", async () => (await stored(kit)).length === 1);

  const beside = await namesOf(here).claim(BOB, BAY, "one");
  await here.instance.parts.sweeper.run();
  const elsewhere = await namesOf(there).claim(ZOE, BAY, "one");
  gate.resolve();

  assertEquals([await asked, beside, elsewhere], [true, false, false]);
  for (const one of [here, there]) await one.neighbourhood.stop();
});

Deno.test("a claim that was given up is swept by its own instance", async () => {
  await using kit = await openShared(100);
  const here = await Beside.start(kit);
  kit.faults.commits.push(silentAfter);
  assertEquals(
    await codeOf(namesOf(here).claim(ANN, BAY, "one")),
    "storage_failed",
  );
  assertEquals((await stored(kit)).length, 1);

  await here.instance.parts.sweeper.run();

  assertEquals(await stored(kit), []);
  await here.neighbourhood.stop();
});

Deno.test("names of an instance that is gone are free, and are swept", async () => {
  await using kit = await openShared();
  // It neither gives anything back nor takes leave.
  const dead = await Beside.start(kit, new FakePace());
  const here = await Beside.start(kit);
  await namesOf(dead).claim(ANN, BAY, "one");
  await namesOf(dead).claim(BOB, BAY, "two");
  await namesOf(here).claim(ZOE, BAY, "three");
  await here.instance.parts.sweeper.run();
  assertEquals((await stored(kit)).length, 3);

  await kit.faults.kv.delete(keys.lease("instance 1"));
  assertEquals(await namesOf(here).claim(ZOE, BAY, "one"), true);
  await here.instance.parts.sweeper.run();

  assertEquals(await stored(kit), ["bay one: zoe"]);
  await here.neighbourhood.stop();
});
