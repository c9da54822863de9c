import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import type { RoomId } from "../../src/core/types.ts";
import { ChatKit } from "../support/chat_kit.ts";

const R = "r" as RoomId;
const LOBBY = "general" as RoomId;
const NOBODY = { id: "nobody", number: 0, name: "", verified: false };
const MAKER = { via: "x", name: "Max" };

/** A room in which something was said, closed. */
async function closedRoom(kit: ChatKit): Promise<void> {
  await kit.say(kit.admit().who, "r", "old");
  await kit.chat.rooms.close(R, NOBODY);
}

/** All texts of a room in this life, newest first. */
async function texts(kit: ChatKit): Promise<string[]> {
  const { messages } = await kit.chat.history(R, { limit: 100 });
  return messages.map(({ text }) => text);
}

Deno.test("of many who open a closed room again at once one does", async () => {
  using kit = await ChatKit.open();
  await closedRoom(kit);

  const records = await Promise.all(
    Array.from({ length: 20 }, () => kit.chat.rooms.createExactly(R, MAKER)),
  );

  const made = records.filter((record) => record !== undefined);
  assertEquals(made.map(({ epoch, createdBy }) => [epoch, createdBy]), [
    [2, "Max"],
  ]);
});

Deno.test("of many who make a room at once one does", async () => {
  using kit = await ChatKit.open();

  const records = await Promise.all(
    Array.from({ length: 20 }, () => kit.chat.rooms.createExactly(R, MAKER)),
  );

  assertEquals(records.filter((record) => record !== undefined).length, 1);
});

Deno.test("of many who close a room at once one does", async () => {
  using kit = await ChatKit.open();
  await kit.say(kit.admit().who, "r", "old");

  const closed = await Promise.all(
    Array.from({ length: 20 }, () => kit.chat.rooms.close(R, NOBODY)),
  );

  assertEquals(closed.filter(Boolean).length, 1);
});

Deno.test("what waited for its place when a room was closed is not in its next life", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  const { kv } = kit;
  const get = kv.get.bind(kv);
  const gate = Promise.withResolvers<void>();
  // A keyed send has its place only when its key was looked up.
  kv.get = async (key, options) => {
    if (key[0] === "send") await gate.promise;
    return await get(key, options);
  };
  const send = { room: "r", name: "Ann", text: "late", key: "k" };
  const { committed } = await kit.chat.send(ann.who, send);

  const closing = kit.chat.rooms.close(R, NOBODY);
  // The close waits behind it: what others write ends the room meanwhile.
  await endsElsewhere(kit);
  await kit.chat.rooms.createExactly(R, MAKER);
  // The next life is at hand before what waits for the last one goes on.
  await kit.chat.history(R, { limit: 1 });
  const saying = kit.say(kit.admit().who, "r", "new");
  gate.resolve();
  const outcomes = await Promise.allSettled([committed, closing]);
  await saying;

  assertEquals(outcomes.map(({ status }) => status), ["rejected", "fulfilled"]);
  assertEquals(await texts(kit), ["new"]);
});

/** Closes the room past this instance's queue. */
async function endsElsewhere(kit: ChatKit): Promise<void> {
  const record = await kit.store.directory.find(R);
  if (!record) throw new Error("Cannot close room: there is none");
  const closed = { ...record, closedAt: 1 };
  await kit.kv.set(["room", R], closed);
  kit.store.directory.noted(closed, []);
}

Deno.test("a closed room that is being read when it is opened again is the open one", async () => {
  using kit = await ChatKit.open();
  await closedRoom(kit);
  kit.nowMs += 61_000;
  kit.chat.tick();
  const { log } = kit.store;
  const open = log.open.bind(log);
  const reading = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  log.open = async (record) => {
    const head = await open(record);
    reading.resolve();
    await gate.promise;
    return head;
  };

  const history = kit.chat.history(R, { limit: 9 });
  await reading.promise;
  await kit.chat.rooms.createExactly(R, MAKER);
  gate.resolve();

  assertEquals((await history).open, true);
  const bob = await kit.join("r", "Bob");
  await kit.say(bob.who, "r", "new");
  assertEquals(bob.link.take(), ["joined Bob", "1 x: new"]);
});

Deno.test("members who were not told of a close in time are told when the room is opened again", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  ann.link.take();
  const { log } = kit.store;
  log.listener = { committed: () => {}, moved: () => {}, missed: () => {} };
  await kit.chat.rooms.close(R, NOBODY);
  log.listener = kit.chat.listener;
  assertEquals(ann.link.take(), []);
  const evicted = Promise.withResolvers<RoomId>();
  ann.who.onEvicted = evicted.resolve;

  await kit.chat.rooms.createExactly(R, MAKER);

  assertEquals(await evicted.promise, R);
  assertEquals(ann.link.take(), ["1 closed"]);
  const bob = await kit.join("r", "Bob");
  await kit.say(bob.who, "r", "new");
  assertEquals(bob.link.take(), ["joined Bob", "1 x: new"]);
  assertEquals(ann.link.take(), []);
});

Deno.test("members of a room's last life are told by a later tick where reading fails", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  const { log } = kit.store;
  log.listener = { committed: () => {}, moved: () => {}, missed: () => {} };
  await kit.chat.rooms.close(R, NOBODY);
  const evicted = Promise.withResolvers<RoomId>();
  ann.who.onEvicted = evicted.resolve;
  const readAfter = log.readAfter.bind(log);
  const failed = Promise.withResolvers<void>();
  log.readAfter = () => {
    log.readAfter = readAfter;
    failed.resolve();
    return Promise.reject(new Error("disk"));
  };

  await kit.chat.rooms.createExactly(R, MAKER);
  await failed.promise;
  // The failure is seen to in the turns after it.
  await kit.kv.get(["nothing"]);
  assertEquals(kit.troubles.map(String), ["Error: disk"]);
  kit.chat.tick();

  assertEquals(await evicted.promise, R);
});

Deno.test("a room that was opened again stays when nobody is left in it", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  const wish = { room: "r", name: "", replay: 0, isFleeting: true };
  await kit.chat.members.join(who, wish);
  await kit.say(who, "r", "old");
  await kit.chat.rooms.close(R, NOBODY);
  await kit.chat.rooms.createExactly(R, { via: who.via, name: "" });

  const removed = await kit.chat.rooms.removeIfUnused(R, who.via);

  assertEquals(removed, false);
  const record = await kit.store.directory.find(R);
  assertEquals([record?.epoch, record?.isFleeting], [2, undefined]);
});

Deno.test("the lobby is there before anybody has used it", async () => {
  using kit = await ChatKit.open();

  const made = await kit.chat.rooms.createExactly(LOBBY, MAKER);
  const page = await kit.chat.history(LOBBY, { limit: 9 });
  const closed = await kit.chat.rooms.close(LOBBY, NOBODY);

  assertEquals(made, undefined);
  assertEquals(page, { open: true, total: 0, messages: [] });
  assertEquals(closed, true);
});

Deno.test("history() pages by order, and says whether the room is open", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  for (let i = 1; i <= 250; i++) await kit.say(who, "r", `${i}`);
  const page = async (request: object) => {
    const { messages } = await kit.chat.history(R, { limit: 3, ...request });
    return messages.map(({ text }) => text);
  };

  assertEquals(await page({}), ["250", "249", "248"]);
  assertEquals(await page({ before: 250 }), ["249", "248", "247"]);
  assertEquals(await page({ before: 3 }), ["2", "1"]);
  assertEquals(await page({ before: 1 }), []);
  assertEquals(await page({ before: 1e9 }), ["250", "249", "248"]);
  assertEquals((await page({ limit: 1e9 })).length, 250);
  assertEquals(
    await page({ fits: ({ text }: { text: string }) => text !== "249" }),
    ["250"],
  );
  await kit.chat.rooms.close(R, NOBODY);
  const { open, total } = await kit.chat.history(R, { limit: 3 });
  assertEquals([open, total], [false, 250]);
  const missing = await kit.chat.history("n" as RoomId, { limit: 3 });
  assertEquals(missing, { open: false, total: 0, messages: [] });
});

Deno.test("a send to a room that was closed and opened again is of the new life", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  await closedRoom(kit);
  const refusal = await assertRejects(() => kit.say(who, "r", "a"), ChatError);

  await kit.chat.rooms.createExactly(R, MAKER);
  await kit.say(who, "r", "new");

  assertEquals(refusal.code, "room_closed");
  assertEquals(await texts(kit), ["new"]);
});
