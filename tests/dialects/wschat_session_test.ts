/**
 * wschat where it depends on time, or on what happens meanwhile.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Author, RoomId } from "../../src/core/types.ts";
import { wschat } from "../../src/dialects/wschat.ts";
import { SessionKit, type Visit } from "../support/session_kit.ts";

const ROOM_1 = "Room 1" as RoomId;

/** The titles in the lists of rooms that came. */
function listed(frames: unknown[]): string[][] {
  return frames.map((frame) => {
    const { rooms } = Object(frame) as { rooms: { title: string }[] };
    return Object.values(rooms).map(({ title }) => title);
  });
}

/** Somebody who has been welcomed. */
async function visit(kit: SessionKit): Promise<Visit> {
  const visit = await kit.open(wschat);
  assertEquals(visit.heard().length, 1);
  return visit;
}

/** Somebody in a room, who has heard so. */
async function entered(kit: SessionKit, roomId: number): Promise<Visit> {
  const one = await visit(kit);
  await one.say({ type: "enter_room", roomId });
  await kit.settled();
  assertEquals(one.heard().length, 1);
  return one;
}

function authorOf(kit: SessionKit, room: RoomId): Author {
  const member = kit.kit.chat.members.of(room)[0];
  if (!member) throw new Error(`nobody is in ${room}`);
  return member.author;
}

Deno.test('wschat ledger "list_rooms push": at once, then at most ten a second', async () => {
  using kit = await SessionKit.open();
  const ann = await visit(kit);
  const bob = await visit(kit);

  await ann.say({ type: "create_room", title: "a" });
  await kit.settled();
  const atOnce = listed(bob.heard());
  await ann.say({ type: "create_room", title: "b" });
  await ann.say({ type: "create_room", title: "c" });
  await kit.elapse(99);
  const gathered = listed(bob.heard());
  await kit.elapse(1);
  const then = listed(bob.heard());
  await kit.elapse(1_000);
  const later = listed(bob.heard());

  const three = ["Room 1", "Room 2", "Room 3"];
  assertEquals(atOnce, [[...three, "a"]]);
  assertEquals(gathered, []);
  assertEquals(then, [[...three, "a", "b", "c"]]);
  assertEquals(later, []);
});

Deno.test('wschat ledger "list_rooms push": entering, leaving and talking push nothing', async () => {
  using kit = await SessionKit.open();
  const ann = await visit(kit);
  const bob = await visit(kit);

  await bob.say({ type: "enter_room", roomId: 1 });
  await bob.say({ type: "text", text: "hi" });
  await bob.say({ type: "leave_room" });
  await kit.elapse(1_000);

  assertEquals(ann.heard(), []);
  assertEquals(bob.heard().length, 3);
});

Deno.test("wschat session that ends before it is welcomed is told nothing later", async () => {
  using kit = await SessionKit.open();
  const bob = await visit(kit);
  const ann = kit.prepare(wschat);
  const started = ann.session.start();

  ann.session.end();
  await started;
  ann.heard();
  await bob.say({ type: "create_room", title: "a" });
  await kit.settled();

  assertEquals(ann.heard(), []);
  assertEquals(bob.heard().length, 1);
});

Deno.test("wschat session that has ended is in no list and hears no list", async () => {
  using kit = await SessionKit.open();
  const ann = await entered(kit, 1);
  const bob = await visit(kit);

  ann.session.end();
  await bob.say({ type: "create_room", title: "a" });
  await kit.settled();

  assertEquals(ann.heard(), []);
  assertEquals(bob.heard().length, 1);
  assertEquals(kit.kit.chat.members.of(ROOM_1), []);
});

Deno.test('wschat ledger "history": none by default', async () => {
  using kit = await SessionKit.open();
  const ann = await entered(kit, 1);
  await ann.say({ type: "text", text: "one" });
  await kit.settled();
  const bob = await visit(kit);

  await bob.say({ type: "enter_room", roomId: 1 });

  assertEquals(bob.heard(), [
    { type: "enter_room", user: { id: 2, name: "User 2" } },
  ]);
});

Deno.test('wschat ledger "history": the newest by a setting, after enter_room, before what is new', async () => {
  using kit = await SessionKit.open({ settings: { wschatHistoryMax: 2 } });
  const ann = await entered(kit, 1);
  await ann.say({ type: "text", text: "one" });
  await ann.say({ type: "text", text: "two" });
  await ann.say({ type: "gif", gifId: 3 });
  await kit.settled();
  ann.heard();
  const bob = await visit(kit);

  await bob.say({ type: "enter_room", roomId: 1 });
  await ann.say({ type: "text", text: "new" });
  await kit.settled();

  const from = { id: 1, name: "User 1" };
  assertEquals(bob.heard(), [
    { type: "enter_room", user: { id: 2, name: "User 2" } },
    { type: "text", text: "two", from },
    { type: "gif", gifId: 3, from },
    { type: "text", text: "new", from },
  ]);
  assertEquals(ann.heard(), [
    { type: "enter_room", user: { id: 2, name: "User 2" } },
    { type: "text", text: "new", from },
  ]);
});

Deno.test('wschat ledger "history": what is said meanwhile comes behind it, once', async () => {
  using kit = await SessionKit.open({ settings: { wschatHistoryMax: 9 } });
  const ann = await entered(kit, 1);
  await ann.say({ type: "text", text: "old" });
  await kit.settled();
  const bob = await visit(kit);
  const resume = bob.link.stall();
  const awaited = bob.link.awaited();

  const entering = bob.say({ type: "enter_room", roomId: 1 });
  await awaited;
  await ann.say({ type: "text", text: "meanwhile" });
  await kit.settled();
  resume();
  await entering;

  const from = { id: 1, name: "User 1" };
  assertEquals(bob.heard(), [
    { type: "enter_room", user: { id: 2, name: "User 2" } },
    { type: "text", text: "old", from },
    { type: "text", text: "meanwhile", from },
  ]);
});

Deno.test('wschat ledger "history": leave_room if the room is closed meanwhile', async () => {
  using kit = await SessionKit.open({ settings: { wschatHistoryMax: 9 } });
  const ann = await visit(kit);
  await ann.say({ type: "create_room", title: "Lab" });
  await ann.say({ type: "enter_room", roomId: 4 });
  await ann.say({ type: "text", text: "old" });
  await kit.settled();
  const bob = await visit(kit);
  const resume = bob.link.stall();
  const awaited = bob.link.awaited();

  const entering = bob.say({ type: "enter_room", roomId: 4 });
  await awaited;
  const lab = "Lab" as RoomId;
  await kit.kit.chat.rooms.close(lab, authorOf(kit, lab));
  resume();
  await entering;
  await bob.say({ type: "text", text: "outside" });
  await bob.say({ type: "enter_room", roomId: 1 });
  await kit.settled();

  const user = { id: 2, name: "User 2" };
  const frames = bob.heard().filter((frame) =>
    Object(frame).type !== "list_rooms"
  );
  assertEquals(frames, [
    { type: "enter_room", user },
    { type: "text", text: "old", from: { id: 1, name: "User 1" } },
    { type: "leave_room", user },
    { type: "enter_room", user },
  ]);
});

Deno.test('wschat ledger "closed room": leave_room to its members, list_rooms to all', async () => {
  using kit = await SessionKit.open();
  const ann = await visit(kit);
  const bob = await visit(kit);
  await ann.say({ type: "create_room", title: "Lab" });
  await kit.elapse(1_000);
  await ann.say({ type: "enter_room", roomId: 4 });
  ann.heard();
  bob.heard();
  const lab = "Lab" as RoomId;

  await kit.kit.chat.rooms.close(lab, authorOf(kit, lab));
  await kit.settled();
  const [left, list, ...others] = ann.heard();
  await ann.say({ type: "text", text: "outside" });
  await ann.say({ type: "enter_room", roomId: 4 });
  await ann.say({ type: "enter_room", roomId: 2 });
  await kit.settled();

  const user = { id: 1, name: "User 1" };
  const three = ["Room 1", "Room 2", "Room 3"];
  assertEquals(left, { type: "leave_room", user });
  assertEquals(listed([list]), [three]);
  assertEquals(others, []);
  assertEquals(listed(bob.heard()), [three]);
  assertEquals(ann.heard(), [{ type: "enter_room", user }]);
});

Deno.test('wschat ledger "closed room": rooms 1 to 3 are emptied, and their members stay', async () => {
  using kit = await SessionKit.open();
  const ann = await entered(kit, 1);

  await kit.kit.chat.rooms.close(ROOM_1, authorOf(kit, ROOM_1));
  await ann.say({ type: "text", text: "still here" });
  await kit.settled();

  const texts = ann.heard().filter((frame) => Object(frame).type === "text");
  assertEquals(texts, [{
    type: "text",
    text: "still here",
    from: { id: 1, name: "User 1" },
  }]);
});

Deno.test('wschat ledger "empty room": the number of a removed room is not that of a new one', async () => {
  using kit = await SessionKit.open();
  const ann = await visit(kit);
  for (const roomId of [4, 5]) {
    await ann.say({ type: "create_room", title: "Lab" });
    await kit.elapse(1_000);
    await ann.say({ type: "enter_room", roomId });
    if (roomId === 4) await ann.say({ type: "leave_room" });
  }
  await kit.elapse(1_000);
  const bob = await visit(kit);

  await bob.say({ type: "enter_room", roomId: 4 });
  const old = bob.heard();
  await bob.say({ type: "enter_room", roomId: 5 });

  assertEquals(old, []);
  assertEquals(bob.heard(), [
    { type: "enter_room", user: { id: 2, name: "User 2" } },
  ]);
});
