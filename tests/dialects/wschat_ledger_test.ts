/**
 * wschat's ledger, as far as it is not about rooms: wschat_rooms_test.ts.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { PROFILES } from "../../src/dialects/dialect.ts";
import {
  makePair,
  SecureWire,
  startSecureServer,
} from "../support/secure_kit.ts";
import { startServer } from "../support/server.ts";
import { Angler } from "./channel_chat_kit.ts";
import { joined, nextOf, send } from "./chat_ws_kit.ts";
import { expectSilence, Guest, socketUrl } from "./wschat_kit.ts";

Deno.test('wschat ledger "scheme": ws and wss', async (t) => {
  const folder = await Deno.makeTempDir();
  const pair = await makePair(folder);
  const paths = { cert: `${folder}/cert.pem`, key: `${folder}/key.pem` };
  await Deno.writeTextFile(paths.cert, pair?.cert ?? "");
  await Deno.writeTextFile(paths.key, pair?.key ?? "");
  const welcome = '{"type":"welcome","user":{"id":1,"name":"User 1"}}';

  await t.step("ws", async () => {
    await using server = await startServer();

    await using ann = await Guest.open(`${server.url}/`);

    assertEquals(ann.user, { id: 1, name: "User 1" });
  });

  await t.step({
    name: "wss",
    // Without openssl there is no certificate: http/tls_test.ts brings one.
    ignore: pair === undefined,
    async fn() {
      using client = Deno.createHttpClient({ caCerts: [pair?.cert ?? ""] });
      await using server = await startSecureServer(paths);
      const url = new URL(`wss://127.0.0.1:${server.port}/any/path`);
      url.searchParams.set("dialect", "wschat");

      const ann = await SecureWire.open(url, client);

      assertEquals(await ann.nextText(), welcome);
      await ann.close();
    },
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test('wschat ledger "HTTP": what parley answers there', async () => {
  await using server = await startServer();

  const response = await fetch(`${server.url}/anything?dialect=wschat`);

  assertEquals(response.status, 404);
  assertEquals(await response.text(), '{"error":"Endpoint not found"}');
});

const BAD_FRAMES = [
  "nope",
  "{",
  "[]",
  "null",
  "",
  '{"type":"zzz"}',
  '{"type":"text","text":"x","__proto__":{}}',
];

for (const profile of PROFILES) {
  Deno.test(`wschat ledger "bad JSON": ignored, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.in(url, 1);
    await using bob = await Guest.in(url, 1);
    await ann.next();

    for (const frame of BAD_FRAMES) bob.send(frame);
    bob.say("still here");

    const said = { type: "text", text: "still here", from: bob.user };
    assertEquals(await ann.next(), said);
    assertEquals(await bob.next(), said);
    await expectSilence(ann, bob);
  });

  Deno.test(`wschat ledger "history": none by default, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.in(url, 1);
    ann.say("before");
    await ann.next();
    await using bob = await Guest.open(url);

    bob.send({ type: "enter_room", roomId: 1 });

    assertEquals(await bob.next(), { type: "enter_room", user: bob.user });
    await expectSilence(bob);
  });

  Deno.test(`wschat ledger "gif elsewhere": other dialects see its text, in ${profile}`, async () => {
    await using server = await startServer();
    await using cat = await joined(server.url, "Room 1", "Cat");
    await using dan = await Angler.connect(`${server.url}/Room%201`);
    await using ann = await Guest.in(socketUrl(server, { profile }), 1, "Ann");

    ann.send({ type: "gif", gifId: 3 });
    ann.send({ type: "gif", gifId: "4" });

    const [three, four] = [
      Object(await nextOf(cat, "receive-message")),
      Object(await nextOf(cat, "receive-message")),
    ];
    assertEquals([three.message, four.message], ["[gif 3]", "[gif 4]"]);
    assertEquals(Object(await dan.next()).text, "[gif 3]");
    assertEquals(await ann.next(), {
      type: "gif",
      gifId: 3,
      from: { id: ann.user.id, name: "Ann" },
    });
  });

  Deno.test(`wschat ledger "the empty name": User and the number, in ${profile}`, async () => {
    await using server = await startServer();
    const url = socketUrl(server, { profile });
    await using ann = await Guest.in(url, 1, "Ann");
    const nameless = { id: ann.user.id, name: `User ${ann.user.id}` };

    ann.send({ type: "change_name", name: "" });
    ann.say("hi");

    assertEquals(await ann.next(), {
      type: "change_name",
      oldName: "Ann",
      newName: nameless.name,
    });
    assertEquals(await ann.next(), {
      type: "text",
      text: "hi",
      from: nameless,
    });
    const users = (await ann.rooms())["1"]?.users;
    assertEquals(users, { [nameless.id]: nameless });
  });
}

Deno.test('wschat ledger "history": the newest by a setting, after enter_room', async () => {
  await using server = await startServer({
    env: { PARLEY_WSCHAT_HISTORY_MAX: "2" },
  });
  await using cat = await joined(server.url, "Room 1", "Cat");
  for (const message of ["one", "two", "three"]) {
    cat.send(send("Room 1", "Cat", message));
    await nextOf(cat, "receive-message");
  }
  await using bob = await Guest.open(socketUrl(server));

  bob.send({ type: "enter_room", roomId: 1 });

  const from = { id: 1, name: "Cat" };
  assertEquals(await bob.client.take(3), [
    { type: "enter_room", user: bob.user },
    { type: "text", text: "two", from },
    { type: "text", text: "three", from },
  ]);
  await expectSilence(bob);
});

/** Who says `<i>` in room `<b>`, and what a listener hears of it. */
async function hearMarkup(
  server: { url: string },
  query: { escape?: string },
): Promise<unknown[]> {
  const url = `${server.url}/?dialect=wschat`;
  await using ann = await Guest.open(url);
  const roomId = await ann.create("<b>");
  await using bob = await Guest.open(
    `${url}&${new URLSearchParams({ ...query })}`,
  );
  const titles = Object.values(await bob.rooms()).map(({ title }) => title);
  await bob.enter(roomId);
  ann.send({ type: "change_name", name: `"A&n'` });
  await ann.enter(roomId);
  ann.say("<i>hey</i>");
  const heard = [await bob.next(), await bob.next()].map((frame) => {
    const { user, from, text } = Object(frame);
    return (user ?? from).name + (text ?? "");
  });
  return [titles.at(-1), ...heard];
}

const RAW = ["<b>", `"A&n'`, `"A&n'<i>hey</i>`];
const ESCAPED = [
  "&#60;b&#62;",
  "&#34;A&#38;n&#39;",
  "&#34;A&#38;n&#39;&#60;i&#62;hey&#60;/i&#62;",
];

const ESCAPES: readonly {
  setting: string | undefined;
  query: { escape?: string };
  expected: string[];
}[] = [
  { setting: undefined, query: {}, expected: RAW },
  { setting: undefined, query: { escape: "html" }, expected: ESCAPED },
  { setting: "html", query: {}, expected: ESCAPED },
  { setting: "html", query: { escape: "html" }, expected: ESCAPED },
  { setting: "html", query: { escape: "none" }, expected: RAW },
  { setting: "none", query: { escape: "html" }, expected: ESCAPED },
];

for (const { setting, query, expected } of ESCAPES) {
  const how = expected === RAW ? "raw" : "escaped";
  Deno.test(`wschat ledger "HTML": ${how} by setting ${setting} and query ${query.escape}`, async () => {
    const env = setting && { PARLEY_WSCHAT_ESCAPE: setting };
    await using server = await startServer(env ? { env } : {});

    const heard = await hearMarkup(server, query);

    assertEquals(heard, expected);
  });
}

Deno.test('wschat ledger "value of another type": relayed as sent in original', async () => {
  await using server = await startServer();
  await using doc = await Guest.in(
    socketUrl(server, { profile: "document" }),
    1,
  );
  await using ori = await Guest.in(
    socketUrl(server, { profile: "original" }),
    1,
  );
  await doc.next();

  ori.send({ type: "text", text: 9 });
  ori.send({ type: "text" });
  ori.send({ type: "gif", gifId: { a: [1] } });
  ori.send({ type: "gif" });

  const from = ori.user;
  assertEquals(await ori.client.take(4), [
    { type: "text", text: 9, from },
    { type: "text", from },
    { type: "gif", gifId: { a: [1] }, from },
    { type: "gif", from },
  ]);
  assertEquals(await doc.client.take(4), [
    { type: "text", text: "9", from },
    { type: "text", text: "", from },
    { type: "text", text: '[gif {"a":[1]}]', from },
    { type: "text", text: "[gif ]", from },
  ]);
});

Deno.test('wschat ledger "value of another type": ignored in document', async () => {
  await using server = await startServer();
  await using ann = await Guest.in(socketUrl(server), 1);

  ann.send({ type: "text", text: 9 });
  ann.send({ type: "text" });
  ann.send({ type: "gif", gifId: "../../x" });
  ann.send({ type: "gif" });

  await expectSilence(ann);
});

Deno.test('wschat ledger "name of another type": as sent in change_name, as text elsewhere, in original', async () => {
  await using server = await startServer();
  await using doc = await Guest.in(
    socketUrl(server, { profile: "document" }),
    1,
  );
  await using ori = await Guest.in(
    socketUrl(server, { profile: "original" }),
    1,
  );
  await doc.next();

  ori.send({ type: "change_name", name: 5 });
  ori.say("as 5");
  ori.send({ type: "change_name" });
  ori.say("as nobody");
  ori.send({ type: "change_name", name: "Ori" });

  const { id, name } = ori.user;
  assertEquals(await ori.client.take(5), [
    { type: "change_name", oldName: name, newName: 5 },
    { type: "text", text: "as 5", from: { id, name: "5" } },
    { type: "change_name", oldName: 5 },
    { type: "text", text: "as nobody", from: { id, name } },
    { type: "change_name", newName: "Ori" },
  ]);
  assertEquals(await doc.client.take(5), [
    { type: "change_name", oldName: name, newName: "5" },
    { type: "text", text: "as 5", from: { id, name: "5" } },
    { type: "change_name", oldName: "5", newName: name },
    { type: "text", text: "as nobody", from: { id, name } },
    { type: "change_name", oldName: name, newName: "Ori" },
  ]);
});

Deno.test('wschat ledger "name of another type": ignored in document', async () => {
  await using server = await startServer();
  await using ann = await Guest.in(socketUrl(server), 1);

  ann.send({ type: "change_name", name: 5 });
  ann.send({ type: "change_name" });
  ann.say("hi");

  assertEquals(await ann.next(), { type: "text", text: "hi", from: ann.user });
  await expectSilence(ann);
});

Deno.test('wschat ledger "title of another type": as text, absent or empty as Room, in original', async () => {
  await using server = await startServer();
  const url = socketUrl(server, { profile: "original" });
  await using ann = await Guest.open(url);

  for (const title of [5, "", null, undefined]) await ann.create(title);

  const rooms = Object.values(await ann.rooms()).slice(3);
  const titles = rooms.map(({ id, title }) => `${id} ${title}`);
  assertEquals(titles, ["4 5", "5 Room", "6 null", "7 Room"]);
});

Deno.test('wschat ledger "title of another type": ignored in document', async () => {
  await using server = await startServer();
  await using ann = await Guest.open(socketUrl(server));

  for (const title of [5, "", null]) {
    ann.send({ type: "create_room", title });
  }
  ann.send({ type: "create_room" });

  await expectSilence(ann);
  assertEquals(Object.keys(await ann.rooms()), ["1", "2", "3"]);
});
