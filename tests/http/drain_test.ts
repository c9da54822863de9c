import { assert, assertEquals } from "@std/assert";
import { endInTurn } from "../../src/http/drain.ts";
import { FakeTimers } from "../support/fake_timers.ts";

/** When each of so many was ended, in ms, in the order in which they were. */
async function drained(
  { count, withinMs, random }: {
    count: number;
    withinMs: number;
    random: () => number;
  },
): Promise<[which: number, atMs: number][]> {
  const timers = new FakeTimers();
  const clock = { now: () => 0, elapsed: () => timers.nowMs };
  const found: [number, number][] = [];
  const ends = Array.from(
    { length: count },
    (_, i) => () => void found.push([i, timers.nowMs]),
  );
  let isDone = false;
  const done = endInTurn(ends, { withinMs, clock, timers, random })
    .then(() => isDone = true);
  while (!isDone) {
    timers.tick(1);
    // The next turn of the loop.
    for (let i = 0; i < 3; i++) await Promise.resolve();
  }
  await done;
  return found;
}

Deno.test("sockets are ended over the whole time, none twice", async () => {
  const found = await drained({
    count: 400,
    withinMs: 2_000,
    random: seeded(),
  });

  const moments = found.map(([, atMs]) => atMs);
  const perTenth = Array.from(
    { length: 10 },
    (_, i) =>
      moments.filter((ms) => ms >= i * 200 && ms < (i + 1) * 200).length,
  );
  assertEquals(new Set(found.map(([which]) => which)).size, 400);
  assert(perTenth.every((count) => count >= 30 && count <= 50), `${perTenth}`);
});

Deno.test("sockets are not ended in the order in which they came", async () => {
  const found = await drained({ count: 100, withinMs: 100, random: seeded() });

  const inOrder = found.filter(([which], i) => which === i).length;
  assert(inOrder < 10, `${inOrder} of 100 in their order`);
});

Deno.test("few sockets are not made to wait", async () => {
  const found = await drained({
    count: 5,
    withinMs: 2_000,
    random: () => 0.99,
  });

  assertEquals(found.at(-1)?.[1], 50);
});

Deno.test("where there are no sockets nothing is waited for", async () => {
  assertEquals(
    await drained({ count: 0, withinMs: 2_000, random: () => 0 }),
    [],
  );
});

/** The minimal standard generator (Park and Miller). */
function seeded(): () => number {
  let state = 1;
  return () => {
    state = state * 48_271 % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
