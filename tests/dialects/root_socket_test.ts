/**
 * Both kinds of client on `/`, over real sockets and in real time.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { startServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";
import {
  expectSilence as expectChatWsSilence,
  join,
  joined,
  leave,
  send,
} from "./chat_ws_kit.ts";
import { expectSilence, Guest, THREE_ROOMS } from "./wschat_kit.ts";

/** So long that no test is silent for as long as that. */
const NEVER = { env: { PARLEY_ROOT_SILENCE_MS: "3600000" } };

Deno.test("root serves a chat-ws client that sends at once, unwelcomed", async () => {
  await using server = await startServer(NEVER);
  await using ann = await WsClient.open(`${server.url}/`);

  ann.send(join("general", "Ann"));
  ann.send(send("general", "Ann", "hi"));
  ann.send(leave("general", "Ann"));

  assertEquals(await ann.next(), join("general", "Ann"));
  assertMatch(await ann.nextText(), /^{"type":"receive-message",.*"hi"/);
  assertEquals(await ann.next(), leave("general", "Ann"));
  await expectChatWsSilence(ann);
});

Deno.test("root serves a wschat client that sends at once, before its welcome", async () => {
  await using server = await startServer(NEVER);
  const ann = new WebSocket(`${server.url.replace("http", "ws")}/`);
  const heard: unknown[] = [];
  const done = Promise.withResolvers<void>();
  ann.onopen = () => ann.send('{"type":"list_rooms"}');
  ann.onmessage = ({ data }) => {
    heard.push(JSON.parse(data));
    if (heard.length === 2) ann.close();
  };
  ann.onclose = () => done.resolve();

  await done.promise;

  assertEquals(heard, [
    { type: "welcome", user: { id: 1, name: "User 1" } },
    { type: "list_rooms", rooms: THREE_ROOMS },
  ]);
});

Deno.test("root welcomes a silent client, which may then be of either kind", async () => {
  await using server = await startServer();
  await using ann = await Guest.open(`${server.url}/`);
  await using bob = await Guest.open(`${server.url}/`);

  bob.send(join("Room 1", "Bob"));
  const echo = await bob.next();
  ann.send({ type: "enter_room", roomId: 1 });

  const user = { id: ann.user.id, name: ann.user.name };
  assertEquals(echo, join("Room 1", "Bob"));
  assertEquals(await ann.next(), { type: "enter_room", user });
  assertEquals(await bob.next(), join("Room 1", user.name));
  await expectSilence(ann);
  await expectChatWsSilence(bob.client);
});

Deno.test("root lets both kinds of client talk with each other", async () => {
  await using server = await startServer();
  await using ann = await joined(server.url, "Room 1", "Ann");
  await using bob = await Guest.in(`${server.url}/`, 1, "Bob");
  assertEquals(await ann.next(), join("Room 1", "Bob"));

  ann.send(send("Room 1", "Ann", "hi Bob"));
  const byAnn = Object(await bob.next());
  await ann.next();
  bob.say("hi Ann");
  const byBob = Object(await ann.next());

  assertEquals([byAnn.text, byAnn.from.name], ["hi Bob", "Ann"]);
  assertEquals([byBob.message, byBob.from], ["hi Ann", "Bob"]);
});

Deno.test("root sends the list of rooms to who is silent, no more once it is chat-ws", async () => {
  await using server = await startServer();
  await using ann = await Guest.open(`${server.url}/`);
  await using bob = await Guest.open(`${server.url}/`);
  bob.send(join("first", "Bob"));
  const echo = await bob.next();

  await using _cat = await joined(server.url, "second", "Cat");

  const lists = [await ann.next(), await ann.next()];
  const counts = lists.map((list) => Object.keys(Object(list).rooms).length);
  assertEquals(counts, [4, 5]);
  assertEquals(echo, join("first", "Bob"));
  await expectChatWsSilence(bob.client);
});

Deno.test("root decides nothing by what is no frame of either kind", async () => {
  await using server = await startServer();
  await using ann = await WsClient.open(`${server.url}/`);

  ann.send("nope");
  ann.send({ type: "message", text: "x" });
  const welcome = await ann.next();
  ann.send({ type: "identity", user: "Ann" });
  ann.send(join("general", "Ann"));

  assertEquals(welcome, { type: "welcome", user: { id: 1, name: "User 1" } });
  assertEquals(await ann.next(), join("general", "Ann"));
  await expectChatWsSilence(ann);
});

Deno.test("root reads the first frame in binary too", async () => {
  await using server = await startServer(NEVER);
  await using ann = await WsClient.open(`${server.url}/`);
  const frame = JSON.stringify(join("general", "Ann"));

  ann.send(new TextEncoder().encode(frame));

  assertEquals(await ann.next(), join("general", "Ann"));
});
