import { assertEquals } from "@std/assert";
import {
  ackOf,
  BOB,
  ClientKit,
  collectOf,
  GUEST,
  texts,
  welcomeFrame,
} from "./client_kit.ts";

const ANN = { id: "u9", number: 9, name: "Ann", verified: true };
const NEW_GUEST = { ...GUEST, id: "u3", number: 3 };

Deno.test("guest says its name if it has one, and keeps its token for the next time", async () => {
  using kit = new ClientKit();
  const client = kit.make({ name: "Kim" });
  client.start();
  kit.socket.say(welcomeFrame());
  assertEquals(kit.socket.take(), [{ type: "hello", name: "Kim" }]);
  const kim = { ...GUEST, name: "Kim" };
  kit.socket.ok("hello", { user: kim, token: "t2" });
  await kit.settle();
  assertEquals(client.user, kim);

  kit.make({ name: "Somebody" }).start();
  kit.socket.say(welcomeFrame({ user: NEW_GUEST }));
  assertEquals(kit.socket.take(), [
    { type: "hello", token: "t2", name: "Kim" },
  ]);
});

Deno.test("client comes back as who it was", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const users = collectOf(client, "user");
  kit.socket.end();
  kit.timers.tick(1_000);
  kit.socket.say(welcomeFrame({ user: NEW_GUEST, token: "t3" }));
  assertEquals(kit.socket.take(), [{ type: "hello", token: "t1", name: "" }]);
  kit.socket.ok("hello", { user: GUEST, token: "t4" });
  await kit.settle();

  assertEquals([client.user, users], [GUEST, []]);
});

Deno.test("client whose token is refused is a new guest, and what it wrote is refused", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const users = collectOf(client, "user");
  const refused = collectOf(client, "refused");
  kit.socket.end();
  const sending = client.room("general").send("from the former one");
  kit.timers.tick(1_000);
  kit.socket.say(welcomeFrame({ user: NEW_GUEST, token: "t3" }));
  kit.socket.refuse("hello", "bad_token");
  await kit.settle();

  assertEquals(client.state, { type: "online", user: NEW_GUEST });
  assertEquals(users, [
    { type: "user", user: NEW_GUEST, former: GUEST, reason: "expired" },
  ]);
  assertEquals((await sending.catch((error) => error)).code, "user_changed");
  assertEquals(refused.map(({ text }) => text), ["from the former one"]);
  assertEquals(texts(client.room("general")), []);
});

Deno.test("client whose token is refused tries that of another tab", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const other = kit.make();
  other.start();
  await kit.welcome();
  const signingIn = other.signIn({ name: "Ann", password: "secret" });
  assertEquals(kit.socket.take(), [
    { type: "hello", sign_in: { name: "Ann", password: "secret" } },
  ]);
  kit.socket.ok("hello", { user: ANN, token: "account" });
  assertEquals(await signingIn, ANN);
  other.stop();

  kit.sockets[0]?.end();
  kit.timers.tick(1_000);
  kit.socket.say(welcomeFrame({ user: NEW_GUEST }));
  kit.socket.refuse("hello", "bad_token");
  await kit.settle();
  assertEquals(kit.socket.take().at(-1), { type: "hello", token: "account" });
  kit.socket.ok("hello", { user: ANN, token: "account" });
  await kit.settle();

  assertEquals(client.user, ANN);
});

Deno.test("client whose hello may succeed later comes back later", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  kit.socket.end();
  kit.timers.tick(1_000);
  kit.socket.say(welcomeFrame());
  const rest = { retryable: true, ["retry_after_ms"]: 3_000 };
  kit.socket.refuse("hello", "rate_limited", rest);
  await kit.settle();

  const { retryAt } = client.state as { retryAt: number };
  assertEquals(client.state.type, "offline");
  assertEquals(retryAt - kit.timers.nowMs, 3_000);
});

Deno.test("client whose name is refused ends, with the reason", async () => {
  using kit = new ClientKit();
  const client = kit.make({ name: "x".repeat(999) });
  client.start();
  kit.socket.say(welcomeFrame());
  kit.socket.refuse("hello", "too_long");
  await kit.settle();

  const reason = "Cannot hello: too_long";
  assertEquals(client.state, { type: "ended", code: "too_long", reason });
});

Deno.test("client says a token of its host's application, a new one each time", async () => {
  using kit = new ClientKit();
  let count = 0;
  const client = kit.make({ jwt: () => Promise.resolve(`jwt${++count}`) });
  client.start();
  const tokens: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    kit.socket.say(welcomeFrame());
    await kit.settle();
    tokens.push(...kit.socket.take());
    kit.socket.ok("hello", { user: ANN, token: "t" });
    await kit.settle();
    assertEquals(client.user, ANN);
    kit.socket.end();
    kit.timers.tick(1_000);
  }

  assertEquals(tokens, [
    { type: "hello", jwt: "jwt1" },
    { type: "hello", jwt: "jwt2" },
  ]);
});

Deno.test("client is never a guest instead of its host's user", async () => {
  using kit = new ClientKit();
  const fixed = kit.make({ jwt: "old" });
  fixed.start();
  kit.socket.say(welcomeFrame());
  kit.socket.refuse("hello", "bad_token");
  await kit.settle();
  assertEquals(fixed.state.type, "ended");

  const fresh = kit.make({ jwt: () => "new" });
  fresh.start();
  kit.socket.say(welcomeFrame());
  await kit.settle();
  kit.socket.refuse("hello", "bad_token");
  await kit.settle();
  assertEquals(fresh.state.type, "offline");

  const broken = kit.make({ jwt: () => Promise.reject(new Error("no")) });
  broken.start();
  kit.socket.say(welcomeFrame());
  await kit.settle();
  const { retryAt } = broken.state as { retryAt: number };
  assertEquals(broken.state, { type: "offline", retryAt, reason: "no" });
});

Deno.test("client that signs in joins its rooms anew, as another user", async () => {
  using kit = new ClientKit();
  const { client } = await kit.joined();
  const direct = client.direct("u2");
  direct.join();
  const info = { id: "d1", title: "", kind: "direct", ["created_at"]: 1 };
  const at = { epoch: "d", seq: 4 };
  kit.socket.ok("join", {
    room: { ...info, direct_with: BOB },
    ...{ head: at, from: at, resumed: true, member_count: 1 },
  });
  kit.socket.say({ type: "caught_up", room: "d1", ...at });
  kit.socket.take();

  const signingIn = client.signIn({ name: "Ann", password: "secret" });
  kit.socket.ok("hello", { user: ANN, token: "account" });
  await signingIn;

  assertEquals(kit.socket.take().slice(1), [
    {
      type: "join",
      room: "general",
      after: { epoch: "e1", seq: 0 },
      history: 50,
    },
    { type: "join", direct: "u2", history: 50 },
  ]);
});

Deno.test("guest that makes an account stays in its rooms, and its sends stay", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  room.send("on its way");
  kit.socket.take();
  const account = { ...GUEST, name: "Ann", verified: true };

  const signingUp = client.signUp({ name: "Ann", password: "secret" });
  kit.socket.ok("hello", { user: account, token: "account" });

  assertEquals(await signingUp, account);
  assertEquals(kit.socket.take().length, 1);
  assertEquals(texts(room), ["on its way…"]);
});

Deno.test("guest that makes an account of its own name tells of it", async () => {
  using kit = new ClientKit();
  const { client } = await kit.joined();
  const users = collectOf(client, "user");
  const account = { ...GUEST, verified: true };

  const signingUp = client.signUp({ name: GUEST.name, password: "secret" });
  kit.socket.ok("hello", { user: account, token: "account" });
  await signingUp;

  assertEquals(users, [
    { type: "user", user: account, former: GUEST, reason: "signed_up" },
  ]);
});

Deno.test("send that is on its way while one signs in is answered", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  const sent = room.send("as the guest");
  const waiting = room.send("too late");
  const signingIn = client.signIn({ name: "Ann", password: "secret" });
  kit.socket.ok("hello", { user: ANN, token: "account" });
  await signingIn;
  kit.socket.ok("send", ackOf(1));

  assertEquals((await sent).seq, 1);
  assertEquals((await waiting.catch((error) => error)).code, "user_changed");
});

Deno.test("send whose answer was lost while one signed in is not said as the new user", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  const sending = room.send("as the guest");
  const signingIn = client.signIn({ name: "Ann", password: "secret" });
  kit.socket.ok("hello", { user: ANN, token: "account" });
  await signingIn;
  kit.socket.end();
  kit.timers.tick(1_000);
  kit.socket.say(welcomeFrame());
  kit.socket.ok("hello", { user: ANN, token: "account" });
  await kit.settle();
  kit.enter(0);

  assertEquals((await sending.catch((error) => error)).code, "user_changed");
  assertEquals(kit.socket.take().map(({ type }) => type), ["hello", "join"]);
});

Deno.test("client that signs out is a new guest, and its token is forgotten", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const users = collectOf(client, "user");
  const signingOut = client.signOut();
  assertEquals(kit.socket.take(), [{ type: "sign_out" }]);
  kit.socket.ok("sign_out", { user: NEW_GUEST, token: "t5" });

  assertEquals(await signingOut, NEW_GUEST);
  assertEquals(users.map(({ reason }) => reason), ["signed_out"]);
  kit.make().start();
  kit.socket.say(welcomeFrame());
  assertEquals(kit.socket.take()[0]?.token, "t5");
});

Deno.test("client that fails to sign in stays who it was", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const signingIn = client.signIn({ name: "Ann", password: "wrong" });
  kit.socket.refuse("hello", "wrong_password");

  assertEquals(
    (await signingIn.catch((error) => error)).code,
    "wrong_password",
  );
  assertEquals([client.state.type, client.user], ["online", GUEST]);
});

Deno.test("guest that is renamed, here or in another tab, has its name the next time", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const users = collectOf(client, "user");
  const renaming = client.rename("Kim");
  assertEquals(kit.socket.take(), [{ type: "rename", name: "Kim" }]);
  const kim = { ...GUEST, name: "Kim" };
  kit.socket.ok("rename", { user: kim });
  await renaming;
  kit.socket.say({ type: "renamed", room: "general", user: kim, old_name: "" });
  const tim = { ...GUEST, name: "Tim" };
  kit.socket.say({ type: "renamed", room: "general", user: tim, old_name: "" });

  assertEquals(client.user, tim);
  assertEquals(users.map(({ user }) => user.name), ["Kim", "Tim"]);
  kit.make().start();
  kit.socket.say(welcomeFrame());
  assertEquals(kit.socket.take(), [{
    type: "hello",
    token: "t1",
    name: "Tim",
  }]);
});

Deno.test("send written before anybody knew who one is, is sent by who one is then", async () => {
  using kit = new ClientKit();
  const client = kit.make();
  client.room("general").send("early");
  client.start();
  await kit.welcome();

  assertEquals(kit.socket.take().map(({ text }) => text), ["early"]);
  const signingOut = client.signOut();
  kit.socket.end();
  await signingOut.catch(() => {});
  const refused = collectOf(client, "refused");
  kit.timers.tick(1_000);
  kit.socket.say(welcomeFrame({ user: NEW_GUEST }));
  kit.socket.refuse("hello", "bad_token");
  await kit.settle();
  assertEquals(refused.map(({ text }) => text), ["early"]);
});
