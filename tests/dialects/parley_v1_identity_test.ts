import { assertEquals, assertNotEquals } from "@std/assert";
import { redisChat } from "../../src/dialects/redis_chat/session.ts";
import { SessionKit } from "../support/session_kit.ts";
import { type Frame, inShort, Native } from "./parley_v1_kit.ts";

const DAY_MS = 24 * 3_600_000;
const room = "r";
const UUID = "5224ec4b-dc65-48f3-bda9-ed9d7c259807";

/** What a session has when it comes back with a token. */
async function back(kit: SessionKit, token: string): Promise<Native> {
  const native = await Native.open(kit);
  await native.ask({ type: "hello", token });
  return native;
}

Deno.test("a guest's token brings it back as who it was, for thirty days", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit);
  const name = "Ann. B %/é";
  const { user, token, token_expires_at: end } = await ann.ask({
    type: "hello",
    name,
  });

  const stranger = await Native.open(kit);
  const forged = token.replace("Ann", "Anna");
  assertEquals(
    await stranger.refused({ type: "hello", token: forged }),
    "bad_token",
  );
  kit.kit.nowMs += 30 * DAY_MS - 1;
  const again = await Native.open(kit);
  const restored = await again.ask({ type: "hello", token });
  kit.kit.nowMs += 1;
  const late = await Native.open(kit);

  assertEquals(restored.user, user);
  assertEquals(user.name, name);
  assertEquals(end, kit.kit.nowMs);
  assertEquals(await late.refused({ type: "hello", token }), "bad_token");
  assertEquals(await late.refused({ type: "hello", token: "" }), "bad_token");
});

Deno.test("what a guest said stays its own when it comes back", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit, "Ann");
  await ann.ask({ type: "send", room, text: "a", key: "k" });

  const again = await back(kit, ann.welcome.token);
  const bob = await Native.open(kit, "Bob");
  const retry = { type: "send", room, text: "a", key: "k" } as const;
  const placed = await again.ask(retry);

  assertEquals([placed.seq, placed.duplicate], [1, true]);
  const edit = { type: "edit", room, seq: 1, text: "b" } as const;
  assertEquals(await bob.refused(edit), "not_yours");
  assertEquals((await again.ask(edit)).seq, 2);
});

Deno.test("a guest that signs up keeps its id, its rooms and what it said; its token is no good", async () => {
  using kit = await SessionKit.open();
  const bob = await Native.open(kit, "Bob");
  await bob.ask({ type: "join", room });
  const ann = await Native.open(kit, "A guest");
  await ann.ask({ type: "join", room });
  await ann.ask({ type: "send", room, text: "a" });
  await bob.news();

  const account = { name: "Ann", password: "secret" };
  const { user, token } = await ann.ask({ type: "hello", sign_up: account });

  assertEquals(user, { ...ann.welcome.user, name: "Ann", verified: true });
  assertEquals((await bob.news()).map(({ type }) => type), ["renamed"]);
  const edit = { type: "edit", room, seq: 1, text: "b" } as const;
  assertEquals((await ann.ask(edit)).seq, 2);
  const stranger = await Native.open(kit);
  const old = { type: "hello", token: ann.welcome.token } as const;
  assertEquals(await stranger.refused(old), "bad_token");
  const restored = await stranger.ask({ type: "hello", token });
  assertEquals([restored.user, restored.token], [user, token]);
  const other = await Native.open(kit);
  assertEquals(
    await other.refused({ type: "hello", sign_up: account }),
    "name_taken",
  );
});

Deno.test("sign_in makes no account, and says nothing of which names there are", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit);
  const account = { name: "Ann", password: "secret" };

  const unknown = { type: "hello", sign_in: account } as const;
  assertEquals(await ann.refused(unknown), "wrong_password");
  await ann.ask({ type: "hello", sign_up: account });
  const wrong = { ...account, password: "wrong" };
  const other = await Native.open(kit);

  assertEquals(
    await other.refused({ type: "hello", sign_in: wrong }),
    "wrong_password",
  );
  const { user } = await other.ask({ type: "hello", sign_in: account });
  assertEquals([user.id, user.verified], [ann.id, true]);
});

Deno.test("too many wrong names are refused like too many wrong passwords", async () => {
  const limits = { WRONG_PASSWORDS_PER_MINUTE_MAX: 1 };
  using kit = await SessionKit.open({ limits });
  const ann = await Native.open(kit);
  const nobody = { name: "nobody", password: "x" };
  await ann.refused({ type: "hello", sign_in: nobody });

  const id = await ann.say({ type: "hello", sign_in: nobody });

  const { code, retryable, retry_after_ms: waitMs } = await ann.reply(id);
  assertEquals([code, retryable, waitMs], ["rate_limited", true, 60_000]);
});

Deno.test("sign_out revokes the token and makes a new guest, who is in no room", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit);
  const account = { name: "Ann", password: "secret" };
  const { token } = await ann.ask({ type: "hello", sign_up: account });
  await ann.ask({ type: "join", room });

  const { user } = await ann.ask({ type: "sign_out" });

  assertEquals(user.verified, false);
  assertNotEquals(user.id, ann.id);
  assertEquals(await ann.refused({ type: "leave", room }), "not_member");
  const other = await Native.open(kit);
  assertEquals(await other.refused({ type: "hello", token }), "bad_token");
});

Deno.test("only guests can be renamed, and rooms are told", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit, "Ann");
  await ann.ask({ type: "join", room });
  await ann.news();

  const { user, token } = await ann.ask({ type: "rename", name: "Anna" });

  assertEquals(user.name, "Anna");
  const [renamed] = await ann.news();
  assertEquals(renamed, { type: "renamed", room, user, old_name: "Ann" });
  assertEquals((await back(kit, token)).replies.at(-1)?.result.user, user);
  const account = { name: "Ann", password: "x" };
  await ann.ask({ type: "hello", sign_up: account });
  assertEquals(await ann.refused({ type: "rename", name: "B" }), "bad_field");
  assertEquals(await ann.refused({ type: "hello", name: "B" }), "bad_field");
});

Deno.test("a user of another application keeps its number, and has no token of ours", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit);
  const jwt = `user ${UUID} Ann`;

  const first = await ann.ask({ type: "hello", jwt });
  const second = await (await Native.open(kit)).ask({ type: "hello", jwt });

  assertEquals(first, {
    user: { id: UUID, number: first.user.number, name: "Ann", verified: true },
    token: null,
    token_expires_at: null,
  });
  assertEquals(second.user, first.user);
  assertEquals(
    await ann.refused({ type: "hello", jwt: "bad" }),
    "bad_token",
  );
});

Deno.test("hello without proof says who one is", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit);
  const account = { name: "Ann", password: "x" };

  const guest = await ann.ask({ type: "hello" });
  const { token } = await ann.ask({ type: "hello", sign_up: account });
  const user = await ann.ask({ type: "hello" });

  assertEquals(guest.user, ann.welcome.user);
  assertEquals([user.user.name, user.token], ["Ann", token]);
});

Deno.test("a direct room is seen by its two users alone", async () => {
  using kit = await SessionKit.open();
  const [ann, bob, eve] = [
    await Native.open(kit, "Ann"),
    await Native.open(kit, "Bob"),
    await Native.open(kit, "Eve"),
  ];

  const joined = await ann.ask({ type: "join", direct: bob.id });
  const { id, kind, direct_with } = joined.room;
  const placed = await bob.ask({ type: "send", direct: ann.id, text: "psst" });

  assertEquals([kind, direct_with], ["direct", bob.id]);
  assertEquals(placed.room, id);
  assertEquals(inShort(await ann.news()).at(-1), "1: 0 < 1 psst");
  const { messages } = await bob.ask({ type: "history", room: id });
  assertEquals(messages.map(({ text }: Frame) => text), ["psst"]);
  for (
    const request of [
      { type: "history", room: id },
      { type: "join", room: id },
      { type: "send", room: id, text: "x" },
      { type: "react", room: id, seq: 1, reaction: "x" },
      { type: "members", room: id },
      { type: "read", room: id, seq: 1 },
    ] as const
  ) assertEquals(await eve.refused(request), "bad_field");
  const seen = async (one: Native) =>
    (await one.ask({ type: "rooms" })).rooms
      .map(({ id }: Frame) => id).includes(id);
  assertEquals([await seen(bob), await seen(eve)], [true, false]);
});

Deno.test("accounts and their direct rooms are redis-chat's too", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit);
  const account = { name: "Ann", password: "x" };
  const { token } = await ann.ask({ type: "hello", sign_up: account });
  const redis = await kit.open(redisChat);
  await redis.say({
    type: "signUp",
    signUp: { username: "Bob", password: "x" },
  });
  const frames = redis.heard() as Frame[];
  const bob = frames.find(({ type }) => type === "authorized")?.authorized;
  await ann.ask({ type: "join", direct: bob.userUUID });
  await ann.news();

  await redis.say({
    type: "channelMessage",
    channelMessage: { recipientUUID: ann.id, message: "hi" },
  });

  assertEquals(inShort(await ann.news()), ["1: 0 < 1 hi"]);
  const { users, total } = await ann.ask({ type: "users", search: "BO" });
  assertEquals([users.length, users[0]?.online, total], [1, true, 1]);
  const other = await kit.open(redisChat);
  await other.say({ type: "users", userUUID: ann.id, userAccessKey: token });
  const native = await back(kit, bob.accessKey);
  assertEquals(native.replies[0]?.result.user.name, "Bob");
});

Deno.test("users are listed to those alone whom the setting names", async () => {
  using kit = await SessionKit.open({ settings: { redisUsers: "members" } });
  const ann = await Native.open(kit);

  const code = await ann.refused({ type: "users" });
  await ann.ask({ type: "hello", sign_up: { name: "Ann", password: "x" } });

  assertEquals(code, "sign_in_first");
  assertEquals((await ann.ask({ type: "users" })).total, 1);
});
