import { assert, assertEquals } from "@std/assert";
import type { Entry, RoomId, RoomRecord } from "../../src/core/types.ts";
import { ChatKit } from "../support/chat_kit.ts";
import { diskFull, held, withFaults } from "../support/kv_faults.ts";

/** More than are written directly. */
const ROOMS = ["a", "b", "c", "d", "e", "f"] as RoomId[];

/** A kit with these rooms open. */
async function open(kv: Deno.Kv): Promise<ChatKit> {
  const kit = await ChatKit.open({ kv });
  for (const id of ROOMS) {
    await kit.store.log.open(await ensure(kit, id));
  }
  return kit;
}

function ensure(kit: ChatKit, id: RoomId): Promise<RoomRecord> {
  return kit.store.directory.ensure({
    id,
    title: id,
    kind: "public",
    via: "test",
    createdBy: "",
    at: 1,
    joined: false,
  });
}

/** Appends one text to each room in one turn, so in one commit. */
async function say(kit: ChatKit, text: string): Promise<void> {
  await Promise.all(ROOMS.map((room) => append(kit, room, text)));
}

let drafts = 0;

function append(kit: ChatKit, room: RoomId, text: string): Promise<unknown> {
  return kit.store.log.append(room, {
    kind: "message",
    id: `draft-${drafts++}`,
    at: kit.nowMs,
    author: { id: "x", number: 1, name: "x", verified: false },
    text,
    via: "test",
  });
}

async function count(kv: Deno.Kv, prefix: Deno.KvKey): Promise<number> {
  return (await Array.fromAsync(kv.list({ prefix }))).length;
}

function texts(entries: readonly Entry[]): string[] {
  return entries.map((one) => one.kind === "message" ? one.text : one.kind);
}

/** What a room's log holds, read forwards, backwards and in steps of two. */
async function read(kit: ChatKit, room: RoomId): Promise<string[]> {
  const { log } = kit.store;
  const all = await log.readAfter(room, { epoch: 1, seq: 0 }, 10_000);
  assertEquals(all.map(({ seq }) => seq), all.map((_, i) => i + 1));
  const back = await log.readBefore(room, { epoch: 1, seq: Infinity }, 10_000);
  assertEquals(texts(back).reverse(), texts(all));
  const stepped: Entry[] = [];
  for (;;) {
    const seq = stepped.length;
    const page = await log.readAfter(room, { epoch: 1, seq }, 2);
    if (page.length === 0) break;
    stepped.push(...page);
  }
  assertEquals(texts(stepped), texts(all));
  for (let seq = 1; seq <= all.length; seq++) {
    const before = { epoch: 1, seq: seq + 1 };
    const one = await log.readBefore(room, before, 1);
    assertEquals(texts(one), texts(all.slice(seq - 1, seq)));
  }
  return texts(all);
}

Deno.test("a commit over many rooms is one record of the journal", async () => {
  const kv = await Deno.openKv(":memory:");
  const kit = await open(kv);

  await say(kit, "1");

  assertEquals(await count(kv, ["journal"]), 1);
  assertEquals(await count(kv, ["entry"]), 0);
  for (const room of ROOMS) assertEquals(await read(kit, room), ["1"]);
  kv.close();
});

Deno.test("a commit over few rooms goes into their logs, unless they have entries in the journal", async () => {
  const kv = await Deno.openKv(":memory:");
  const kit = await open(kv);

  await append(kit, "a" as RoomId, "direct");
  const direct = await count(kv, ["entry"]);
  await say(kit, "journal");
  await append(kit, "a" as RoomId, "behind");

  assertEquals(direct, 1);
  assertEquals(await count(kv, ["entry"]), 1);
  assertEquals(await count(kv, ["journal"]), 2);
  assertEquals(await read(kit, "a" as RoomId), ["direct", "journal", "behind"]);
  kv.close();
});

Deno.test("what is in the journal is there after a restart, and goes on", async () => {
  const kv = await Deno.openKv(":memory:");
  const before = await open(kv);
  await say(before, "1");
  await say(before, "2");

  const after = await open(kv);
  await say(after, "3");

  for (const room of ROOMS) {
    assertEquals(await read(after, room), ["1", "2", "3"]);
  }
  kv.close();
});

Deno.test("a fold empties the journal and changes nothing else", async () => {
  const kv = await Deno.openKv(":memory:");
  const kit = await open(kv);
  for (const text of ["1", "2", "3"]) await say(kit, text);

  const folding = kit.store.sweeper.run();
  await say(kit, "4");
  await folding;

  for (const room of ROOMS) {
    assertEquals(await read(kit, room), ["1", "2", "3", "4"]);
  }
  await kit.store.sweeper.run();
  assertEquals(await count(kv, ["journal"]), 0);
  assertEquals(await count(kv, ["entry"]), 2 * ROOMS.length);
  await say(kit, "5");
  const after = await open(kv);
  assertEquals(await read(after, "f" as RoomId), ["1", "2", "3", "4", "5"]);
  kv.close();
});

Deno.test("a fold that was cut short is done again, with nothing lost or doubled", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = withFaults(kv);
  const kit = await open(faulty.kv);
  await say(kit, "1");
  await say(kit, "2");
  // The entries reach the logs, the journal's records stay.
  faulty.commits.push((call) => call(), diskFull);

  await kit.store.sweeper.run();

  assertEquals(await count(kv, ["journal"]), 2);
  assertEquals(await count(kv, ["entry"]), ROOMS.length);
  await say(kit, "3");
  const after = await open(kv);
  await say(after, "4");
  for (const room of ROOMS) {
    assertEquals(await read(after, room), ["1", "2", "3", "4"]);
  }
  await after.store.sweeper.run();
  assertEquals(await count(kv, ["journal"]), 0);
  for (const room of ROOMS) {
    assertEquals(await read(after, room), ["1", "2", "3", "4"]);
  }
  kv.close();
});

Deno.test("a commit that lands after a fold has emptied the journal is not lost", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = withFaults(kv);
  const kit = await open(faulty.kv);
  await say(kit, "1");
  const gate = Promise.withResolvers<void>();
  faulty.commits.push(held(gate.promise));

  const appending = append(kit, "a" as RoomId, "2");
  await kit.store.sweeper.run();
  gate.resolve();
  await appending;
  await append(kit, "a" as RoomId, "3");

  for (const current of [kit, await open(kv)]) {
    assertEquals(await read(current, "a" as RoomId), ["1", "2", "3"]);
  }
  kv.close();
});

Deno.test("a room is closed and opened again while it is in the journal", async () => {
  const kv = await Deno.openKv(":memory:");
  const kit = await open(kv);
  const room = "general" as RoomId;
  const nobody = { id: "x", number: 1, name: "", verified: false };
  await kit.say(kit.admit().who, room, "old");

  const last = { room, name: "x", text: "last" };
  const { committed } = await kit.chat.send(kit.admit().who, last);
  await Promise.all([
    committed,
    say(kit, "x"),
    kit.chat.rooms.close(room, nobody),
  ]);
  await say(kit, "y");
  await kit.say(kit.admit().who, room, "new");

  for (const current of [kit, await open(kv)]) {
    const ann = await current.join(room, "Ann");
    assertEquals(ann.link.take(), ["1 x: new", "joined Ann"]);
    await current.store.sweeper.run();
  }
  const bob = await (await open(kv)).join(room, "Bob");
  assertEquals(bob.link.take(), ["1 x: new", "joined Bob"]);
  kv.close();
});

Deno.test("any run of appends, folds and restarts leaves every log as it was written", async () => {
  const seed = Number(Deno.env.get("PARLEY_TEST_SEED") ?? Date.now() % 1e9);
  const random = generator(seed);
  const kv = await Deno.openKv(":memory:");
  let kit = await open(kv);
  const written = new Map<RoomId, string[]>(ROOMS.map((room) => [room, []]));
  const appends: Promise<unknown>[] = [];

  for (let step = 0; step < 600; step++) {
    const dice = random();
    if (dice < 0.02) {
      await Promise.all(appends.splice(0));
      kit = await open(kv);
    } else if (dice < 0.06) appends.push(kit.store.sweeper.run());
    else if (dice < 0.2) await Promise.all(appends.splice(0));
    else {
      const room = ROOMS[Math.floor(random() * ROOMS.length)] ?? ROOMS[0];
      assert(room !== undefined);
      const text = `${step}${"x".repeat(Math.floor(random() * 3_000))}`;
      written.get(room)?.push(text);
      appends.push(append(kit, room, text));
    }
  }
  await Promise.all(appends);

  for (const current of [kit, await open(kv)]) {
    for (const room of ROOMS) {
      assertEquals(await read(current, room), written.get(room), `${seed}`);
    }
  }
  kv.close();
});

/** mulberry32: the same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
