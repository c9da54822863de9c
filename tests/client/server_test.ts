/**
 * The client library against a real server, over real sockets.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { memoryStorage, type Room } from "../../static/client.js";
import { soon, until } from "../http/until.ts";
import { startServer } from "../support/server.ts";
import { collect, FakePage, texts } from "./client_kit.ts";
import { RealClients } from "./real_clients.ts";

Deno.test("two clients talk: text, reply, edit, reaction, deletion, history", async () => {
  await using server = await startServer();
  await using clients = new RealClients();
  const ann = await clients.join(server.url, { name: "Ann" });
  const bob = await clients.join(server.url, { name: "Bob" });
  const seen = (what: string, holds: (room: Room) => boolean) =>
    until(what, () => holds(ann.room) && holds(bob.room));

  const first = await ann.room.send("one", { data: { color: "red" } });
  assertEquals([first.seq, first.duplicate], [1, false]);
  await bob.room.send("two", { replyTo: first.seq });
  await seen("two messages", ({ messages }) => messages.length === 2);
  await ann.room.edit(first.seq, "uno");
  await bob.room.react(first.seq, "👍");
  await ann.room.react(2, "🎉");
  await ann.room.react(2, "🎉", { remove: true });
  await seen("six entries", ({ position }) => position?.seq === 6);

  for (const { room } of [ann, bob]) {
    const [one, two] = room.messages;
    assertEquals([one?.text, one?.author.name, one?.data], [
      "uno",
      "Ann",
      { color: "red" },
    ]);
    assertEquals(one?.reactions, { "👍": [bob.client.user?.id ?? ""] });
    assertEquals([two?.text, two?.replyTo, two?.reactions], ["two", 1, {}]);
  }
  const refusal = await bob.room.edit(1, "mine now").catch((error) => error);
  assertEquals(refusal.code, "not_yours");
  await bob.room.delete(2);
  await seen("the deletion", ({ messages }) => messages[1]?.deleted === true);

  const carl = await clients.join(server.url);
  assertEquals(texts(carl.room), ["uno", ""]);
  const page = await carl.room.history();
  assertEquals(page.messages.map(({ text }) => text), ["uno", ""]);
});

Deno.test("clients see who is there, who types and what is read", async () => {
  await using server = await startServer();
  await using clients = new RealClients();
  const ann = await clients.join(server.url, { name: "Ann" });
  const names = () => ann.room.members.map(({ name }) => name).sort();
  await until("Ann is there", () => names().join() === "Ann");
  const storage = memoryStorage();
  const bob = await clients.join(server.url, { name: "Bob", storage });
  await until("Bob is there", () => names().join() === "Ann,Bob");

  bob.room.typing();
  await until("Bob types", () => ann.room.typists[0]?.name === "Bob");
  bob.room.typing(false);
  await until("Bob types no more", () => ann.room.typists.length === 0);

  await ann.room.send("read me");
  await until("unread", () => bob.room.unread === 1);
  // Bob's other tab.
  const tab = await clients.join(server.url, { storage });
  assertEquals(tab.client.user, bob.client.user);
  assertEquals(tab.room.unread, 1);
  bob.room.markRead();
  await until("read", () => bob.room.unread + tab.room.unread === 0);
  assertEquals(tab.room.readSeq, 1);

  await bob.client.rename("Rob");
  await until("Rob is there", () => names().join() === "Ann,Rob");
  await until("the tab knows", () => tab.client.user?.name === "Rob");
  const { members, memberCount } = await ann.room.fetchMembers();
  assertEquals([members.length, memberCount], [2, 2]);
  assertEquals(members.find(({ name }) => name === "Rob")?.sessions, 2);
});

Deno.test("guest becomes an account, talks in private, signs out and in again", async () => {
  await using server = await startServer();
  await using clients = new RealClients();
  const ann = await clients.join(server.url);
  const bob = await clients.join(server.url, { name: "Bob" });
  const guest = ann.client.user;
  await ann.room.send("as a guest");
  const credentials = { name: "Ann", password: "correct horse" };

  const account = await ann.client.signUp(credentials);
  assertEquals([account.id, account.name, account.verified], [
    guest?.id,
    "Ann",
    true,
  ]);
  const [message] = ann.room.messages;
  assertEquals([message?.mine, message?.text], [true, "as a guest"]);
  assertEquals(ann.room.isJoined, true);

  const toBob = ann.client.direct(bob.client.user?.id ?? "");
  const toAnn = bob.client.direct(account.id);
  await Promise.all([toBob.join(), toAnn.join()]);
  await toBob.send("psst");
  await until("Bob has it", () => texts(toAnn).join() === "psst");
  toAnn.markRead();
  await until("read", () => toAnn.unread === 0);
  const { rooms } = await bob.client.rooms();
  const direct = rooms.filter(({ kind }) => kind === "direct");
  assertEquals(
    direct.map(({ id, directWith, unread }) => [id, directWith, unread]),
    [
      [toAnn.id, account.id, 0],
    ],
  );
  const { users } = await bob.client.users({ search: "ann" });
  assertEquals(users.map(({ name, online }) => [name, online]), [[
    "Ann",
    true,
  ]]);

  const anew = await ann.client.signOut();
  assert(anew.id !== account.id);
  assertEquals(ann.client.user, anew);
  const wrong = await ann.client.signIn({ ...credentials, password: "wrong" })
    .catch((error) => error);
  assertEquals(wrong.code, "wrong_password");
  assertEquals(await ann.client.signIn(credentials), account);
  await soon("in the room again", ann.room.join());
  await ann.room.send("as Ann");
  await until("Bob has it", () => bob.room.messages.at(-1)?.text === "as Ann");
});

Deno.test("client that is cut off comes back as who it was, and misses nothing", async () => {
  await using server = await startServer();
  await using clients = new RealClients();
  const ann = await clients.join(server.url, { name: "Ann" });
  // Comes back when it is told to.
  const page = new FakePage();
  const limits = { backoffMsMin: 600_000, backoffMsMax: 600_000 };
  const bob = await clients.join(server.url, { name: "Bob", page, limits });
  const events = collect(bob.room, "resumed", "gap");
  const { user } = bob.client;

  for (let i = 0; i < 3; i++) {
    bob.client.dropSocket();
    await ann.room.send(`missed ${i}`);
    bob.room.send(`written offline ${i}`);
    page.tell("online");
    await until("resumed", () => events.length === i + 1);
    await until("sent", () => bob.client.waiting === 0);
  }

  assertEquals(bob.client.user, user);
  const all = [0, 1, 2].flatMap((i) => [`missed ${i}`, `written offline ${i}`]);
  await until("all there", () => texts(bob.room).length === 6);
  assertEquals(texts(bob.room), all);
  await until("all there too", () => texts(ann.room).length === 6);
  assertEquals(texts(ann.room), all);
  assertEquals(events.map(({ type, messages }) => [type, messages]), [
    ["resumed", 1],
    ["resumed", 1],
    ["resumed", 1],
  ]);
});

Deno.test("server is killed under clients that send: nothing is lost, nothing doubled", async () => {
  const dir = await Deno.makeTempDir();
  const kv = `${dir}/chat.db`;
  await using clients = new RealClients();
  const first = await startServer({ kv });
  await using _first = first;
  const { port, url } = first;
  const people = await Promise.all(
    ["Ann", "Bob", "Kim"].map((name) => clients.join(url, { name })),
  );
  const told = people.map(({ room }) => collect(room, "message"));
  const gaps = people.map(({ room }) => collect(room, "gap"));

  const wanted: string[] = [];
  const acks: Promise<{ seq: number }>[] = [];
  const sendSome = (round: number) => {
    for (const [who, { room }] of people.entries()) {
      for (let i = 0; i < 20; i++) {
        const text = `${who} ${round} ${i}`;
        wanted.push(text);
        acks.push(room.send(text));
      }
    }
  };
  let server = first;
  for (let round = 0; round < 4; round++) {
    sendSome(round);
    // While they are on their way.
    await acks.at(-10);
    await server.kill();
    sendSome(round + 100);
    server = await startServer({ kv, port });
  }
  await using _last = server;
  await soon("all acked", Promise.all(acks), 30_000);

  const seqs = (await Promise.all(acks)).map(({ seq }) => seq);
  assertEquals(new Set(seqs).size, wanted.length);
  for (const [who, { room }] of people.entries()) {
    const events = told[who] ?? [];
    await until("all told", () => events.length >= wanted.length);
    const messages = events.map(({ message }) => message as { text: string });
    assertEquals(events.map(({ seq }) => seq), wanted.map((_, i) => i + 1));
    assertEquals(messages.map(({ text }) => text).sort(), wanted.toSorted());
    assertEquals(texts(room), messages.map(({ text }) => text));
    // Each one's own, in the order of its calls.
    const own = (text: string) => text.startsWith(`${who} `);
    assertEquals(texts(room).filter(own), wanted.filter(own));
  }
  assertEquals(gaps, [[], [], []]);
  await server.kill();
  await Deno.remove(dir, { recursive: true });
});
