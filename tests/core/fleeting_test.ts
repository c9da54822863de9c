import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { ChatKit } from "../support/chat_kit.ts";

async function rooms(kit: ChatKit): Promise<string[]> {
  return (await kit.chat.listings()).map(({ record }) => record.id);
}

/** Joins a room that goes away when nothing is said in it. */
async function joinFleeting(kit: ChatKit, room: string) {
  const session = kit.admit();
  const wish = { room, name: "", replay: 0, isFleeting: true };
  await kit.chat.members.join(session.who, wish);
  return session;
}

/** Lets a minute pass and what it sets off come to its end. */
async function aMinuteLater(kit: ChatKit): Promise<void> {
  kit.nowMs += 61_000;
  kit.chat.tick();
  // A removal takes fewer turns of the store than these.
  for (let i = 0; i < 20; i++) await kit.kv.get(["nothing"]);
}

Deno.test("a fleeting room goes away a minute after the last has left in silence", async () => {
  using kit = await ChatKit.open();
  const ann = await joinFleeting(kit, "junk");
  const bob = await joinFleeting(kit, "talk");
  await kit.say(bob.who, "talk", "hello");
  await kit.join("joined", "Cat").then(({ who }) => kit.chat.dismiss(who));

  await aMinuteLater(kit);
  const whileSomebodyIsThere = await rooms(kit);
  kit.chat.dismiss(ann.who);
  kit.chat.dismiss(bob.who);
  await aMinuteLater(kit);

  assertEquals(whileSomebodyIsThere, ["junk", "talk", "joined"]);
  assertEquals(await rooms(kit), ["talk", "joined"]);
  assertEquals((await kit.kv.get(["room", "junk"])).value, null);
});

Deno.test("the lobby is made also where there are as many rooms as may be", async () => {
  using kit = await ChatKit.open({ limits: { ROOMS_MAX: 1 } });
  await kit.join("only", "Ann");

  await kit.join("general", "Bob");

  assertEquals(await rooms(kit), ["only", "general"]);
});

Deno.test("a fleeting room that was opened again stays, so that it can be joined", async () => {
  using kit = await ChatKit.open();
  const { rooms, members } = kit.chat;
  const { who } = await joinFleeting(kit, "junk");
  const author = await kit.chat.author(who, "Ann");
  await rooms.close("junk" as RoomId, author);
  await rooms.createExactly("junk" as RoomId, { via: "test", name: "Ann" });
  await joinFleeting(kit, "junk").then(({ who }) => kit.chat.dismiss(who));

  await aMinuteLater(kit);
  const { who: again } = await joinFleeting(kit, "junk");

  assertEquals(members.of("junk" as RoomId).length, 1);
  assertEquals(again.rooms.size, 1);
});
