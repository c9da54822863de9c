import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import type { JoinStart } from "../../src/core/resume.ts";
import type { Position, RoomId } from "../../src/core/types.ts";
import { ChatKit, full } from "../support/chat_kit.ts";
import { ioError, withFaults, works } from "../support/kv_faults.ts";

const NOBODY = { id: "nobody", number: 0, name: "", verified: false };
const HOUR_MS = 3_600_000;
const room = "r";

/** What a session is told that joins behind a position, or with the newest. */
async function joined(
  kit: ChatKit,
  { after, replay = 0, to = room }: {
    after?: Position;
    replay?: number;
    to?: string;
  },
): Promise<{ start: Partial<JoinStart>; heard: unknown[] }> {
  const { who, link } = kit.admit(full);
  let start: Partial<JoinStart> = {};
  await kit.chat.members.join(who, {
    room: to,
    name: "Eve",
    replay,
    after,
    begins: ({ room: _room, ...rest }) => start = rest,
  });
  return { start, heard: link.take().slice(0, -1) };
}

async function say(kit: ChatKit, count: number, to = room): Promise<void> {
  const { who } = kit.admit();
  for (let i = 1; i <= count; i++) await kit.say(who, to, `${i}`);
}

Deno.test("a join behind a position hears all that is behind it", async () => {
  using kit = await ChatKit.open();
  await say(kit, 3);

  const { start, heard } = await joined(kit, { after: { epoch: 1, seq: 1 } });

  assertEquals(start, {
    resumed: true,
    head: { epoch: 1, seq: 3 },
    from: { epoch: 1, seq: 1 },
  });
  assertEquals(heard, ["2 x: 2", "3 x: 3"]);
});

Deno.test("a join behind the newest entry, or in an empty room, is resumed", async () => {
  using kit = await ChatKit.open();
  await kit.join(room, "Ann");

  const empty = await joined(kit, { after: { epoch: 1, seq: 0 } });
  await say(kit, 2);
  const { start, heard } = await joined(kit, { after: { epoch: 1, seq: 2 } });

  assertEquals([empty.start.resumed, empty.heard], [true, []]);
  assertEquals([start.resumed, heard], [true, []]);
});

Deno.test("a join says what was swept", async () => {
  using kit = await ChatKit.open({ historyAgeMaxMs: 2 * HOUR_MS });
  await say(kit, 3);
  kit.nowMs += 3 * HOUR_MS;
  await say(kit, 1);
  await kit.store.sweeper.run();

  const { start, heard } = await joined(kit, { after: { epoch: 1, seq: 1 } });

  assertEquals(start, {
    resumed: false,
    gap: "truncated",
    lost: { fromSeq: 2, toSeq: 3 },
    head: { epoch: 1, seq: 4 },
    from: { epoch: 1, seq: 3 },
  });
  assertEquals(heard, ["4 x: 1"]);
});

Deno.test("a join behind a place of an earlier or a later epoch begins with the newest", async () => {
  using kit = await ChatKit.open();
  const to = "general";
  await say(kit, 3, to);
  await kit.chat.rooms.close(to as RoomId, NOBODY);
  await say(kit, 2, to);

  const head = { epoch: 2, seq: 2 };
  const rows = [
    { after: { epoch: 1, seq: 1 }, gap: "new_epoch" },
    { after: { epoch: 2, seq: 3 }, gap: "ahead" },
    { after: { epoch: 3, seq: 0 }, gap: "ahead" },
  ] as const;
  for (const { after, gap } of rows) {
    const { start, heard } = await joined(kit, { after, replay: 1, to });
    const from = { epoch: 2, seq: 1 };
    assertEquals(start, { resumed: false, gap, head, from });
    assertEquals(heard, ["2 x: 2"]);
  }
});

Deno.test("the newest N messages are N, whatever was deleted or done among them", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  for (const text of ["a", "b", "c", "d"]) await kit.say(who, room, text);
  const { revisions } = kit.chat;
  for (const reaction of ["1", "2", "3"]) {
    const wish = { room, seq: 1, reaction, removed: false };
    await (await revisions.react(who, wish)).committed;
  }
  await (await revisions.delete(who, { room, seq: 4 })).committed;

  const { heard } = await joined(kit, { replay: 2 });
  const old = kit.admit();
  await kit.chat.members.join(old.who, { room, name: "Old", replay: 2 });

  assertEquals(heard.slice(0, 3), ["2 x: b", "3 x: c", "4 x: (deleted)"]);
  assertEquals(old.link.take(), ["2 x: b", "3 x: c", "joined Old"]);
});

Deno.test("a room that is emptied while a join pages is paged to its end, then anew", async () => {
  using kit = await ChatKit.open();
  const to = "general";
  await say(kit, 1_500, to);
  const { who, link } = kit.admit(full);
  const resume = link.stall();
  const awaited = link.awaited();

  const joining = kit.chat.members.join(who, {
    room: to,
    name: "Eve",
    replay: Infinity,
  });
  await awaited;
  await say(kit, 1, to);
  await kit.chat.rooms.close(to as RoomId, NOBODY);
  await say(kit, 2, to);
  resume();
  await joining;

  const heard = link.take();
  assertEquals(heard.slice(1_498), [
    "1499 x: 1499",
    "1500 x: 1500",
    "1501 x: 1",
    "1502 closed",
    "1 x: 1",
    "2 x: 2",
    "arrived Eve 1",
  ]);
});

Deno.test("nothing is paged to a peer that is gone", async () => {
  using kit = await ChatKit.open();
  await say(kit, 1_500);
  const { who, link } = kit.admit(full);
  const resume = link.stall();
  const awaited = link.awaited();

  const joining = kit.chat.members.join(who, {
    room,
    name: "Eve",
    replay: Infinity,
  });
  await awaited;
  const paged = link.take().length;
  link.isGone = true;
  resume();
  await joining;

  assertEquals(paged > 0, true);
  assertEquals(link.take(), ["arrived Eve 1"]);
});

Deno.test("a room that is closed while a join pages is paged to its end", async () => {
  using kit = await ChatKit.open();
  await say(kit, 3);
  const { who, link } = kit.admit(full);
  const resume = link.stall();
  const awaited = link.awaited();

  const joining = kit.chat.members.join(who, {
    room,
    name: "Eve",
    replay: Infinity,
  });
  await awaited;
  await kit.chat.rooms.close(room as RoomId, NOBODY);
  resume();
  const error = await joining.catch((error) => error.code);

  assertEquals(error, "room_closed");
  assertEquals(link.take(), ["1 x: 1", "2 x: 2", "3 x: 3", "4 closed"]);
});

Deno.test("a join behind a place that cannot be looked for is refused, not told that it is ahead", async () => {
  using kv = await Deno.openKv(":memory:");
  const faults = withFaults(kv);
  using there = await ChatKit.open({ kv, shared: true });
  using here = await ChatKit.open({ kv: faults.kv, shared: true });
  const bob = await here.join(room, "Bob");
  const ann = await there.join(room, "Ann");
  await there.say(ann.who, room, "one");
  here.chat.members.leave(bob.who, room as RoomId);
  const wish = {
    room,
    name: "Bob",
    replay: 0,
    after: { epoch: 1, seq: 1 },
  };
  // The room is looked for, then its log.
  faults.reads.push(works, ioError);

  const error = await assertRejects(
    () => here.chat.members.join(bob.who, wish),
    ChatError,
  );

  assertEquals(error.code, "storage_failed");
});
