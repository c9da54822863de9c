import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import type { RoomDraft } from "../../src/core/ports.ts";
import type { RoomId } from "../../src/core/types.ts";
import { ChatKit } from "../support/chat_kit.ts";

const NOBODY = { id: "nobody", number: 0, name: "", verified: false };

function draft(id: string, joined = false): RoomDraft {
  return {
    id: id as RoomId,
    title: id,
    kind: "public",
    via: "test",
    createdBy: "Ann",
    at: 5,
    joined,
  };
}

Deno.test("rooms are numbered from behind the three fixed ones", async () => {
  using kit = await ChatKit.open();
  const { directory } = kit.store;

  const records = await Promise.all(
    ["a", "Room 2", "b", "a"].map((id) => directory.ensure(draft(id))),
  );

  assertEquals(records.map(({ number }) => number), [4, 2, 5, 4]);
  assertEquals(records[0], {
    id: "a" as RoomId,
    number: 4,
    title: "a",
    kind: "public",
    via: "test",
    createdBy: "Ann",
    createdAt: 5,
    epoch: 1,
  });
});

Deno.test("room numbers go on where they were after a restart", async () => {
  const kv = await Deno.openKv(":memory:");
  const first = await ChatKit.open({ kv });
  await Promise.all(
    Array.from(
      { length: 120 },
      (_, i) => first.store.directory.ensure(draft(`${i}`)),
    ),
  );

  const second = await ChatKit.open({ kv });
  const record = await second.store.directory.ensure(draft("new"));

  assertEquals(record.number, 124);
  assertEquals((await second.store.directory.list()).length, 121);
  kv.close();
});

for (const shared of [false, true]) {
  const where = shared ? "a KV that others use" : "a KV of its own";
  Deno.test(`a hundred rooms made at once on ${where} have a number each`, async () => {
    const kv = await Deno.openKv(":memory:");
    const kits = await Promise.all(
      [1, 2].map(() => ChatKit.open({ kv, shared })),
    );
    // Two on a fenced KV would be one too many.
    const makers = shared ? kits : kits.slice(1);

    const records = await Promise.all(
      makers.flatMap(({ store }) =>
        Array.from(
          { length: 100 },
          (_, i) => store.directory.ensure(draft(`${i}`)),
        )
      ),
    );

    const numbers = new Map(records.map(({ id, number }) => [id, number]));
    for (const { id, number } of records) assertEquals(numbers.get(id), number);
    assertEquals(new Set(numbers.values()).size, 100);
    for (const [id, number] of numbers) {
      assertEquals((await kv.get(["room_number", number])).value, id);
    }
    kv.close();
  });
}

Deno.test("a room above the limit is refused, one that exists is not", async () => {
  using kit = await ChatKit.open({ limits: { ROOMS_MAX: 2 } });
  const { directory } = kit.store;
  await directory.ensure(draft("a"));
  await directory.ensure(draft("b"));

  const error = await assertRejects(
    () => directory.ensure(draft("c")),
    ChatError,
  );

  assertEquals(error.code, "limit_rooms");
  assertEquals(error.message, "Cannot create room: there are 2 already");
  assertEquals((await directory.ensure(draft("a"))).number, 4);
});

Deno.test("the list tells who was joined and who was spoken in, also later", async () => {
  const kv = await Deno.openKv(":memory:");
  const first = await ChatKit.open({ kv });
  await first.join("joined", "Ann");
  await first.say(first.admit().who, "spoken", "a");
  first.nowMs += 7;
  const both = await first.join("both", "Ann");
  await first.say(both.who, "both", "a");
  const expected: unknown[] = [
    ["joined", false, 1_700_000_000_000],
    ["spoken", true, undefined],
    ["both", true, 1_700_000_000_007],
  ];

  const second = await ChatKit.open({ kv });

  for (const { store } of [first, second]) {
    const list = await store.directory.list();
    assertEquals(
      list.map(({ record, spoken, joinedAt }) => [record.id, spoken, joinedAt]),
      expected,
    );
  }
  kv.close();
});

Deno.test("user numbers are never given twice, after a restart either", async () => {
  const kv = await Deno.openKv(":memory:");
  const first = await ChatKit.open({ kv });
  const numbers = await Promise.all(
    Array.from({ length: 600 }, () => first.store.directory.takeUserNumber()),
  );

  const second = await ChatKit.open({ kv });
  numbers.push(await second.store.directory.takeUserNumber());

  assertEquals(numbers.slice(0, 3), [1, 2, 3]);
  assertEquals(new Set(numbers).size, 601);
  kv.close();
});

Deno.test("the list is the same array until something in it changes", async () => {
  using kit = await ChatKit.open();
  const { directory } = kit.store;
  const { who } = await kit.join("a", "Ann");
  const changes: [string, () => Promise<unknown>][] = [
    ["made", () => directory.ensure(draft("b"))],
    ["joined", () => directory.markJoined("b" as RoomId, 7)],
    ["spoken in", () => kit.say(who, "a", "first")],
    ["closed", () => kit.chat.rooms.close("a" as RoomId, NOBODY)],
    ["opened again", () => directory.reopen(draft("a"))],
    ["removed", () => kit.chat.rooms.removeIfUnused("b" as RoomId, "test")],
  ];
  let before = await directory.list();

  for (const [what, change] of changes) {
    assertStrictEquals(await directory.list(), before, `before it is ${what}`);
    await change();
    const after = await directory.list();
    assertEquals(after === before, false, what);
    before = after;
  }
  await kit.say(who, "c", "first");
  before = await directory.list();
  await kit.say(who, "c", "second");
  assertStrictEquals(await directory.list(), before);
});
