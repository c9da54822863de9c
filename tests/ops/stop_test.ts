import { assertEquals, assertGreater, assertLess } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import { ending, soon, until } from "../http/until.ts";
import { frameBytes, OPCODES, RawClient } from "../support/raw_client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";

/** More than a system buffers of a socket that nobody reads. */
const BACKLOG_BYTES = 8 * 1024 * 1024;

const TEXT_BYTES = 16_384;

const DEADLINE_MS = 1_000;

/** The part of the deadline up to which peers are waited for. */
const PEERS_UNTIL = 7 / 8;

/** How far the clocks of two processes may seem apart, in ms. */
const CLOCK_ERROR_MS = 50;

/** What a slow machine may need besides the deadline, in ms. */
const SLACK_MS = 4_000;

/** Going away; the reason is ours or, if it is quicker, the runtime's. */
const GOING_AWAY = 1001;

function frameOf(type: string, message?: string): Json {
  const words = message === undefined ? {} : { message };
  return { type, ["room_id"]: "general", from: "Ann", ...words };
}

async function member(server: TestServer): Promise<WsClient> {
  const client = await WsClient.open(`${server.url}/?dialect=chat-ws`);
  client.send(frameOf("join-room"));
  await client.next();
  return client;
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} ends sockets with 1001, and the process with 0`, async () => {
    await using server = await startServer();
    await using ann = await member(server);
    await using bob = await member(server);

    Deno.kill(server.pid, signal);

    assertEquals((await ending(ann)).code, GOING_AWAY);
    assertEquals((await ending(bob)).code, GOING_AWAY);
    assertEquals(await soon("the process has ended", server.ended), {
      code: 0,
      errors: "",
    });
  });
}

Deno.test("SIGTERM tells clients of parley.v1 to come back, in its own code", async () => {
  await using server = await startServer();
  const clients: WsClient[] = [];
  for (let i = 0; i < 5; i++) {
    const client = await WsClient.open(`${server.url}/parley`);
    await client.next();
    clients.push(client);
  }

  Deno.kill(server.pid, "SIGTERM");

  for (const client of clients) {
    assertEquals(await ending(client), {
      code: 4000,
      reason: "server is stopping",
    });
  }
});

Deno.test("SIGTERM loses nothing of what was sent before it was answered", async () => {
  const folder = await Deno.makeTempDir({ prefix: "parley-stop-" });
  const kv = `${folder}/parley.kv`;
  const acknowledged: string[] = [];
  {
    await using server = await startServer({ kv });
    await using ann = await member(server);

    for (let i = 0; i < 200; i++) ann.send(frameOf("send-message", `${i}`));
    acknowledged.push(textOf(await ann.next()));
    await soon("the process has stopped", server.stop());

    await ending(ann);
    acknowledged.push(...ann.drain().map(textOf));
  }
  await using server = await startServer({ kv });
  await using bob = await WsClient.open(`${server.url}/?dialect=chat-ws`);
  bob.send(frameOf("join-room"));

  const stored = await bob.take(acknowledged.length);

  assertEquals(stored.map(textOf), acknowledged);
  await server.kill();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a stop does not wait for a peer that does not read its backlog", async () => {
  await using server = await startServer({
    env: {
      PARLEY_SHUTDOWN_DEADLINE_MS: String(DEADLINE_MS),
      PARLEY_OUTBOX_BYTES_MAX: "0",
      PARLEY_TEXT_BYTES_MAX: "0",
      PARLEY_MESSAGES_PER_SECOND_MAX: "0",
    },
  });
  await using ann = await member(server);
  using deaf = await RawClient.open(server.port);
  const join = JSON.stringify(frameOf("join-room"));
  await deaf.write(frameBytes(OPCODES.text, join));
  await ann.next();
  await fill(ann);

  const startedAt = performance.now();
  Deno.kill(server.pid, "SIGTERM");

  assertEquals((await ending(ann)).code, GOING_AWAY);
  assertEquals(await soon("the process has ended", server.ended), {
    code: 0,
    errors: "",
  });
  assertLess(performance.now() - startedAt, DEADLINE_MS + SLACK_MS);
});

Deno.test("a stop waits for a peer almost until the deadline, and takes nobody in", async () => {
  await using server = await startServer({
    env: { PARLEY_SHUTDOWN_DEADLINE_MS: String(DEADLINE_MS) },
  });
  await using ann = await member(server);
  using owing = await RawClient.connect(server.port);
  await owing.write(
    "POST /rooms HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf",
  );
  await owing.response();

  const startedAt = performance.now();
  Deno.kill(server.pid, "SIGTERM");

  assertEquals((await ending(ann)).code, GOING_AWAY);
  await until("connections are refused", () => isRefused(server));
  const refusedMs = performance.now() - startedAt;
  assertEquals(await soon("the process has ended", server.ended), {
    code: 0,
    errors: "",
  });
  const tookMs = performance.now() - startedAt;
  assertLess(refusedMs, DEADLINE_MS);
  assertGreater(tookMs, DEADLINE_MS * PEERS_UNTIL - CLOCK_ERROR_MS);
  assertLess(tookMs, DEADLINE_MS + SLACK_MS);
});

/** Says more than the system takes of a socket that nobody reads. */
async function fill(client: WsClient): Promise<void> {
  const message = "x".repeat(TEXT_BYTES);
  const atOnce = 32;
  for (let sent = 0; sent < BACKLOG_BYTES; sent += atOnce * TEXT_BYTES) {
    for (let i = 0; i < atOnce; i++) {
      client.send(frameOf("send-message", message));
    }
    await client.take(atOnce);
  }
}

async function isRefused(server: TestServer): Promise<boolean> {
  try {
    using _ = await RawClient.connect(server.port);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionRefused;
  }
}

function textOf(frame: Json): string {
  return JSON.parse(JSON.stringify(frame)).message;
}
