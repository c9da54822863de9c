import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeEach } from "../../src/core/encoder.ts";
import { ChatError } from "../../src/core/errors.ts";
import type { RoomId } from "../../src/core/types.ts";
import type { Chunk } from "../../src/store/keys.ts";
import { ChatKit } from "../support/chat_kit.ts";
import { FakeLink } from "../support/fake_link.ts";
import { failedAfter, held, withFaults } from "../support/kv_faults.ts";
import { until } from "../http/until.ts";

Deno.test("send() is heard by all members in one order, the sender included", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  const bob = await kit.join("r", "Bob");
  ann.link.take();
  bob.link.take();

  await Promise.all(
    ["a", "b", "c"].flatMap((text) => [
      kit.say(ann.who, "r", text),
      kit.say(bob.who, "r", text),
    ]),
  );

  const heard = ann.link.take();
  assertEquals(heard.length, 6);
  assertEquals(bob.link.take(), heard);
});

Deno.test("send() is not heard before it is on disk", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  ann.link.take();

  const { committed } = await kit.chat.send(ann.who, {
    room: "r",
    name: "Ann",
    text: "a",
  });

  assertEquals(ann.link.take(), []);
  const { entry } = await committed;
  assertEquals(ann.link.take(), ["1 Ann: a"]);
  const stored = await kit.kv.get(["entry", "r", 1, 1]);
  assertEquals(stored.value, [entry]);
});

Deno.test("send() keeps a session's order over several messages in flight", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  ann.link.take();

  const commits: Promise<unknown>[] = [];
  for (let i = 1; i <= 2_500; i++) {
    const { committed } = await kit.chat.send(ann.who, {
      room: "r",
      name: "Ann",
      text: `${i}`,
    });
    commits.push(committed);
  }
  await Promise.all(commits);

  const expected = Array.from(
    { length: 2_500 },
    (_, i) => `${i + 1} Ann: ${i + 1}`,
  );
  assertEquals(ann.link.take(), expected);
});

Deno.test("send() to a room that nobody joined makes it", async () => {
  using kit = await ChatKit.open();

  await kit.say(kit.admit().who, "ghost", "nobody here");

  const dan = await kit.join("ghost", "Dan");
  assertEquals(dan.link.take(), ["1 x: nobody here", "joined Dan"]);
});

Deno.test("send() to a closed room is refused, what raced with the closing too", async () => {
  using kit = await ChatKit.open();
  const ann = await kit.join("r", "Ann");
  ann.link.take();
  const nobody = { id: "nobody", number: 0, name: "", verified: false };

  const closing = kit.chat.rooms.close(
    ann.who.rooms.keys().next().value ?? fail(),
    nobody,
  );
  const late = await kit.chat.send(ann.who, {
    room: "r",
    name: "x",
    text: "b",
  });
  const results = await Promise.allSettled([closing, late.committed]);

  const order = results.map(({ status }) => status);
  const heard = ann.link.take();
  assert(
    order[1] === "rejected" && heard.length === 1 ||
      order[1] === "fulfilled" && heard[1] === "2 closed",
    JSON.stringify({ order, heard }),
  );
  const error = await assertRejects(
    () => kit.chat.send(ann.who, { room: "r", name: "x", text: "c" }),
    ChatError,
  );
  assertEquals(error.code, "room_closed");
});

Deno.test("an author keeps id and number under another name", async () => {
  using kit = await ChatKit.open();
  const ann = kit.admit();

  for (const name of ["Ann", "Imposter"]) {
    const { committed } = await kit.chat.send(ann.who, {
      room: "r",
      name,
      text: "a",
    });
    await committed;
  }

  const authors = [];
  for await (const { value } of kit.kv.list<Chunk>({ prefix: ["entry"] })) {
    authors.push(...value.map(({ author }) => author));
  }
  const id = ann.who.session;
  assertEquals(authors, [
    { id, number: 1, name: "Ann", verified: false },
    { id, number: 1, name: "Imposter", verified: false },
  ]);
});

Deno.test("a room encodes once per encoder, and a failing encoder harms no other", async () => {
  using kit = await ChatKit.open();
  let encoded = 0;
  const counting = encodeEach("counting", () => `${++encoded}`);
  const failing = encodeEach("failing", () => {
    throw new TypeError("Cannot encode");
  });
  const links = [new FakeLink(), new FakeLink(), new FakeLink()];
  for (const link of links) {
    const who = kit.chat.admit({ link, encoder: counting });
    await kit.chat.members.join(who, { room: "r", name: "c", replay: 0 });
  }
  const who = kit.chat.admit({ link: new FakeLink(), encoder: failing });
  await kit.chat.members.join(who, { room: "r", name: "f", replay: 0 });
  for (const link of links) link.take();
  const before = encoded;

  await kit.say(kit.admit().who, "r", "a");

  assertEquals(encoded, before + 1);
  assertEquals(links.map((link) => link.take()), Array(3).fill([before + 1]));
  // Its own joining, its user's arriving, the message.
  assertEquals(kit.bugs.map(String), Array(3).fill("TypeError: Cannot encode"));
});

function fail(): never {
  throw new Error("Cannot go on");
}

Deno.test("what was said as a room was emptied is heard though the answer was lost", async () => {
  using kv = await Deno.openKv(":memory:");
  const faults = withFaults(kv);
  using kit = await ChatKit.open({ kv: faults.kv });
  const ann = await kit.join("general", "Ann");
  const author = await kit.chat.author(ann.who, "Ann");
  const gate = Promise.withResolvers<void>();
  faults.commits.push(held(gate.promise), failedAfter);

  // Both wait for the first, and share the commit whose answer is lost.
  const first = kit.say(ann.who, "general", "before");
  await new Promise((resolve) => setImmediate(resolve));
  const closed = kit.chat.rooms.close("general" as RoomId, author);
  await new Promise((resolve) => setImmediate(resolve));
  const said = kit.say(ann.who, "general", "after");
  gate.resolve();
  await Promise.all([first, closed, said]);
  await until("it is heard", () => ann.link.frames.length > 3);

  assertEquals(ann.link.take(), [
    "joined Ann",
    "1 x: before",
    "2 closed",
    "1 x: after",
  ]);
});
