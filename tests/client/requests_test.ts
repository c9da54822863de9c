import { assertEquals } from "@std/assert";
import { ClientKit, collectOf, GUEST } from "./client_kit.ts";

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

Deno.test("client ignores frames that it does not know", async () => {
  using kit = new ClientKit();
  const { client } = await kit.joined();

  kit.socket.say({ type: "toString" });
  kit.socket.say({ type: "new thing", room: "general" });
  kit.socket.say({ type: "ok", id: 77, result: {} });

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
