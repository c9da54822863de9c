import { assert, assertEquals, assertMatch } from "@std/assert";
import { PROFILES } from "../../src/dialects/dialect.ts";
import { startServer } from "../support/server.ts";
import { Angler, channelUrl, expectSilence } from "./channel_chat_kit.ts";
import { joined, nextOf, socketUrl } from "./chat_ws_kit.ts";

const PATHS: readonly [path: string, document: string, original: string][] = [
  ["/fishing", "fishing", ""],
  ["/fishing/", "fishing", ""],
  ["/a/b", "a/b", ""],
  ["/a/b/fishing", "a/b/fishing", "fishing"],
  ["/a/b/fishing/", "a/b/fishing", "fishing"],
  ["/a/b/c/d", "a/b/c/d", "c/d"],
  ["/a/b/fish%20ing", "a/b/fish ing", "fish ing"],
  ["/a/b/fishing?x=1", "a/b/fishing", "fishing"],
  ["/x/y/%E9%92%93?x=%2F", "x/y/钓", "钓"],
];

Deno.test('channel-chat ledger "channel from path": the segments by profile, decoded, without the query', async (t) => {
  await using server = await startServer();

  for (const [path, document, original] of PATHS) {
    for (const [profile, id] of Object.entries({ document, original })) {
      await t.step(`${path} in ${profile}`, async () => {
        const url = new URL(server.url + path);
        url.searchParams.set("profile", profile);

        await using ann = await Angler.open(url.href);

        assertEquals(await ann.next(), { type: "connection", id });
      });
    }
  }
});

Deno.test('channel-chat ledger "channel from path": one channel by whatever path, of both profiles', async () => {
  await using server = await startServer();
  const url = `${server.url}/fish%20ing/?x=1&profile=document`;
  await using ann = await Angler.named(url, "Ann");
  await using bob = await Angler.named(
    channelUrl(server, "fish%20ing", "original"),
    "Bob",
  );

  ann.say("hi Bob");

  assertMatch(await bob.nextText(), /"text":"hi Bob",.*"user":"Ann"}$/);
  assertMatch(await ann.nextText(), /"text":"hi Bob",.*"user":"Ann"}$/);
  await expectSilence(ann, bob);
});

Deno.test('channel-chat ledger "authenticated, success": strings, or booleans, by profile', async () => {
  await using server = await startServer({
    env: {
      PARLEY_CHANNEL_HEARTBEAT_MS: "20",
      PARLEY_CHANNEL_IDENTITY_DELAY_MS: "0",
    },
  });
  await using ann = await Angler.connect(channelUrl(server, "a", "document"));
  await using bob = await Angler.connect(channelUrl(server, "b", "original"));
  const before = [await ann.heartbeat(), await bob.heartbeat()];

  const taken = [await ann.identify("x"), await bob.identify("x")];
  const refused = [await ann.identify("x"), await bob.identify("x")];

  const after = [await ann.heartbeat(), await bob.heartbeat()];
  assertEquals(before, [
    { type: "heartbeat", authenticated: "false" },
    { type: "heartbeat", authenticated: false },
  ]);
  assertEquals(taken, [
    { type: "identity", success: "true" },
    { type: "identity", success: true },
  ]);
  assertEquals(refused, [
    { type: "identity", success: "false" },
    { type: "identity", success: false },
  ]);
  assertEquals(after, [
    { type: "heartbeat", authenticated: "true" },
    { type: "heartbeat", authenticated: true },
  ]);
});

Deno.test('channel-chat ledger "timestamp": integer seconds, or integer ms, by profile', async () => {
  await using server = await startServer();
  await using ann = await Angler.connect(channelUrl(server, "c", "document"));
  await using bob = await Angler.connect(channelUrl(server, "c", "original"));
  const before = Date.now();

  bob.say("hi");

  const seconds = timestampOf(await ann.nextText(), /^\d{10}$/);
  const ms = timestampOf(await bob.nextText(), /^\d{13}$/);
  const after = Date.now();
  assert(ms >= before && ms <= after, `${ms} is not now`);
  assertEquals(seconds, Math.floor(ms / 1_000));
});

Deno.test('channel-chat ledger "identity delay": authenticated no sooner than the setting says, in document', async () => {
  await using server = await startServer({
    env: {
      PARLEY_CHANNEL_HEARTBEAT_MS: "20",
      PARLEY_CHANNEL_IDENTITY_DELAY_MS: "200",
    },
  });
  await using ann = await Angler.connect(channelUrl(server, "c", "document"));
  const before = performance.now();
  await ann.identify("Ann");

  const yes = '{"type":"heartbeat","authenticated":"true"}';
  while (JSON.stringify(await ann.heartbeat()) !== yes);

  const passedMs = performance.now() - before;
  assert(passedMs >= 200, `it took ${passedMs} ms`);
});

for (const profile of PROFILES) {
  Deno.test(`channel-chat ledger "missing pong": the name is cleared, the socket stays, in ${profile}`, async () => {
    await using server = await startServer({
      env: {
        PARLEY_CHANNEL_HEARTBEAT_MS: "20",
        PARLEY_CHANNEL_TIMEOUT_MS: "100",
        PARLEY_CHANNEL_IDENTITY_DELAY_MS: "0",
      },
    });
    const url = channelUrl(server, "c", profile);
    await using ann = await Angler.named(url, "Ann");
    const yes = `"authenticated":${profile === "original" ? "true" : '"true"'}`;
    while (JSON.stringify(await ann.heartbeat()).includes(yes));
    await using bob = await Angler.named(url, "Ann");

    ann.say("who am I");

    assertMatch(await bob.nextText(), /"text":"who am I",.*"user":""}$/);
    await expectSilence(bob);
  });
}

Deno.test('channel-chat ledger "empty path": the lobby, reported as ""', async () => {
  await using server = await startServer({ args: ["--lobby", "the lobby"] });
  await using ann = await joined(socketUrl(server), "the lobby", "Ann");
  const paths = [
    "/?dialect=channel-chat",
    "/?dialect=channel-chat&profile=original",
    "/a/b/?profile=original",
  ];

  for (const path of paths) {
    await using bob = await Angler.open(server.url + path);

    assertEquals(await bob.next(), { type: "connection", id: "" });
    bob.say(path);
    assertEquals(
      Object(await nextOf(ann, "receive-message")).message,
      path,
    );
  }
});

const BAD_FRAMES = ["nope", "{", "[]", "null", "", '{"type":"nope"}', "{}"];

for (const profile of PROFILES) {
  Deno.test(`channel-chat ledger "bad JSON, identity after someone left": bad frames are ignored, in ${profile}`, async () => {
    await using server = await startServer();
    const url = channelUrl(server, "c", profile);
    await using ann = await Angler.connect(url);
    await using bob = await Angler.connect(url);

    for (const frame of BAD_FRAMES) ann.send(frame);
    ann.say("still here");

    assertMatch(await bob.nextText(), /"text":"still here"/);
    assertMatch(await ann.nextText(), /"text":"still here"/);
    await expectSilence(ann, bob);
  });

  Deno.test(`channel-chat ledger "bad JSON, identity after someone left": identity works, and the name is free, in ${profile}`, async () => {
    await using server = await startServer();
    const url = channelUrl(server, "c", profile);
    await using bob = await Angler.connect(url);
    const ann = await Angler.named(url, "Ann");
    assertEquals(String((await bob.identify("Ann")).success), "false");

    await ann.close();

    // The server learns of it a moment later.
    let success = "false";
    while (success === "false") {
      success = String((await bob.identify("Ann")).success);
    }
    bob.say("hi");
    assertMatch(await bob.nextText(), /"user":"Ann"}$/);
  });

  Deno.test(`channel-chat ledger "presence of others": nothing of those who come, call themselves and go, in ${profile}`, async () => {
    await using server = await startServer();
    const url = channelUrl(server, "c", profile);
    await using ann = await Angler.named(url, "Ann");
    const bob = await Angler.named(url, "Bob");
    await bob.identify("Rob");
    const cat = await joined(socketUrl(server), "c", "Cat");
    await bob.close();
    await cat.close();

    await using dan = await Angler.connect(url);
    dan.say("control");

    assertMatch(await ann.nextText(), /"text":"control"/);
    await expectSilence(ann);
  });

  Deno.test(`channel-chat ledger "who has a name": the members of that room, in any dialect, in ${profile}`, async () => {
    await using server = await startServer();
    const url = channelUrl(server, "c", profile);
    await using ann = await Angler.named(url, "Ann");
    await using _cat = await joined(socketUrl(server), "c", "Cat");
    await using _dan = await joined(socketUrl(server), "elsewhere", "Dan");
    await using bob = await Angler.connect(url);

    const answers = [];
    for (const user of ["Ann", "Cat", "Dan", "Dan", "ann", "Bob"]) {
      answers.push(String((await bob.identify(user)).success));
    }

    // Its own name is taken too; case counts; "Dan" is free once it is "ann".
    assertEquals(answers, ["false", "false", "true", "false", "true", "true"]);
    assertEquals(String((await ann.identify("Dan")).success), "true");
  });

  Deno.test(`channel-chat ledger "the empty name": is never taken, in ${profile}`, async () => {
    await using server = await startServer();
    const url = channelUrl(server, "c", profile);
    await using ann = await Angler.named(url, "");
    await using bob = await Angler.connect(url);

    const answer = await bob.identify("");

    assertEquals(String(answer.success), "true");
    assertEquals(String((await ann.identify("")).success), "true");
    bob.say("hi");
    assertMatch(await bob.nextText(), /"user":""}$/);
  });
}

Deno.test('channel-chat ledger "value of another type": relayed as sent in original', async () => {
  await using server = await startServer();
  await using doc = await Angler.connect(channelUrl(server, "c", "document"));
  await using ori = await Angler.connect(channelUrl(server, "c", "original"));

  ori.send({ type: "message", text: 5 });
  ori.send({ type: "message" });
  ori.send({ type: "identity", user: 7 });
  ori.say("as 7");
  ori.send({ type: "identity" });
  ori.say("as nobody");

  assertEquals(await texts(doc, 4), [
    '{"type":"message","text":"5","user":""}',
    '{"type":"message","text":"","user":""}',
    '{"type":"message","text":"as 7","user":"7"}',
    '{"type":"message","text":"as nobody","user":""}',
  ]);
  assertEquals(await texts(ori, 6), [
    '{"type":"message","text":5,"user":""}',
    '{"type":"message","user":""}',
    '{"type":"identity","success":true}',
    '{"type":"message","text":"as 7","user":7}',
    '{"type":"identity","success":true}',
    '{"type":"message","text":"as nobody"}',
  ]);
});

Deno.test('channel-chat ledger "value of another type": refused in document', async () => {
  await using server = await startServer();
  const url = channelUrl(server, "c", "document");
  await using ann = await Angler.connect(url);

  ann.send({ type: "message", text: 5 });
  ann.send({ type: "message" });
  const number = await ann.identify(7);
  const nothing = await ann.identify(null);
  ann.say("control");

  assertEquals(number, { type: "identity", success: "false" });
  assertEquals(nothing, { type: "identity", success: "false" });
  assertMatch(await ann.nextText(), /"text":"control",.*"user":""}$/);
  await expectSilence(ann);
});

Deno.test('channel-chat ledger "channel that cannot be": the socket is closed with 1008', async () => {
  await using server = await startServer();
  const tooLong = "x".repeat(256);

  await using reserved = await Angler.open(channelUrl(server, "@dm/a/b"));
  await using long = await Angler.open(channelUrl(server, tooLong));
  await using control = await Angler.open(channelUrl(server, "a%0Ab"));

  assertEquals(await reserved.client.closed, {
    code: 1008,
    reason: 'Cannot use room: ids in "@dm/" are reserved',
  });
  assertEquals(await long.client.closed, {
    code: 1008,
    reason: "Cannot use room: 256 of 255 bytes",
  });
  assertEquals(await control.client.closed, {
    code: 1008,
    reason: "Cannot use room: control character in its id",
  });
});

/** The timestamp of a message, which must be written in a certain way. */
function timestampOf(frame: string, form: RegExp): number {
  const written = /"timestamp":([^,}]*)/.exec(frame)?.[1] ?? "";
  assertMatch(written, form);
  return Number(written);
}

/** The next frames without their timestamps. */
async function texts(angler: Angler, count: number): Promise<string[]> {
  const heard: string[] = [];
  while (heard.length < count) {
    heard.push((await angler.nextText()).replace(/,"timestamp":\d+/, ""));
  }
  return heard;
}
