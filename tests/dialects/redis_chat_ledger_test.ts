import { assertEquals } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";
import { startServer } from "../support/server.ts";
import type { WsClient } from "../support/ws_client.ts";
import {
  connect,
  enter,
  error,
  expectSilence,
  field,
  join,
  leave,
  nextOf,
  readMessages,
  say,
  signIn,
  textsIn,
  typeOf,
} from "./redis_chat_kit.ts";

/** What only the document says of a message. */
const DOCUMENTED = [
  "createdAt",
  "created_at",
  "message",
  "recipientUUID",
  "senderUUID",
];

Deno.test('redis-chat ledger "error text": error.error and error.message, or the first alone; never the payload', async () => {
  await using server = await startServer();
  await using document = await connect(server, "document");
  await using original = await connect(server, "original");
  await using ann = await enter(server, "Ann");
  const frames = [signIn("Ann", "hunter2"), { type: "nope", why: "hunter2" }];

  for (const client of [document, original]) {
    frames.forEach(client.send, client);
  }

  const unknown = "unknow request data type: nope";
  assertEquals(await document.take(2), [
    error(4, "wrong password"),
    error(0, unknown),
  ]);
  assertEquals(await original.take(2), [
    { type: "error", error: { code: 4, error: "wrong password" } },
    { type: "error", error: { code: 0, error: unknown } },
  ]);
  await expectSilence(document, original, ann.client);
});

Deno.test('redis-chat ledger "users[].Password": always empty, or absent, by profile', async () => {
  await using server = await startServer();
  for (const profile of PROFILES) {
    await using ann = await enter(server, `Ann, ${profile}`, profile);
    const { client } = ann;

    client.send({ type: "users" });
    client.send(join());

    const users = field(field(await client.next(), "users"), "users");
    const joined = field(field(await client.next(), "channelJoin"), "users");
    const sys = field(await client.next(), "user");
    const shown = profile === "document" ? "" : undefined;
    const all = [...list(users), ...list(joined), sys];
    assertEquals(all.length >= 3, true);
    for (const user of all) assertEquals(field(user, "Password"), shown);
    client.send({ type: "signOut" });
    await client.next();
  }
});

Deno.test('redis-chat ledger "key case in messages and users": both sets, or the original\'s own, by profile', async () => {
  await using server = await startServer();
  await using document = await enter(server, "Doc", "document");
  await using original = await enter(server, "Ori", "original");
  const clients = [document.client, original.client];
  for (const client of clients) {
    client.send(join());
    await nextOf(client, "sys");
  }
  await nextOf(document.client, "sys");

  document.client.send(say("hi"));
  const messages = [];
  for (const client of clients) messages.push(await client.next());
  for (const client of clients) client.send(join());
  const joins = [];
  for (const client of clients) joins.push(await nextOf(client, "channelJoin"));

  const [ofDocument, ofOriginal] = messages.map((frame) =>
    keysOf(field(frame, "channelMessage"))
  );
  const own = [
    "CreatedAt",
    "Message",
    "RecipientUUID",
    "Sender",
    "SenderUUID",
    "UUID",
  ];
  assertEquals(ofDocument, [...own, ...DOCUMENTED]);
  assertEquals(ofOriginal, own);
  const [inDocument, inOriginal] = joins.map((frame) => {
    const channel = field(frame, "channelJoin");
    return [
      keysOf(list(field(channel, "messages"))[0]),
      keysOf(list(field(channel, "users"))[0]),
    ];
  });
  const user = ["OnLine", "UUID", "Username"];
  assertEquals(inDocument, [
    [...own, ...DOCUMENTED],
    ["OnLine", "Password", "UUID", "Username", "username"],
  ]);
  assertEquals(inOriginal, [own, user]);
});

Deno.test('redis-chat ledger "public channel": all forms are taken, each connection is answered in its own', async () => {
  await using server = await startServer();
  await using ann = await enter(server, "Ann");
  const forms = ["", "0", 0];
  const clients: WsClient[] = [];
  for (const form of forms) {
    const client = await connect(server);
    clients.push(client);
    client.send(signIn("Ann"));
    client.send(join(form));
    await nextOf(client, "channelJoin");
  }

  for (const form of [undefined, null, "", "0", 0]) {
    ann.client.send(say(`to ${JSON.stringify(form) ?? "none"}`, form));
  }

  const texts = ["to none", "to null", 'to ""', 'to "0"', "to 0"];
  for (const [i, client] of clients.entries()) {
    const heard: Json[] = [];
    for (const _ of texts) heard.push(await nextOf(client, "channelMessage"));
    assertEquals(textsIn(heard), texts);
    for (const frame of heard) {
      const message = field(frame, "channelMessage");
      assertEquals(field(message, "RecipientUUID"), forms[i]);
    }
    await client.close();
  }
});

Deno.test('redis-chat ledger "public channel": "0" by default in document, "" in original', async () => {
  await using server = await startServer();
  await using ann = await enter(server, "Ann", "document");
  await using bob = await enter(server, "Bob", "original");
  const names: (Json | undefined)[] = [];

  for (const { client } of [ann, bob]) {
    client.send(join());
    client.send(say("hi"));
    const channel = field(await nextOf(client, "channelJoin"), "channelJoin");
    const message = await nextOf(client, "channelMessage");
    names.push(
      field(channel, "recipientUUID"),
      field(field(message, "channelMessage"), "RecipientUUID"),
    );
  }

  assertEquals(names, ["0", "0", undefined, ""]);
});

for (const profile of PROFILES) {
  Deno.test(`redis-chat ledger "message order in channelJoin": the newest 10, oldest first, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    const { client } = ann;
    for (let i = 1; i <= 12; i++) client.send(say(`${i}`));
    await client.take(12);

    client.send(join());

    const channel = field(await client.next(), "channelJoin");
    assertEquals(
      textsIn(field(channel, "messages")),
      ["3", "4", "5", "6", "7", "8", "9", "10", "11", "12"],
    );
  });

  Deno.test(`redis-chat ledger "channelMessages, channelLeave": as documented, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    await using bob = await enter(server, "Bob", profile);
    const recipientUUID = bob.userUUID;
    bob.client.send(join(ann.userUUID));
    await nextOf(bob.client, "sys");

    ann.client.send(join(recipientUUID));
    ann.client.send(say("one", recipientUUID));
    ann.client.send(readMessages({ recipientUUID, offset: 0, limit: 5 }));
    ann.client.send(leave(recipientUUID));
    ann.client.send(leave(recipientUUID));

    const heard = await ann.client.take(6);
    assertEquals(heard.map(typeOf), [
      "channelJoin",
      "sys",
      "channelMessage",
      "channelRead",
      "channelLeave",
      "error",
    ]);
    const page = field(heard[3], "channelMessages");
    assertEquals(field(page, "messagesTotal"), 1);
    assertEquals(field(page, "messagesReceived"), 1);
    assertEquals(textsIn(field(page, "messages")), ["one"]);
    assertEquals(field(heard[4], "channelLeave"), { recipientUUID });
    const told = await bob.client.take(3);
    assertEquals(field(told[2], "sys"), {
      type: "channelLeave",
      channelLeave: { recipientUUID },
    });
    await expectSilence(ann.client, bob.client);
  });

  Deno.test(`redis-chat ledger "echo to the sender": one copy per session of the channel, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    await using twin = await enter(server, "Ann", profile);
    await using bob = await enter(server, "Bob", profile);
    await using cat = await enter(server, "Cat", profile);
    const members = [ann.client, twin.client, bob.client];
    for (const client of members) {
      client.send(join());
      await nextOf(client, "sys");
    }
    for (const client of [ann.client, ann.client, twin.client]) {
      assertEquals(typeOf(await client.next()), "sys");
    }

    ann.client.send(say("by Ann"));
    await expectSilence(cat.client);
    const first = await Promise.all(members.map((client) => client.next()));
    cat.client.send(say("by Cat, who is not in it"));

    assertEquals(textsIn(first), ["by Ann", "by Ann", "by Ann"]);
    const second = await Promise.all(
      [...members, cat.client].map((client) => client.next()),
    );
    assertEquals(textsIn(second), Array(4).fill("by Cat, who is not in it"));
    await expectSilence(...members, cat.client);
  });

  Deno.test(`redis-chat ledger "unsolicited users": never, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    ann.client.send(join());
    await nextOf(ann.client, "sys");

    await using bob = await enter(server, "Bob", profile);
    bob.client.send(join());
    bob.client.send(say("hi"));
    bob.client.send({ type: "signOut" });
    await nextOf(
      bob.client,
      profile === "document" ? "unauthorized" : "signOut",
    );
    await bob.client.close();

    const heard = await ann.client.take(3);
    assertEquals(heard.map(typeOf), ["sys", "channelMessage", "sys"]);
    await expectSilence(ann.client);
  });

  Deno.test(`redis-chat ledger "block missing": error 0, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    const types = [
      "signIn",
      "signUp",
      "channelJoin",
      "channelMessage",
      "channelMessages",
      "channelLeave",
    ];

    for (const type of types) ann.client.send({ type });
    ann.client.send({ type: "users" });

    const heard = await ann.client.take(types.length + 1);
    const errors = heard.slice(0, -1).map((frame) => field(frame, "error"));
    assertEquals(
      errors.map((one) => [field(one, "code"), field(one, "error")]),
      types.map((type) => [0, `${type} is missing`]),
    );
    assertEquals(typeOf(heard.at(-1)), "users");
  });

  Deno.test(`redis-chat ledger "users of a channel": who is in it, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    await using bob = await enter(server, "Bob", profile);
    await using cat = await enter(server, "Cat", profile);
    for (const { client } of [bob, ann]) {
      client.send(join());
      await nextOf(client, "sys");
    }
    await bob.client.close();

    cat.client.send(join());
    cat.client.send(join(bob.userUUID));

    const channels = [];
    for (let i = 0; i < 2; i++) {
      channels.push(await nextOf(cat.client, "channelJoin"));
    }
    const shown = channels.map((frame) =>
      list(field(field(frame, "channelJoin"), "users")).map((user) => [
        field(user, "Username"),
        field(user, "OnLine"),
      ])
    );
    assertEquals(shown, [
      [["Ann", true], ["Cat", true]],
      [["Cat", true], ["Bob", false]],
    ]);
  });

  Deno.test(`redis-chat ledger "channelJoin by a member": answered and told to all again, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    await using bob = await enter(server, "Bob", profile);
    for (const { client } of [ann, bob]) {
      client.send(join());
      await nextOf(client, "sys");
    }
    const before = await ann.client.next();

    bob.client.send(join());

    const heard = await bob.client.take(2);
    assertEquals(heard.map(typeOf), ["channelJoin", "sys"]);
    assertEquals(heard[1], before);
    assertEquals(await ann.client.next(), before);
    await expectSilence(ann.client, bob.client);
  });
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function keysOf(value: Json | undefined): string[] {
  return Object.keys(value ?? {}).sort();
}
