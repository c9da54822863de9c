import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import type { RoomId } from "../../src/core/types.ts";
import { ChatKit } from "../support/chat_kit.ts";

const NOBODY = { id: "nobody", number: 0, name: "", verified: false };

Deno.test("join() replays the newest messages, oldest first, then tells all", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  for (const text of ["a", "b", "c"]) await kit.say(ann.who, "r", text);
  ann.link.take();
  const bob = kit.admit();

  await kit.chat.members.join(bob.who, { room: "r", name: "Bob", replay: 2 });

  assertEquals(bob.link.take(), ["2 x: b", "3 x: c", "joined Bob"]);
  assertEquals(ann.link.take(), ["joined Bob"]);
});

Deno.test("join() of a member does nothing", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  ann.link.take();

  await kit.chat.members.join(ann.who, { room: "r", name: "Ann2", replay: 9 });

  assertEquals(ann.link.take(), []);
  assertEquals(
    kit.chat.members.get(ann.who, "r" as RoomId)?.author.name,
    "Ann",
  );
});

Deno.test("join() misses nothing and doubles nothing while its replay is stalled", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  for (let i = 1; i <= 150; i++) await kit.say(ann.who, "r", `${i}`);
  const bob = kit.admit();
  const resume = bob.link.stall();
  const awaited = bob.link.awaited();

  const joining = kit.chat.members.join(bob.who, {
    room: "r",
    name: "Bob",
    replay: Infinity,
  });
  await awaited;
  for (let i = 151; i <= 400; i++) await kit.say(ann.who, "r", `${i}`);
  resume();
  await joining;
  await kit.say(ann.who, "r", "401");

  const expected = Array.from(
    { length: 401 },
    (_, i) => `${i + 1} x: ${i + 1}`,
  );
  expected.splice(400, 0, "joined Bob");
  assertEquals(bob.link.take(), expected);
});

Deno.test("join() has no effect for a session that ends meanwhile", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  await kit.say(ann.who, "r", "a");
  ann.link.take();
  const bob = kit.admit();
  const resume = bob.link.stall();
  const awaited = bob.link.awaited();

  const joining = kit.chat.members.join(bob.who, {
    room: "r",
    name: "Bob",
    replay: 9,
  });
  await awaited;
  kit.chat.dismiss(bob.who);
  resume();
  await joining;
  await kit.say(ann.who, "r", "b");

  assertEquals(ann.link.take(), ["2 x: b"]);
  assertEquals(bob.link.take(), ["1 x: a"]);
});

Deno.test("join() is refused while a room is closed, and by then a member is out", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  await kit.say(ann.who, "r", "a");
  ann.link.take();

  const closed = await kit.chat.rooms.close("r" as RoomId, NOBODY);

  assertEquals(closed, true);
  assertEquals(ann.link.take(), ["2 closed"]);
  assertEquals(ann.who.rooms.size, 0);
  const error = await assertRejects(
    () => kit.chat.members.join(ann.who, { room: "r", name: "Ann", replay: 9 }),
    ChatError,
  );
  assertEquals(error.code, "room_closed");
  assertEquals(error.message, 'Cannot join room "r": it is closed');
});

Deno.test("createExactly() of a closed room starts an empty log whose seqs count from 1", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  await kit.say(ann.who, "r", "old");
  await kit.chat.rooms.close("r" as RoomId, NOBODY);

  await kit.chat.rooms.createExactly("r" as RoomId, { via: "x", name: "" });

  const bob = await kit.join("r", "Bob");
  await kit.say(bob.who, "r", "new");
  assertEquals(bob.link.take(), ["joined Bob", "1 x: new"]);
  assertEquals((await kit.chat.listings()).map(({ record }) => record.epoch), [
    2,
  ]);
});

Deno.test("close() of the lobby empties it and its members stay", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("general", "Ann");
  await kit.say(ann.who, "general", "old");
  ann.link.take();

  await kit.chat.rooms.close("general" as RoomId, NOBODY);
  await kit.say(ann.who, "general", "new");

  assertEquals(ann.link.take(), ["2 closed", "1 x: new"]);
  const bob = await kit.join("general", "Bob");
  assertEquals(bob.link.take(), ["1 x: new", "joined Bob"]);
});

Deno.test("a room that nobody used for a minute is read anew", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  await kit.say(ann.who, "r", "a");
  kit.chat.dismiss(ann.who);

  kit.nowMs += 61_000;
  kit.chat.tick();

  const bob = await kit.join("r", "Bob");
  await kit.say(bob.who, "r", "b");
  assertEquals(bob.link.take(), ["1 x: a", "joined Bob", "2 x: b"]);
});

Deno.test("a room is not forgotten while somebody is about to join it", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  await kit.say(ann.who, "r", "a");
  const bob = kit.admit();
  const resume = bob.link.stall();
  const awaited = bob.link.awaited();

  const joining = kit.chat.members.join(bob.who, {
    room: "r",
    name: "Bob",
    replay: 9,
  });
  await awaited;
  kit.chat.dismiss(ann.who);
  kit.nowMs += 61_000;
  kit.chat.tick();
  resume();
  await joining;
  await kit.say(kit.admit().who, "r", "b");

  assertEquals(bob.link.take(), ["1 x: a", "joined Bob", "2 x: b"]);
});
