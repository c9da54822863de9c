import { assertEquals } from "@std/assert";
import { InFlight } from "../../src/core/in_flight.ts";

Deno.test("InFlight has room until its limit, and settles at none", async () => {
  const sends = new InFlight(2);
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const seen: string[] = [];

  sends.track(first.promise, () => {});
  const roomForSecond = sends.room();
  sends.track(second.promise, () => {});
  const room = sends.room()?.then(() => seen.push("room"));
  const settled = sends.settled()?.then(() => seen.push("settled"));
  first.resolve();
  await room;
  const between = [...seen];
  second.resolve();
  await settled;

  assertEquals(roomForSecond, undefined);
  assertEquals(between, ["room"]);
  assertEquals(seen, ["room", "settled"]);
  assertEquals(sends.settled(), undefined);
});

Deno.test("InFlight tells of what failed, and counts it as settled", async () => {
  const sends = new InFlight(1);
  const failures: unknown[] = [];

  sends.track(Promise.reject(new Error("full")), (error) => {
    failures.push(error);
  });
  await sends.settled();

  assertEquals(failures.map(String), ["Error: full"]);
  assertEquals(sends.room(), undefined);
});
