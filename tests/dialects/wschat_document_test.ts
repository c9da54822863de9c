import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { PROFILES } from "../../src/dialects/dialect.ts";
import { startServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";
import { expectSilence, Guest, socketUrl } from "./wschat_kit.ts";

/** Each is a title, a name and a text. */
const SCRIPTS = {
  Arabic: "غرفة المحادثة",
  Persian: "می‌خواهم",
  Hindi: "हिन्दी क्षेत्र",
  Han: "聊天室𠮷",
  Hangul: "대화방",
  "emoji family": "👨‍👩‍👧‍👦🏳️‍🌈",
  "combining marks": "e\u0301a\u0308n\u0303",
  "what JSON or HTML escape": `"\\/ &<>'`,
  spaces: "  two  spaces  ",
} as const;

Deno.test("wschat welcomes a new client with its number and name, as in the document", async () => {
  await using server = await startServer();
  const url = socketUrl(server);
  await using first = await WsClient.open(url);
  const one = await first.nextText();
  await using second = await WsClient.open(url);
  const two = await second.nextText();

  await using third = await WsClient.open(url);

  assertEquals(one, '{"type":"welcome","user":{"id":1,"name":"User 1"}}');
  assertEquals(two, '{"type":"welcome","user":{"id":2,"name":"User 2"}}');
  assertEquals(
    await third.nextText(),
    '{"type":"welcome","user":{"id":3,"name":"User 3"}}',
  );
});

Deno.test("wschat lists the rooms and who is in them, as in the document", async () => {
  await using server = await startServer();
  const url = socketUrl(server);
  await using ann = await Guest.open(url);
  await using _bob = await Guest.in(url, 1, "Some user");

  ann.send('{ "type": "list_rooms" }');

  assertEquals(
    await ann.nextText(),
    '{"type":"list_rooms","rooms":{"1":{"id":1,"title":"Room 1","users":{"2":{"id":2,"name":"Some user"}}},"2":{"id":2,"title":"Room 2","users":{}},"3":{"id":3,"title":"Room 3","users":{}}}}',
  );
});

Deno.test("wschat tells everybody in a room who enters, as in the document", async () => {
  await using server = await startServer();
  const url = socketUrl(server);
  await using ann = await Guest.in(url, 1);
  await using cat = await Guest.in(url, 2);
  await using bob = await Guest.open(url);

  bob.send('{ "type": "enter_room", "roomId": "1" }');

  const enter = '{"type":"enter_room","user":{"id":3,"name":"User 3"}}';
  assertEquals(await ann.nextText(), enter);
  assertEquals(await bob.nextText(), enter);
  await expectSilence(ann, bob, cat);
});

Deno.test("wschat tells everybody in a room a text and a gif, as in the document", async () => {
  await using server = await startServer();
  const url = socketUrl(server);
  await using ann = await Guest.in(url, 1);
  await using cat = await Guest.in(url, 2);
  await using bob = await Guest.in(url, 1);
  await ann.next();

  bob.send('{ "type": "text", "text": "some message" }');
  bob.send('{ "type": "gif", "gifId": 3 }');

  const from = '"from":{"id":3,"name":"User 3"}';
  for (const guest of [ann, bob]) {
    assertEquals(
      await guest.nextText(),
      `{"type":"text","text":"some message",${from}}`,
    );
    assertEquals(
      await guest.nextText(),
      `{"type":"gif","gifId":3,${from}}`,
    );
  }
  await expectSilence(ann, bob, cat);
});

Deno.test("wschat tells everybody in a room who leaves it, as in the document", async () => {
  await using server = await startServer();
  const url = socketUrl(server);
  await using ann = await Guest.in(url, 1);
  await using bob = await Guest.in(url, 1);
  await ann.next();

  bob.send('{ "type": "leave_room" }');

  assertEquals(
    await ann.nextText(),
    '{"type":"leave_room","user":{"id":2,"name":"User 2"}}',
  );
});

Deno.test("wschat tells all clients of a room that is made, as in the document", async () => {
  await using server = await startServer();
  const url = socketUrl(server);
  await using ann = await Guest.in(url, 1);
  await using bob = await Guest.open(url);

  bob.send('{ "type": "create_room", "title": "some new room" }');

  const list =
    '{"type":"list_rooms","rooms":{"1":{"id":1,"title":"Room 1","users":{"1":{"id":1,"name":"User 1"}}},"2":{"id":2,"title":"Room 2","users":{}},"3":{"id":3,"title":"Room 3","users":{}},"4":{"id":4,"title":"some new room","users":{}}}}';
  assertEquals(await ann.nextText(), list);
  assertEquals(await bob.nextText(), list);
  await expectSilence(ann, bob);
});

Deno.test("wschat tells everybody in the room of another name, as in the document", async () => {
  await using server = await startServer();
  const url = socketUrl(server);
  await using ann = await Guest.in(url, 1);
  await using bob = await Guest.in(url, 1, "My old name");
  await ann.next();

  bob.send('{ "type": "change_name", "name": "my new name" }');

  const change =
    '{"type":"change_name","oldName":"My old name","newName":"my new name"}';
  assertEquals(await ann.nextText(), change);
  assertEquals(await bob.nextText(), change);
  await expectSilence(ann, bob);
});

for (const profile of PROFILES) {
  Deno.test(`wschat changes a name outside of rooms silently, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.in(url, 1);
    await using bob = await Guest.open(url);

    bob.send({ type: "change_name", name: "Bob" });

    await expectSilence(ann, bob);
    await bob.enter(1);
    assertEquals(await ann.next(), {
      type: "enter_room",
      user: { id: bob.user.id, name: "Bob" },
    });
  });

  Deno.test(`wschat ignores what is said outside of rooms, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.in(url, 1);
    await using bob = await Guest.open(url);

    bob.say("void");
    bob.send({ type: "gif", gifId: 1 });

    await expectSilence(ann, bob);
  });

  Deno.test(`wschat tells all again that somebody enters the room it is in, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.in(url, 1);
    await using bob = await Guest.in(url, 1);
    const user = { id: bob.user.id, name: bob.user.name };
    await ann.next();

    bob.send({ type: "enter_room", roomId: 1 });

    assertEquals(await ann.next(), { type: "enter_room", user });
    assertEquals(await bob.next(), { type: "enter_room", user });
    await expectSilence(ann, bob);
  });

  Deno.test(`wschat tells a room of who disconnects, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.in(url, 1);
    const bob = await Guest.in(url, 1, "Bob");
    await ann.next();

    await bob.close();

    assertEquals(await ann.next(), {
      type: "leave_room",
      user: { id: bob.user.id, name: "Bob" },
    });
    await expectSilence(ann);
  });

  Deno.test(`wschat lets titles repeat, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await Guest.open(socketUrl(server, { profile }));

    await ann.create("Lab");
    await ann.create("Lab");

    const rooms = Object.values(await ann.rooms());
    assertEquals(rooms.map(({ id, title }) => `${id} ${title}`), [
      "1 Room 1",
      "2 Room 2",
      "3 Room 3",
      "4 Lab",
      "5 Lab",
    ]);
  });

  Deno.test(`wschat lets a room be called as one of rooms 1 to 3, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await Guest.open(socketUrl(server, { profile }));

    await ann.create("Room 1");

    const rooms = await ann.rooms();
    assertEquals(rooms["4"], { id: 4, title: "Room 1", users: {} });
  });

  Deno.test(`wschat keeps rooms of one title apart, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.open(url);
    const first = await ann.create("Lab");
    const second = await ann.create("Lab");
    await using bob = await Guest.in(url, first);
    await using cat = await Guest.in(url, second);

    bob.say("first");
    cat.say("second");

    assertEquals((await bob.nextBesideLists()).text, "first");
    assertEquals((await cat.nextBesideLists()).text, "second");
    await expectSilence(bob, cat);
  });
}

Deno.test("wschat drops fields that it does not know", async () => {
  await using server = await startServer();
  await using ann = await Guest.in(socketUrl(server), 1);

  ann.send({ type: "text", text: "hi", extra: 1, from: { id: 7, name: "x" } });

  assertEquals(
    await ann.nextText(),
    '{"type":"text","text":"hi","from":{"id":1,"name":"User 1"}}',
  );
});

Deno.test("wschat ignores a name, text or title that cannot be", async () => {
  await using server = await startServer();
  await using ann = await Guest.in(socketUrl(server), 1);

  for (const name of ["n".repeat(129), "\u202Egnp", "\ud800"]) {
    ann.send({ type: "change_name", name });
  }
  ann.say("w".repeat(4_097));
  ann.say("\ud800");
  for (const title of ["t".repeat(256), "@dm/x", "a\nb"]) {
    ann.send({ type: "create_room", title });
  }

  await expectSilence(ann);
  assertEquals(Object.keys(await ann.rooms()), ["1", "2", "3"]);
});

for (const [script, text] of Object.entries(SCRIPTS)) {
  Deno.test(`wschat keeps title, name and text byte for byte: ${script}`, async () => {
    await using server = await startServer();
    await using ann = await Guest.open(socketUrl(server));
    const quoted = JSON.stringify(text);

    ann.send({ type: "create_room", title: text });
    const list = await ann.nextText();
    ann.send({ type: "change_name", name: text });
    await ann.enter(4);
    ann.say(text);

    assert(list.includes(`"4":{"id":4,"title":${quoted},"users":{}}`), list);
    assertEquals(
      await ann.nextText(),
      `{"type":"text","text":${quoted},"from":{"id":1,"name":${quoted}}}`,
    );
  });
}

Deno.test("wschat reads binary frames as text, and sends text", async () => {
  await using server = await startServer();
  await using ann = await Guest.in(socketUrl(server), 1);
  const frame = JSON.stringify({ type: "text", text: "👨‍👩‍👧‍👦" });

  ann.send(new TextEncoder().encode(frame));

  assertEquals(
    await ann.nextText(),
    '{"type":"text","text":"👨‍👩‍👧‍👦","from":{"id":1,"name":"User 1"}}',
  );
});

Deno.test("wschat is spoken on any path that asks for it", async () => {
  await using server = await startServer();

  await using asked = await Guest.open(`${server.url}/ws?dialect=wschat`);
  await using offered = await WsClient.open(`${server.url}/x`, ["wschat"]);

  assertEquals(asked.user.name, "User 1");
  assertEquals(await offered.next(), {
    type: "welcome",
    user: { id: 2, name: "User 2" },
  });
  assertEquals(offered.socket.protocol, "wschat");
});

Deno.test("wschat numbers of rooms and users are kept over a restart", async () => {
  const folder = await Deno.makeTempDir();
  const kv = `${folder}/parley.kv`;
  await using first = await startServer({ kv });
  const ann = await Guest.open(socketUrl(first));
  assertEquals(await ann.create("Lab"), 4);
  await ann.close();
  await first.stop();

  await using second = await startServer({ kv });
  await using bob = await Guest.open(socketUrl(second));

  assertNotEquals(bob.user.id, ann.user.id);
  assertEquals((await bob.rooms())["4"], { id: 4, title: "Lab", users: {} });
  assertEquals(await bob.create("Lab"), 5);
  await second.stop();
  await Deno.remove(folder, { recursive: true });
});
