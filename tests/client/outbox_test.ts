import { assertEquals, assertMatch } from "@std/assert";
import {
  ackOf,
  ClientKit,
  collect,
  collectOf,
  GUEST,
  joinResult,
  said,
  texts,
} from "./client_kit.ts";

Deno.test("send is seen at once, goes with a key, and resolves to the ack", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  const events = collect(room, "sent", "message");
  const sending = room.send("hi", { replyTo: 3, data: { a: 1 } });

  const [pending] = room.messages;
  assertEquals(pending, {
    key: sending.key,
    status: "sending",
    at: kit.timers.nowMs,
    author: GUEST,
    mine: true,
    text: "hi",
    replyTo: 3,
    data: { a: 1 },
    deleted: false,
    reactions: {},
  });
  assertMatch(sending.key, /^[0-9a-z]{9}-[0-9a-z]{4}-[0-9a-z]+$/);
  assertEquals([room.unread, client.waiting], [0, 1]);
  const body = { type: "send", room: "general", text: "hi", key: sending.key };
  assertEquals(kit.socket.take(), [{ ...body, reply_to: 3, data: { a: 1 } }]);

  kit.socket.ok("send", ackOf(1));
  const ack = {
    ...{ room: "general", id: "id1", epoch: "e1", seq: 1, at: 10 },
    duplicate: false,
  };
  assertEquals(await sending, ack);
  assertEquals(client.waiting, 0);
  assertEquals(events, [{ type: "sent", key: sending.key, ack }]);
});

for (const first of ["ack", "event"]) {
  Deno.test(`send is shown once, with one key, if its ${first} comes first`, async () => {
    using kit = new ClientKit();
    const { room } = await kit.joined();
    const { key } = room.send("hi");
    const event = () => kit.tell(said(1, "hi", { author: GUEST }));
    const ack = () => kit.socket.ok("send", ackOf(1));
    const look = () =>
      room.messages.map(({ key, text, seq }) => [key, text, seq]);

    const stages: unknown[] = [look()];
    for (const happen of first === "ack" ? [ack, event] : [event, ack]) {
      happen();
      stages.push(look());
    }

    assertEquals(stages, [
      [[key, "hi", undefined]],
      [[key, "hi", 1]],
      [[key, "hi", 1]],
    ]);
  });
}

Deno.test("send is told from the same text of another tab once it is acked", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const { key } = room.send("hi");
  kit.tell(said(1, "hi", { author: GUEST }));
  kit.socket.ok("send", ackOf(2));
  kit.tell(said(2, "hi", { author: GUEST }));

  assertEquals(room.messages.map(({ key }) => key), ["id1", key]);
});

Deno.test("sends of a room go one at a time, those of others beside them", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  room.send("a");
  room.send("b");
  client.room("attic").send("c");

  assertEquals(kit.socket.take().map(({ text }) => text), ["a", "c"]);
  assertEquals(texts(room), ["a…", "b…"]);
});

Deno.test("send whose answer was lost goes again, once back in the room, with the same key", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const sending = room.send("hi");
  const next = room.send("there");
  const [first] = kit.socket.take();
  await kit.comeBack();
  assertEquals(kit.socket.take().map(({ type }) => type), ["join"]);

  // It was stored: the resume brings it before the retry's ack.
  kit.socket.ok("join", joinResult(1, { from: { epoch: "e1", seq: 0 } }));
  kit.tell(said(1, "hi", { author: GUEST }));
  kit.caughtUp(1);
  assertEquals(texts(room), ["hi", "there…"]);
  assertEquals(kit.socket.take(), [first]);
  kit.socket.ok("send", ackOf(1, { duplicate: true }));

  assertEquals((await sending).duplicate, true);
  assertEquals(texts(room), ["hi", "there…"]);
  assertEquals(kit.socket.take()[0]?.key, next.key);
});

Deno.test("send outlives a reload: it is seen at once and goes with the same key", async () => {
  using kit = new ClientKit();
  const before = await kit.joined();
  kit.socket.end();
  const keys = ["one", "two"].map((text) => before.room.send(text).key);
  before.client.stop();

  const client = kit.make();
  const room = client.room("general");
  assertEquals(texts(room), ["one…", "two…"]);
  client.start();
  room.join();
  const events = collect(room, "sent");
  await kit.welcome();
  kit.enter(0);
  kit.socket.ok("send", ackOf(1));
  kit.socket.ok("send", ackOf(2));

  const sent = kit.socket.take().filter(({ type }) => type === "send");
  assertEquals(sent.map(({ text, key }) => [text, key]), [
    ["one", keys[0]],
    ["two", keys[1]],
  ]);
  assertEquals(events.map(({ key }) => key), keys);
  assertEquals(kit.make().waiting, 0);
});

Deno.test("send that was on its way when the client stopped is kept", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  room.send("hi");
  client.stop();

  assertEquals(texts(kit.make().room("general")), ["hi…"]);
});

Deno.test("send that is refused for good is dropped, told, and the next one goes", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  const events = collect(room, "refused");
  const everywhere = collectOf(client, "refused");
  const sending = room.send("x".repeat(9));
  room.send("next");
  kit.socket.take();
  kit.socket.refuse("send", "too_long");

  const error = await sending.catch((error) => error);
  assertEquals([error.code, error.message], [
    "too_long",
    "Cannot send: too_long",
  ]);
  const { key } = sending;
  const kind = "send";
  assertEquals(events, [{
    ...{ type: "refused", key, kind, text: "xxxxxxxxx", error },
  }]);
  assertEquals(everywhere.map(({ room, key }) => [room.id, key]), [
    ["general", key],
  ]);
  assertEquals(texts(room), ["next…"]);
  assertEquals(kit.socket.take().map(({ text }) => text), ["next"]);
});

Deno.test("send that may succeed later waits its time, in order", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  room.send("a");
  room.send("b");
  const [first] = kit.socket.take();

  kit.socket.refuse("send", "rate_limited", {
    retryable: true,
    retry_after_ms: 1_500,
  });
  kit.timers.tick(1_499);
  room.send("c");
  assertEquals(kit.socket.take(), []);
  kit.timers.tick(1);
  assertEquals(kit.socket.take(), [first]);
  for (const pauseMs of [750, 1_500, 3_000]) {
    kit.socket.refuse("send", "storage_full", { retryable: true });
    kit.timers.tick(pauseMs - 1);
    assertEquals(kit.socket.take(), []);
    kit.timers.tick(1);
    assertEquals(kit.socket.take(), [first]);
  }
  assertEquals(texts(room), ["a…", "b…", "c…"]);
});

Deno.test("send waits for a join that is on its way", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.room("general");
  room.join();
  room.send("early");
  assertEquals(kit.socket.take().map(({ type }) => type), ["join"]);
  kit.enter(0);

  assertEquals(kit.socket.take().map(({ text }) => text), ["early"]);
});

Deno.test("send into a room that one must be in waits until one is", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.room("general");
  room.send("early");
  kit.socket.refuse("send", "not_member");
  assertEquals(texts(room), ["early…"]);
  room.join();
  kit.socket.take();
  kit.enter(0);

  assertEquals(kit.socket.take().map(({ text }) => text), ["early"]);
  kit.socket.refuse("send", "not_member");
  assertEquals(texts(room), []);
});

Deno.test("edits, deletions and reactions go like sends, in order with them", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  kit.tell(said(1, "one", { author: GUEST }));
  const [message] = room.messages;
  const all = [
    room.edit(message ?? 0, "uno"),
    room.react(1, "👍"),
    room.react(1, "👍", { remove: true }),
    room.delete(1),
  ];
  for (const [i, type] of ["edit", "react", "react", "delete"].entries()) {
    kit.socket.ok(type, ackOf(i + 2));
  }

  const keys = all.map(({ key }) => key);
  const where = { room: "general", seq: 1 };
  assertEquals(kit.socket.take(), [
    { type: "edit", ...where, text: "uno", key: keys[0] },
    { type: "react", ...where, reaction: "👍", key: keys[1] },
    { type: "react", ...where, reaction: "👍", remove: true, key: keys[2] },
    { type: "delete", ...where, key: keys[3] },
  ]);
  const acks = await Promise.all(all);
  assertEquals(acks.map(({ seq }) => seq), [2, 3, 4, 5]);
});

Deno.test("edit of what is still being sent is refused", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  room.send("one");
  const [message] = room.messages;
  const error = await room.edit(message ?? 0, "uno").catch((error) => error);
  assertEquals(error.code, "not_stored");
});

Deno.test("edit that waited while the room was begun anew is refused", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  kit.tell(said(1, "one", { author: GUEST }));
  kit.socket.end();
  const editing = room.edit(1, "uno");
  kit.timers.tick(1_000);
  await kit.welcome();
  const from = { epoch: "e2", seq: 0 };
  const anew = { from, head: from, resumed: false, gap: "new_epoch" };
  kit.socket.ok("join", joinResult(0, anew));
  kit.caughtUp(0, "e2");

  assertEquals((await editing.catch((error) => error)).code, "gone");
  assertEquals(kit.socket.take().map(({ type }) => type), ["join"]);
});

Deno.test("another tab's send is taken over, and forgotten once it is done", async () => {
  using kit = new ClientKit();
  const one = await kit.joined();
  const oneSocket = kit.socket;
  const sending = one.room.send("from the first tab");
  const two = kit.make();
  two.start();
  await kit.welcome();

  assertEquals(texts(two.room("general")), ["from the first tab…"]);
  const [again] = kit.socket.take();
  assertEquals(again?.key, sending.key);
  oneSocket.ok("send", ackOf(1));
  await sending;
  // The second tab was cut off before its answer, and comes back: it is gone.
  await kit.comeBack();
  assertEquals(kit.socket.take(), []);
  assertEquals(two.waiting, 0);
});

Deno.test("send whose key the server may have forgotten is not repeated", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const sending = room.send("sent once");
  const fresh = room.send("never sent");
  kit.socket.end();
  kit.timers.nowMs += 86_400_000;
  kit.timers.tick(1_000);
  await kit.welcome();
  kit.enter(0);

  const error = await sending.catch((error) => error);
  assertEquals(error.code, "unknown_outcome");
  const sent = kit.socket.take().filter(({ type }) => type === "send");
  assertEquals(sent.map(({ key }) => key), [fresh.key]);
});

Deno.test("send whose key the server may have forgotten is not repeated after a reload", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  room.send("sent once");
  client.stop();
  kit.timers.nowMs += 86_400_000;
  const later = kit.make();
  const refused = collectOf(later, "refused");
  later.start();
  await kit.welcome();

  assertEquals(refused.map(({ error }) => error.code), ["unknown_outcome"]);
});

Deno.test("send that waited for a week is given up", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  kit.socket.end();
  const sending = room.send("old");
  kit.timers.nowMs += 7 * 86_400_000 + 1;
  kit.timers.tick(1_000);
  await kit.welcome();
  kit.enter(0);

  assertEquals((await sending.catch((error) => error)).code, "expired");
});

Deno.test("outbox holds so many and refuses more", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined({ limits: { outboxEntriesMax: 2 } });
  room.send("1");
  room.send("2");
  const error = await room.send("3").catch((error) => error);

  assertEquals([error.code, error.message], [
    "outbox_full",
    "Cannot send: 2 wait to be sent",
  ]);
  assertEquals(texts(room), ["1…", "2…"]);
});

Deno.test("outbox goes on without a storage that fails, and tells", async () => {
  using kit = new ClientKit();
  kit.storage = {
    length: 0,
    key: () => null,
    getItem: () => null,
    setItem() {
      throw new DOMException("full", "QuotaExceededError");
    },
    removeItem: () => {},
  };
  const client = kit.make();
  const errors = collectOf(client, "error");
  client.start();
  await kit.welcome();
  const room = client.room("general");
  const sending = room.send("hi");
  kit.socket.ok("send", ackOf(1));

  assertEquals((await sending).seq, 1);
  assertEquals(
    errors.map(({ error }) => (error as Error).name)[0],
    "QuotaExceededError",
  );
});
