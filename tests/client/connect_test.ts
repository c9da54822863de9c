import { assertEquals, assertThrows } from "@std/assert";
import { ParleyClient } from "../../static/client.js";
import {
  ClientKit,
  collectOf,
  GUEST,
  URL,
  welcomeFrame,
} from "./client_kit.ts";

Deno.test("client connects with the subprotocol and is online once welcomed", async () => {
  using kit = new ClientKit();
  const client = kit.make();
  const states = collectOf(client, "state");
  const started = client.start();
  assertEquals(client.state, { type: "connecting" });

  kit.socket.say(welcomeFrame());
  assertEquals(await started, client);

  assertEquals([kit.socket.url, kit.socket.protocol], [URL, "parley.v1"]);
  assertEquals(states.map(({ state }) => state), [
    { type: "connecting" },
    { type: "online", user: GUEST },
  ]);
  assertEquals(client.user, GUEST);
  assertEquals(client.lobby, "general");
  assertEquals(client.limits?.sendKeyTtlMs, 86_400_000);
});

Deno.test("client takes http URLs, and refuses what is none", () => {
  const options = { WebSocket: class {} };
  const client = new ParleyClient("https://chat.example/a/parley#x", options);
  assertEquals(client.url, "wss://chat.example/a/parley");

  for (const url of ["file:///parley", "mailto:ann@example.org", "parley"]) {
    assertThrows(() => new ParleyClient(url, options), TypeError);
  }
});

Deno.test("client comes back after growing pauses, half of them chance", async () => {
  const pauses: Record<number, number[]> = { 0: [], 1: [] };
  for (const chance of [0, 1]) {
    using kit = new ClientKit();
    kit.chance = chance;
    const client = await kit.online();
    const offline = collectOf(client, "offline");
    for (let i = 0; i < 9; i++) {
      kit.socket.end();
      const [event] = offline.splice(0);
      const pauseMs = (event?.retryAt ?? NaN) - kit.timers.nowMs;
      pauses[chance]?.push(pauseMs);
      const { length } = kit.sockets;
      kit.timers.tick(pauseMs - 1);
      assertEquals(kit.sockets.length, length);
      kit.timers.tick(1);
      assertEquals(kit.sockets.length, length + 1);
    }
  }

  const half = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000];
  assertEquals(pauses[0], half);
  assertEquals(pauses[1], half.map((ms) => ms * 2));
});

Deno.test("client begins the pauses anew after a connection that held", async () => {
  using kit = new ClientKit();
  kit.chance = 0;
  const client = await kit.online();
  const offline = collectOf(client, "offline");
  const pauses: number[] = [];
  for (const heldMs of [0, 9_999, 10_000, 0]) {
    kit.timers.tick(heldMs);
    kit.socket.end();
    pauses.push((offline.at(-1)?.retryAt ?? NaN) - kit.timers.nowMs);
    kit.timers.tick(pauses.at(-1) ?? 0);
    await kit.welcome();
  }

  assertEquals(pauses, [250, 500, 250, 500]);
});

const COMES_BACK = [1000, 1001, 1006, 1011, 4000, 4008, 4011, 4029, 4499];
const STAYS_AWAY = [4500, 4503, 4999];

Deno.test("client comes back after 4000 to 4499 and what the network does, not after 4500", async () => {
  for (const code of [...COMES_BACK, 5000]) {
    using kit = new ClientKit();
    const client = await kit.online();
    kit.socket.end(code, "why");
    const { retryAt } = client.state as { retryAt: number };
    assertEquals(client.state, {
      type: "offline",
      retryAt,
      code,
      reason: "why",
    });
  }
  for (const code of STAYS_AWAY) {
    using kit = new ClientKit();
    const client = await kit.online();
    kit.socket.end(code, "why");
    assertEquals(client.state, { type: "ended", code, reason: "why" });
    kit.timers.tick(10_000_000);
    kit.page.tell("online");
    assertEquals([kit.sockets.length, kit.timers.size], [1, 0]);
  }
});

Deno.test("client that is told not to come back at first rejects its start", async () => {
  using kit = new ClientKit();
  const started = kit.make().start();
  kit.socket.end(4503, "not allowed");

  const error = await started.catch((error) => error);

  assertEquals([error.code, error.message], [
    "ended",
    "Cannot connect: not allowed",
  ]);
});

Deno.test("client waits as long as a server asked it to", async () => {
  using kit = new ClientKit();
  kit.chance = 0;
  const client = await kit.online();
  const errors = collectOf(client, "error");

  const rest = { code: "rate_limited", message: "slow", retryable: true };
  kit.socket.say({ type: "error", id: null, ...rest, retry_after_ms: 7_000 });
  kit.socket.end(4029, "too many unhandled frames");

  assertEquals(client.state.type, "offline");
  const { retryAt } = client.state as { retryAt: number };
  assertEquals(retryAt - kit.timers.nowMs, 7_000);
  const [{ error } = { error: undefined }] = errors;
  assertEquals((error as { code: string }).code, "rate_limited");
});

Deno.test("client gives up a socket that is not welcomed in time", () => {
  using kit = new ClientKit();
  const client = kit.make();
  client.start();

  kit.timers.tick(9_999);
  assertEquals(client.state.type, "connecting");
  kit.timers.tick(1);

  assertEquals(client.state.type, "offline");
  assertEquals(kit.sockets[0]?.readyState, 3);
  kit.timers.tick(60_000);
  assertEquals(kit.sockets.length > 1, true);
});

Deno.test("client comes back if no socket can be made at all", () => {
  using kit = new ClientKit();
  let count = 0;
  class Forbidden {
    constructor() {
      count += 1;
      throw new DOMException("forbidden", "SecurityError");
    }
  }
  const client = kit.make({ WebSocket: Forbidden });
  client.start();

  assertEquals(client.state.type, "offline");
  kit.timers.tick(500);
  assertEquals(count, 2);
});

Deno.test("client pings, and drops a socket that is silent", async () => {
  using kit = new ClientKit();
  const client = await kit.online();

  kit.timers.tick(25_000);
  assertEquals(kit.socket.take(), [{ type: "ping" }]);
  kit.socket.ok("ping", { time: 1 });
  kit.timers.tick(25_000);
  assertEquals(kit.socket.take(), [{ type: "ping" }]);
  kit.timers.tick(9_999);
  assertEquals(client.state.type, "online");
  kit.timers.tick(1);

  assertEquals(client.state.type, "offline");
});

Deno.test("client drops a silent socket though its clock was set back", async () => {
  using kit = new ClientKit();
  let backMs = 0;
  const client = await kit.online({ now: () => kit.timers.nowMs - backMs });

  kit.timers.tick(25_000);
  assertEquals(kit.socket.take(), [{ type: "ping" }]);
  backMs = 3_600_000;
  kit.timers.tick(20_000);

  assertEquals(client.state.type, "offline");
});

Deno.test("client drops a socket that says what cannot be read", async () => {
  const noEntries = '{"type":"events","room":"general","epoch":"e1","after":0}';
  for (const text of ["{", "null", noEntries]) {
    using kit = new ClientKit();
    const { client } = await kit.joined();
    kit.socket.sayText(text);
    assertEquals(client.state.type, "offline", text);
  }
});

Deno.test("client drops a socket that welcomes without a word", async () => {
  for (const rest of ["", ',"limits":null', ',"limits":{},"user":null']) {
    using kit = new ClientKit();
    const client = kit.make();
    client.start();
    kit.socket.sayText(`{"type":"welcome"${rest}}`);
    await kit.settle();
    assertEquals(client.state.type, "offline", rest);
  }
});

Deno.test("client that is stopped leaves no timer and no listener", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  const sending = room.send("never");
  const asked = client.rooms();

  client.stop();
  client.stop();

  assertEquals(client.state, { type: "stopped" });
  assertEquals([kit.timers.size, kit.socket.readyState], [0, 3]);
  assertEquals(kit.page.listeners, 0);
  kit.page.tell("online");
  assertEquals(kit.sockets.length, 1);
  const codes = await Promise.all(
    [sending, asked].map((promise) =>
      promise.then(() => "", ({ code }) => code)
    ),
  );
  assertEquals(codes, ["stopped", "stopped"]);
});

Deno.test("client that was stopped can be started anew, and goes on in its rooms", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  client.stop();
  const started = client.start();
  await kit.welcome();

  assertEquals(await started, client);
  const after = { epoch: "e1", seq: 0 };
  assertEquals(kit.socket.take(), [
    { type: "join", room: "general", after, history: 50 },
  ]);
  kit.enter(0);
  assertEquals(room.isJoined, true);
});

Deno.test("client that is stopped tells who waits for a join", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const joined = client.room("general").join();
  client.stop();
  assertEquals((await joined.catch((error) => error)).code, "stopped");
});

Deno.test("client that drops its socket comes back", async () => {
  using kit = new ClientKit();
  const client = await kit.online();

  client.dropSocket();
  assertEquals(client.state.type, "offline");
  kit.timers.tick(500);
  await kit.welcome();

  assertEquals(client.state.type, "online");
});
