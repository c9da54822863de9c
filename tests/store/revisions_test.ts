import { assertEquals } from "@std/assert";
import type { Participant } from "../../src/core/participant.ts";
import type { RoomId } from "../../src/core/types.ts";
import { ChatKit, full, type KitOptions } from "../support/chat_kit.ts";

const HOUR_MS = 3_600_000;
const START = { epoch: 1, seq: 0 };

/** A text that must be nowhere once it was deleted. */
const CANARY = "canary-7d1f";

async function revise(
  kit: ChatKit,
  who: Participant,
  change: { room: string; seq: number; text?: string },
): Promise<void> {
  const { revisions } = kit.chat;
  const { text } = change;
  const { committed } = text === undefined
    ? await revisions.delete(who, change)
    : await revisions.edit(who, { ...change, text });
  await committed;
}

async function texts(kit: ChatKit, room: string): Promise<unknown[]> {
  const entries = await kit.store.log.readAfter(room as RoomId, START, 100);
  return entries.map((entry) => "text" in entry ? entry.text : entry.kind);
}

async function revisionKeys(kit: ChatKit): Promise<string[]> {
  const found = await Array.fromAsync(kit.kv.list({ prefix: ["revision"] }));
  return found.map(({ key }) => key.slice(1).join(" "));
}

for (const options of [{}, { shared: true }] satisfies KitOptions[]) {
  const where = options.shared ? "that others use" : "of its own";

  Deno.test(`messages are read as they are by now on a KV ${where}`, async () => {
    using kit = await ChatKit.open(options);
    const { who } = kit.admit();
    for (const text of ["a", "b", "c"]) await kit.say(who, "r", text);

    await revise(kit, who, { room: "r", seq: 1, text: "A" });
    await revise(kit, who, { room: "r", seq: 1, text: "AA" });
    await revise(kit, who, { room: "r", seq: 2 });

    assertEquals(await texts(kit, "r"), ["AA", "", "c", "A", "AA", "deleted"]);
    const log = kit.store.log;
    const end = { epoch: 1, seq: Infinity };
    const back = await log.readBefore("r" as RoomId, end, 100);
    const forth = await log.readAfter("r" as RoomId, START, 100);
    assertEquals(back.toReversed(), forth);
  });
}

Deno.test("a revision of a message that is still in the journal is read, and survives a fold and a restart", async () => {
  const kv = await Deno.openKv(":memory:");
  using first = await ChatKit.open({ kv });
  const { who } = first.admit();
  const rooms = Array.from({ length: 10 }, (_, i) => `r${i}`);
  await Promise.all(rooms.map((room) => first.say(who, room, "a")));
  await Promise.all(rooms.map((room) => first.say(who, room, "b")));
  await Promise.all(
    rooms.map((room) => revise(first, who, { room, seq: 1, text: "A" })),
  );
  await Promise.all(rooms.map((room) => revise(first, who, { room, seq: 2 })));
  const journal = await Array.fromAsync(kv.list({ prefix: ["journal"] }));
  const expected = ["A", "", "A", "deleted"];

  const young = await texts(first, "r3");
  using second = await ChatKit.open({ kv });
  await second.chat.room("r3" as RoomId);
  const loaded = await texts(second, "r3");
  await second.store.sweeper.run();
  const folded = await texts(second, "r3");

  assertEquals(journal.length > 0, true);
  assertEquals([young, loaded, folded], [expected, expected, expected]);
  kv.close();
});

Deno.test("a deleted text and its edits leave the store by no read", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  const data = { secret: CANARY };
  const extra = { given: { message: CANARY } };
  const send = { room: "r", name: "x", text: CANARY, data, extra, key: "k" };
  await (await kit.chat.send(who, send)).committed;
  await revise(kit, who, { room: "r", seq: 1, text: `${CANARY} again` });
  await revise(kit, who, { room: "r", seq: 1 });

  const { log } = kit.store;
  const read = [
    await log.readAfter("r" as RoomId, START, 100),
    await log.readAfter("r" as RoomId, { epoch: 1, seq: 1 }, 1),
    await log.readBefore("r" as RoomId, { epoch: 1, seq: 9 }, 100),
    await log.readBefore("r" as RoomId, { epoch: 1, seq: 3 }, 1),
    await kit.chat.pages.read("r" as RoomId, { limit: 100 }),
    await kit.chat.history("r" as RoomId, { limit: 100 }),
    await (await kit.chat.send(who, send)).committed,
    (await kit.join("r", "Bob", full)).link.frames,
    (await kit.join("r", "Cid")).link.frames,
  ];

  const leaked = read.filter((one) => JSON.stringify(one).includes(CANARY));
  assertEquals(leaked, []);
  assertEquals(JSON.stringify(read[0]).includes('"deleted"'), true);
});

Deno.test("an edited text is what every dialect's history shows, without what its own dialect added", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  const extra = { given: { message: CANARY } };
  const send = { room: "r", name: "x", text: CANARY, extra };
  await (await kit.chat.send(who, send)).committed;

  await revise(kit, who, { room: "r", seq: 1, text: "b" });

  const { messages } = await kit.chat.history("r" as RoomId, { limit: 9 });
  assertEquals(messages.map(({ text, extra }) => [text, extra]), [
    ["b", undefined],
  ]);
});

Deno.test("the sweeper takes revisions with their messages, and no others", async () => {
  using kit = await ChatKit.open({ historyAgeMaxMs: 2 * HOUR_MS });
  const { who } = kit.admit();
  for (const text of ["a", "b"]) await kit.say(who, "r", text);
  await revise(kit, who, { room: "r", seq: 1, text: "A" });
  const react = { room: "r", seq: 2, reaction: "x", removed: false };
  await (await kit.chat.revisions.react(who, react)).committed;
  kit.nowMs += 3 * HOUR_MS;
  await kit.say(who, "r", "c");
  await revise(kit, who, { room: "r", seq: 5, text: "C" });
  const before = await revisionKeys(kit);

  await kit.store.sweeper.run();

  assertEquals(before, [
    "r 1 1 text",
    `r 1 2 reaction x ${who.session}`,
    "r 1 5 text",
  ]);
  assertEquals(await revisionKeys(kit), ["r 1 5 text"]);
  assertEquals(await texts(kit, "r"), ["C", "C"]);
});

Deno.test("what an interrupted sweep left of revisions a later one takes", async () => {
  using kit = await ChatKit.open({ historyAgeMaxMs: 2 * HOUR_MS });
  const { who } = kit.admit();
  await kit.say(who, "r", "a");
  await revise(kit, who, { room: "r", seq: 1, text: "A" });
  await kit.kv.delete(["entry", "r", 1, 1]);

  await kit.store.sweeper.run();

  assertEquals(await revisionKeys(kit), []);
});

Deno.test("the sweeper takes a guest's read markers once its token is over, a user's never", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  await kit.chat.identities.newGuest(who);
  await kit.say(who, "r", "a");
  const { who: ann } = kit.admit();
  kit.chat.identify(ann, { id: "ann", number: 1, name: "Ann", verified: true });
  for (const one of [who, ann]) {
    await kit.chat.markers.mark(one, "r" as RoomId, 1);
  }
  const count = async () => {
    await kit.store.sweeper.run();
    return (await Array.fromAsync(kit.kv.list({ prefix: ["read"] }))).length;
  };

  const young = await count();
  kit.nowMs += 30 * 24 * HOUR_MS;

  assertEquals([young, await count()], [2, 1]);
});

Deno.test("a log of one entry per chunk is read as one of many", async () => {
  using writer = await ChatKit.open();
  const { who } = writer.admit();
  for (let i = 0; i < 60; i++) await writer.say(who, "r", `${i}`);
  // One that remembers nothing of it.
  const { log } = (await ChatKit.open({ kv: writer.kv })).store;
  const seqs = async (limit: number) =>
    (await log.readAfter("r" as RoomId, { epoch: 1, seq: 3 }, limit))
      .map(({ seq }) => seq);
  const back = await log.readBefore("r" as RoomId, { epoch: 1, seq: 50 }, 40);

  assertEquals(await seqs(1_000), Array.from({ length: 57 }, (_, i) => i + 4));
  assertEquals(await seqs(20), Array.from({ length: 20 }, (_, i) => i + 4));
  assertEquals(
    back.map(({ seq }) => seq),
    Array.from({ length: 40 }, (_, i) => 49 - i),
  );
});
