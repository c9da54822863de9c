import { assertEquals } from "@std/assert";
import type { Json, RoomId } from "../../src/core/types.ts";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { channelChat } from "../../src/dialects/channel_chat.ts";
import { chatWs } from "../../src/dialects/chat_ws.ts";
import { nestChat } from "../../src/dialects/nest_chat/session.ts";
import { parleyV1 } from "../../src/dialects/parley_v1/session.ts";
import { redisChat } from "../../src/dialects/redis_chat/session.ts";
import { wschat } from "../../src/dialects/wschat.ts";
import { FakeStreet } from "../support/fake_neighbours.ts";
import { SessionKit, type Visit } from "../support/session_kit.ts";

/** A frame as JSON, whatever is in it. */
// deno-lint-ignore no-explicit-any -- tests look into it
type Frame = { readonly [key: string]: any };

/** Two instances on one KV. */
class Pair implements Disposable {
  readonly here: SessionKit;
  readonly there: SessionKit;
  readonly #street: FakeStreet;
  readonly #kv: Deno.Kv;

  private constructor(
    kv: Deno.Kv,
    street: FakeStreet,
    kits: [SessionKit, SessionKit],
  ) {
    this.#kv = kv;
    this.#street = street;
    [this.here, this.there] = kits;
  }

  static async open(): Promise<Pair> {
    const kv = await Deno.openKv(":memory:");
    const street = new FakeStreet();
    const open = (name: string) =>
      SessionKit.open({
        core: { kv, shared: true, neighbours: street.open(name) },
      });
    return new Pair(kv, street, [await open("here"), await open("there")]);
  }

  /** All hear what the others told, and time for what follows passes. */
  async hear(): Promise<void> {
    for (const kit of [this.here, this.there]) await kit.elapse(100);
    this.#street.deliver();
    for (const kit of [this.here, this.there]) await kit.elapse(100);
  }

  /** What one hears of somebody who comes into the lobby there, and goes. */
  async visited(ann: Visit): Promise<{ come: Frame[]; gone: Frame[] }> {
    await this.hear();
    ann.heard();
    const bob = await this.there.open(chatWs);
    await bob.say({ type: "join-room", room_id: "general", from: "Bob" });
    await this.hear();
    const come = ann.heard() as Frame[];
    await bob.say({ type: "leave-room", room_id: "general", from: "Bob" });
    await this.hear();
    return { come, gone: ann.heard() as Frame[] };
  }

  [Symbol.dispose](): void {
    this.#kv.close();
  }
}

async function sit(
  kit: SessionKit,
  dialect: Dialect,
  ...frames: Json[]
): Promise<Visit> {
  const visit = await kit.open(dialect);
  for (const frame of frames) await visit.say(frame);
  await kit.settled();
  return visit;
}

const signIn = (username: string) => ({
  type: "signIn",
  signIn: { username, password: "secret" },
});

const TO_LOBBY = { type: "channelJoin", channelJoin: { recipientUUID: "0" } };

/** What a session of redis-chat that has just signed in can claim to be. */
function claimIn(visit: Visit): { userUUID: string; userAccessKey: string } {
  const frames = visit.heard() as Frame[];
  const found = frames.find(({ type }) => type === "authorized");
  const { userUUID, accessKey: userAccessKey } = found?.authorized;
  return { userUUID, userAccessKey };
}

function typesOf(visit: Visit): string[] {
  return (visit.heard() as Frame[]).map(({ type }) => type);
}

Deno.test("chat-ws hears of members on another instance, with their own fields", async () => {
  using pair = await Pair.open();
  const join = {
    type: "join-room",
    "room_id": "general",
    from: "Bob",
    mood: 1,
  };
  const leave = { ...join, type: "leave-room" };
  const room = { "room_id": "general", from: "Ann" };
  const ann = await sit(pair.here, chatWs, { type: "join-room", ...room });
  await pair.hear();
  ann.heard();

  const bob = await sit(pair.there, chatWs, join, leave, join);
  bob.session.end();
  await pair.hear();

  const { mood: _mood, ...gone } = leave;
  assertEquals(ann.heard(), [join, leave, join, gone]);
});

Deno.test("wschat hears of members on another instance, and lists them", async () => {
  using pair = await Pair.open();
  const ann = await sit(pair.here, wschat, { type: "enter_room", roomId: 1 });
  await pair.hear();
  ann.heard();

  const bob = await pair.there.open(wschat);
  const [welcome] = bob.heard() as Frame[];
  const user = welcome?.user;
  await bob.say({ type: "enter_room", roomId: 1 });
  await bob.say({ type: "change_name", name: "Bob" });
  await pair.hear();
  const come = ann.heard();
  await ann.say({ type: "list_rooms" });
  const [list] = ann.heard() as Frame[];
  await bob.say({ type: "leave_room" });
  await pair.hear();

  const named = { id: user.id, name: "Bob" };
  assertEquals(come, [
    { type: "enter_room", user },
    { type: "change_name", oldName: user.name, newName: "Bob" },
  ]);
  assertEquals(Object.keys(list?.rooms["1"].users).length, 2);
  assertEquals(list?.rooms["1"].users[user.id], named);
  assertEquals(ann.heard(), [{ type: "leave_room", user: named }]);
});

Deno.test("redis-chat hears of members on another instance, and lists them", async () => {
  using pair = await Pair.open();
  const ann = await sit(pair.here, redisChat, signIn("Ann"), TO_LOBBY);
  const { come, gone } = await pair.visited(ann);
  const cat = await sit(pair.there, redisChat, signIn("Cat"), TO_LOBBY);
  await pair.hear();
  ann.heard();
  await ann.say(TO_LOBBY);
  await ann.say({ type: "users" });
  await pair.here.settled();
  const [joined, , users] = ann.heard() as Frame[];
  cat.session.end();
  await pair.hear();
  await ann.say({ type: "users" });
  const [after] = ann.heard() as Frame[];

  const sysOf = (frames: Frame[]) => frames.map(({ sys }) => sys.type);
  const online = (frame: Frame | undefined) =>
    frame?.users.users.map((one: Frame) => [one.Username, one.OnLine]);
  assertEquals([sysOf(come), sysOf(gone)], [["channelJoin"], ["channelLeave"]]);
  assertEquals(
    joined?.channelJoin.users.map((one: Frame) => one.Username),
    ["Ann", "Cat"],
  );
  assertEquals(online(users), [["Ann", true], ["Cat", true]]);
  assertEquals(online(after), [["Ann", true], ["Cat", false]]);
});

Deno.test("nest-chat shows members on another instance in its rosters", async () => {
  using pair = await Pair.open();
  const fields = { roomId: "general", username: "Ann", avatar: "a.png" };
  await pair.here.kit.join("general", "x");
  const event = (payload: Json) =>
    `42${JSON.stringify(["participants", payload])}`;
  const ann = await sit(pair.here, nestChat, event(fields));
  await pair.hear();
  ann.heardTexts();

  const other = { ...fields, username: "Bob", avatar: "b.png" };
  const bob = await sit(pair.there, nestChat, event(other));
  await pair.hear();
  const come = ann.heardTexts();
  bob.session.end();
  await pair.hear();

  const named = (text: string | undefined) =>
    JSON.parse(text?.slice(2) ?? "null")[1].map(
      (one: Frame) => [one.username, one.avatar, one.connected],
    );
  const stranger = ["x", undefined, true];
  const here = ["Ann", "a.png", true];
  assertEquals(come.map(named), [[stranger, here, ["Bob", "b.png", true]]]);
  assertEquals(ann.heardTexts().map(named), [
    [stranger, here, ["Bob", "b.png", false]],
  ]);
});

Deno.test("parley.v1 hears of users on another instance, and counts them", async () => {
  using pair = await Pair.open();
  const join = { type: "join", id: 1, room: "general" };
  const ann = await sit(
    pair.here,
    parleyV1,
    { type: "hello", name: "A" },
    join,
  );
  const { come, gone } = await pair.visited(ann);
  const bob = await sit(
    pair.there,
    parleyV1,
    { type: "hello", name: "B" },
    join,
  );
  await bob.say({ type: "typing", room: "general", on: true });
  await pair.hear();
  const frames = ann.heard() as Frame[];
  await ann.say({ type: "members", id: 2, room: "general" });
  await pair.here.settled();
  const [answer] = ann.heard() as Frame[];

  const said = ({ type, user, member_count: count }: Frame) => [
    type,
    user.name,
    count,
  ];
  assertEquals(come.map(said), [["arrived", "Bob", 2]]);
  assertEquals(gone.map(said), [["departed", "Bob", 1]]);
  assertEquals(frames.map(said), [
    ["arrived", "B", 2],
    ["typing", "B", undefined],
  ]);
  assertEquals(
    answer?.result.members.map((one: Frame) => one.name),
    ["A", "B"],
  );
});

Deno.test("channel-chat's identities are taken by whoever has them on another instance", async () => {
  using pair = await Pair.open();
  const path = { path: "/fishing" };
  const ann = await pair.here.open(channelChat, path);
  await ann.say({ type: "identity", user: "fisher" });
  await pair.hear();
  const bob = await pair.there.open(channelChat, path);
  bob.heard();

  await bob.say({ type: "identity", user: "fisher" });
  await bob.say({ type: "identity", user: "angler" });
  const asked = bob.heard();
  ann.session.end();
  await pair.hear();
  bob.heard();
  await bob.say({ type: "identity", user: "fisher" });

  const answer = (success: string) => ({ type: "identity", success });
  assertEquals(asked, [answer("false"), answer("true")]);
  assertEquals(bob.heard(), [answer("true")]);
});

Deno.test("redis-chat's signOut signs out who lives by the same access key", async () => {
  using pair = await Pair.open();
  const ann = await sit(pair.here, redisChat, signIn("Ann"), TO_LOBBY);
  const claim = claimIn(ann);
  const { userUUID } = claim;
  const tab = await sit(pair.here, redisChat, { ...TO_LOBBY, ...claim });
  const far = await sit(pair.there, redisChat, { ...TO_LOBBY, ...claim });
  const phone = await sit(pair.there, redisChat, signIn("Ann"), TO_LOBBY);
  await pair.hear();
  for (const one of [ann, tab, far, phone]) one.heard();

  await ann.say({ type: "signOut" });
  await pair.hear();

  const unauthorized = { type: "unauthorized", unauthorized: { userUUID } };
  const own = (one: Visit) =>
    (one.heard() as Frame[]).filter(({ type }) => type !== "sys");
  assertEquals([ann, tab, far, phone].map(own), [
    [unauthorized],
    [unauthorized],
    [unauthorized],
    [],
  ]);
  await far.say({ ...TO_LOBBY, ...claim });
  const [refused] = far.heard() as Frame[];
  assertEquals(refused?.error.code, 100);
});

Deno.test("redis-chat carries out a frame before another session's signOut", async () => {
  using pair = await Pair.open();
  const ann = await sit(pair.here, redisChat, signIn("Ann"));
  const cat = await sit(pair.there, redisChat, signIn("Cat"), TO_LOBBY);
  const claim = claimIn(ann);
  const tab = await sit(pair.here, redisChat, { ...TO_LOBBY, ...claim });
  await tab.say({ type: "channelJoin", channelJoin: { recipientUUID: "x" } });
  tab.heard();
  const frame = { type: "channelJoin", channelJoin: { recipientUUID: "y" } };

  const joining = tab.say(frame);
  await ann.say({ type: "signOut" });
  await joining;
  await pair.hear();

  const types = (tab.heard() as Frame[]).map(({ type }) => type);
  assertEquals(types, ["channelJoin", "sys", "unauthorized"]);
  const { members } = pair.here.kit.chat;
  const names = members.of("general" as RoomId).map(({ author }) =>
    author.name
  );
  assertEquals(names, ["Cat"]);
  assertEquals(pair.here.kit.chat.census().members, 0);
  assertEquals(typesOf(cat).slice(-2), ["sys", "sys"]);
});

Deno.test("redis-chat lets nobody in by an access key that ended as it came", async () => {
  using pair = await Pair.open();
  const ann = await sit(pair.here, redisChat, signIn("Ann"));
  const claim = claimIn(ann);
  const late = await pair.there.open(redisChat);
  late.heard();
  const { promise, resolve } = Promise.withResolvers<void>();
  const { accounts } = pair.there.kit.chat;
  const authenticate = accounts.authenticate.bind(accounts);
  accounts.authenticate = async (...args) => {
    const account = await authenticate(...args);
    await promise;
    return account;
  };
  const joining = late.say({ ...TO_LOBBY, ...claim });
  await pair.there.settled();

  await ann.say({ type: "signOut" });
  await pair.hear();
  resolve();
  await joining;

  assertEquals((late.heard() as Frame[])[0]?.error.code, 100);
});

Deno.test("parley.v1's sign_out closes the sockets that live by the same token, to come back", async () => {
  using pair = await Pair.open();
  const account = { name: "Ann", password: "secret" };
  const hello = { type: "hello", id: 1, "sign_up": account };
  const ann = await sit(pair.here, parleyV1, hello);
  const { token } = (ann.heard() as Frame[]).at(-1)?.result;
  const tab = await sit(pair.here, parleyV1, { type: "hello", token });
  const far = await sit(pair.there, parleyV1, { type: "hello", token });
  const phone = await sit(pair.there, parleyV1, {
    type: "hello",
    sign_in: account,
  });
  await pair.hear();

  await ann.say({ type: "sign_out" });
  await pair.hear();

  const closed = { code: 4001, reason: "signed out" };
  assertEquals([ann, tab, far, phone].map(({ link }) => link.closed), [
    undefined,
    closed,
    closed,
    undefined,
  ]);
});
