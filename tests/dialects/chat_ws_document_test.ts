import { assertEquals, assertMatch } from "@std/assert";
import { startServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";
import {
  expectSilence,
  join,
  joined,
  leave,
  send,
  socketUrl,
} from "./chat_ws_kit.ts";

/** Fields of a WebSocket handshake; `fetch` shows how it was refused. */
const HANDSHAKE = {
  "connection": "Upgrade",
  "upgrade": "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** Each is a room, a name and a text. */
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

Deno.test("chat-ws join-room is told to the existing members, as in the document", async () => {
  await using server = await startServer();
  await using ann = await joined(server.url, "general", "Ann");
  await using will = await WsClient.open(server.url);

  will.send(`{
    "type": "join-room",
    "room_id": "general",
    "from": "Will Hall"
}`);

  assertEquals(await ann.next(), {
    type: "join-room",
    room_id: "general",
    from: "Will Hall",
  });
});

Deno.test("chat-ws leave-room is told to the other members, as in the document", async () => {
  await using server = await startServer();
  await using ann = await joined(server.url, "general", "Ann");
  await using will = await joined(server.url, "general", "Will Hall");
  assertEquals(await ann.next(), join("general", "Will Hall"));

  will.send(`{
    "type": "leave-room",
    "room_id": "general",
    "from": "Will Hall"
}`);

  assertEquals(await ann.next(), {
    type: "leave-room",
    room_id: "general",
    from: "Will Hall",
  });
});

Deno.test("chat-ws send-message comes as the document's receive-message", async () => {
  await using server = await startServer();
  await using ann = await joined(server.url, "general", "Ann");
  await using will = await joined(server.url, "general", "Will Hall");
  assertEquals(await ann.next(), join("general", "Will Hall"));

  will.send(`{
    "type": "send-message",
    "room_id": "general",
    "from": "Will Hall",
    "message": "Hello world!"
}`);

  const heard = await ann.nextText();
  assertMatch(
    heard,
    /^{"type":"receive-message","room_id":"general","from":"Will Hall","message":"Hello world!","sent_at":\d{10}\.\d{3}}$/,
  );
  assertEquals(await will.nextText(), heard);
});

Deno.test("chat-ws says nothing until the client does", async () => {
  await using server = await startServer();

  await using ann = await WsClient.open(socketUrl(server));

  await expectSilence(ann);
});

Deno.test("chat-ws keeps the rooms of one socket apart", async () => {
  await using server = await startServer();
  await using ann = await joined(socketUrl(server), "red", "Ann");
  ann.send(join("blue", "Anna"));
  assertEquals(await ann.next(), join("blue", "Anna"));
  await using bob = await joined(socketUrl(server), "red", "Bob");
  assertEquals(await ann.next(), join("red", "Bob"));
  await using cat = await joined(socketUrl(server), "blue", "Cat");
  assertEquals(await ann.next(), join("blue", "Cat"));

  ann.send(send("red", "Ann", "to red"));
  ann.send(send("blue", "Anna", "to blue"));

  assertMatch(await ann.nextText(), /"room_id":"red".*"message":"to red"/);
  assertMatch(await ann.nextText(), /"room_id":"blue".*"message":"to blue"/);
  assertMatch(await bob.nextText(), /"room_id":"red".*"message":"to red"/);
  assertMatch(await cat.nextText(), /"room_id":"blue".*"message":"to blue"/);
  await expectSilence(ann, bob, cat);
});

Deno.test("chat-ws hears a room no more once it has left, and still its others", async () => {
  await using server = await startServer();
  await using ann = await joined(socketUrl(server), "red", "Ann");
  ann.send(join("blue", "Ann"));
  assertEquals(await ann.next(), join("blue", "Ann"));
  await using bob = await WsClient.open(socketUrl(server));
  ann.send(leave("red", "Ann"));
  assertEquals(await ann.next(), leave("red", "Ann"));

  bob.send(send("red", "Bob", "missed"));
  bob.send(send("blue", "Bob", "heard"));

  assertMatch(await ann.nextText(), /"message":"heard"/);
  await expectSilence(ann, bob);
});

for (const [script, text] of Object.entries(SCRIPTS)) {
  Deno.test(`chat-ws keeps room, name and text byte for byte: ${script}`, async () => {
    await using server = await startServer();
    await using ann = await joined(socketUrl(server), text, "Ann");
    await using bob = await WsClient.open(socketUrl(server));
    const quoted = JSON.stringify(text);

    bob.send(join(text, text));
    bob.send(send(text, text, text));
    bob.send(leave(text, text));

    assertEquals(
      await ann.nextText(),
      `{"type":"join-room","room_id":${quoted},"from":${quoted}}`,
    );
    assertEquals(
      (await ann.nextText()).replace(/\d{10}\.\d{3}/, "0"),
      `{"type":"receive-message","room_id":${quoted},"from":${quoted},"message":${quoted},"sent_at":0}`,
    );
    assertEquals(
      await ann.nextText(),
      `{"type":"leave-room","room_id":${quoted},"from":${quoted}}`,
    );
    assertEquals(
      await (await fetch(`${server.url}/rooms`)).text(),
      `{"rooms":[${quoted}]}`,
    );
  });
}

Deno.test("chat-ws rooms that only look alike are two", async () => {
  await using server = await startServer();
  await using composed = await joined(socketUrl(server), "caf\u00e9", "Ann");
  await using combined = await joined(socketUrl(server), "cafe\u0301", "Bob");

  composed.send(send("caf\u00e9", "Ann", "composed"));
  combined.send(send("cafe\u0301", "Bob", "combined"));

  assertMatch(await composed.nextText(), /"message":"composed"/);
  assertMatch(await combined.nextText(), /"message":"combined"/);
  await expectSilence(composed, combined);
});

Deno.test("chat-ws is spoken on any path that asks for it", async () => {
  await using server = await startServer();
  await using ann = await joined(server.url, "general", "Ann");
  const odd = `${server.url}/any/path%20%F0%9F%98%80/?x=1&dialect=chat-ws`;
  await using bob = await WsClient.open(odd);

  bob.send(join("general", "Bob"));

  assertEquals(await ann.next(), join("general", "Bob"));
  assertEquals(await bob.next(), join("general", "Bob"));
});

Deno.test("chat-ws is spoken on any path where a subprotocol names it", async () => {
  await using server = await startServer();
  const protocols = ["x", "chat-ws"];

  await using ann = await WsClient.open(`${server.url}/any/path`, protocols);

  assertEquals(ann.socket.protocol, "chat-ws");
  await expectSilence(ann);
});

Deno.test("chat-ws reads binary frames as text, and sends text", async () => {
  await using server = await startServer();
  await using ann = await WsClient.open(socketUrl(server));
  const bytes = (frame: unknown) =>
    new TextEncoder().encode(JSON.stringify(frame));

  ann.send(bytes(join("غرفة", "Ann")));
  ann.send(bytes(send("غرفة", "Ann", "👨‍👩‍👧‍👦")));

  assertEquals(
    await ann.nextText(),
    '{"type":"join-room","room_id":"غرفة","from":"Ann"}',
  );
  assertMatch(await ann.nextText(), /"message":"👨‍👩‍👧‍👦"/);
});

Deno.test("chat-ws refuses a handshake for an unknown profile or dialect with 400", async () => {
  await using server = await startServer();
  const options = { headers: HANDSHAKE };

  const profile = await fetch(`${server.url}/?profile=x`, options);
  const dialect = await fetch(`${server.url}/?dialect=x`, options);

  assertEquals(profile.status, 400);
  assertEquals(
    await profile.text(),
    '{"error":"profile must be document or original"}',
  );
  assertEquals(dialect.status, 400);
  assertMatch(
    await dialect.text(),
    /^{"error":"dialect must be .*chat-ws.*"}$/,
  );
});

Deno.test("chat-ws profile of the server holds where a client names none", async () => {
  await using server = await startServer({ args: ["--profile", "original"] });
  await using ann = await joined(socketUrl(server), "general", "Ann");
  await using bob = await WsClient.open(socketUrl(server, "document"));
  bob.send(send("general", "Bob", "hi"));
  assertMatch(await ann.nextText(), /"sent_at":\d{13}}$/);

  bob.send(join("general", "Bob"));

  assertMatch(await bob.nextText(), /"sent_at":\d{10}\.\d{3}}$/);
});

const ROOMS_ANSWERS: readonly {
  request: string;
  status: number;
  body: string;
}[] = [
  { request: "GET /rooms", status: 200, body: '{"rooms":["Will Test Room"]}' },
  {
    request: "GET /rooms?profile=original",
    status: 200,
    body: '{"rooms":["Will Test Room","silent"]}',
  },
  {
    request: "POST /rooms?profile=original",
    status: 200,
    body: '{"rooms":["Will Test Room","silent"]}',
  },
  {
    request: "GET /rooms?room_id=Will%20Test%20Room",
    status: 200,
    body: '{"rooms":["Will Test Room"]}',
  },
  { request: "GET /rooms?room_id=silent", status: 200, body: '{"rooms":[]}' },
  {
    request: "GET /rooms?room_id=",
    status: 400,
    body: '{"error":"room_id not provided"}',
  },
  {
    request: "GET /rooms?profile=x",
    status: 400,
    body: '{"error":"profile must be document or original"}',
  },
  {
    request: "GET /rooms?x=1&profile=original",
    status: 404,
    body: '{"error":"Endpoint not found"}',
  },
  {
    request: "GET /rooms/",
    status: 404,
    body: '{"error":"Endpoint not found"}',
  },
  {
    request: "GET /nope",
    status: 404,
    body: '{"error":"Endpoint not found"}',
  },
  {
    request: "GET /nope?profile=original",
    status: 404,
    body: '{"error":"Endpoint not found"}',
  },
];

Deno.test("chat-ws answers over HTTP with JSON for any web page", async (t) => {
  await using server = await startServer();
  await using ann = await joined(server.url, "Will Test Room", "Ann");
  ann.send(send("Will Test Room", "Ann", "hi"));
  await ann.next();
  ann.send(join("silent", "Ann"));
  await ann.next();

  for (const { request, status, body } of ROOMS_ANSWERS) {
    await t.step(request, async () => {
      const [method = "", path] = request.split(" ");

      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: { origin: "https://example.org" },
      });

      const { headers } = response;
      assertEquals(await response.text(), body);
      assertEquals(response.status, status);
      assertEquals(headers.get("content-type"), "application/json");
      assertEquals(headers.get("access-control-allow-origin"), "*");
    });
  }
});
