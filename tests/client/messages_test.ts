import { assertEquals, assertStrictEquals } from "@std/assert";
import type { Message } from "../../static/client.js";
import {
  BOB,
  changed,
  ClientKit,
  collect,
  GUEST,
  joinResult,
  said,
  texts,
} from "./client_kit.ts";

Deno.test("message is what the server said, in the client's words", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  kit.tell(said(1, "one", {
    author: GUEST,
    reply_to: 3,
    data: { a: 1 },
    edited_at: 9,
    reactions: { "👍": ["u2"] },
  }));

  assertEquals(room.messages, [{
    key: "id1",
    status: "stored",
    id: "id1",
    seq: 1,
    at: 10,
    author: GUEST,
    mine: true,
    text: "one",
    replyTo: 3,
    data: { a: 1 },
    via: "parley.v1",
    editedAt: 9,
    deleted: false,
    reactions: { "👍": ["u2"] },
  }]);
});

const THUMB = { target: 1, reaction: "👍", removed: false };
const FOLDS: Record<string, [entries: unknown[], expected: Partial<Message>]> =
  {
    "edits, the last one": [[
      changed(2, "edited", { target: 1, text: "uno" }),
      changed(3, "edited", { target: 1, text: "eins" }),
    ], { text: "eins", editedAt: 30 }],
    "an edit that was in it already, by its time": [[
      changed(2, "edited", { target: 1, text: "older", at: 5 }),
    ], { text: "one", editedAt: 6 }],
    "a deletion": [[changed(2, "deleted", { target: 1 })], {
      text: "",
      deleted: true,
      reactions: {},
    }],
    "a deletion, and no edit or reaction after it": [[
      changed(2, "deleted", { target: 1 }),
      changed(3, "edited", { target: 1, text: "back" }),
      changed(4, "reacted", THUMB),
    ], { text: "", deleted: true, reactions: {} }],
    "an edit of what has been deleted since, as nothing": [[
      changed(2, "edited", { target: 1, text: "", deleted: true }),
    ], { text: "one", deleted: false }],
    "reactions by several": [[
      changed(2, "reacted", THUMB),
      changed(3, "reacted", { ...THUMB, author: GUEST }),
      changed(4, "reacted", { ...THUMB, reaction: "🎉" }),
    ], { reactions: { "👍": ["u2", "u1"], "🎉": ["u2"] } }],
    "a reaction twice as one": [[
      changed(2, "reacted", THUMB),
      changed(3, "reacted", THUMB),
    ], { reactions: { "👍": ["u2"] } }],
    "a reaction that was taken back": [[
      changed(2, "reacted", THUMB),
      changed(3, "reacted", { ...THUMB, removed: true }),
    ], { reactions: {} }],
    "reactions named like an object's own": [[
      changed(2, "reacted", { ...THUMB, reaction: "toString" }),
      changed(3, "reacted", { ...THUMB, reaction: "__proto__" }),
    ], {
      reactions: JSON.parse('{"toString":["u2"],"__proto__":["u2"]}'),
    }],
  };
for (const [what, [entries, expected]] of Object.entries(FOLDS)) {
  Deno.test(`message folds ${what}`, async () => {
    using kit = new ClientKit();
    const { room } = await kit.joined();
    kit.tell(said(1, "one", { edited_at: 6 }));
    const before = room.messages;
    kit.tell(...entries as Record<string, unknown>[]);

    const [message] = room.messages;
    const names = Object.keys(expected) as (keyof Message)[];
    const actual = names.map((name) => [name, message?.[name]]);
    assertEquals(Object.fromEntries(actual), expected);
    // What was given out is never changed.
    assertEquals([before[0]?.text, before[0]?.deleted], ["one", false]);
  });
}

Deno.test("change is told with the message as it is then, if it is here", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const events = collect(room, "edited", "deleted", "reacted");
  kit.tell(said(1, "one"));
  kit.tell(changed(2, "edited", { target: 1, text: "uno" }));
  kit.tell(changed(3, "reacted", { ...THUMB, target: 77 }));
  kit.tell(changed(4, "deleted", { target: 1 }));

  const phase = "live";
  const author = BOB;
  const [edited, reacted, deleted] = events;
  assertEquals((edited?.message as Message).text, "uno");
  assertEquals(
    { ...edited, message: 0 },
    {
      ...{ type: "edited", phase, seq: 2, at: 20, author },
      ...{ target: 1, text: "uno", message: 0 },
    },
  );
  assertEquals(reacted, {
    ...{ type: "reacted", phase, seq: 3, at: 30, author },
    ...{ target: 77, reaction: "👍", removed: false },
  });
  assertEquals((deleted?.message as Message).deleted, true);
});

Deno.test("list is the same array until something changes, once per frame", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const changes = collect(room, "changed");
  kit.tell(said(1, "one"), said(2, "two"), said(3, "three"));

  const list = room.messages;
  assertStrictEquals(room.messages, list);
  assertEquals(changes.length, 1);
  kit.tell(said(4, "four"));
  assertEquals([list.length, room.messages.length, changes.length], [3, 4, 2]);
});

Deno.test("list keeps the newest messages, and may look for those that fell out", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined({ limits: { messagesMax: 3 } });
  assertEquals(room.hasEarlier, false);
  kit.tell(said(1, "1"), said(2, "2"), said(3, "3"), said(4, "4"));

  assertEquals(texts(room), ["2", "3", "4"]);
  assertEquals(room.hasEarlier, true);
  const error = await room.loadEarlier().catch((error) => error);
  assertEquals(error.code, "list_full");
});

Deno.test("earlier messages are put in front, page by page, to the beginning", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.room("general");
  room.join();
  kit.enter(9);
  kit.tell(said(10, "ten"));
  assertEquals(room.hasEarlier, true);
  kit.socket.take();

  const first = room.loadEarlier(2);
  assertEquals(kit.socket.take(), [
    { type: "history", room: "general", before: 10, limit: 2 },
  ]);
  const more = { before: true, after: true };
  const page = { room: "general", epoch: "e1", more };
  const messages = [said(4, "four"), said(7, "seven")];
  kit.socket.ok("history", { ...page, messages, next: { before: 3 } });
  assertEquals(await first, 2);
  assertEquals(texts(room), ["four", "seven", "ten"]);

  const second = room.loadEarlier(2);
  assertEquals(kit.socket.take()[0]?.before, 3);
  kit.socket.ok("history", {
    ...page,
    messages: [said(1, "one")],
    more: { before: false, after: true },
    next: {},
  });
  assertEquals(await second, 1);
  assertEquals(texts(room), ["one", "four", "seven", "ten"]);
  assertEquals(room.hasEarlier, false);
});

Deno.test("earlier messages do not undo a change that came while they were read", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.room("general");
  room.join();
  kit.enter(2);

  const loading = room.loadEarlier();
  kit.tell(changed(3, "edited", { target: 1, text: "edited meanwhile" }));
  kit.tell(changed(4, "deleted", { target: 2 }));
  kit.socket.ok("history", {
    epoch: "e1",
    messages: [said(1, "one"), said(2, "two")],
    more: { before: false, after: false },
    next: {},
  });

  assertEquals(await loading, 2);
  assertEquals(texts(room), ["edited meanwhile", ""]);
});

Deno.test("earlier messages of a log that has gone are not shown", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.room("general");
  room.join();
  kit.enter(2);

  const loading = room.loadEarlier();
  const closed = { kind: "closed", seq: 3, id: "id3", at: 30, author: BOB };
  kit.tell({ ...closed, reopens: true });
  kit.socket.ok("history", {
    epoch: "e1",
    messages: [said(1, "one")],
    more: { before: true, after: false },
    next: { before: 1 },
  });

  assertEquals(await loading, 0);
  assertEquals(texts(room), []);
});

Deno.test("history is given, and the list stays", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const asked = room.history({ around: 5, limit: 10 });
  assertEquals(kit.socket.take(), [
    { type: "history", room: "general", around: 5, limit: 10 },
  ]);
  const more = { before: true, after: false };
  const messages = [said(5, "five")];
  kit.socket.ok("history", {
    epoch: "e1",
    messages,
    more,
    next: { before: 5 },
  });

  const page = await asked;
  assertEquals(page.messages.map(({ text }) => text), ["five"]);
  assertEquals([page.more, page.next], [more, { before: 5 }]);
  assertEquals(room.messages, []);
});

Deno.test("unread counts what is said after what the server counted", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.room("general");
  room.join();
  const read = { seq: 1 };
  kit.socket.ok(
    "join",
    joinResult(3, { from: { epoch: "e1", seq: 1 }, read, unread: 2 }),
  );
  kit.tell(said(2, "two"), said(3, "three"));
  kit.caughtUp(3);
  assertEquals([room.readSeq, room.unread], [1, 2]);

  kit.tell(said(4, "four"), said(5, "mine", { author: GUEST }));
  kit.tell(changed(6, "edited", { target: 4, text: "vier" }));
  assertEquals(room.unread, 4);
});

Deno.test("reading is told once per answer, forward only, again after a loss", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const events = collect(room, "read");
  kit.tell(said(1, "one"), said(2, "two"), said(3, "three"));

  room.markRead(1);
  room.markRead(2);
  room.markRead();
  room.markRead(2);
  assertEquals(kit.socket.take(), [{ type: "read", room: "general", seq: 1 }]);
  kit.socket.ok("read", { seq: 1, unread: 2 });
  assertEquals(kit.socket.take(), [{ type: "read", room: "general", seq: 3 }]);
  await kit.comeBack();
  kit.socket.take();
  kit.enter(3, { read: { seq: 1 }, unread: 2 });
  assertEquals(kit.socket.take(), [{ type: "read", room: "general", seq: 3 }]);
  kit.socket.ok("read", { seq: 3, unread: 0 });
  room.markRead(2);

  assertEquals(kit.socket.take(), []);
  assertEquals(events.map(({ seq, unread }) => [seq, unread]), [[1, 2], [
    3,
    0,
  ]]);
  assertEquals([room.readSeq, room.unread], [3, 0]);
});

Deno.test("reading elsewhere counts here", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  kit.tell(said(1, "one"), said(2, "two"));
  kit.socket.say({ type: "read", room: "general", seq: 1, unread: 1 });
  assertEquals([room.readSeq, room.unread], [1, 1]);
  kit.tell(said(3, "three"));
  assertEquals(room.unread, 2);
});

Deno.test("typing is told again only after a while, and at once when it ends", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const on = { type: "typing", room: "general", on: true };

  for (let i = 0; i < 3; i++) {
    room.typing();
    kit.timers.tick(1_000);
  }
  assertEquals(kit.socket.take(), [on]);
  room.typing();
  room.typing(false);
  room.typing(false);
  assertEquals(kit.socket.take(), [on, { ...on, on: false }]);
});
