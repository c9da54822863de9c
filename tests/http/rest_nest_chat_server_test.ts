import { assert, assertEquals } from "@std/assert";
import type { Json, RoomId } from "../../src/core/types.ts";
import { readStore, storeViolations } from "../support/history_check.ts";
import { RawClient } from "../support/raw_client.ts";
import { WsClient } from "../support/ws_client.ts";
import { LocalServer } from "./local_server.ts";
import { ending } from "./until.ts";

const JSON_HEADERS = "content-type: application/json\r\n";

/** Sends a request byte for byte, so that nothing tidies its path. */
async function raw(
  { port }: LocalServer,
  line: string,
  body = "",
): Promise<{ status: number; text: string }> {
  using client = await RawClient.connect(port);
  const length = new TextEncoder().encode(body).length;
  await client.write(
    `${line} HTTP/1.1\r\nHost: 127.0.0.1\r\n${JSON_HEADERS}` +
      `Content-Length: ${length}\r\n\r\n${body}`,
  );
  const { status, body: text } = await client.response();
  return { status, text };
}

function creating(roomId: string): string {
  return JSON.stringify({ roomId, creatorUsername: "Ann" });
}

/** POSTs a room; its status. */
async function post({ url }: LocalServer, id: string): Promise<number> {
  const body = creating(id);
  const response = await fetch(`${url}/api/v1/rooms`, { method: "POST", body });
  await response.body?.cancel();
  return response.status;
}

/** DELETEs a room; its status. */
async function close({ url }: LocalServer, id: string): Promise<number> {
  const path = `/api/v1/rooms/${encodeURIComponent(id)}`;
  const response = await fetch(url + path, { method: "DELETE" });
  await response.body?.cancel();
  return response.status;
}

const IDS: [id: string, encoded: string][] = [
  ["a/b", "a%2Fb"],
  ["a/b", "a%2fb"],
  ["..", "%2e%2e"],
  [".", "%2E"],
  ["..", ".."],
  ["a/../b", "a%2F..%2Fb"],
  ["%2f", "%252f"],
  ["50%", "50%25"],
  ["a b", "a%20b"],
  ["a+b", "a+b"],
  ["?x=1#y", "%3Fx%3D1%23y"],
  ["\\", "%5C"],
  ["Fischfang 🐟", "Fischfang%20%F0%9F%90%9F"],
  ["غرفة", "%D8%BA%D8%B1%D9%81%D8%A9"],
  ["room-info", "room-info"],
  ["messages", "messages"],
  ["__proto__", "__proto__"],
  ["'\"<>", "%27%22%3C%3E"],
  [":id", ":id"],
  ["*", "*"],
];

for (const [id, encoded] of IDS) {
  Deno.test(`the room ${JSON.stringify(id)} is made, read and closed as ${encoded}`, async () => {
    await using server = await LocalServer.open();
    const path = `/api/v1/rooms/${encoded}`;

    const made = await raw(server, "POST /api/v1/rooms", creating(id));
    await server.kit.say(server.kit.admit().who, id, "hello");
    const read = await raw(server, `GET ${path}/messages`);
    const closed = await raw(server, `DELETE ${path}`);
    const again = await raw(server, `DELETE ${path}`);

    assertEquals([made.status, read.status, closed.status], [201, 200, 204]);
    assertEquals(JSON.parse(read.text)[0].content, "hello");
    assertEquals(JSON.parse(again.text), {
      code: "room.not-found",
      message: `Room with '${id}' not found`,
    });
  });
}

const NOT_DECODED = ["%", "%zz", "%2", "%ff", "%C3", "%ED%A0%80", "a%2Fb%"];

for (const encoded of NOT_DECODED) {
  Deno.test(`the id ${encoded} is not percent-encoded: 400`, async () => {
    await using server = await LocalServer.open();

    const read = await raw(server, `GET /api/v1/rooms/${encoded}/messages`);
    const closed = await raw(server, `DELETE /api/v1/rooms/${encoded}`);

    const expected = {
      statusCode: 400,
      message: `Failed to decode param '${encoded}'`,
      error: "Bad Request",
    };
    assertEquals([read.status, closed.status], [400, 400]);
    assertEquals(JSON.parse(read.text), expected);
    assertEquals(JSON.parse(closed.text), expected);
  });
}

const NO_IDS = ["%00", "a%0Ab", "r".repeat(256), "%40dm%2Fa%2Fb", "@dm/a"];

for (const encoded of NO_IDS) {
  Deno.test(`no room has the id ${encoded.slice(0, 20)}: 403, 404`, async () => {
    await using server = await LocalServer.open();

    const read = await raw(server, `GET /api/v1/rooms/${encoded}/messages`);
    const closed = await raw(server, `DELETE /api/v1/rooms/${encoded}`);

    // A slash that is not encoded is another path.
    const isPath = encoded.includes("/");
    assertEquals([read.status, closed.status], [isPath ? 404 : 403, 404]);
  });
}

Deno.test("of many POSTs of one id at once exactly one is 201", async () => {
  await using server = await LocalServer.open();

  for (let life = 0; life < 5; life++) {
    const statuses = await Promise.all(
      Array.from({ length: 30 }, () => post(server, "r")),
    );
    assertEquals(statuses.filter((status) => status === 201).length, 1);
    assertEquals(statuses.filter((status) => status === 409).length, 29);
    await close(server, "r");
  }
});

Deno.test("of many DELETEs of one id at once exactly one is 204", async () => {
  await using server = await LocalServer.open();
  await post(server, "r");

  const statuses = await Promise.all(
    Array.from({ length: 30 }, () => close(server, "r")),
  );

  assertEquals(statuses.toSorted(), [204, ...Array(29).fill(404)]);
});

Deno.test("rooms that are closed and opened under senders keep nothing behind a close", async () => {
  await using server = await LocalServer.open();
  const { kit } = server;
  await post(server, "r");
  const senders = await Promise.all(
    Array.from({ length: 8 }, () => server.connect()),
  );
  const message =
    '{"type":"send-message","room_id":"r","from":"Ann","message":"hello"}';
  let open = true;
  const talking = senders.map(async (client) => {
    while (open) {
      for (let i = 0; i < 5; i++) client.send(message);
      // Who did not join hears no echo: this is answered behind them all.
      client.send("{");
      while (!isInvalidJson(await client.next()));
      kit.nowMs += 1_000;
    }
  });

  let made = 1;
  for (let round = 0; round < 40; round++) {
    const [closed, posted] = await Promise.all([
      close(server, "r"),
      post(server, "r"),
    ]);
    assert([204, 404].includes(closed), `DELETE ${closed}`);
    assert([201, 409].includes(posted), `POST ${posted}`);
    if (posted === 201) made++;
  }
  open = false;
  await Promise.all(talking);

  await kit.store.log.settled();
  const record = await kit.store.directory.find("r" as RoomId);
  assertEquals(record?.epoch, made);
  assertEquals(storeViolations(await readStore(kit.kv)), []);
  // And it is not stuck: a room that is open takes what is said.
  await close(server, "r");
  assertEquals(await post(server, "r"), 201);
  await kit.say(kit.admit().who, "r", "the first");
  const response = await fetch(`${server.url}/api/v1/rooms/r/messages`);
  const rows = await response.json();
  assertEquals(
    rows.map(({ order, content }: Record<string, Json>) => [order, content]),
    [[1, "the first"]],
  );
  assertEquals(kit.bugs, []);
});

function isInvalidJson(frame: Json): boolean {
  return JSON.stringify(frame) === '{"error":"Invalid JSON"}';
}

Deno.test("a closed room is closed for chat-ws, which is told and refused", async () => {
  await using server = await LocalServer.open();
  await post(server, "r");
  const ann = await server.connect("chat-ws");
  ann.send({ type: "join-room", room_id: "r", from: "Ann" });
  await ann.next();

  assertEquals(await close(server, "r"), 204);

  assertEquals(await ann.next(), { error: 'Room "r" was closed' });
  ann.send({ type: "send-message", room_id: "r", from: "Ann", message: "a" });
  assertEquals(await ann.next(), {
    error: 'Cannot send to room "r": it is closed',
  });
  ann.send({ type: "join-room", room_id: "r", from: "Ann" });
  assertEquals(await ann.next(), {
    error: 'Cannot join room "r": it is closed',
  });
  assertEquals(await post(server, "r"), 201);
  ann.send({ type: "join-room", room_id: "r", from: "Ann" });
  assertEquals(await ann.next(), {
    type: "join-room",
    room_id: "r",
    from: "Ann",
  });
});

Deno.test("a closed room is closed for channel-chat, whose sockets end", async () => {
  await using server = await LocalServer.open();
  await post(server, "r");
  const url = `${server.url}/r?dialect=channel-chat`;
  await using inside = await WsClient.open(url);
  await inside.next();

  assertEquals(await close(server, "r"), 204);

  assertEquals((await ending(inside)).code, 1008);
  await using outside = await WsClient.open(url);
  assertEquals((await ending(outside)).code, 1008);
  assertEquals(await post(server, "r"), 201);
  await using again = await WsClient.open(url);
  assertEquals(await again.next(), { type: "connection", id: "r" });
});
