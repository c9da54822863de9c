/**
 * Rooms in which far more was done to messages than was said.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { ChatKit, full } from "../support/chat_kit.ts";

const room = "r" as RoomId;

/** More than is looked through for anything. */
const CHANGES = 2_500;

/** Three messages, then so many reactions that come and go. */
async function busyRoom(kit: ChatKit): Promise<void> {
  const { who } = kit.admit();
  for (const text of ["one", "two", "three"]) await kit.say(who, room, text);
  for (let i = 0; i < CHANGES; i++) {
    const removed = i % 2 === 1;
    const wish = { room, seq: 1, reaction: "x", removed };
    const { committed } = await kit.chat.revisions.react(who, wish);
    await committed;
  }
}

Deno.test("the newest messages are found behind any number of reactions", async () => {
  using kit = await ChatKit.open();
  await busyRoom(kit);

  const bob = kit.admit();
  await kit.chat.members.join(bob.who, { room, name: "Bob", replay: 2 });
  const byOrder = await kit.chat.pages.byOrder(room, { limit: 2 });
  const newest = await kit.chat.pages.newest(room, 2);
  const page = await kit.chat.pages.read(room, { limit: 2 });

  assertEquals(bob.link.take(), ["2 x: two", "3 x: three", "joined Bob"]);
  const texts = (messages: readonly { text: string }[] = []) =>
    messages.map(({ text }) => text);
  assertEquals(texts(byOrder?.messages), ["three", "two"]);
  assertEquals(texts(newest), ["three", "two"]);
  assertEquals(texts(page.messages), ["two", "three"]);
});

Deno.test("who is told of every entry is told of a bounded number of them", async () => {
  using kit = await ChatKit.open();
  await busyRoom(kit);
  const { who, link } = kit.admit(full);

  await kit.chat.members.join(who, { room, name: "Bob", replay: 2 });

  const told = link.take().length;
  assert(told >= 1_000 && told <= 1_600, `${told}`);
});

Deno.test("a text that is deleted while a slow joiner is paged does not leave any more", async () => {
  using kit = await ChatKit.open();
  const ann = kit.admit();
  const text = "secret ".repeat(500);
  for (let i = 0; i < 100; i++) await kit.say(ann.who, room, `${i} ${text}`);
  const { who, link } = kit.admit(full);
  const resume = link.stall();
  const awaited = link.awaited();

  const joining = kit.chat.members.join(who, {
    room,
    name: "Bob",
    replay: Infinity,
  });
  await awaited;
  const early = link.take().length;
  for (const seq of [99, 100]) {
    const wish = { room, seq };
    const { committed } = await kit.chat.revisions.delete(ann.who, wish);
    await committed;
  }
  resume();
  await joining;

  assert(early > 0 && early < 50, `${early}`);
  const late = link.take().map(String);
  assertEquals(late.filter((frame) => /^(99|100) x:/.test(frame)), [
    "99 x: (deleted)",
    "100 x: (deleted)",
  ]);
});

Deno.test("a piece that a joiner is sent is bounded by all that is in it", async () => {
  using kit = await ChatKit.open();
  const ann = kit.admit();
  const data = { note: "x".repeat(4_000) };
  for (let i = 0; i < 200; i++) {
    const wish = { room, name: "x", text: "", data };
    await (await kit.chat.send(ann.who, wish)).committed;
  }
  const { who, link } = kit.admit(full);
  const resume = link.stall();
  const awaited = link.awaited();

  const joining = kit.chat.members.join(who, {
    room,
    name: "Bob",
    replay: Infinity,
  });
  await awaited;
  const piece = link.take().length;
  resume();
  await joining;

  assert(piece > 20 && piece < 40, `${piece} messages of 4 KB`);
});
