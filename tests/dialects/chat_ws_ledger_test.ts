import {
  assert,
  assertEquals,
  assertMatch,
  assertObjectMatch,
} from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";
import { startServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";
import {
  expectSilence,
  join,
  joined,
  leave,
  nextOf,
  send,
  socketUrl,
} from "./chat_ws_kit.ts";

Deno.test('chat-ws ledger "sent_at": seconds with a fraction, or integer ms, by profile', async () => {
  await using server = await startServer();
  await using ann = await joined(socketUrl(server, "document"), "r", "Ann");
  await using bob = await joined(socketUrl(server, "original"), "r", "Bob");
  await nextOf(ann, "join-room");
  const before = Date.now();

  bob.send(send("r", "Bob", "hi"));

  const seconds = sentAt(await ann.nextText(), /^\d{10}\.\d{3}$/);
  const ms = sentAt(await bob.nextText(), /^\d{13}$/);
  const after = Date.now();
  assert(ms >= before && ms <= after, `${ms} is not now`);
  assertEquals(Math.round(seconds * 1_000), ms);
});

for (const profile of PROFILES) {
  Deno.test(`chat-ws ledger "join echo to the joiner": joiner too, last, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, profile);
    await using ann = await joined(url, "r", "Ann");
    ann.send(send("r", "Ann", "one"));
    ann.send(send("r", "Ann", "two"));
    await ann.take(2);
    await using bob = await WsClient.open(url);
    const request = { ...join("r", "Bob"), extra: { k: 1 } };

    bob.send(request);

    assertObjectMatch(await taken(bob), { message: "one" });
    assertObjectMatch(await taken(bob), { message: "two" });
    assertEquals(await bob.next(), request);
    assertEquals(await ann.next(), request);
    await expectSilence(ann, bob);
  });

  Deno.test(`chat-ws ledger "join echo to the joiner": none for a member, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, profile);
    await using ann = await joined(url, "r", "Ann");
    await using bob = await joined(url, "r", "Bob");
    await ann.next();

    bob.send(join("r", "Rob"));

    await expectSilence(ann, bob);
  });
}

Deno.test('chat-ws ledger "history on join": the newest 200, oldest first, before the echo', async () => {
  await using server = await startServer();
  await using ann = await WsClient.open(socketUrl(server));
  for (let i = 1; i <= 203; i++) ann.send(send("r", "Ann", `${i}`));
  await expectSilence(ann);
  await using bob = await WsClient.open(socketUrl(server));

  bob.send(join("r", "Bob"));

  const history = await bob.take(200);
  const texts = history.map((frame) => field(frame, "message"));
  assertEquals(texts, Array.from({ length: 200 }, (_, i) => `${i + 4}`));
  assertEquals(await bob.next(), join("r", "Bob"));
  await expectSilence(bob);
});

Deno.test('chat-ws ledger "history on join": the cut is a setting', async () => {
  await using server = await startServer({
    args: ["--history-messages-max", "2"],
  });
  await using ann = await WsClient.open(socketUrl(server));
  for (const text of ["one", "two", "three"]) ann.send(send("r", "Ann", text));
  await expectSilence(ann);
  await using bob = await WsClient.open(socketUrl(server));

  bob.send(join("r", "Bob"));

  assertObjectMatch(await taken(bob), { message: "two" });
  assertObjectMatch(await taken(bob), { message: "three" });
  assertEquals(await bob.next(), join("r", "Bob"));
});

for (const profile of PROFILES) {
  Deno.test(`chat-ws ledger "leave-room": others, then the leaver once, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, profile);
    await using ann = await joined(url, "r", "Ann");
    await using bob = await joined(url, "r", "Bob");
    await ann.next();

    ann.send(leave("r", "Ann"));
    ann.send(leave("r", "Ann"));

    assertEquals(await bob.next(), leave("r", "Ann"));
    assertEquals(await ann.next(), leave("r", "Ann"));
    await expectSilence(ann, bob);
  });

  Deno.test(`chat-ws ledger "leave-room": who left hears the room no more, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, profile);
    await using ann = await joined(url, "r", "Ann");
    await using bob = await joined(url, "r", "Bob");
    await ann.next();
    ann.send({ ...leave("r", "Ann the gone"), why: "bye" });
    const left = { ...leave("r", "Ann the gone"), why: "bye" };
    assertEquals(await bob.next(), left);
    assertEquals(await ann.next(), left);

    bob.send(send("r", "Bob", "alone"));

    assertObjectMatch(await taken(bob), { message: "alone" });
    await expectSilence(ann, bob);
  });

  Deno.test(`chat-ws ledger "leave-room": ignored for who is no member, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, profile);
    await using ann = await joined(url, "r", "Ann");
    await using bob = await WsClient.open(url);

    bob.send(leave("r", "Bob"));
    bob.send(leave("no such room", "Bob"));

    await expectSilence(ann, bob);
  });

  Deno.test(`chat-ws ledger "send without join": accepted, heard by members alone, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, profile);
    await using ann = await joined(url, "r", "Ann");
    await using cat = await WsClient.open(url);

    cat.send(send("r", "Cat", "from outside"));

    assertObjectMatch(await taken(ann), {
      type: "receive-message",
      from: "Cat",
      message: "from outside",
    });
    await expectSilence(ann, cat);
  });

  Deno.test(`chat-ws ledger "send without join": stored for the first who joins, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, profile);
    await using cat = await WsClient.open(url);
    cat.send(send("ghost", "Cat", "nobody here"));
    await expectSilence(cat);
    await using dan = await WsClient.open(url);

    dan.send(join("ghost", "Dan"));

    assertObjectMatch(await taken(dan), {
      room_id: "ghost",
      from: "Cat",
      message: "nobody here",
    });
    assertEquals(await dan.next(), join("ghost", "Dan"));
    await expectSilence(cat, dan);
  });
}

Deno.test('chat-ws ledger "/rooms": rooms with messages, or rooms ever joined, by profile', async () => {
  await using server = await startServer();
  await using ann = await joined(socketUrl(server), "left and silent", "Ann");
  ann.send(leave("left and silent", "Ann"));
  ann.send(send("ghost", "Ann", "nobody here"));
  ann.send(join("both", "Ann"));
  ann.send(send("both", "Ann", "hi"));
  await nextOf(ann, "receive-message");

  const document = await fetch(`${server.url}/rooms?profile=document`);
  const original = await fetch(`${server.url}/rooms?profile=original`);
  const neither = await fetch(`${server.url}/rooms`);

  assertEquals(await document.json(), { rooms: ["ghost", "both"] });
  assertEquals(await original.json(), { rooms: ["left and silent", "both"] });
  assertEquals(await neither.json(), { rooms: ["ghost", "both"] });
});

const REFUSED: readonly [frame: string, error: string][] = [
  ["hello", "Invalid JSON"],
  ["[]", "not a JSON object"],
  ['{"type":"join-room","from":"Cat"}', "room_id not provided"],
  ['{"type":"leave-room","from":"Cat"}', "room_id not provided"],
  [
    '{"type":"send-message","from":"Cat","message":"hi"}',
    "room_id not provided",
  ],
  [
    '{"type":"join-room","room_id":7,"from":"Cat"}',
    "room_id must be a string",
  ],
];

for (const profile of PROFILES) {
  Deno.test(`chat-ws ledger "errors over the socket": to the offender, which stays, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, profile);
    await using ann = await joined(url, "r", "Ann");
    await using cat = await joined(url, "r", "Cat");
    await ann.next();

    for (const [frame] of REFUSED) cat.send(frame);
    cat.send(send("r", "Cat", "still here"));

    const errors = await cat.take(REFUSED.length);
    assertEquals(errors, REFUSED.map(([_, error]) => ({ error })));
    assertObjectMatch(await taken(cat), { message: "still here" });
    assertObjectMatch(await taken(ann), { message: "still here" });
    await expectSilence(ann, cat);
  });

  Deno.test(`chat-ws ledger "errors over the socket": none for an unknown type, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await joined(socketUrl(server, profile), "r", "Ann");

    ann.send({ type: "nope" });
    ann.send({ type: "receive-message", room_id: "r", message: "forged" });
    ann.send({});

    await expectSilence(ann);
  });

  Deno.test(`chat-ws ledger "disconnect": leave-room to its own rooms, with the name used there, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, profile);
    await using ann = await joined(url, "r", "Ann");
    await using dan = await joined(url, "s", "Dan");
    await using eve = await joined(url, "elsewhere", "Eve");
    await using bob = await joined(url, "r", "Bob");
    bob.send(join("s", "Rob"));
    await nextOf(bob, "join-room");
    bob.send(send("r", "Other", "hi"));
    await bob.next();
    assertEquals(await ann.next(), join("r", "Bob"));
    assertObjectMatch(await taken(ann), { from: "Other" });
    assertEquals(await dan.next(), join("s", "Rob"));

    await bob.close();

    assertEquals(await ann.next(), leave("r", "Bob"));
    assertEquals(await dan.next(), leave("s", "Rob"));
    await expectSilence(ann, dan, eve);
  });
}

Deno.test("chat-ws values of another type: relayed as sent in original", async () => {
  await using server = await startServer();
  await using doc = await joined(socketUrl(server, "document"), "r", "Doc");
  await using ori = await joined(socketUrl(server, "original"), "r", "Ori");
  await doc.next();

  ori.send({ type: "send-message", room_id: "r", from: 7, message: [42] });
  ori.send({ type: "send-message", room_id: "r" });

  assertObjectMatch(await taken(ori), { from: 7, message: [42] });
  assertMatch(
    await ori.nextText(),
    /^{"type":"receive-message","room_id":"r","sent_at":\d{13}}$/,
  );
  assertObjectMatch(await taken(doc), { from: "7", message: "[42]" });
  assertObjectMatch(await taken(doc), { from: "", message: "" });
});

Deno.test("chat-ws values of another type: refused in document", async () => {
  await using server = await startServer();
  await using ann = await joined(socketUrl(server), "r", "Ann");

  ann.send({ type: "send-message", room_id: "r", from: "Ann", message: 42 });
  ann.send({ type: "send-message", room_id: "r", from: "Ann" });
  ann.send({ type: "join-room", room_id: "s", from: 7 });

  assertEquals(await ann.take(3), [
    { error: "message must be a string" },
    { error: "message not provided" },
    { error: "from must be a string" },
  ]);
  await expectSilence(ann);
});

/** The number in a text frame, which must be written in a certain way. */
function sentAt(frame: string, form: RegExp): number {
  const written = /"sent_at":([^,}]*)}$/.exec(frame)?.[1] ?? "";
  assertMatch(written, form);
  return Number(written);
}

function field(frame: Json, name: string): Json | undefined {
  const found = Object.entries(frame ?? {}).find(([key]) => key === name);
  return found?.[1];
}

/** The next frame, which must be an object. */
async function taken(client: WsClient): Promise<Record<string, Json>> {
  return Object.fromEntries(Object.entries(await client.next() ?? {}));
}
