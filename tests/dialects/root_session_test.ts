/**
 * Whom `/` takes a client for, with timers that the tests turn.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { root } from "../../src/dialects/root.ts";
import { wschat } from "../../src/dialects/wschat.ts";
import { SessionKit } from "../support/session_kit.ts";
import { join } from "./chat_ws_kit.ts";

const GENERAL = "general" as RoomId;
const JOIN = join("general", "Ann");
const WELCOME = { type: "welcome", user: { id: 1, name: "User 1" } };
const ENTER = { type: "enter_room", roomId: 1 };
const ENTERED = { type: "enter_room", user: { id: 1, name: "User 1" } };

/** Frames of neither dialect. */
const NEITHER = [
  "nope",
  "[]",
  "{}",
  '{"type":"message","text":"x"}',
  '{"type":["join-room"]}',
  '{"type":"toString"}',
];

Deno.test("root welcomes a client that is silent for 150 ms, not before, and once", async () => {
  using kit = await SessionKit.open();
  const ann = await kit.open(root);

  await kit.elapse(149);
  const early = ann.heard();
  await kit.elapse(1);
  const then = await ann.next();
  await kit.elapse(10_000);

  assertEquals([early, then, ann.heard()], [[], [WELCOME], []]);
});

Deno.test("root waits as long as it is set to", async () => {
  using kit = await SessionKit.open({ settings: { rootSilenceMs: 20 } });
  const ann = await kit.open(root);

  await kit.elapse(19);
  const early = ann.heard();
  await kit.elapse(1);

  assertEquals([early, await ann.next()], [[], [WELCOME]]);
});

Deno.test("root never welcomes a client that speaks chat-ws at once", async () => {
  using kit = await SessionKit.open();
  const ann = await kit.open(root);

  await ann.say(JOIN);
  const waiting = kit.kit.timers.size;
  await kit.elapse(10_000);

  assertEquals(ann.heard(), [JOIN]);
  assertEquals(waiting, 0);
});

Deno.test("root welcomes a client that speaks wschat at once, then answers", async () => {
  using kit = await SessionKit.open();
  const ann = await kit.open(root);

  await ann.say(ENTER);
  await kit.elapse(10_000);

  assertEquals(ann.heard(), [WELCOME, ENTERED]);
});

Deno.test("root takes a silent client for chat-ws by its first frame", async () => {
  using kit = await SessionKit.open();
  const ann = await kit.open(root);
  const bob = await kit.open(wschat);
  await kit.elapse(150);
  await ann.next();
  bob.heard();

  await ann.say(JOIN);
  await ann.say(ENTER);
  await bob.say({ type: "create_room", title: "Lab" });
  await kit.settled();

  // No wschat is left of it: it enters nothing and is sent no list.
  assertEquals(ann.heard(), [JOIN]);
  assertEquals(bob.heard().length, 1);
});

Deno.test("root takes a silent client for wschat by its first frame, as who was welcomed", async () => {
  using kit = await SessionKit.open();
  const ann = await kit.open(root);
  await kit.elapse(150);
  await ann.next();

  await ann.say(ENTER);
  await ann.say(JOIN);
  await kit.settled();

  assertEquals(ann.heard(), [ENTERED]);
  assertEquals(kit.kit.chat.members.of(GENERAL), []);
});

for (const frame of NEITHER) {
  Deno.test(`root decides nothing by ${frame}, before and behind the welcome`, async () => {
    using kit = await SessionKit.open();
    const ann = await kit.open(root);

    await ann.say(frame);
    await kit.elapse(150);
    const welcome = await ann.next();
    await ann.say(frame);
    await ann.say(JOIN);

    assertEquals(welcome, [WELCOME]);
    assertEquals(ann.heard(), [JOIN]);
  });
}

Deno.test("root counts who was welcomed and never decided as wschat", async () => {
  using kit = await SessionKit.open();
  const ann = await kit.open(root);
  const bob = await kit.open(wschat);
  await kit.elapse(150);
  await ann.next();

  await bob.say({ type: "create_room", title: "Lab" });
  await kit.settled();

  assertEquals(ann.heard().map((frame) => Object(frame).type), ["list_rooms"]);
});

Deno.test("root decides once: what a client was taken for, it stays", async () => {
  using kit = await SessionKit.open();
  const ann = await kit.open(root);
  const bob = await kit.open(root);

  await ann.say(JOIN);
  await ann.say({ type: "list_rooms" });
  await bob.say({ type: "list_rooms" });
  await bob.say(JOIN);
  await kit.settled();

  assertEquals(ann.heard(), [JOIN]);
  assertEquals(bob.heard().length, 2);
  assertEquals(kit.kit.chat.members.of(GENERAL).length, 1);
});

Deno.test("root passes profile and query on to both dialects", async () => {
  using kit = await SessionKit.open();
  const path = "/?escape=html";
  const ann = await kit.open(root, { path, profile: "original" });
  const bob = await kit.open(root, { path, profile: "original" });

  await ann.say(ENTER);
  await ann.say({ type: "text", text: ["<b>"] });
  await kit.settled();
  await bob.say({ ...join("Room 1", ""), from: 7 });
  await kit.settled();

  assertEquals(ann.heard()[2], {
    type: "text",
    text: ["&#60;b&#62;"],
    from: { id: 1, name: "User 1" },
  });
  assertEquals(bob.heard().at(-1), { ...join("Room 1", ""), from: 7 });
});

Deno.test("root forgets a client that ends in silence", async () => {
  using kit = await SessionKit.open();
  const ann = await kit.open(root);

  ann.session.end();
  await kit.elapse(10_000);

  assertEquals(ann.heard(), []);
  assertEquals(kit.kit.timers.size, 0);
});

Deno.test("root tells a client that ends while it is welcomed nothing later", async () => {
  using kit = await SessionKit.open();
  const bob = await kit.open(wschat);
  bob.heard();
  const ann = await kit.open(root);
  kit.kit.timers.tick(150);

  ann.session.end();
  await kit.settled();
  ann.heard();
  await bob.say({ type: "create_room", title: "Lab" });
  await kit.settled();

  assertEquals(ann.heard(), []);
  assertEquals(bob.heard().length, 1);
});

Deno.test("root opens nothing for a frame that waited when the client ended", async () => {
  using kit = await SessionKit.open();
  const ann = await kit.open(root);
  kit.kit.timers.tick(150);
  const handled = ann.say(JOIN);

  ann.session.end();
  await handled;

  assertEquals(kit.kit.chat.members.of(GENERAL), []);
  const bob = await kit.open(root);
  await bob.say(JOIN);
  assertEquals(kit.kit.chat.members.of(GENERAL).length, 1);
});

Deno.test("root leaves the rooms of a client that ends, whatever it was taken for", async () => {
  using kit = await SessionKit.open();
  const ann = await kit.open(root);
  const bob = await kit.open(root);
  const cat = await kit.open(wschat);
  await cat.say(ENTER);
  await ann.say(ENTER);
  await bob.say(join("Room 1", "Bob"));
  cat.heard();

  ann.session.end();
  bob.session.end();

  assertEquals(cat.heard(), [
    { type: "leave_room", user: { id: 2, name: "User 2" } },
    { type: "leave_room", user: { id: 3, name: "Bob" } },
  ]);
});

Deno.test("root closes a client that cannot be welcomed with 1011", async () => {
  using kit = await SessionKit.open();
  const closed = Promise.withResolvers<void>();
  const ann = await kit.open(root);
  ann.link.close = (code, reason) => {
    ann.link.closed = { code, reason };
    closed.resolve();
  };
  const { directory } = kit.kit.store;
  directory.takeUserNumber = () => Promise.reject(new TypeError("disk"));

  kit.kit.timers.tick(150);
  await closed.promise;

  assertEquals(ann.link.closed, { code: 1011, reason: "internal error" });
});
