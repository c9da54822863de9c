import { assertEquals } from "@std/assert";
import { redisChat } from "../../src/dialects/redis_chat/session.ts";
import { SessionKit } from "../support/session_kit.ts";
import { type Frame, Native } from "./parley_v1_kit.ts";

const NOBODY = "5224ec4b-dc65-48f3-bda9-ed9d7c259807";

/** The rooms of two users in a session's list. */
async function directRooms(native: Native): Promise<Frame[]> {
  const { rooms } = await native.ask({ type: "rooms" });
  return rooms.filter(({ kind }: Frame) => kind === "direct");
}

Deno.test("a direct message reaches all sessions of its user that are not in the room", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit, "Ann");
  const bob = await Native.open(kit, "Bob");
  const eve = await Native.open(kit, "Eve");
  const { user, token } = await bob.ask({ type: "hello" });
  const inside = await Native.open(kit);
  await inside.ask({ type: "hello", token });
  const { room } = await inside.ask({ type: "join", direct: ann.id });
  await inside.news();
  const { user: sender } = await ann.ask({ type: "hello" });

  const send = { type: "send", direct: bob.id, text: "hi", key: "k" } as const;
  await ann.ask(send);
  const heard = await bob.news();
  await ann.ask(send);
  await ann.ask({ type: "send", direct: bob.id, text: "there" });

  const direct = { type: "direct", room: room.id, ["direct_with"]: sender };
  assertEquals(heard, [{ ...direct, seq: 1, unread: 1 }]);
  assertEquals(await bob.news(), [{ ...direct, seq: 2, unread: 2 }]);
  const types = async (one: Native) =>
    (await one.news()).map(({ type }) => type);
  assertEquals(await types(inside), ["events", "events"]);
  assertEquals([await types(ann), await types(eve)], [[], []]);
  assertEquals(room.direct_with, sender);
  assertEquals(user.id, bob.id);
});

Deno.test("a direct message to oneself reaches one's other sessions", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit, "Ann");
  const { token } = await ann.ask({ type: "hello" });
  const other = await Native.open(kit);
  await other.ask({ type: "hello", token });

  await ann.ask({ type: "send", direct: ann.id, text: "a note" });

  assertEquals((await other.news()).map(({ type }) => type), ["direct"]);
  assertEquals(await ann.news(), []);
});

Deno.test("a message in a private channel of redis-chat is told as a direct one", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit);
  const account = { name: "Ann", password: "x" };
  await ann.ask({ type: "hello", sign_up: account });
  const redis = await kit.open(redisChat);
  const signUp = { username: "Bob", password: "x" };
  await redis.say({ type: "signUp", signUp });

  const channelMessage = { recipientUUID: ann.id, message: "hi" };
  await redis.say({ type: "channelMessage", channelMessage });

  const [{ type, direct_with: bob, seq, unread } = {} as Frame] = await ann
    .news();
  assertEquals([type, bob.name, seq, unread], ["direct", "Bob", 1, 1]);
});

Deno.test("direct rooms are listed with what is known of the other one, and all that is unread", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit, "Ann");
  const bob = await Native.open(kit, "Bob");
  const carl = await Native.open(kit, "Carl");
  const dora = await Native.open(kit);
  const account = { name: "Dora", password: "x" };
  const doras = await dora.ask({ type: "hello", sign_up: account });
  const bobs = await bob.ask({ type: "hello" });
  const carls = await carl.ask({ type: "hello" });
  for (const one of [bob, carl, dora]) {
    await one.ask({ type: "send", direct: ann.id, text: "hi" });
  }
  await ann.ask({ type: "send", direct: NOBODY, text: "hi" });
  for (const one of [carl, dora]) one.visit.session.end();
  await kit.settled();

  const rooms = await directRooms(ann);

  assertEquals(
    rooms.map(({ direct_with: other, read, unread }) => [other, read, unread]),
    [
      [bobs.user, null, 1],
      [carls.user, null, 1],
      [doras.user, null, 1],
      [{ id: NOBODY }, null, 1],
    ],
  );
  await ann.ask({ type: "read", room: rooms[0]?.id, seq: 1 });
  const [first] = await directRooms(ann);
  assertEquals([first?.read, first?.unread], [{ seq: 1 }, 0]);
});
