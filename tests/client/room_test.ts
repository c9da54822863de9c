import { assertEquals } from "@std/assert";
import {
  BOB,
  changed,
  ClientKit,
  collect,
  eventsFrame,
  joinResult,
  said,
  texts,
} from "./client_kit.ts";

Deno.test("room is joined with its newest messages, and once it is caught up", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.room("general");
  const events = collect(room, "message", "joined", "resumed");
  const joined = room.join();
  assertEquals(kit.socket.take(), [
    { type: "join", room: "general", history: 50 },
  ]);

  kit.socket.ok("join", joinResult(4, { from: { epoch: "e1", seq: 2 } }));
  kit.tell(said(3, "three"), said(4, "four"));
  assertEquals(room.isJoined, false);
  kit.caughtUp(4);
  kit.tell(said(5, "five"));

  assertEquals(await joined, room);
  assertEquals(texts(room), ["three", "four", "five"]);
  assertEquals(room.position, { epoch: "e1", seq: 5 });
  assertEquals([room.title, room.kind, room.createdAt], [
    "general",
    "public",
    5,
  ]);
  assertEquals(events.map(({ type, phase }) => [type, phase]), [
    ["message", "history"],
    ["message", "history"],
    ["joined", undefined],
    ["message", "live"],
  ]);
});

Deno.test("room is joined by whoever asks, over any number of calls", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.room("general");
  const joins = [room.join({ history: 7 }), client.room("general").join()];
  assertEquals(kit.socket.take().length, 1);
  kit.enter(0);
  joins.push(room.join());

  assertEquals(await Promise.all(joins), [room, room, room]);
  assertEquals(kit.socket.take(), []);
});

Deno.test("room that is joined before there is a connection is joined then", async () => {
  using kit = new ClientKit();
  const client = kit.make();
  const room = client.room("general");
  const joined = room.join();
  client.start();
  await kit.welcome();
  assertEquals(kit.socket.take(), [
    { type: "join", room: "general", history: 50 },
  ]);
  kit.enter(0);

  assertEquals(await joined, room);
});

Deno.test("room goes on where it was, and says how much was caught up", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  kit.tell(said(1, "one"));
  const events = collect(room, "message", "edited", "resumed", "gap");
  await kit.comeBack();
  assertEquals(kit.socket.take(), [
    {
      type: "join",
      room: "general",
      after: { epoch: "e1", seq: 1 },
      history: 50,
    },
  ]);

  kit.socket.ok("join", joinResult(4, { from: { epoch: "e1", seq: 1 } }));
  kit.tell(said(2, "two"), changed(3, "edited", { target: 1, text: "uno" }));
  kit.tell(said(4, "four"));
  kit.caughtUp(4);

  assertEquals(texts(room), ["uno", "two", "four"]);
  assertEquals(
    events.map(({ type, phase }) => [type, phase]),
    [
      ["message", "missed"],
      ["edited", "missed"],
      ["message", "missed"],
      ["resumed", undefined],
    ],
  );
  assertEquals(events.find(({ type }) => type === "resumed"), {
    type: "resumed",
    messages: 2,
    entries: 3,
  });
});

Deno.test("room that missed nothing is resumed too, the second time as well", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const events = collect(room, "resumed");

  for (let i = 0; i < 2; i++) {
    await kit.comeBack();
    assertEquals(kit.socket.take(), [
      {
        type: "join",
        room: "general",
        after: { epoch: "e1", seq: 0 },
        history: 50,
      },
    ]);
    kit.enter(0);
  }

  const nothing = { type: "resumed", messages: 0, entries: 0 };
  assertEquals(events, [nothing, nothing]);
});

const GAPS = [
  { gap: "truncated", lost: { from_seq: 2, to_seq: 9 }, epoch: "e1", seq: 9 },
  { gap: "new_epoch", epoch: "e2", seq: 0 },
  { gap: "ahead", epoch: "e1", seq: 0 },
];
for (const { gap, lost, epoch, seq } of GAPS) {
  Deno.test(`room tells what is gone: ${gap}`, async () => {
    using kit = new ClientKit();
    const { room } = await kit.joined();
    kit.tell(said(1, "one"));
    const events = collect(room, "gap", "resumed");
    await kit.comeBack();

    const from = { epoch, seq };
    const how = { from, head: from, resumed: false, gap, ...lost && { lost } };
    kit.socket.ok("join", joinResult(seq, how));
    const next = said(seq + 1, "after it");
    kit.socket.say(eventsFrame(seq, [next], epoch));
    kit.caughtUp(seq + 1, epoch);

    assertEquals(texts(room), ["after it"]);
    const known = lost ? { lost: { fromSeq: 2, toSeq: 9 } } : {};
    assertEquals(events, [{ type: "gap", reason: gap, ...known }]);
    assertEquals(room.hasEarlier, seq > 0);
    assertEquals(room.isJoined, true);
  });
}

const BROKEN = {
  "begins too late": eventsFrame(3, [said(4, "four")]),
  "has a hole": eventsFrame(1, [said(2, "two"), said(4, "four")]),
  "is of another epoch": eventsFrame(0, [said(1, "one")], "e2"),
};
for (const [how, frame] of Object.entries(BROKEN)) {
  Deno.test(`room joins anew where it was if a frame ${how}`, async () => {
    using kit = new ClientKit();
    const { room } = await kit.joined();
    kit.tell(said(1, "one"));

    kit.socket.say(frame);
    assertEquals(kit.socket.take(), [
      { type: "leave", room: "general" },
      {
        type: "join",
        room: "general",
        after: { epoch: "e1", seq: 1 },
        history: 50,
      },
    ]);
    kit.tell(said(2, "told to the former membership"));
    kit.socket.ok("join", joinResult(2, { from: { epoch: "e1", seq: 1 } }));
    kit.tell(said(2, "two"));
    kit.caughtUp(2);

    assertEquals(texts(room), ["one", "two"]);
  });
}

Deno.test("room joins anew if it is caught up without having all", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.room("general");
  room.join();
  kit.socket.ok("join", joinResult(2, { from: { epoch: "e1", seq: 0 } }));
  kit.tell(said(1, "one"));
  kit.socket.take();
  kit.caughtUp(2);

  assertEquals(room.isJoined, false);
  assertEquals(kit.socket.take().map(({ type }) => type), ["leave", "join"]);
});

Deno.test("room drops a socket on which its log never fits", async () => {
  using kit = new ClientKit();
  const { client } = await kit.joined();

  for (let i = 0; i < 3; i++) {
    kit.socket.say(eventsFrame(7, [said(8, "eight")]));
    kit.enter(0);
    assertEquals(client.state.type, "online");
  }
  kit.socket.say(eventsFrame(7, [said(8, "eight")]));

  assertEquals(client.state.type, "offline");
});

Deno.test("room takes an entry once, however often it is told", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const events = collect(room, "message");
  kit.tell(said(1, "one"), said(2, "two"));

  kit.tell(said(1, "one"), said(2, "two"));
  kit.tell(said(2, "two"), said(3, "three"));

  assertEquals(texts(room), ["one", "two", "three"]);
  assertEquals(events.map(({ seq }) => seq), [1, 2, 3]);
  assertEquals(room.position?.seq, 3);
  assertEquals(kit.socket.take(), []);
});

Deno.test("room that is closed and reopened begins with an empty log", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const events = collect(room, "closed");
  kit.tell(said(1, "one"));

  const closed = { kind: "closed", seq: 2, id: "id2", at: 20, author: BOB };
  kit.tell({ ...closed, reopens: true });
  assertEquals(texts(room), []);
  kit.socket.say(eventsFrame(0, [said(1, "anew")], "e2"));

  assertEquals(texts(room), ["anew"]);
  assertEquals(room.position, { epoch: "e2", seq: 1 });
  assertEquals(events.map(({ reopens }) => reopens), [true]);
});

Deno.test("room that is closed for good is left, with the reason", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const events = collect(room, "ended");
  const end = { code: "room_closed", message: "it is closed" };
  kit.socket.say({ type: "ended", room: "general", ...end, retryable: false });

  assertEquals(events.map(({ error }) => (error as { code: string }).code), [
    "room_closed",
  ]);
  await kit.comeBack();
  assertEquals(kit.socket.take(), []);
  assertEquals(room.isJoined, false);
});

Deno.test("room whose paging failed is joined again after a pause", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const joined = client.room("general").join();
  kit.socket.ok("join", joinResult(5));
  const end = { code: "busy", message: "busy" };
  kit.socket.take();
  kit.socket.say({ type: "ended", room: "general", ...end, retryable: true });

  assertEquals(kit.socket.take(), []);
  kit.timers.tick(500);
  assertEquals(kit.socket.take(), [
    {
      type: "join",
      room: "general",
      after: { epoch: "e1", seq: 5 },
      history: 50,
    },
  ]);
  kit.enter(5);
  assertEquals((await joined).isJoined, true);
});

Deno.test("room that may not be joined rejects, one that may later waits", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.room("general");
  const joined = room.join();
  kit.socket.take();
  kit.socket.refuse("join", "busy", { retryable: true, retry_after_ms: 900 });
  kit.timers.tick(899);
  assertEquals(kit.socket.take(), []);
  kit.timers.tick(1);
  assertEquals(kit.socket.take().length, 1);
  kit.socket.refuse("join", "limit_rooms");

  const error = await joined.catch((error) => error);
  assertEquals(error.code, "limit_rooms");
  kit.timers.tick(20_000);
  assertEquals(kit.socket.take(), []);
});

Deno.test("room that is left hears no more and is not joined again", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  kit.tell(said(1, "one"));
  room.leave();
  assertEquals(kit.socket.take(), [{ type: "leave", room: "general" }]);
  kit.tell(said(2, "two"));
  await kit.comeBack();

  assertEquals(texts(room), ["one"]);
  assertEquals(kit.socket.take(), []);
  room.join();
  assertEquals(kit.socket.take(), [
    {
      type: "join",
      room: "general",
      after: { epoch: "e1", seq: 1 },
      history: 50,
    },
  ]);
});

Deno.test("room that is left while it is joined rejects the join", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.room("general");
  const joined = room.join();
  const early = kit.socket.later("join", joinResult(0));
  room.leave();
  const again = room.join();
  const late = kit.socket.later("join", joinResult(1));
  early();
  kit.tell(said(1, "told to the first visit"));
  late();
  kit.caughtUp(1);

  assertEquals((await joined.catch((error) => error)).code, "left");
  assertEquals(await again, room);
  assertEquals(texts(room), []);
});

Deno.test("direct room that is left before its id is known is left then", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.direct("u2");
  room.join();
  room.leave();
  assertEquals(kit.socket.take().map(({ type }) => type), ["join"]);
  const { room: info } = joinResult(0) as { room: object };
  kit.socket.ok("join", joinResult(0, { room: { ...info, id: "d7" } }));

  assertEquals(kit.socket.take(), [{ type: "leave", room: "d7" }]);
});

Deno.test("direct room is asked for by user, then known by its id", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.direct("u2");
  room.join();
  assertEquals(kit.socket.take(), [
    { type: "join", direct: "u2", history: 50 },
  ]);
  const info = { id: "d7", title: "Bob", kind: "direct", ["created_at"]: 5 };
  kit.socket.ok(
    "join",
    joinResult(0, { room: { ...info, direct_with: BOB } }),
  );
  kit.socket.say({ type: "caught_up", room: "d7", epoch: "e1", seq: 0 });

  assertEquals([room.id, room.directWith, room.isJoined], ["d7", "u2", true]);
  assertEquals(room.directName, "Bob");
  assertEquals(client.room("d7"), room);
  assertEquals(client.direct("u2"), room);
  room.send("psst");
  const [sent] = kit.socket.take();
  assertEquals([sent?.room, sent?.direct], ["d7", undefined]);
});
