import { assertEquals, assertMatch } from "@std/assert";
import { PROFILES } from "../../src/dialects/dialect.ts";
import { startServer } from "../support/server.ts";
import { Angler, channelUrl, expectSilence } from "./channel_chat_kit.ts";
import { join, nextOf, send, socketUrl } from "./chat_ws_kit.ts";
import { WsClient } from "../support/ws_client.ts";

/** Each is a channel, a name and a text. */
const SCRIPTS = {
  Arabic: "غرفة المحادثة",
  Persian: "می‌خواهم",
  Hindi: "हिन्दी क्षेत्र",
  Han: "聊天室𠮷",
  Hangul: "대화방",
  "emoji family": "👨‍👩‍👧‍👦🏳️‍🌈",
  "combining marks": "e\u0301a\u0308n\u0303",
  "what JSON or HTML escape": `"\\ &<>'`,
  spaces: "  two  spaces  ",
} as const;

Deno.test("channel-chat tells a new client its channel, as in the document", async () => {
  await using server = await startServer();

  await using ann = await Angler.open(`${server.url}/fishing`);

  assertEquals(await ann.nextText(), '{"type":"connection","id":"fishing"}');
});

Deno.test("channel-chat sends heartbeats unasked, as in the document", async () => {
  await using server = await startServer({
    env: {
      PARLEY_CHANNEL_HEARTBEAT_MS: "20",
      PARLEY_CHANNEL_IDENTITY_DELAY_MS: "0",
    },
  });
  await using ann = await Angler.open(`${server.url}/fishing`);
  const connection = await ann.client.nextText();
  const before = [await ann.client.nextText(), await ann.client.nextText()];

  await ann.identify("fishing_beast_5000");
  ann.send(`{
  "type": "heartbeat"
}`);

  assertEquals(connection, '{"type":"connection","id":"fishing"}');
  const no = '{"type":"heartbeat","authenticated":"false"}';
  assertEquals(before, [no, no]);
  assertEquals(
    JSON.stringify(await ann.heartbeat()),
    '{"type":"heartbeat","authenticated":"true"}',
  );
});

Deno.test("channel-chat answers an identity, as in the document", async () => {
  await using server = await startServer();
  await using ann = await Angler.connect(`${server.url}/fishing`);
  await using bob = await Angler.connect(`${server.url}/fishing`);
  const identity = `{
  "type": "identity",
  "user": "fishing_beast_5000"
}`;

  ann.send(identity);
  const first = await ann.nextText();
  bob.send(identity);
  const second = await bob.nextText();

  assertEquals(first, '{"type":"identity","success":"true"}');
  assertEquals(second, '{"type":"identity","success":"false"}');
  await expectSilence(ann, bob);
});

Deno.test("channel-chat dispatches a message to all, as in the document", async () => {
  await using server = await startServer();
  const url = `${server.url}/fishing`;
  await using ann = await Angler.named(url, "fishing_beast_5000");
  await using bob = await Angler.connect(url);

  ann.send(`{
  "type": "message",
  "text": "I heard you have the best luck fishing in the morning"
}`);

  const heard = await bob.nextText();
  assertMatch(
    heard,
    /^{"type":"message","text":"I heard you have the best luck fishing in the morning","timestamp":\d{10},"user":"fishing_beast_5000"}$/,
  );
  assertEquals(await ann.nextText(), heard);
  await expectSilence(ann, bob);
});

for (const profile of PROFILES) {
  Deno.test(`channel-chat lets those talk who have not identified, in ${profile}`, async () => {
    await using server = await startServer();
    const url = channelUrl(server, "c", profile);
    await using ann = await Angler.connect(url);
    await using bob = await Angler.connect(url);

    ann.say("anon");

    assertMatch(await bob.nextText(), /"text":"anon",.*"user":""}$/);
  });

  Deno.test(`channel-chat keeps channels apart, names too, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await Angler.named(
      channelUrl(server, "fish", profile),
      "Ann",
    );
    await using bob = await Angler.named(
      channelUrl(server, "hunt", profile),
      "Ann",
    );

    ann.say("fish");
    bob.say("hunt");

    assertMatch(await ann.nextText(), /"text":"fish"/);
    assertMatch(await bob.nextText(), /"text":"hunt"/);
    await expectSilence(ann, bob);
  });

  Deno.test(`channel-chat renames who has a name, and frees the old one at once, in ${profile}`, async () => {
    await using server = await startServer();
    const url = channelUrl(server, "c", profile);
    await using ann = await Angler.named(url, "Ann");
    await using bob = await Angler.connect(url);

    const renamed = await ann.identify("Anna");
    const taken = await bob.identify("Anna");
    const free = await bob.identify("Ann");
    ann.say("renamed");

    const answers = [renamed, taken, free].map((one) => String(one.success));
    assertEquals(answers, ["true", "false", "true"]);
    assertMatch(await bob.nextText(), /"text":"renamed",.*"user":"Anna"}$/);
  });

  Deno.test(`channel-chat relays fields that it does not know, but not those that are its own, in ${profile}`, async () => {
    await using server = await startServer();
    const url = channelUrl(server, "c", profile);
    await using ann = await Angler.named(url, "Ann");

    ann.send(
      '{"x":{"y":[1,null]},"text":"hi","user":"spoof","type":"message","timestamp":1,"z":"é"}',
    );

    const heard = await ann.nextText();
    assertEquals(
      heard.replace(/"timestamp":\d{10,13}/, '"timestamp":0'),
      '{"x":{"y":[1,null]},"text":"hi","user":"Ann","type":"message","timestamp":0,"z":"é"}',
    );
  });

  Deno.test(`channel-chat relays 4096 bytes of fields, and no message with more, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await Angler.connect(channelUrl(server, "c", profile));
    // {"x":"…"} is 8 bytes and what is in it.
    const fits = "é".repeat(2_044);

    ann.send({ type: "message", text: "too long", x: `${fits}.` });
    ann.send({ type: "message", text: "fits", x: fits });

    assertMatch(await ann.nextText(), /"text":"fits","x":"é{2044}"/);
    await expectSilence(ann);
  });

  Deno.test(`channel-chat refuses a name that cannot be, and no message is sent that cannot be, in ${profile}`, async () => {
    await using server = await startServer();
    await using ann = await Angler.connect(channelUrl(server, "c", profile));

    const answers = [];
    for (const user of ["n".repeat(129), "\u202Egnp", "\ud800", "a\nb"]) {
      answers.push(String((await ann.identify(user)).success));
    }
    ann.say("w".repeat(4_097));
    ann.say("\ud800");
    ann.say("w".repeat(4_096));

    assertEquals(answers, ["false", "false", "false", "false"]);
    assertMatch(await ann.nextText(), /"text":"w{4096}"/);
    await expectSilence(ann);
  });

  Deno.test(`channel-chat replays nothing to who comes later, in ${profile}`, async () => {
    await using server = await startServer();
    const url = channelUrl(server, "c", profile);
    await using ann = await Angler.connect(url);
    ann.say("before");
    await ann.nextText();

    await using bob = await Angler.connect(url);
    ann.say("after");

    assertMatch(await bob.nextText(), /"text":"after"/);
    await expectSilence(bob);
  });
}

for (const [script, text] of Object.entries(SCRIPTS)) {
  Deno.test(`channel-chat keeps channel, name and text byte for byte: ${script}`, async () => {
    await using server = await startServer();
    await using ann = await Angler.open(
      `${server.url}/${encodeURIComponent(text)}`,
    );
    const quoted = JSON.stringify(text);

    const connection = await ann.nextText();
    await ann.identify(text);
    ann.say(text);

    assertEquals(connection, `{"type":"connection","id":${quoted}}`);
    assertEquals(
      (await ann.nextText()).replace(/\d{10}/, "0"),
      `{"type":"message","text":${quoted},"timestamp":0,"user":${quoted}}`,
    );
  });
}

Deno.test("channel-chat reads binary frames as text, and sends text", async () => {
  await using server = await startServer();
  await using ann = await Angler.connect(`${server.url}/fishing`);
  const frame = JSON.stringify({ type: "message", text: "👨‍👩‍👧‍👦" });

  ann.send(new TextEncoder().encode(frame));

  assertMatch(await ann.nextText(), /"text":"👨‍👩‍👧‍👦"/);
});

Deno.test("channel-chat is any path that no one else claims", async () => {
  await using server = await startServer();

  for (const path of ["/rooms", "/healthz", "/app.js", "/WS", "/parley/x"]) {
    await using ann = await Angler.open(server.url + path);

    assertEquals(await ann.next(), { type: "connection", id: path.slice(1) });
  }
});

Deno.test("channel-chat is spoken where it is asked for, whoever has that path", async () => {
  await using server = await startServer();
  const protocols = ["channel-chat"];

  await using asked = await Angler.open(
    `${server.url}/ws?dialect=channel-chat`,
  );
  await using offered = await WsClient.open(`${server.url}/ws`, protocols);

  assertEquals(await asked.next(), { type: "connection", id: "ws" });
  assertEquals(await offered.next(), { type: "connection", id: "ws" });
  assertEquals(offered.socket.protocol, "channel-chat");
});

Deno.test("channel-chat's channel is chat-ws's room, with what was said there", async () => {
  await using server = await startServer();
  await using ann = await Angler.named(`${server.url}/fishing`, "Ann");
  ann.say("from the channel");
  await ann.nextText();
  await using bob = await WsClient.open(socketUrl(server));
  bob.send(join("fishing", "Bob"));
  const told = Object(await nextOf(bob, "receive-message"));

  bob.send(send("fishing", "Bob", "from the room"));

  assertEquals([told.from, told.message], ["Ann", "from the channel"]);
  assertMatch(
    await ann.nextText(),
    /^{"type":"message","text":"from the room","timestamp":\d{10},"user":"Bob"}$/,
  );
});
