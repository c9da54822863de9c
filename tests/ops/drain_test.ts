import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import { ending, soon, until } from "../http/until.ts";
import { frameBytes, OPCODES, RawClient } from "../support/raw_client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";

/** Sockets that read, of each dialect, and that do not. */
const READING = 35;
const DEAF = 40;
const POLLING = 20;
const STREAMING = 10;

const PATHS = [
  "/?dialect=chat-ws",
  "/?dialect=wschat",
  "/?dialect=channel-chat",
  "/ws",
  "/socket.io/?EIO=4&transport=websocket",
  "/socket.io/?EIO=3&transport=websocket",
  "/parley",
];

/** More than a system buffers of a socket that nobody reads. */
const BACKLOG_BYTES = 8 * 1024 * 1024;

const TEXT_BYTES = 16_384;

/** How long the platform waits before it kills, in ms. */
const PLATFORM_MS = 5_000;

/** Half of the deadline's default, in ms, which is what 300 are spread over. */
const SPREAD_MS = 2_000;

/** Come back; the reason is ours or, if it is quicker, the runtime's. */
const GOING_AWAY = 1001;

/** The same, as parley.v1 says it. */
const RESUME = 4000;

const UNLIMITED = {
  PARLEY_OUTBOX_BYTES_MAX: "0",
  PARLEY_TEXT_BYTES_MAX: "0",
  PARLEY_MESSAGES_PER_SECOND_MAX: "0",
};

function frameOf(type: string, message?: string): Json {
  const words = message === undefined ? {} : { message };
  return { type, ["room_id"]: "general", from: "Ann", ...words };
}

async function deaf(server: TestServer): Promise<RawClient> {
  const client = await RawClient.open(server.port);
  await client.write(
    frameBytes(OPCODES.text, JSON.stringify(frameOf("join-room"))),
  );
  return client;
}

/** Opens a connection that polls; resolves to what its waiting poll brings. */
async function poll(server: TestServer): Promise<{ answer: Promise<string> }> {
  const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const opened = await (await fetch(url)).text();
  const sid = /"sid":"([^"]+)"/.exec(opened)?.[1] ?? "";
  const answer = fetch(`${url}&sid=${sid}`).then((found) => found.text());
  return { answer };
}

/** Says more than the system takes of a socket that nobody reads. */
async function fill(client: WsClient): Promise<void> {
  const message = "x".repeat(TEXT_BYTES);
  for (let sent = 0; sent < BACKLOG_BYTES; sent += 32 * TEXT_BYTES) {
    for (let i = 0; i < 32; i++) client.send(frameOf("send-message", message));
    await client.take(32);
  }
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

async function isTurnedAway(server: TestServer): Promise<boolean> {
  try {
    const client = await WsClient.open(`${server.url}/ws`);
    await client.close();
    return false;
  } catch {
    return true;
  }
}

/** The most of these that are in any window of so many ms. */
function crowd(moments: readonly number[], windowMs: number): number {
  return Math.max(
    ...moments.map((from) =>
      moments.filter((ms) => ms >= from && ms < from + windowMs).length
    ),
  );
}

Deno.test("SIGTERM sends 300 sockets away one by one, and ends in time, whoever does not read", async () => {
  await using server = await startServer({ env: UNLIMITED });
  await using stack = new AsyncDisposableStack();
  const clients: WsClient[] = [];
  for (const path of PATHS) {
    for (let i = 0; i < READING; i++) {
      const client = await WsClient.open(`${server.url}${path}`);
      clients.push(stack.use(client));
    }
  }
  await using ann = await WsClient.open(`${server.url}/?dialect=chat-ws`);
  ann.send(frameOf("join-room"));
  await ann.next();
  for (let i = 0; i < 5; i++) stack.use(await deaf(server));
  await ann.take(5);
  await fill(ann);
  for (let i = 5; i < DEAF; i++) stack.use(await deaf(server));
  const polls: Promise<string>[] = [];
  for (let i = 0; i < POLLING; i++) polls.push((await poll(server)).answer);
  const streams: Promise<string>[] = [];
  for (let i = 0; i < STREAMING; i++) {
    const url = `${server.url}/api/v1/rooms/general/events`;
    const response = await fetch(url);
    streams.push(response.text());
  }
  const moments: number[] = [];
  for (const { closed } of clients) {
    closed.then(() => moments.push(performance.now()));
  }

  const startedAt = performance.now();
  Deno.kill(server.pid, "SIGTERM");

  await until("it is not ready", async () => {
    return await statusOf(`${server.url}/readyz`) === 503;
  });
  assertEquals(await statusOf(`${server.url}/healthz`), 200);
  assertEquals(await isTurnedAway(server), true);
  assertLess(performance.now() - startedAt, SPREAD_MS / 2);
  for (const client of clients) {
    const { code } = await ending(client);
    const isOurs = code === GOING_AWAY || code === RESUME;
    assertEquals(isOurs, true, `${code}`);
  }
  const told = await soon("all polls are answered", Promise.all(polls));
  assertEquals(new Set(told), new Set(["1"]));
  await soon("all streams end", Promise.all(streams));
  const { code } = await soon("the process has ended", server.ended);
  assertEquals(code, 0);
  assertLess(performance.now() - startedAt, PLATFORM_MS);
  const tookMs = Math.max(...moments) - Math.min(...moments);
  assertGreater(tookMs, SPREAD_MS / 2);
  const atOnce = crowd(moments, SPREAD_MS / 10);
  assert(atOnce < clients.length / 2, `${atOnce} of ${clients.length} at once`);
});

Deno.test("a second signal ends the process at once", async () => {
  await using server = await startServer({
    env: { PARLEY_SHUTDOWN_DEADLINE_MS: "60000" },
  });
  using owing = await RawClient.connect(server.port);
  await owing.write(
    "POST /rooms HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf",
  );
  await owing.response();
  await using ann = await WsClient.open(`${server.url}/ws`);

  Deno.kill(server.pid, "SIGTERM");
  await ending(ann);
  Deno.kill(server.pid, "SIGTERM");

  assertEquals(await soon("the process has ended", server.ended), {
    code: 0,
    errors: "",
  });
});
