import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";
import { startServer } from "../support/server.ts";
import {
  connect,
  enter,
  expectSilence,
  field,
  join,
  keysIn,
  nextOf,
  say,
  signIn,
  signUp,
  textsIn,
  typeOf,
  UUID,
} from "./redis_chat_kit.ts";

for (const profile of PROFILES) {
  for (const block of ["signId", "signIn"]) {
    Deno.test(`redis-chat ledger "sign-in block": ${block} is read, in ${profile}`, async () => {
      await using server = await startServer();
      await using ann = await connect(server, profile);
      const credentials = { username: "Ann", password: "secret" };

      ann.send({ type: "signIn", [block]: credentials });

      assertEquals((await ann.take(2)).map(typeOf), ["authorized", "sys"]);
    });
  }

  Deno.test(`redis-chat ledger "signOut request": the block is optional, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);

    ann.client.send({ type: "signOut" });
    ann.client.send({ type: "signOut", signOut: { uuid: ann.userUUID } });
    ann.client.send(signIn("Ann"));
    ann.client.send({ type: "signOut", signOut: { uuid: ann.userUUID } });

    const heard = await ann.client.take(5);
    const done = profile === "document" ? "unauthorized" : "signOut";
    assertEquals(heard.map(typeOf), [
      done,
      "error",
      "authorized",
      "sys",
      done,
    ]);
    assertEquals(field(field(heard[1], "error"), "code"), 6);
  });
}

Deno.test('redis-chat ledger "signOut reply": unauthorized {userUUID}, or signOut {uuid}, by profile', async () => {
  await using server = await startServer();
  await using ann = await enter(server, "Ann", "document");
  await using bob = await enter(server, "Bob", "original");
  await using cat = await enter(server, "Cat", "original");
  const request = { type: "signOut", signOut: { uuid: "echo-me" } };

  ann.client.send(request);
  bob.client.send(request);
  cat.client.send({ type: "signOut" });

  assertEquals(await ann.client.next(), {
    type: "unauthorized",
    unauthorized: { userUUID: ann.userUUID },
  });
  assertEquals(await bob.client.next(), request);
  assertEquals(await cat.client.next(), {
    type: "signOut",
    signOut: { uuid: cat.userUUID },
  });
});

for (const profile of PROFILES) {
  Deno.test(`redis-chat ledger "identity": the connection's own sign-in, whatever a frame claims, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    await using bob = await enter(server, "Bob", profile);
    const { userUUID, accessKey } = ann;

    bob.client.send({ ...say("1"), userUUID, userAccessKey: "bogus" });
    bob.client.send({ ...say("2"), userUUID, userAccessKey: accessKey });
    bob.client.send({ ...say("3"), userUUID: "", accessKey: "" });
    bob.client.send(say("4"));

    const heard = await bob.client.take(4);
    assertEquals(textsIn(heard), ["1", "2", "3", "4"]);
    assertEquals(heard.map(senderOf), Array(4).fill(bob.userUUID));
  });

  Deno.test(`redis-chat ledger "identity": else a valid userUUID and access key, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    await using other = await connect(server, profile);
    await using web = await connect(server, profile);
    const { userUUID, accessKey } = ann;

    other.send({ ...say("key"), userUUID, userAccessKey: accessKey });
    web.send({ ...say("web"), userUUID, accessKey });

    const heard = [await other.next(), await web.next()];
    assertEquals(heard.map(senderOf), [userUUID, userUUID]);
  });

  Deno.test(`redis-chat ledger "identity": else error 100, and nothing is stored, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    await using eve = await connect(server, profile);
    const { userUUID, accessKey } = ann;
    const claims = [
      {},
      { userUUID },
      { userUUID, userAccessKey: "bogus" },
      { userUUID: "nobody", userAccessKey: accessKey },
    ];

    for (const claim of claims) {
      eve.send({ ...join(), ...claim });
      eve.send({ ...say("forged"), ...claim });
    }

    const heard = await eve.take(8);
    const codes = heard.map((frame) => field(field(frame, "error"), "code"));
    assertEquals(codes, Array(8).fill(100));
    ann.client.send(join());
    const channel = field(await ann.client.next(), "channelJoin");
    assertEquals(textsIn(field(channel, "messages")), []);
  });

  Deno.test(`redis-chat ledger "signUp of an existing name": error 5, and the account stays as it was, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    await using eve = await connect(server, profile);

    eve.send(signUp("Ann", "not hers"));
    eve.send(signIn("Ann", "not hers"));
    eve.send(signIn("Ann", "secret"));

    const heard = await eve.take(4);
    const codes = heard.slice(0, 2).map((frame) =>
      field(field(frame, "error"), "code")
    );
    assertEquals(codes, [5, 4]);
    assertEquals(keysIn(heard[2]).userUUID, ann.userUUID);
  });

  for (const claim of ["empty", "stale"]) {
    Deno.test(`redis-chat ledger "frames sent without waiting": handled in order, userUUID ${claim}, in ${profile}`, async () => {
      await using server = await startServer();
      await using joe = await enter(server, "Joe", profile);
      await using web = await connect(server, profile);
      const { userUUID, accessKey } = claim === "stale"
        ? joe
        : { userUUID: "", accessKey: "" };

      web.send(signIn("Alex"));
      web.send({ type: "users", SSUID: "x", userUUID, accessKey });
      web.send({ ...join(""), userUUID, accessKey });
      web.send({ ...say("alex talking", ""), userUUID, accessKey });

      const heard = await web.take(6);
      assertEquals(heard.map(typeOf), [
        "authorized",
        "sys",
        "users",
        "channelJoin",
        "sys",
        "channelMessage",
      ]);
      const alex = keysIn(heard[0]).userUUID;
      assertEquals(field(heard[4], "userUUID"), alex);
      assertEquals(senderOf(heard[5]), alex);
      await expectSilence(web, joe.client);
    });
  }

  Deno.test(`redis-chat ledger "password length": 0 to 128 characters, in ${profile}`, async () => {
    await using server = await startServer();
    await using client = await connect(server, profile);
    const passwords = ["", "p", "x".repeat(128)];

    for (const [i, password] of passwords.entries()) {
      client.send(signUp(`user ${i}`, password));
    }
    client.send(signUp("user 3", "x".repeat(129)));
    client.send(signIn("user 3", "x".repeat(60_000)));

    const heard = await client.take(5);
    assertEquals(heard.slice(0, 3).map(typeOf), Array(3).fill("authorized"));
    const errors = heard.slice(3).map((frame) => field(frame, "error"));
    assertEquals(
      errors.map((one) => [field(one, "code"), field(one, "error")]),
      [
        [0, "Cannot use password: 129 of 128 characters"],
        [0, "Cannot use password: 60000 of 128 characters"],
      ],
    );
  });
}

Deno.test('redis-chat ledger "password storage": a salted hash with its parameters, never the password', async () => {
  const folder = await Deno.makeTempDir({ prefix: "parley-test-" });
  const path = `${folder}/parley.kv`;
  await using server = await startServer({ kv: path });
  for (const name of ["Ann", "Bob"]) {
    await using user = await enter(server, name);
    assertMatch(user.userUUID, UUID);
  }
  await server.stop();

  using kv = await Deno.openKv(path);
  const records = await Array.fromAsync(
    kv.list<{ password: Record<string, Json> }>({ prefix: ["user"] }),
  );

  const hashes = records.map(({ value }) => value.password);
  for (const hash of hashes) {
    const { salt, key, ...parameters } = hash;
    assertEquals(parameters, { kind: "scrypt", N: 16_384, r: 8, p: 5 });
    assertMatch(String(salt), /^[0-9a-f]{32}$/);
    assertMatch(String(key), /^[0-9a-f]{64}$/);
  }
  const [ann, bob] = hashes;
  assert(ann && bob && ann.salt !== bob.salt && ann.key !== bob.key);
  await Deno.remove(folder, { recursive: true });
});

Deno.test('redis-chat ledger "access key": given by signUp too, or empty as in the original, by profile', async () => {
  await using server = await startServer();
  await using document = await connect(server, "document");
  await using original = await connect(server, "original");

  document.send(signUp("Ann"));
  original.send(signUp("Bob"));
  original.send(say("signed in"));

  assertMatch(keysIn(await document.next()).accessKey, UUID);
  assertEquals(keysIn(await original.next()).accessKey, "");
  assertEquals(textsIn([await original.next()]), ["signed in"]);
});

Deno.test('redis-chat ledger "access key": ends with the sign-out', async () => {
  await using server = await startServer();
  await using ann = await enter(server, "Ann");
  await using kept = await enter(server, "Ann");
  await using other = await connect(server);
  const { userUUID } = ann;

  ann.client.send({ type: "signOut" });
  await ann.client.next();
  other.send({ ...say("old"), userUUID, accessKey: ann.accessKey });
  other.send({ ...say("kept"), userUUID, accessKey: kept.accessKey });

  const [refused, said] = await other.take(2);
  assertEquals(field(field(refused, "error"), "code"), 100);
  assertEquals(textsIn([said ?? null]), ["kept"]);
});

for (const profile of PROFILES) {
  Deno.test(`redis-chat ledger "sys/signIn": told to the signer alone, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    ann.client.send(join());
    await nextOf(ann.client, "sys");
    await using bob = await connect(server, profile);

    bob.send({ ...signIn("Bob"), userUUID: "k1" });

    assertEquals((await bob.take(2)).map(typeOf), ["authorized", "sys"]);
    await expectSilence(ann.client, bob);
  });

  Deno.test(`redis-chat ledger "OnLine": while any session of the user lives, in ${profile}`, async () => {
    await using server = await startServer();
    await using watcher = await connect(server, profile);
    const first = await enter(server, "Ann", profile);
    const second = await enter(server, "Ann", profile);
    const isOnline = async () => {
      await expectSilence(watcher);
      watcher.send({ type: "users" });
      const users = field(field(await watcher.next(), "users"), "users");
      return Array.isArray(users) && field(users[0], "OnLine");
    };

    const states = [await isOnline()];
    first.client.send({ type: "signOut" });
    await first.client.next();
    states.push(await isOnline());
    first.client.send(signIn("Ann"));
    await first.client.take(2);
    await second.client.close();
    states.push(await isOnline());
    first.client.send({ type: "signOut" });
    await first.client.next();
    states.push(await isOnline());
    await first.client.close();

    assertEquals(states, [true, true, true, false]);
  });

  Deno.test(`redis-chat ledger "another identity": leaves the channels, which the others are told, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await enter(server, "Ann", profile);
    await using bob = await enter(server, "Bob", profile);
    for (const { client } of [ann, bob]) {
      client.send(join());
      await nextOf(client, "sys");
    }
    await ann.client.next();

    bob.client.send(signIn("Mary"));
    await bob.client.take(2);
    ann.client.send(say("who is here?"));

    const told = await ann.client.take(2);
    assertEquals(field(field(told[0], "sys"), "type"), "channelLeave");
    assertEquals(field(told[0], "userUUID"), bob.userUUID);
    assertEquals(textsIn(told), ["who is here?"]);
    await expectSilence(ann.client, bob.client);
  });
}

function senderOf(frame: Json | undefined): Json | undefined {
  return field(field(frame, "channelMessage"), "SenderUUID");
}
