import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { full, plain } from "../support/chat_kit.ts";
import { raw, Town } from "./town.ts";

const lake = "lake" as RoomId;

function namesIn(members: readonly { author: { name: string } }[]): string[] {
  return members.map(({ author }) => author.name);
}

Deno.test("members of another instance come, are renamed and leave as members here do", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann");
  const { who } = there.admit(raw);
  ann.link.take();

  const wish = { room: lake, name: "Bob", replay: 0 };
  await there.chat.members.join(who, wish);
  await there.chat.members.rename(who, lake, { name: "Rob" });
  town.hear();
  const members = namesIn(here.chat.members.of(lake));
  there.chat.members.leave(who, lake);
  town.hear();

  const heard = ["joined Bob", "renamed Bob Rob", "left Rob"];
  assertEquals(ann.link.take(), heard);
  assertEquals(members, ["Ann", "Rob"]);
  assertEquals(namesIn(here.chat.members.of(lake)), ["Ann"]);
});

Deno.test("what is told of a member of another instance is as it was told there", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const [ann, cat] = [await here.join(lake, "A", raw), there.admit(raw)];
  await there.chat.members.join(cat.who, { room: lake, name: "C", replay: 0 });
  town.hear();
  town.elapse(1_000);
  ann.link.take();
  cat.link.take();

  const bob = there.admit(plain);
  const extra = { mood: "fine", list: [1, { deep: null }] };
  const about = { avatar: "x" };
  const wish = { room: lake, name: "B", replay: 0, extra, about };
  await there.chat.members.join(bob.who, wish);
  await there.chat.members.rename(bob.who, lake, { name: "R", extra, about });
  there.chat.members.announce(bob.who, lake);
  there.chat.members.leave(bob.who, lake, extra);
  await there.chat.members.join(bob.who, wish);
  there.chat.dismiss(bob.who);
  town.hear();

  const signals = (frames: unknown[]) =>
    (frames as { kind: string }[]).filter(({ kind }) => kind !== "roster");
  const told = signals(cat.link.take());
  assertEquals(told.length, 9);
  assertEquals(signals(ann.link.take()), told);
});

Deno.test("a roster has the members of all instances, and what they say of themselves", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann", raw);
  const bob = await there.join(lake, "Bob");
  town.elapse(1_000);
  ann.link.take();

  there.chat.members.describe(bob.who, lake, { avatar: "y" });
  town.hear();
  const described = ann.link.take() as { kind: string; members: unknown[] }[];
  there.chat.dismiss(bob.who);
  town.elapse(1_000);
  const gone = ann.link.take() as { kind: string; gone: unknown[] }[];

  assertEquals(described.map(({ kind }) => kind), ["roster"]);
  assertEquals(
    described[0]?.members.map((one) => (one as { about?: unknown }).about),
    [undefined, { avatar: "y" }],
  );
  const rosters = gone.filter(({ kind }) => kind === "roster");
  assertEquals(rosters.map((one) => one.gone.length), [1]);
});

Deno.test("a user on three instances is in the room until its last session has left", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const third = await town.build("third");
  const ann = await here.join(lake, "Ann", full);
  const user = { id: "bob", number: 9, name: "Bob", verified: true };
  const sessions = [here, there, third].map((kit) => {
    const { who } = kit.admit();
    kit.chat.identify(who, user);
    return { kit, who };
  });
  for (const { kit, who } of sessions) {
    await kit.chat.members.join(who, { room: lake, name: "", replay: 0 });
  }
  town.hear();
  const arrived = ann.link.take();

  const left: unknown[][] = [];
  for (const { kit, who } of sessions) {
    kit.chat.dismiss(who);
    town.hear();
    town.elapse(6_000);
    left.push(ann.link.take());
  }

  assertEquals(arrived, ["arrived Ann 1", "arrived Bob 2"]);
  assertEquals(left, [[], [], ["departed Bob 1"]]);
});

Deno.test("a user who moves to another instance within 5 s has not left", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann", full);
  const user = { id: "bob", number: 9, name: "Bob", verified: true };
  const come = async (kit: typeof here) => {
    const { who } = kit.admit();
    kit.chat.identify(who, user);
    await kit.chat.members.join(who, { room: lake, name: "", replay: 0 });
    return who;
  };
  const first = await come(there);
  town.hear();
  ann.link.take();

  there.chat.dismiss(first);
  town.elapse(4_000);
  await come(here);
  town.elapse(6_000);

  assertEquals(ann.link.take(), []);
});

Deno.test("a room that is opened later has the members of other instances", async () => {
  using town = await Town.open();
  const { here, there } = town;
  await there.join(lake, "Bob");
  await there.join(lake, "Bea");
  town.hear();

  const listed = (await here.chat.list.read()).find(({ id }) => id === lake);
  const { who } = here.admit(full);
  const overview = await here.chat.overview.read(who, 10);
  const room = await here.chat.room(lake);

  assertEquals(namesIn(listed?.members ?? []), ["Bob", "Bea"]);
  assertEquals(overview.rooms.map((one) => one.memberCount), [2]);
  assertEquals(room?.presence.count, 2);
  assertEquals(namesIn(room?.members() ?? []), ["Bob", "Bea"]);
  assertEquals(here.chat.census().members, 0);
});

Deno.test("a name that a member of another instance has is taken", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "");
  await there.join(lake, "Bob");
  town.hear();

  const { members } = here.chat;
  const wish = { name: "Bob", unique: true };
  const isTaken = !await members.rename(ann.who, lake, wish);
  const other = await members.rename(ann.who, lake, { ...wish, name: "Ann" });

  assertEquals([isTaken, other], [true, true]);
});

Deno.test("large rooms count the users of all instances", async () => {
  using town = await Town.open({ MEMBERS_LISTED_MAX: 2 });
  const { here, there } = town;
  const ann = await here.join(lake, "Ann", full);
  ann.link.take();

  for (const name of ["B", "C", "D"]) await there.join(lake, name);
  town.hear();
  town.elapse(1_000);

  assertEquals(ann.link.take(), ["arrived B 2", "counted 4"]);
});

Deno.test("a member of a closed room is none of the room that is made anew", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann");
  const bob = await there.join(lake, "Bob");
  town.hear();
  const author = await here.chat.author(ann.who, "Ann");
  await here.chat.rooms.close(lake, author);
  await here.chat.rooms.createExactly(lake, { via: "test", name: "Ann" });

  // There it is not known yet.
  const cat = await here.join(lake, "Cat", full);
  const before = namesIn(here.chat.members.of(lake));
  there.chat.members.leave(bob.who, lake);
  town.hear();
  const heard = cat.link.take();
  await town.read(lake);
  await there.join(lake, "Dan");
  town.hear();

  assertEquals(before, ["Cat"]);
  assertEquals(heard, ["arrived Cat 1"]);
  assertEquals(namesIn(here.chat.members.of(lake)), ["Cat", "Dan"]);
  assertEquals(cat.link.take(), ["arrived Dan 2"]);
});

Deno.test("members of a room that is closed are gone from it everywhere", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const third = await town.build("third");
  const ann = await here.join(lake, "Ann");
  await there.join(lake, "Bob");
  town.hear();
  const known = third.chat.members.of(lake).length;

  await here.chat.rooms.close(lake, await here.chat.author(ann.who, "Ann"));
  const atOnce = here.chat.members.of(lake);
  // The third has not read of it.
  await town.read(lake, [here, there]);
  town.hear();

  assertEquals([known, atOnce], [2, []]);
  assertEquals(third.chat.members.of(lake), []);
  assertEquals(here.chat.members.of(lake), []);
});

Deno.test("members of other instances stay in a room that is emptied", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const lobby = "general" as RoomId;
  const ann = await here.join(lobby, "Ann");
  const bob = await there.join(lobby, "Bob");
  town.hear();

  await here.chat.rooms.close(lobby, await here.chat.author(ann.who, "Ann"));
  await town.read(lobby);
  const third = await town.build("third");
  const room = await third.chat.room(lobby);
  ann.link.take();
  await there.chat.members.rename(bob.who, lobby, { name: "Rob" });
  town.hear();

  assertEquals(room?.tail.epoch, 2);
  assertEquals(namesIn(room?.members() ?? []), ["Ann", "Rob"]);
  assertEquals(ann.link.take(), ["renamed Bob Rob"]);
});

Deno.test("a room is not removed while others are in it elsewhere", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const wish = { room: lake, name: "", replay: 0, isFleeting: true };
  const [ann, bob] = [here.admit(), there.admit()];
  await here.chat.members.join(ann.who, wish);
  await there.chat.members.join(bob.who, wish);
  town.hear();
  const aMinuteLater = async () => {
    town.elapse(61_000);
    // A removal takes fewer turns of the store than these.
    for (let i = 0; i < 20; i++) await town.kv.get(["nothing"]);
    return (await here.chat.listings()).length;
  };

  here.chat.dismiss(ann.who);
  const whileBobIsThere = await aMinuteLater();
  const isRemoved = await here.chat.rooms.removeIfUnused(lake, "plain");
  there.chat.dismiss(bob.who);
  town.hear();
  const afterwards = await aMinuteLater();

  assertEquals([whileBobIsThere, isRemoved, afterwards], [1, false, 0]);
});
