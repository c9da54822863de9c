import { assertEquals } from "@std/assert";
import { SHARED, StoreKit } from "../faults/locked_kit.ts";

Deno.test("a room that another instance has removed is there again once somebody speaks in it", async () => {
  await using kit = await StoreKit.open(SHARED);
  const [ann, bob, room] = await kit.pair("bay");
  const record = bob.parts.directory.get(room);
  if (!record) throw new TypeError("There is no room");
  const isRemoved = await bob.parts.directory.remove(record);

  await ann.say(room, "anybody here?");

  assertEquals(isRemoved, true);
  assertEquals(await bob.parts.directory.find(room), record);
});
