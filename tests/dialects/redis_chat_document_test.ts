import { assert, assertEquals, assertMatch } from "@std/assert";
import { startServer, type TestServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";
import {
  connect,
  enter,
  error,
  expectSilence,
  field,
  join,
  keysIn,
  say,
  UUID,
} from "./redis_chat_kit.ts";

/** The document's examples, with real values where it has placeholders. */
async function withAnn(
  server: TestServer,
): Promise<{ client: WsClient; userUUID: string; accessKey: string }> {
  const client = await connect(server);
  client.send(`{
"SUUID": "Session UUID",
"type": "signIn",
"signId": {
"username": "Ann",
"password": "User password"
}
}`);
  const keys = keysIn(await client.next());
  await client.next();
  return { client, ...keys };
}

Deno.test("redis-chat ready is the document's, at /ws and by name on any path", async () => {
  await using server = await startServer();

  await using ann = await WsClient.open(`${server.url}/ws`);
  await using bob = await WsClient.open(`${server.url}/x?dialect=redis-chat`);
  await using cat = await WsClient.open(`${server.url}/x`, ["redis-chat"]);

  for (const client of [ann, bob, cat]) {
    const text = await client.nextText();
    const id = String(field(field(JSON.parse(text), "ready"), "sessionUUID"));
    assertMatch(id, UUID);
    assertEquals(text, `{"type":"ready","ready":{"sessionUUID":"${id}"}}`);
  }
  await expectSilence(ann, bob, cat);
});

Deno.test("redis-chat User SignIn, as in the document", async () => {
  await using server = await startServer();
  await using ann = await connect(server);

  ann.send(`{
"SUUID": "Session UUID",
"type": "signIn",
"signId": {
"username": "User name",
"password": "User password"
}
}`);

  const authorized = await ann.next();
  const { userUUID, accessKey } = keysIn(authorized);
  assertMatch(userUUID, UUID);
  assertMatch(accessKey, UUID);
  assertEquals(authorized, {
    type: "authorized",
    authorized: { userUUID, accessKey },
  });
  const signIn = { uuid: userUUID, username: "User name" };
  assertEquals(await ann.next(), {
    type: "sys",
    sys: { type: "signIn", signIn },
  });
});

Deno.test("redis-chat User SignUp and SignOut, as in the document", async () => {
  await using server = await startServer();
  await using ann = await connect(server);

  ann.send(`{
"SUUID":"Session UUID",
"type": "signUp",
"signUp": {
"username": "User name",
"password": "User password"
}
}`);
  const authorized = await ann.next();
  const { userUUID, accessKey } = keysIn(authorized);
  ann.send(`{
"SUUID": "Session UUID",
"type": "signOut",
"userUUID": "${userUUID}",
"userAccessKey": "${accessKey}"
}`);

  assertMatch(userUUID, UUID);
  assertMatch(accessKey, UUID);
  assertEquals(authorized, {
    type: "authorized",
    authorized: { userUUID, accessKey },
  });
  assertEquals(await ann.next(), {
    type: "unauthorized",
    unauthorized: { userUUID },
  });
  await expectSilence(ann);
});

Deno.test("redis-chat Error, as in the document", async () => {
  await using server = await startServer();
  await using ann = await connect(server);

  ann.send("{");

  assertEquals(await ann.next(), error(1, "Invalid JSON"));
});

Deno.test("redis-chat Users List, as in the document", async () => {
  await using server = await startServer();
  const ann = await withAnn(server);
  await using client = ann.client;

  client.send(`{
"SUUID": "Session UUID",
"type": "users",
"userUUID": "${ann.userUUID}",
"userAccessKey": "${ann.accessKey}"
}`);

  assertEquals(await client.next(), {
    type: "users",
    users: {
      total: 1,
      received: 1,
      users: [
        {
          UUID: ann.userUUID,
          Username: "Ann",
          username: "Ann",
          Password: "",
          OnLine: true,
        },
      ],
    },
  });
});

Deno.test("redis-chat Join to channel, Send message, Read messages and Leave channel, as in the document", async () => {
  await using server = await startServer();
  const ann = await withAnn(server);
  await using client = ann.client;
  await using bob = await enter(server, "Bob");
  const request = `"SUUID": "Session UUID",
"userUUID": "${ann.userUUID}",
"userAccessKey": "${ann.accessKey}",`;

  client.send(`{
${request}
"type": "channelJoin",
"channelJoin": {
"recipientUUID": "${bob.userUUID}"
}
}`);
  client.send(`{
${request}
"type": "channelMessage",
"channelMessage": {
"recipientUUID": "${bob.userUUID}",
"message": "Message text"
}
}`);
  client.send(`{
${request}
"type": "channelMessages",
"channelMessages": {
"recipientUUID": "${bob.userUUID}",
"offset": 0,
"limit": 1
}
}`);
  client.send(`{
${request}
"type": "channelLeave",
"channelLeave": {
"recipientUUID": "${bob.userUUID}"
}
}`);

  const [joined, sys, message, read, left] = await client.take(5);
  const shown = (UUID: string, name: string) => ({
    UUID,
    Username: name,
    username: name,
    Password: "",
    OnLine: true,
  });
  const users = [shown(ann.userUUID, "Ann"), shown(bob.userUUID, "Bob")];
  const recipientUUID = bob.userUUID;
  assertEquals(joined, {
    type: "channelJoin",
    channelJoin: { recipientUUID, messages: [], users },
  });
  assertEquals(field(sys, "sys"), {
    type: "channelJoin",
    channelJoin: { recipientUUID },
  });
  const said = field(message, "channelMessage");
  assertMatch(String(field(said, "UUID")), UUID);
  assertEquals(field(said, "senderUUID"), ann.userUUID);
  assertEquals(field(said, "recipientUUID"), recipientUUID);
  assertEquals(field(said, "message"), "Message text");
  assertMatch(
    String(field(said, "created_at")),
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  );
  assertEquals(field(said, "created_at"), field(said, "createdAt"));
  assertEquals(read, {
    type: "channelRead",
    channelMessages: {
      messagesTotal: 1,
      messagesReceived: 1,
      messages: [said ?? null],
    },
  });
  assertEquals(left, { type: "channelLeave", channelLeave: { recipientUUID } });
  await expectSilence(client, bob.client);
});

for (const publicUUID of ["0", 0]) {
  Deno.test(`redis-chat public channel is recipientUUID ${JSON.stringify(publicUUID)}, as in the document`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann");
    const { client } = ann;

    client.send(join(publicUUID));
    client.send(say("Message text", publicUUID));
    client.send({
      type: "channelMessages",
      channelMessages: { recipientUUID: publicUUID },
    });
    client.send({
      type: "channelLeave",
      channelLeave: { recipientUUID: publicUUID },
    });

    const [joined, _sys, message, read, left] = await client.take(5);
    assertEquals(
      field(field(joined, "channelJoin"), "recipientUUID"),
      publicUUID,
    );
    const said = field(message, "channelMessage");
    assertEquals(field(said, "recipientUUID"), publicUUID);
    const messages = field(field(read, "channelMessages"), "messages");
    assertEquals(messages, [said ?? null]);
    assertEquals(left, error(0, "Cannot leave the public channel"));
  });
}

Deno.test("redis-chat messages are read from new to old, 10 by default and fewer than 100", async () => {
  await using server = await startServer();
  await using ann = await enter(server, "Ann");
  const { client } = ann;
  for (let i = 1; i <= 12; i++) client.send(say(`${i}`));
  await client.take(12);

  client.send({ type: "channelMessages", channelMessages: {} });
  client.send({ type: "channelMessages", channelMessages: { offset: 10 } });
  client.send({ type: "channelMessages", channelMessages: { limit: 99 } });
  client.send({ type: "channelMessages", channelMessages: { limit: 100 } });

  const [byDefault, rest, most, tooMany] = await client.take(4);
  const pages = [byDefault, rest, most].map((frame) => {
    const messages = field(field(frame, "channelMessages"), "messages");
    assert(Array.isArray(messages));
    return messages.map((one) => field(one, "message"));
  });
  const newest = ["12", "11", "10", "9", "8", "7", "6", "5", "4", "3"];
  assertEquals(pages, [newest, ["2", "1"], [...newest, "2", "1"]]);
  assertEquals(
    tooMany,
    error(0, "channelMessages.limit: must be a whole number from 1 to 99"),
  );
});

Deno.test("redis-chat GET /links answers with what a setting says", async () => {
  const url = "https://example.org/chat";
  await using standard = await startServer();
  await using set = await startServer({ args: ["--links-url", url] });

  const [byDefault, asSet] = await Promise.all(
    [standard, set].map((server) => fetch(`${server.url}/links`)),
  );

  assertEquals(byDefault?.status, 200);
  assertEquals(byDefault?.headers.get("content-type"), "application/json");
  assertEquals(
    await byDefault?.text(),
    '{"github":"https://github.com/redis-developer/basic-redis-chat-demo-go"}',
  );
  assertEquals(await asSet?.json(), { github: url });
});

const SCRIPTS = {
  Arabic: "غرفة المحادثة",
  Hindi: "हिन्दी क्षेत्र",
  "emoji family": "👨‍👩‍👧‍👦🏳️‍🌈",
  "what JSON or HTML escape": `"\\/ &<>'\u2028`,
} as const;

for (const [script, text] of Object.entries(SCRIPTS)) {
  Deno.test(`redis-chat keeps name and text byte for byte: ${script}`, async () => {
    await using server = await startServer();
    const name = text.replace("\u2028", "");
    await using ann = await enter(server, name);
    const { client } = ann;

    client.send(new TextEncoder().encode(JSON.stringify(say(text))));

    const said = field(await client.next(), "channelMessage");
    assertEquals(field(said, "message"), text);
    assertEquals(field(field(said, "Sender"), "Username"), name);
  });
}
