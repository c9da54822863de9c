import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import type { Participant } from "../../src/core/participant.ts";
import type { Position, RoomId } from "../../src/core/types.ts";
import { ChatKit, full } from "../support/chat_kit.ts";
import { until } from "../http/until.ts";
import type { FakeLink } from "../support/fake_link.ts";

const R = "r" as RoomId;
const NOBODY = { id: "nobody", number: 0, name: "", verified: false };

interface Listener {
  readonly who: Participant;
  readonly link: FakeLink;
  readonly evicted: string[];
}

async function listen(
  kit: ChatKit,
  { after, newest = 0 }: { after?: Position; newest?: number } = {},
): Promise<Listener> {
  const { who, link } = kit.admit(full);
  const evicted: string[] = [];
  who.onEvicted = (room) => void evicted.push(room);
  const start = await kit.chat.listeners.open(who, { room: R, after, newest });
  await kit.chat.listeners.follow(who, start);
  return { who, link, evicted };
}

async function say(kit: ChatKit, ...texts: string[]): Promise<void> {
  const { who } = kit.admit();
  for (const text of texts) await kit.say(who, R, text);
}

Deno.test("a listener hears what follows, and nobody is told of it", async () => {
  using kit = await ChatKit.open();
  const member = await kit.join(R, "Ann", full);
  member.link.take();

  const { who, link } = await listen(kit);
  await say(kit, "one");
  kit.chat.dismiss(who);
  await say(kit, "two");

  assertEquals(link.take(), ["1 x: one"]);
  assertEquals(member.link.take(), ["1 x: one", "2 x: two"]);
  assertEquals(kit.chat.members.of(R).length, 1);
});

Deno.test("a listener is sent the newest messages, or what is behind its position", async () => {
  using kit = await ChatKit.open();
  await say(kit, "one", "two", "three");

  const newest = await listen(kit, { newest: 2 });
  const behind = await listen(kit, { after: { epoch: 1, seq: 1 }, newest: 0 });

  assertEquals(newest.link.take(), ["2 x: two", "3 x: three"]);
  assertEquals(behind.link.take(), ["2 x: two", "3 x: three"]);
});

Deno.test("what is said while a listener is sent the stored comes once, behind it", async () => {
  using kit = await ChatKit.open();
  await say(kit, "one");
  const { who, link } = kit.admit(full);
  const go = link.stall();
  const begun = await kit.chat.listeners.open(who, { room: R, newest: 9 });
  const waits = link.awaited();

  const following = kit.chat.listeners.follow(who, begun);
  await waits;
  await say(kit, "two");
  go();
  await following;
  await say(kit, "three");

  assertEquals(link.take(), ["1 x: one", "2 x: two", "3 x: three"]);
});

Deno.test("closing a room evicts its listeners, behind the end that they hear", async () => {
  using kit = await ChatKit.open();
  const live = await listen(kit);
  await say(kit, "one");

  await kit.chat.rooms.close(R, NOBODY);
  const late = await listen(kit, { after: { epoch: 1, seq: 1 } });

  assertEquals(live.link.take(), ["1 x: one", "2 closed"]);
  assertEquals(live.evicted, ["r"]);
  assertEquals(late.link.take(), ["2 closed"]);
  assertEquals(late.evicted, ["r"]);
});

Deno.test("nothing more is to be heard of a closed room", async () => {
  using kit = await ChatKit.open();
  await say(kit, "one");
  await kit.chat.rooms.close(R, NOBODY);

  for (const after of [undefined, { epoch: 1, seq: 2 }, { epoch: 7, seq: 0 }]) {
    const error = await assertRejects(
      () => listen(kit, after ? { after } : {}),
      ChatError,
    );
    assertEquals(error.code, "room_closed");
  }
});

Deno.test("a room is kept at hand while somebody listens, and no longer", async () => {
  using kit = await ChatKit.open();
  const { who } = await listen(kit);
  const isThere = async () => await kit.store.directory.find(R) !== undefined;

  kit.nowMs += 120_000;
  kit.chat.tick();
  const during = await isThere();
  kit.chat.dismiss(who);
  kit.nowMs += 120_000;
  kit.chat.tick();

  assertEquals(during, true);
  await until("the room is gone", async () => !await isThere());
});

Deno.test("who is gone before the room is open holds nothing", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit(full);

  const opening = kit.chat.listeners.open(who, { room: R, newest: 0 });
  kit.chat.dismiss(who);
  const { room } = await opening;

  assertEquals([room.empty, room.pins], [true, 0]);
});
