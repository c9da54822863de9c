/**
 * wschat's ledger, as far as it is about rooms.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { PROFILES } from "../../src/dialects/dialect.ts";
import { startServer } from "../support/server.ts";
import { Angler } from "./channel_chat_kit.ts";
import { joined, leave, nextOf, send } from "./chat_ws_kit.ts";
import {
  expectSilence,
  Guest,
  type Rooms,
  socketUrl,
  THREE_ROOMS,
} from "./wschat_kit.ts";

for (const profile of PROFILES) {
  Deno.test(`wschat ledger "leave_room audience": all members, the leaver included, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.in(url, 1);
    await using bob = await Guest.in(url, 1, "Bob");
    await using cat = await Guest.in(url, 2);
    await ann.next();

    bob.send({ type: "leave_room" });

    const left = {
      type: "leave_room",
      user: { id: bob.user.id, name: "Bob" },
    };
    assertEquals(await ann.next(), left);
    assertEquals(await bob.next(), left);
    await expectSilence(ann, bob, cat);
  });

  Deno.test(`wschat ledger "leave_room audience": who left hears the room no more, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.in(url, 1);
    await using bob = await Guest.in(url, 1);
    await ann.next();
    bob.send({ type: "leave_room" });
    await bob.next();
    await ann.next();

    ann.say("alone");

    assertEquals(await ann.next(), {
      type: "text",
      text: "alone",
      from: ann.user,
    });
    await expectSilence(ann, bob);
  });

  Deno.test(`wschat ledger "empty room": removed when the last one leaves, then list_rooms to all, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using bob = await Guest.open(url);
    await using ann = await Guest.open(url);
    await ann.enter(await ann.create("Lab"));
    await bob.next();

    ann.send({ type: "leave_room" });

    const list = { type: "list_rooms", rooms: THREE_ROOMS };
    assertEquals(await bob.next(), list);
    assertEquals(await ann.next(), { type: "leave_room", user: ann.user });
    assertEquals(await ann.next(), list);
    await expectSilence(ann, bob);
  });

  Deno.test(`wschat ledger "empty room": stays when the last one disconnects, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using bob = await Guest.open(url);
    const ann = await Guest.open(url);
    const lab = await ann.create("Lab");
    await ann.enter(lab);
    await bob.next();

    await ann.close();

    const rooms = await bob.rooms();
    assertEquals(Object.keys(rooms), ["1", "2", "3", "4"]);
    await bob.enter(lab);
    bob.send({ type: "leave_room" });
    await bob.until(({ type }) => type === "leave_room");
    assertEquals(await bob.rooms(), THREE_ROOMS);
  });

  Deno.test(`wschat ledger "empty room": stays if anything was said there, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await Guest.open(socketUrl(server, { profile }));
    await ann.enter(await ann.create("Lab"));
    ann.say("hi");
    await ann.next();

    ann.send({ type: "leave_room" });

    assertEquals(await ann.next(), { type: "leave_room", user: ann.user });
    await expectSilence(ann);
    assertEquals((await ann.rooms())["4"]?.title, "Lab");
  });

  Deno.test(`wschat ledger "empty room": stays while somebody is there, in any dialect, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await Guest.open(socketUrl(server, { profile }));
    await ann.enter(await ann.create("Lab"));
    await using cat = await joined(server.url, "Lab", "Cat");
    await ann.next();

    ann.send({ type: "leave_room" });

    assertEquals(await ann.next(), { type: "leave_room", user: ann.user });
    await expectSilence(ann);
    cat.send(leave("Lab", "Cat"));
    await nextOf(cat, "leave-room");
    // Whoever does not speak wschat removes nothing.
    assertEquals((await ann.rooms())["4"]?.title, "Lab");
  });

  Deno.test(`wschat ledger "empty room": rooms 1 to 3 and those of other dialects stay, in ${profile}`, async () => {
    await using server = await startServer();
    await using cat = await joined(server.url, "cat's", "Cat");
    cat.send(leave("cat's", "Cat"));
    await nextOf(cat, "leave-room");
    await using ann = await Guest.open(socketUrl(server, { profile }));

    for (const roomId of [1, 2, 3, 4]) {
      await ann.enter(roomId);
      ann.send({ type: "leave_room" });
      assertEquals(await ann.next(), { type: "leave_room", user: ann.user });
    }

    await expectSilence(ann);
    assertEquals(Object.keys(await ann.rooms()), ["1", "2", "3", "4"]);
  });

  Deno.test(`wschat ledger "enter a second room": leaves the old, then enters, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.in(url, 1);
    await using cat = await Guest.in(url, 2);
    await using bob = await Guest.in(url, 1);
    await ann.next();

    bob.send({ type: "enter_room", roomId: 2 });
    bob.say("where does it go?");

    const { user } = bob;
    const said = { type: "text", text: "where does it go?", from: user };
    assertEquals(await ann.next(), { type: "leave_room", user });
    assertEquals(await bob.next(), { type: "leave_room", user });
    assertEquals(await bob.next(), { type: "enter_room", user });
    assertEquals(await bob.next(), said);
    assertEquals(await cat.next(), { type: "enter_room", user });
    assertEquals(await cat.next(), said);
    await expectSilence(ann, bob, cat);
  });

  Deno.test(`wschat ledger "enter unknown room, leave outside a room": ignored, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.in(url, 1);
    await using bob = await Guest.open(url);

    bob.send({ type: "leave_room" });
    for (const roomId of [99, "99", 0, -1, "", "Room 1", null, [1], 1.5]) {
      bob.send({ type: "enter_room", roomId });
    }
    bob.send({ type: "enter_room" });
    bob.say("nowhere");

    await expectSilence(ann, bob);
    await bob.enter(1);
    assertEquals(await ann.next(), { type: "enter_room", user: bob.user });
  });

  Deno.test(`wschat ledger "enter unknown room, leave outside a room": an unknown one does not leave the old, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await Guest.in(socketUrl(server, { profile }), 1);

    ann.send({ type: "enter_room", roomId: 99 });
    ann.say("still here");

    assertEquals(await ann.next(), {
      type: "text",
      text: "still here",
      from: ann.user,
    });
    await expectSilence(ann);
  });

  Deno.test(`wschat ledger "ids": numbers out, numbers and strings in, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.open(url);
    await using bob = await Guest.open(url);

    ann.send({ type: "enter_room", roomId: 2 });
    const byNumber = await ann.next();
    bob.send({ type: "enter_room", roomId: "2" });
    const byString = await bob.next();

    assertEquals(byNumber, {
      type: "enter_room",
      user: { id: 1, name: "User 1" },
    });
    assertEquals(byString, {
      type: "enter_room",
      user: { id: 2, name: "User 2" },
    });
    assertEquals((await ann.rooms())["2"], {
      id: 2,
      title: "Room 2",
      users: {
        "1": { id: 1, name: "User 1" },
        "2": { id: 2, name: "User 2" },
      },
    });
  });
}

Deno.test('wschat ledger "empty room": its number is not used again, also after a restart', async () => {
  const folder = await Deno.makeTempDir();
  const kv = `${folder}/parley.kv`;
  await using first = await startServer({ kv });
  const ann = await Guest.open(socketUrl(first));
  for (const number of [4, 5]) {
    assertEquals(await ann.create("Lab"), number);
    await ann.enter(number);
    ann.send({ type: "leave_room" });
    await ann.until(({ type }) => type === "leave_room");
    assertEquals(await ann.rooms(), THREE_ROOMS);
  }
  await ann.close();
  await first.stop();

  await using second = await startServer({ kv });
  await using bob = await Guest.open(socketUrl(second));

  assertEquals(await bob.rooms(), THREE_ROOMS);
  assertEquals(await bob.create("Lab"), 6);
  bob.send({ type: "enter_room", roomId: 4 });
  await expectSilence(bob);
  await second.stop();
  await Deno.remove(folder, { recursive: true });
});

Deno.test('wschat ledger "list_rooms push": when another dialect makes a room', async () => {
  await using server = await startServer();
  await using ann = await Guest.open(socketUrl(server));

  await using cat = await joined(server.url, "cat's", "Cat");
  const byChatWs = await ann.next();
  await using _dan = await Angler.connect(`${server.url}/fishing`);
  const byChannelChat = await ann.next();
  cat.send(send("ghost", "Cat", "nobody here"));
  const bySaying = await ann.next();

  const titles = [byChatWs, byChannelChat, bySaying].map((frame) => {
    const { type, rooms } = Object(frame);
    return [type, ...Object.values(rooms as Rooms).map(({ title }) => title)];
  });
  const first = ["list_rooms", "Room 1", "Room 2", "Room 3", "cat's"];
  assertEquals(titles, [
    first,
    [...first, "fishing"],
    [...first, "fishing", "ghost"],
  ]);
  await expectSilence(ann);
});

Deno.test("wschat lists the members of every dialect", async () => {
  await using server = await startServer();
  await using _cat = await joined(server.url, "Room 1", "Cat");
  await using _dan = await Angler.connect(`${server.url}/Room%201`);
  await using ann = await Guest.in(socketUrl(server), 1, "Ann");

  const rooms = await ann.rooms();

  assertEquals(Object.values(rooms["1"]?.users ?? {}), [
    { id: 1, name: "Cat" },
    { id: 2, name: "User 2" },
    { id: 3, name: "Ann" },
  ]);
});

Deno.test("wschat hears who comes, is renamed, talks and goes in other dialects", async () => {
  await using server = await startServer();
  await using ann = await Guest.in(socketUrl(server), 1);
  const dan = await Angler.connect(`${server.url}/Room%201`);

  await dan.identify("Dan");
  dan.say("hi");
  await dan.next();
  await dan.close();

  const [nameless, named] = [{ id: 2, name: "User 2" }, { id: 2, name: "Dan" }];
  assertEquals(await ann.client.take(4), [
    { type: "enter_room", user: nameless },
    { type: "change_name", oldName: "User 2", newName: "Dan" },
    { type: "text", text: "hi", from: named },
    { type: "leave_room", user: named },
  ]);
  await expectSilence(ann);
});
