import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { ChatKit } from "../support/chat_kit.ts";

const HOUR_MS = 3_600_000;
const NOBODY = { id: "nobody", number: 0, name: "", verified: false };

async function keysUnder(kv: Deno.Kv, prefix: Deno.KvKey): Promise<string[]> {
  const entries = await Array.fromAsync(kv.list({ prefix }));
  return entries.map(({ key }) => key.slice(2).join("/"));
}

Deno.test("the sweeper deletes a send key once it has expired", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  const send = { room: "r", name: "x", text: "a" };
  await (await kit.chat.send(who, { ...send, key: "old" })).committed;
  kit.nowMs += 23 * HOUR_MS;
  await (await kit.chat.send(who, { ...send, key: "new" })).committed;
  const id = who.session;

  await kit.store.sweeper.run();
  const before = await keysUnder(kit.kv, ["send"]);
  kit.nowMs += 2 * HOUR_MS;
  await kit.store.sweeper.run();

  assertEquals(before, [`${id}/new`, `${id}/old`]);
  assertEquals(await keysUnder(kit.kv, ["send"]), [`${id}/new`]);
});

Deno.test("the sweeper deletes what a resume token brings back once it has expired", async () => {
  using kit = await ChatKit.open();
  const { resumes, sweeper } = kit.store;
  const kept = { dialect: "plain", rooms: [] };
  await resumes.save(
    new Map([
      ["old", { ...kept, expiresAt: kit.nowMs + HOUR_MS }],
      ["new", { ...kept, expiresAt: kit.nowMs + 2 * HOUR_MS }],
    ]),
  );

  kit.nowMs += HOUR_MS;
  await sweeper.run();

  assertEquals(await resumes.load("old"), undefined);
  assertEquals((await resumes.load("new"))?.dialect, "plain");
});

Deno.test("the sweeper keeps messages for ever unless told otherwise", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  await kit.say(who, "r", "a");
  await kit.say(who, "r", "b");

  kit.nowMs += 1_000 * HOUR_MS;
  await kit.store.sweeper.run();

  assertEquals(await keysUnder(kit.kv, ["entry"]), ["1/1", "1/2"]);
});

Deno.test("the sweeper deletes old messages, never the newest entry", async () => {
  using kit = await ChatKit.open({ historyAgeMaxMs: 2 * HOUR_MS });
  const { who } = kit.admit();
  for (const text of ["a", "b", "c"]) {
    await kit.say(who, "r", text);
    kit.nowMs += HOUR_MS;
  }

  await kit.store.sweeper.run();
  const first = await keysUnder(kit.kv, ["entry"]);
  kit.nowMs += 100 * HOUR_MS;
  await kit.store.sweeper.run();
  const last = await keysUnder(kit.kv, ["entry"]);
  await kit.say(who, "r", "d");

  assertEquals(first, ["1/2", "1/3"]);
  assertEquals(last, ["1/3"]);
  assertEquals(await keysUnder(kit.kv, ["entry"]), ["1/3", "1/4"]);
  const dan = await kit.join("r", "Dan");
  assertEquals(dan.link.take(), ["3 x: c", "4 x: d", "joined Dan"]);
});

Deno.test("the sweeper deletes an earlier epoch after an hour, its end later", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  const lobby = "general" as RoomId;
  for (const text of ["a", "b", "c"]) {
    await kit.say(who, lobby, text);
    await kit.chat.rooms.close(lobby, NOBODY);
  }

  await kit.store.sweeper.run();
  const young = await keysUnder(kit.kv, ["entry"]);
  kit.nowMs += 2 * HOUR_MS;
  await kit.store.sweeper.run();

  assertEquals(young, ["1/1", "1/2", "2/1", "2/2", "3/1", "3/2"]);
  assertEquals(await keysUnder(kit.kv, ["entry"]), ["3/2"]);
});
