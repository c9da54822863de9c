import { assert, assertEquals, assertMatch } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { ANONYMOUS } from "../../src/http/http_user.ts";
import { HEARTBEAT_MS } from "../../src/http/room_events.ts";
import { brief, EventReader } from "./event_reader.ts";
import { HandlerKit, type HandlerOptions } from "./handler_kit.ts";

const PATH = "/api/v1/rooms/r/events";
const NDJSON = { accept: "application/x-ndjson" };

/** A handler, and one who says things in room r. */
async function openRoom(options: HandlerOptions = {}) {
  const kit = await HandlerKit.open(options);
  const { who } = kit.kit.admit();
  async function say(...texts: string[]): Promise<void> {
    for (const text of texts) await kit.kit.say(who, "r", text);
  }
  async function listen(query = "", headers: HeadersInit = {}) {
    const response = await kit.ask(PATH + query, { headers });
    return new EventReader(response);
  }
  const close = () => kit.kit.chat.rooms.close("r" as RoomId, ANONYMOUS);
  const dispose = () => kit[Symbol.dispose]();
  return { kit, say, listen, close, [Symbol.dispose]: dispose };
}

Deno.test("a stream begins with where it is, and goes on with what is said", async () => {
  using room = await openRoom();
  await room.say("before");

  const response = await room.kit.ask(PATH);
  const reader = new EventReader(response);
  const opening = await reader.next();
  await room.say("hello\nü");
  const block = await reader.next() ?? "";

  assertEquals(Object.fromEntries(response.headers), {
    "access-control-allow-origin": "*",
    "cache-control": "no-cache, no-transform",
    "content-type": "text/event-stream; charset=utf-8",
    "x-accel-buffering": "no",
  });
  assertEquals(opening, "retry: 2000\nid: 1-1");
  const [id, event, data = "", ...more] = block.split("\n");
  assertEquals([id, event, more], ["id: 1-2", "event: message", []]);
  const entry = JSON.parse(data.slice("data: ".length));
  assertEquals([entry.kind, entry.seq, entry.text, entry.via], [
    "message",
    2,
    "hello\nü",
    "plain",
  ]);
  await reader.cancel();
});

Deno.test("?history=N is the newest N first, a position is what is behind it", async () => {
  using room = await openRoom();
  await room.say("one", "two", "three");

  const rows: [query: string, headers: HeadersInit, blocks: string[]][] = [
    ["", {}, ["1-3"]],
    ["?history=2", {}, ["1-1", "1-2 message two", "1-3 message three"]],
    ["?after=1-2", {}, ["1-2", "1-3 message three"]],
    ["", { "last-event-id": "1-2" }, ["1-2", "1-3 message three"]],
    ["?after=1-0", { "last-event-id": "1-2" }, ["1-2", "1-3 message three"]],
    ["?after=1-2&history=3", {}, ["1-2", "1-3 message three"]],
    ["?after=1-3", {}, ["1-3"]],
  ];
  for (const [query, headers, blocks] of rows) {
    const reader = await room.listen(query, headers);
    const heard = await reader.take(blocks.length);
    assertEquals(heard.map(brief), blocks, query);
    await reader.cancel();
  }
});

Deno.test("what is missing behind a position is told as a gap", async () => {
  using room = await openRoom({ limits: { HISTORY_MESSAGES_MAX: 2 } });
  await room.say("one", "two", "three");

  const ahead = await room.listen("?after=1-9");
  const heard = await ahead.take(3);

  assertEquals(heard, [
    'retry: 2000\nid: 1-1\nevent: gap\ndata: {"gap":"ahead"}',
    heard[1],
    heard[2],
  ]);
  assertEquals(heard.slice(1).map(brief), [
    "1-2 message two",
    "1-3 message three",
  ]);
  await ahead.cancel();
});

Deno.test("an emptied room goes on: who comes back at its end is resumed", async () => {
  using kit = await HandlerKit.open();
  await kit.kit.chat.rooms.open();
  const path = "/api/v1/rooms/general/events";
  await kit.say("general");
  const reader = new EventReader(await kit.ask(path));
  await reader.next();

  await kit.kit.chat.rooms.close("general" as RoomId, ANONYMOUS);
  await kit.say("general");
  const live = await reader.take(2);
  const again = new EventReader(await kit.ask(`${path}?after=2-0`));
  const resumed = await again.take(2);
  const late = new EventReader(await kit.ask(`${path}?after=1-1`));
  const gap = await late.next();

  assertEquals(live.map(brief), ["2-0 closed", "2-1 message hello"]);
  assertEquals(resumed.map(brief), ["2-0", "2-1 message hello"]);
  assertMatch(gap ?? "", /"gap":"new_epoch"/);
  for (const one of [reader, again, late]) await one.cancel();
});

Deno.test("a closed room says so and ends its streams; then it is 204", async () => {
  using room = await openRoom();
  const reader = await room.listen();
  await room.say("one");

  await room.close();
  const blocks = await reader.rest();
  const behind = await room.listen("?after=1-0");
  const missed = await behind.rest();
  const last = await room.kit.ask(`${PATH}?after=1-2`);
  const fresh = await room.kit.ask(PATH);

  const heard = ["1-0", "1-1 message one", "1-2 closed"];
  assertEquals(blocks.map(brief), heard);
  assertMatch(blocks.at(-1) ?? "", /"reopens":false/);
  assertEquals(missed.map(brief), heard);
  assertEquals([last.status, fresh.status], [204, 204]);
  assertEquals([last.body, fresh.body], [null, null]);
});

Deno.test("signals come where they are asked for, and without an id", async () => {
  using room = await openRoom();
  const plain = await room.listen();
  const more = await room.listen("?signals=1");

  const { who } = await room.kit.kit.join("r", "Ann");
  room.kit.kit.chat.dismiss(who);
  await room.say("one");

  const told = await more.take(3);
  assertEquals(told.map(brief), ["1-0", "arrived Ann", "1-1 message one"]);
  assertMatch(
    told[1] ?? "",
    /^event: arrived\ndata: \{"type":"arrived","room":"r","user":\{.+\},"member_count":1\}$/,
  );
  assertEquals((await plain.take(2)).map(brief), ["1-0", "1-1 message one"]);
  for (const one of [plain, more]) await one.cancel();
});

Deno.test("x-ndjson is a line of JSON each, with the position", async () => {
  using room = await openRoom();
  await room.say("one");
  const response = await room.kit.ask(`${PATH}?history=9&signals=1`, {
    headers: NDJSON,
  });
  const reader = new EventReader(response, "\n");

  const stored = await reader.take(2);
  const { who } = await room.kit.kit.join("r", "Ann");
  const arrived = await reader.next();
  await room.close();
  const closed = await reader.rest();

  const lines = [...stored, arrived, ...closed].map((line) =>
    JSON.parse(line ?? "")
  );
  assertEquals(
    response.headers.get("content-type"),
    "application/x-ndjson; charset=utf-8",
  );
  assertEquals(
    lines.map(({ kind, position, seq }) => [kind, position, seq]),
    [
      ["opened", "1-0", undefined],
      ["message", "1-1", 1],
      ["arrived", undefined, undefined],
      ["closed", "1-2", 2],
    ],
  );
  assertEquals(who.rooms.size, 0);
});

Deno.test("a room writes once for all streams of a kind, whatever is said at once", async () => {
  using room = await openRoom();
  const readers = await Promise.all([1, 2, 3].map(() => room.listen()));
  for (const reader of readers) await reader.next();
  const { who } = room.kit.kit.admit();
  const sends = ["one", "two", "three"].map((text) =>
    room.kit.kit.say(who, "r", text)
  );

  await Promise.all(sends);

  for (const reader of readers) {
    assertEquals((await reader.take(3)).map(brief), [
      "1-1 message one",
      "1-2 message two",
      "1-3 message three",
    ]);
    await reader.cancel();
  }
});

Deno.test("a stream in which nothing happens says so, and only while there is one", async () => {
  using room = await openRoom();
  const { timers } = room.kit.kit;
  const reader = await room.listen();
  await reader.next();
  const lines = new EventReader(
    await room.kit.ask(PATH, { headers: NDJSON }),
    "\n",
  );
  await lines.next();

  timers.tick(HEARTBEAT_MS);
  const beats = [await reader.next(), await lines.next()];
  timers.tick(HEARTBEAT_MS);
  const more = await reader.next();
  const during = timers.size;
  await reader.cancel();
  await lines.cancel();

  assertEquals([...beats, more], [":", "", ":"]);
  assertEquals([during, timers.size], [1, 0]);
});

Deno.test("streams are counted as sockets are, until their readers go", async () => {
  using room = await openRoom({ limits: { SOCKETS_PER_ADDRESS_MAX: 1 } });
  const reader = await room.listen();

  const full = await room.kit.ask(PATH);
  await reader.cancel();
  const next = await room.listen();

  assertEquals([full.status, full.headers.get("retry-after")], [503, "5"]);
  assertEquals(await full.json(), {
    code: "busy",
    message: "Cannot open socket: 1 are open from this address",
    retryable: true,
  });
  assertEquals(await next.next(), "retry: 2000\nid: 1-0");
  await next.cancel();
});

Deno.test("who is refused is not counted", async () => {
  using room = await openRoom({ limits: { SOCKETS_MAX: 1 } });
  await room.say("one");
  await room.close();

  for (const authorization of ["Bearer x", "Bearer y"]) {
    const headers = { authorization };
    const response = await room.kit.ask(PATH, { headers });
    assertEquals(response.status, 401);
    await response.body?.cancel();
  }
  assertEquals((await room.kit.ask(PATH)).status, 204);
  assertEquals((await room.kit.ask(PATH)).status, 204);
});

Deno.test("a reader that does not read is dropped, the others are not", async () => {
  using room = await openRoom({ limits: { OUTBOX_BYTES_MAX: 2_000 } });
  const slow = await room.kit.ask(PATH);
  const quick = await room.listen();
  await quick.next();

  for (let i = 0; i < 20; i++) {
    await room.say("x".repeat(100));
    await quick.next();
  }

  const failure = await slow.text().catch((error) => String(error));
  assertEquals(failure, "Error: Cannot go on: reads too slowly");
  await quick.cancel();
});

const BAD_QUERIES = [
  "?after=1",
  "?after=1-2-3",
  "?after=-1-2",
  "?after=1-9999999999999999",
  "?history=-1",
  "?history=201",
  "?history=x",
  "?signals=yes",
];

for (const query of BAD_QUERIES) {
  Deno.test(`the query ${query} is refused`, async () => {
    using room = await openRoom();

    const response = await room.kit.ask(PATH + query);
    const body = await response.json();

    assertEquals([response.status, body.code], [400, "bad_field"]);
  });
}

Deno.test("HEAD has the headers of a stream, and leaves none open", async () => {
  using room = await openRoom({ limits: { SOCKETS_MAX: 1 } });

  const head = await room.kit.ask(PATH, { method: "HEAD" });
  const reader = await room.listen();

  assertEquals([head.status, head.body], [200, null]);
  assertEquals(await reader.next(), "retry: 2000\nid: 1-0");
  await reader.cancel();
});

Deno.test("other methods are told which there are", async () => {
  using room = await openRoom();

  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    const response = await room.kit.ask(PATH, { method });
    assertEquals(response.status, 405);
    assertEquals(response.headers.get("allow"), "GET, HEAD, OPTIONS");
    await response.body?.cancel();
  }
});

Deno.test("a page from elsewhere may not listen where origins are named", async () => {
  using room = await openRoom({ origins: ["https://ours.example"] });
  const from = (origin: string) => room.kit.ask(PATH, { headers: { origin } });

  const foreign = await from("https://theirs.example");
  const ours = await from("https://ours.example");

  assertEquals([foreign.status, ours.status], [403, 200]);
  assertEquals(
    ours.headers.get("access-control-allow-origin"),
    "https://ours.example",
  );
  await foreign.body?.cancel();
  await ours.body?.cancel();
});

Deno.test("two users' room is heard by one of them, who says so", async () => {
  using kit = await HandlerKit.open();
  const { chat } = kit.kit;
  const [eve, bob] = await Promise.all(["Eve", "Bob"].map(async (name) => {
    const { who } = kit.kit.admit();
    const pair = { name, password: "secret", address: "" };
    return { who, ...await chat.identities.signUp(who, pair) };
  }));
  assert(eve && bob);
  const ids = [eve.user.id, bob.user.id].sort();
  const path = `/api/v1/rooms/${encodeURIComponent(`@dm/${ids.join("/")}`)}`;
  const to = { direct: bob.user.id };
  const { committed } = await chat.send(eve.who, {
    room: to,
    name: "",
    text: "hi",
  });
  await committed;

  const headers = { authorization: `Bearer ${bob.token}` };
  const url = `${path}/events?history=1`;
  const reader = new EventReader(await kit.ask(url, { headers }));
  const heard = await reader.take(2);
  const anybody = await kit.ask(url);

  assertEquals(heard.map(brief), ["1-0", "1-1 message hi"]);
  assertEquals(anybody.status, 400);
  await anybody.body?.cancel();
  await reader.cancel();
});

Deno.test("a store that fails under a stream ends it, so that it comes back", async () => {
  using room = await openRoom();
  await room.say("one");
  const { log } = room.kit.kit.store;
  const read = log.readAfter;
  log.readAfter = () => Promise.reject(new Error("the secret of the disk"));

  const response = await room.kit.ask(`${PATH}?history=9`);
  const failure = await response.text().catch((error) => String(error));
  log.readAfter = read;

  assertEquals(failure, "Error: Cannot go on: storage failed");
  assertEquals(room.kit.kit.troubles.map(String), [
    "Error: the secret of the disk",
  ]);
});
