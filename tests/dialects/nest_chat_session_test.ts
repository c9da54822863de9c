import { assertEquals } from "@std/assert";
import { chatWs } from "../../src/dialects/chat_ws.ts";
import { nestChat } from "../../src/dialects/nest_chat/session.ts";
import { SessionKit } from "../support/session_kit.ts";
import {
  close,
  exchange,
  packet,
  post,
  registered,
  tell,
  visit,
} from "./nest_chat_kit.ts";

const EXCEPTION =
  '42["exception",{"status":"error","message":"Internal server error"}]';

/** A message as it is heard. */
function heard(room: string, name: string, text: string, order: number) {
  return `42["exchanges",{"roomId":"${room}","username":"${name}",` +
    `"content":"${text}","createdAt":"2023-11-14T22:13:20.000Z",` +
    `"socketId":"socket-of-${name}","order":${order}}]`;
}

function roster(room: string, ...names: string[]): string {
  return `42["exchanges",[${names.map((name) => present(room, name)).join()}]]`;
}

function present(room: string, name: string): string {
  return `{"roomId":"${room}","username":"${name}","connected":true}`;
}

Deno.test("nest-chat tells all members of a room who is there, the newcomer last", async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  const ann = await registered(kit, "3XX", "ann");
  const bob = await visit(kit, "b");

  await tell(
    kit,
    bob,
    packet("participants", { roomId: "3XX", username: "bob", avatar: "cat" }),
  );

  const list = `42["exchanges",[${present("3XX", "ann")},` +
    `{"roomId":"3XX","username":"bob","avatar":"cat","connected":true}]]`;
  assertEquals(ann.heardTexts(), [list]);
  assertEquals(bob.heardTexts(), [list]);
});

Deno.test("nest-chat counts messages per room and shows the sender's connection", async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  await post(kit, "q");
  const ann = await registered(kit, "3XX", "ann");
  const bob = await registered(kit, "3XX", "bob");
  ann.heardTexts();

  await tell(kit, ann, exchange("3XX", "ann", "one"));
  await tell(kit, bob, exchange("3XX", "bob", "two"));
  await tell(kit, ann, exchange("q", "ann", "elsewhere"));

  const both = [heard("3XX", "ann", "one", 1), heard("3XX", "bob", "two", 2)];
  assertEquals(ann.heardTexts(), [...both, heard("q", "ann", "elsewhere", 1)]);
  assertEquals(bob.heardTexts(), both);
});

Deno.test('nest-chat ledger "delivery": who never registered hears rooms made by POST alone', async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  const ann = await registered(kit, "3XX", "ann");
  const stranger = await visit(kit, "stranger");
  const will = await kit.open(chatWs);

  await will.say({ type: "join-room", room_id: "den", from: "will" });
  await will.say({
    type: "send-message",
    room_id: "den",
    from: "will",
    message: "private",
  });
  await tell(kit, ann, exchange("3XX", "ann", "hi"));

  assertEquals(stranger.heardTexts(), [heard("3XX", "ann", "hi", 1)]);
});

Deno.test('nest-chat ledger "delivery": who registered hears its own rooms and itself alone, once', async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  await post(kit, "q");
  const ann = await registered(kit, "3XX", "ann");
  const bob = await registered(kit, "q", "bob");
  ann.heardTexts();

  await tell(kit, ann, exchange("3XX", "ann", "a"));
  await tell(kit, bob, exchange("q", "bob", "b"));
  await tell(kit, bob, exchange("3XX", "bob", "c"));

  assertEquals(ann.heardTexts(), [
    heard("3XX", "ann", "a", 1),
    heard("3XX", "bob", "c", 2),
  ]);
  assertEquals(bob.heardTexts(), [
    heard("q", "bob", "b", 1),
    heard("3XX", "bob", "c", 2),
  ]);
});

Deno.test("nest-chat sender without a room hears itself in a room of another dialect", async () => {
  using kit = await SessionKit.open();
  const ann = await visit(kit, "socket-of-ann");

  await tell(kit, ann, exchange("general", "ann", "hi"));

  assertEquals(ann.heardTexts(), [heard("general", "ann", "hi", 1)]);
});

Deno.test('nest-chat ledger "participants of an unknown room": the socket is ended', async () => {
  using kit = await SessionKit.open();
  await post(kit, "shut");
  await close(kit, "shut");
  const rooms = ["nope", "", "@dm/a/b", "\u0000", "shut", "x".repeat(300)];

  for (const roomId of rooms) {
    const ann = await visit(kit, "a");
    await tell(
      kit,
      ann,
      packet("participants", { roomId, username: "ann" }, 1),
    );

    assertEquals(ann.link.closed, { code: 1008, reason: "Invalid Room ID" });
    assertEquals(ann.heardTexts(), []);
  }
});

Deno.test('nest-chat ledger "exchanges to an unknown room": an acknowledgement says so, if it was asked for', async () => {
  using kit = await SessionKit.open();
  await post(kit, "shut");
  await close(kit, "shut");
  const ann = await visit(kit, "a");
  const rooms = ["nope", "", "@dm/a/b", "shut"];

  for (const roomId of rooms) {
    const payload = { roomId, username: "ann", content: "x" };
    await tell(kit, ann, packet("exchanges", payload, 5));
    await tell(kit, ann, packet("exchanges", payload));
  }

  assertEquals(
    ann.heardTexts(),
    rooms.map(() => '435["Invalid Room ID"]'),
  );
  assertEquals(ann.link.closed, undefined);
});

Deno.test("nest-chat never acknowledges what succeeds", async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  const ann = await visit(kit, "socket-of-ann");
  const payload = { roomId: "3XX", username: "ann" };

  await tell(kit, ann, packet("participants", payload, 1));
  await tell(kit, ann, packet("exchanges", { ...payload, content: "hi" }, 2));

  assertEquals(ann.heardTexts(), [
    roster("3XX", "ann"),
    heard("3XX", "ann", "hi", 1),
  ]);
});

Deno.test('nest-chat ledger "missing or malformed payload": an exception to the offender', async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  const ann = await registered(kit, "3XX", "ann");
  const bob = await registered(kit, "3XX", "bob");
  ann.heardTexts();

  await tell(kit, bob, packet("exchanges"));
  await tell(kit, bob, packet("exchanges", "str"));
  await tell(kit, bob, packet("participants", null));
  await tell(kit, bob, packet("zzz", { a: 1 }));
  await tell(kit, bob, "42notjson");

  assertEquals(bob.heardTexts(), [EXCEPTION, EXCEPTION, EXCEPTION]);
  assertEquals(ann.heardTexts(), []);
});

Deno.test("nest-chat says in document why it refuses, in original what the original says", async () => {
  using kit = await SessionKit.open({ limits: { TEXT_BYTES_MAX: 3 } });
  await post(kit, "3XX");
  const ann = await visit(kit, "a");
  const bob = await visit(kit, "b", "original");

  await tell(kit, ann, exchange("3XX", "ann", "long"));
  await tell(kit, bob, exchange("3XX", "bob", "long"));

  assertEquals(ann.heardTexts(), [
    '42["exception",{"status":"error","message":"Cannot send message: 4 of 3 bytes"}]',
  ]);
  assertEquals(bob.heardTexts(), [EXCEPTION]);
});

Deno.test('nest-chat ledger "DELETE": members hear that nobody is there, and can say no more', async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  const ann = await registered(kit, "3XX", "ann");
  const old = await visit(kit, "old", "original");

  await close(kit, "3XX");
  await tell(
    kit,
    ann,
    packet("exchanges", { roomId: "3XX", username: "ann", content: "x" }, 9),
  );

  assertEquals(ann.heardTexts(), [
    '42["participants/3XX",[]]',
    '439["Invalid Room ID"]',
  ]);
  assertEquals(old.heardTexts(), []);
});

Deno.test("nest-chat room that was made anew counts from 1 and has nobody in it", async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  const ann = await registered(kit, "3XX", "ann");
  await tell(kit, ann, exchange("3XX", "ann", "before"));
  await close(kit, "3XX");
  ann.heardTexts();

  await post(kit, "3XX");
  const bob = await registered(kit, "3XX", "bob");
  await tell(kit, bob, exchange("3XX", "bob", "after"));

  assertEquals(bob.heardTexts(), [heard("3XX", "bob", "after", 1)]);
  // Of no room any more, she hears what one hears who never was in one.
  assertEquals(ann.heardTexts(), [
    roster("3XX", "bob"),
    heard("3XX", "bob", "after", 1),
  ]);
});

Deno.test("nest-chat member of another room does not overhear after one was closed", async () => {
  using kit = await SessionKit.open();
  for (const id of ["3XX", "q", "z"]) await post(kit, id);
  const ann = await registered(kit, "3XX", "ann");
  await tell(
    kit,
    ann,
    packet("participants", { roomId: "q", username: "ann" }),
  );
  await close(kit, "3XX");
  ann.heardTexts();
  const stranger = await visit(kit, "stranger");

  await tell(kit, stranger, exchange("z", "x", "elsewhere"));

  assertEquals(ann.heardTexts(), []);
  assertEquals(stranger.heardTexts().length, 1);
});

Deno.test('nest-chat ledger "socketId": without an id that others may know it is the author\'s', async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  const ann = await kit.open(nestChat);

  await tell(kit, ann, exchange("3XX", "ann", "hi"));

  const [frame = ""] = ann.heardTexts();
  const { socketId } = JSON.parse(frame.slice(2))[1];
  assertEquals(/^[0-9a-f-]{36}$/.test(socketId), true);
});

Deno.test("nest-chat session that has ended says and hears no more", async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  const ann = await registered(kit, "3XX", "ann");
  const stranger = await visit(kit, "stranger");
  const bob = await registered(kit, "3XX", "bob");
  ann.heardTexts();
  stranger.heardTexts();

  stranger.session.end();
  ann.session.end();
  await tell(kit, bob, exchange("3XX", "bob", "alone"));

  assertEquals(ann.heardTexts(), []);
  assertEquals(stranger.heardTexts(), []);
  assertEquals(bob.heardTexts().length, 2);
});
