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

Deno.test("client keeps a socket that is slow but not silent", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  client.rooms().catch(() => {});

  for (let i = 0; i < 4; i++) {
    kit.timers.tick(6_000);
    kit.socket.say({ type: "arrived", room: "elsewhere", user: GUEST });
  }
  kit.timers.tick(9_999);
  assertEquals(client.state.type, "online");
  kit.timers.tick(1);
  assertEquals(client.state.type, "offline");
});

for (const type of ["online", "visibilitychange"]) {
  Deno.test(`client that waits comes back at once on ${type}`, async () => {
    using kit = new ClientKit();
    const client = await kit.online();
    kit.socket.end();

    kit.page.isHidden = true;
    kit.page.tell(type);
    assertEquals(client.state.type, "offline");
    kit.page.isHidden = false;
    kit.page.tell(type);

    assertEquals(client.state.type, "connecting");
    assertEquals(kit.sockets.length, 2);
    kit.page.tell(type);
    kit.timers.tick(5_000);
    assertEquals(kit.sockets.length, 2);
  });

  Deno.test(`client checks a socket that looks open on ${type}`, async () => {
    using kit = new ClientKit();
    const client = await kit.online();

    kit.page.tell(type);
    kit.page.tell(type);
    assertEquals(kit.socket.take(), [{ type: "ping" }]);
    kit.socket.ok("ping", { time: 1 });
    kit.timers.tick(4_000);
    assertEquals(client.state.type, "online");

    kit.page.tell(type);
    kit.timers.tick(4_000);
    assertEquals(client.state.type, "offline");
  });
}

Deno.test("client finds the request that a refusal without id meant", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  const errors = collectOf(client, "error");
  const listing = client.rooms();
  const answerToUsers = () => kit.socket.ok("users", { users: [], total: 0 });
  const users = client.users();
  const refused = room.send("x", { data: { deep: {} } });
  kit.socket.take();
  const rest = { code: "bad_frame", message: "nested too deep" };
  kit.socket.say({ type: "error", id: null, ...rest, retryable: false });
  kit.timers.tick(0);
  assertEquals(kit.socket.take(), [{ type: "ping" }]);
  const after = client.rooms();
  const pong = kit.socket.later("ping", { time: 1 });
  answerToUsers();
  pong();

  const codes = await Promise.all(
    [listing, refused].map((promise) => promise.catch(({ code }) => code)),
  );
  assertEquals(codes, ["bad_frame", "bad_frame"]);
  assertEquals((await users).total, 0);
  kit.socket.ok("rooms", { rooms: [], more: false });
  assertEquals((await after).rooms, []);
  assertEquals(errors, []);
});

Deno.test("client asks again which request was meant if that is refused too", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const sending = room.send("hi");
  kit.socket.take();
  const rest = { code: "rate_limited", message: "slow", retryable: true };
  for (let i = 0; i < 2; i++) {
    kit.socket.say({ type: "error", id: null, ...rest, retry_after_ms: 40 });
    kit.timers.tick(39);
    assertEquals(kit.socket.take(), []);
    kit.timers.tick(1);
    assertEquals(kit.socket.take(), [{ type: "ping" }]);
  }
  kit.socket.ok("ping", { time: 1 });
  kit.timers.tick(40);

  const [again] = kit.socket.take();
  assertEquals([again?.text, again?.key], ["hi", sending.key]);
});

Deno.test("client sends no more frames than the server takes", async () => {
  using kit = new ClientKit();
  const client = kit.make();
  client.start();
  const limits = {
    ["requests_per_second_max"]: 50,
    ["requests_burst_max"]: 20,
  };
  await kit.welcome({ limits });
  for (let i = 0; i < 15; i++) client.rooms().catch(() => {});

  assertEquals(kit.socket.take().length, 10);
  kit.timers.tick(22);
  assertEquals(kit.socket.take().length, 0);
  kit.timers.tick(1);
  assertEquals(kit.socket.take().length, 1);
  kit.timers.tick(1_000);
  assertEquals(kit.socket.take().length, 4);
});

Deno.test("client refuses a frame that the server would not read", async () => {
  using kit = new ClientKit();
  const client = kit.make();
  client.start();
  await kit.welcome({ limits: { ["frame_bytes_max"]: 200 } });
  const room = client.room("general");
  const error = await room.send("é".repeat(100)).catch((error) => error);

  assertEquals([error.code, /of 200 bytes$/.test(error.message)], [
    "too_long",
    true,
  ]);
  room.send("e".repeat(100));
  assertEquals(kit.socket.take().length, 1);
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

Deno.test("client ignores frames that it does not know", async () => {
  using kit = new ClientKit();
  const { client } = await kit.joined();

  kit.socket.say({ type: "toString" });
  kit.socket.say({ type: "new thing", room: "general" });
  kit.socket.say({ type: "ok", id: 77, result: {} });

  assertEquals(client.state.type, "online");
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

Deno.test("client refuses requests while there is no connection", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  kit.socket.end();

  const error = await client.rooms().catch((error) => error);

  assertEquals([error.name, error.code, error.retryable, error.message], [
    "ParleyError",
    "offline",
    true,
    "Cannot list rooms: there is no connection",
  ]);
});

Deno.test("client tells who waits for an answer that the socket was lost", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const asked = client.rooms();
  kit.socket.end();

  const error = await asked.catch((error) => error);

  assertEquals([error.code, error.retryable], ["lost", true]);
});
