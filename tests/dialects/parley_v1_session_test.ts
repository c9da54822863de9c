import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { LogGate } from "../http/local_server.ts";
import { SessionKit } from "../support/session_kit.ts";
import { type Frame, inShort, member, Native } from "./parley_v1_kit.ts";

const NOBODY = { id: "nobody", number: 0, name: "", verified: false };
const room = "r";

Deno.test("a session is welcomed as a guest, with limits and a token", async () => {
  using kit = await SessionKit.open({ limits: { MESSAGES_BURST_MAX: 0 } });

  const { welcome } = await Native.open(kit);

  assertEquals(welcome.user, {
    id: welcome.session,
    number: 1,
    name: "",
    verified: false,
  });
  assertEquals(welcome.lobby, "general");
  assertEquals(welcome.time, kit.kit.nowMs);
  assertEquals(welcome.limits.text_bytes_max, 4_096);
  assertEquals(welcome.limits.requests_burst_max, null);
  assertEquals(welcome.limits.send_key_ttl_ms, 86_400_000);
});

Deno.test("a join answers where it begins, then pages, catches up, and is told to all", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");
  for (const text of ["a", "b", "c"]) {
    await ann.ask({ type: "send", room, text });
  }
  await ann.news();
  const bob = await Native.open(kit, "Bob");

  const joined = await bob.ask({ type: "join", room, history: 2 });

  assertEquals(joined, {
    room: {
      id: "r",
      title: "r",
      kind: "public",
      created_at: kit.kit.nowMs,
    },
    head: { epoch: "1", seq: 3 },
    from: { epoch: "1", seq: 1 },
    resumed: false,
    members: [{ ...ann.welcome.user, name: "Ann", sessions: 1 }],
    member_count: 1,
    read: null,
    unread: 3,
  });
  assertEquals(inShort(await bob.news()), [
    "1: 1 < 2 b, 3 c",
    "caught up 1/3",
    "Bob arrived (2)",
  ]);
  assertEquals(inShort(await ann.news()), ["Bob arrived (2)"]);
});

Deno.test("a join behind a position is resumed, and says so before the first entry", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");
  for (const text of ["a", "b"]) await ann.ask({ type: "send", room, text });
  const bob = await Native.open(kit, "Bob");
  const after = { epoch: "1", seq: 1 };

  const { resumed, gap, from } = await bob.ask({ type: "join", room, after });

  assertEquals({ resumed, gap, from }, {
    resumed: true,
    gap: undefined,
    from: after,
  });
  assertEquals(bob.replies.length, 2);
  assertEquals(inShort(await bob.news()).slice(0, 2), [
    "1: 1 < 2 b",
    "caught up 1/2",
  ]);
  const odd = await Native.open(kit);
  const never = { epoch: "no epoch", seq: 1 };
  const ahead = await odd.ask({ type: "join", room, after: never });
  assertEquals([ahead.resumed, ahead.gap], [false, "ahead"]);
});

Deno.test("a member that joins again is told where it is, and nothing comes of it", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");
  await ann.ask({ type: "send", room, text: "a" });
  await ann.news();

  const again = await ann.ask({ type: "join", room });

  assertEquals([again.already, again.from], [true, { epoch: "1", seq: 1 }]);
  assertEquals(await ann.news(), []);
});

Deno.test("who is in the room is told anew if it changed while a join paged", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");
  await ann.ask({ type: "send", room, text: "a" });
  const bob = await Native.open(kit, "Bob");
  const resume = bob.visit.link.stall();
  const awaited = bob.visit.link.awaited();
  // The first wait is the one before the answer, the second that of the page.
  const joining = bob.say({ type: "join", room });
  await awaited;
  const paging = bob.visit.link.awaited();
  resume();
  const resumePaging = bob.visit.link.stall();
  await paging;
  await ann.ask({ type: "leave", room });
  resumePaging();
  await joining;

  const news = await bob.news();
  assertEquals(inShort(news), [
    "1: 0 < 1 a",
    "caught up 1/1",
    "Bob arrived (1)",
  ]);
  assertEquals([news[1]?.members, news[1]?.member_count], [[], 0]);
});

Deno.test("a send is acknowledged with its place; a retry gets the same, another text a conflict", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");
  const send = { type: "send", room, text: "a", key: "k" } as const;

  const first = await ann.say(send);
  const retry = await ann.say(send);
  const placed = (await ann.reply(first)).result;
  const again = (await ann.reply(retry)).result;
  const code = await ann.refused({ ...send, text: "b" });

  assertEquals(placed, {
    room,
    id: placed.id,
    epoch: "1",
    seq: 1,
    at: kit.kit.nowMs,
  });
  assertEquals(again, { ...placed, duplicate: true });
  assertEquals(code, "conflict");
  assertEquals(inShort(await ann.news()), ["1: 0 < 1 a"]);
});

Deno.test("sends do not wait for the disk; what comes behind them finds their effect", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");

  const gate = new LogGate(kit.kit.store.log);

  for (const text of ["a", "b", "c"]) {
    await ann.say({ type: "send", room, text });
  }
  const asked = [...gate.events];
  const reading = ann.ask({ type: "history", room });
  gate.open();
  const history = await reading;

  assertEquals(asked, ["asked a", "asked b", "asked c"]);

  assertEquals(
    history.messages.map(({ text }: Frame) => text),
    ["a", "b", "c"],
  );
  assertEquals(inShort(await ann.news()), ["1: 0 < 1 a, 2 b, 3 c"]);
  assertEquals(ann.replies.slice(-4).map(({ id }) => id), [3, 4, 5, 6]);
});

Deno.test("a request without an id has its effect and no reply, but a refusal", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");

  await ann.visit.say({ type: "send", room, text: "a" });
  await ann.visit.say({ type: "send", room: "", text: "a" });
  await ann.visit.say({ type: "leave", room: "elsewhere" });

  const news = await ann.news();
  const errors = news.filter(({ type }) => type === "error");
  assertEquals(errors.map(({ id, code }) => [id, code]), [
    [null, "bad_field"],
    [null, "not_member"],
  ]);
  assertEquals(inShort(news).includes("1: 0 < 1 a"), true);
});

Deno.test("edits, deletions and reactions are events with their targets", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");
  const bob = await member(kit, "Bob");
  const send = { type: "send", room, text: "a", data: { mood: 1 } } as const;
  await ann.ask(send);
  await ann.ask({ type: "send", room, text: "b", reply_to: 1 });

  await ann.ask({ type: "edit", room, seq: 1, text: "A" });
  await bob.ask({ type: "react", room, seq: 1, reaction: "👍" });
  await bob.ask({ type: "react", room, seq: 1, reaction: "🎉" });
  const remove = { reaction: "🎉", remove: true };
  await bob.ask({ type: "react", room, seq: 1, ...remove });
  await ann.ask({ type: "delete", room, seq: 2 });

  const entries = (await bob.news()).filter(({ type }) => type === "events")
    .flatMap(({ entries }) => entries);
  assertEquals(
    entries.map(({ kind, target, text, reaction, removed }: Frame) =>
      [kind, target, text ?? reaction, removed].filter((x) => x !== undefined)
    ),
    [
      ["message", "a"],
      ["message", "b"],
      ["edited", 1, "A"],
      ["reacted", 1, "👍", false],
      ["reacted", 1, "🎉", false],
      ["reacted", 1, "🎉", true],
      ["deleted", 2],
    ],
  );
  assertEquals([entries[0].data, entries[1].reply_to], [{ mood: 1 }, 1]);
  const { messages } = await bob.ask({ type: "history", room });
  assertEquals(
    messages.map(({ text, edited_at, deleted, reactions }: Frame) => ({
      text,
      isEdited: edited_at !== undefined,
      deleted,
      reactions,
    })),
    [
      {
        text: "A",
        isEdited: true,
        deleted: undefined,
        reactions: { "👍": [bob.id] },
      },
      { text: "", isEdited: false, deleted: true, reactions: undefined },
    ],
  );
});

Deno.test("a room that is closed ends the membership, one that is emptied goes on", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");
  const { rooms } = kit.kit.chat;
  await ann.ask({ type: "join", room: "general" });
  await ann.ask({ type: "send", room: "general", text: "old" });
  await ann.news();

  await rooms.close("general" as RoomId, NOBODY);
  await ann.ask({ type: "send", room: "general", text: "new" });
  await rooms.close(room as RoomId, NOBODY);

  assertEquals(inShort(await ann.news()), [
    "1: 1 < 2 closed",
    "2: 0 < 1 new",
    "1: 0 < 1 closed",
    "ended room_closed",
  ]);
  assertEquals(
    await ann.refused({ type: "join", room }),
    "room_closed",
  );
  assertEquals(await ann.refused({ type: "leave", room }), "not_member");
});

Deno.test("a join whose paging fails is told that it ended", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");
  await ann.ask({ type: "send", room, text: "a" });
  const bob = await Native.open(kit, "Bob");
  const resume = bob.visit.link.stall();
  const awaited = bob.visit.link.awaited();
  const joining = bob.say({ type: "join", room });
  await awaited;
  const paging = bob.visit.link.awaited();
  resume();
  const resumePaging = bob.visit.link.stall();
  await paging;
  await kit.kit.chat.rooms.close(room as RoomId, NOBODY);
  resumePaging();
  await joining;

  assertEquals(inShort(await bob.news()), [
    "1: 0 < 1 a",
    "1: 1 < 2 closed",
    "ended room_closed",
  ]);
});

Deno.test("typing, read markers and members are told to whom they concern", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");
  const bob = await member(kit, "Bob");
  const other = await Native.open(kit);
  await other.ask({ type: "hello", token: ann.welcome.token });
  for (const text of ["a", "b"]) await bob.ask({ type: "send", room, text });
  for (const one of [ann, bob, other]) await one.news();

  await bob.ask({ type: "typing", room, on: true });
  const read = await ann.ask({ type: "read", room, seq: 1 });
  const back = await ann.ask({ type: "read", room, seq: 0 });
  const beyond = await other.ask({ type: "read", room, seq: 99 });

  assertEquals([read, back, beyond], [
    { seq: 1, unread: 1 },
    { seq: 1, unread: 1 },
    { seq: 2, unread: 0 },
  ]);
  const news = await ann.news();
  assertEquals(news.map(({ type }) => type), ["typing", "read"]);
  assertEquals(news[1], { type: "read", room, seq: 2, unread: 0 });
  assertEquals((await bob.news()).map(({ type }) => type), ["typing"]);
  const { members } = await other.ask({ type: "members", room });
  assertEquals(
    members.map(({ name, sessions }: Frame) => [name, sessions]),
    [["Ann", 1], ["Bob", 1]],
  );
  const joined = await other.ask({ type: "join", room });
  assertEquals([joined.read, joined.unread], [{ seq: 2 }, 0]);
  assertEquals(
    await other.refused({ type: "typing", room: "x", on: true }),
    "not_member",
  );
});

Deno.test("the list of rooms says what is new in those that one has read", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");
  for (const text of ["a", "b"]) await ann.ask({ type: "send", room, text });
  await ann.ask({ type: "read", room, seq: 1 });

  const { rooms, more } = await ann.ask({ type: "rooms" });

  assertEquals(rooms.at(-1), {
    id: "r",
    title: "r",
    kind: "public",
    created_at: kit.kit.nowMs,
    number: 4,
    member_count: 1,
    head: { epoch: "1", seq: 2 },
    read: { seq: 1 },
    unread: 1,
  });
  assertEquals(
    rooms.map(({ id, head, unread }: Frame) => [id, head, unread]).slice(0, 3),
    [["Room 1", null, null], ["Room 2", null, null], ["Room 3", null, null]],
  );
  assertEquals(more, false);
});
