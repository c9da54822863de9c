import { assertEquals } from "@std/assert";
import type { News } from "../../src/core/neighbour_news.ts";
import type { RoomId } from "../../src/core/types.ts";
import { full } from "../support/chat_kit.ts";
import { raw, Town } from "./town.ts";

const lake = "lake" as RoomId;

function namesIn(members: readonly { author: { name: string } }[]): string[] {
  return members.map(({ author }) => author.name);
}

Deno.test("of news that were lost the difference is told", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann");
  const bob = await there.join(lake, "Bob");
  const cat = await there.join(lake, "Cat");
  await there.join(lake, "Dan");
  town.hear();
  ann.link.take();

  there.chat.members.leave(bob.who, lake);
  await there.chat.members.rename(cat.who, lake, { name: "Kat" });
  await there.join(lake, "Eve");
  // Comes and goes, and nobody hears of it.
  there.chat.dismiss((await there.join(lake, "Fay")).who);
  town.street.lose("there", "here");
  town.hear();

  assertEquals(ann.link.take(), ["left Bob", "renamed Cat Kat", "joined Eve"]);
  assertEquals(namesIn(here.chat.members.of(lake)), [
    "Ann",
    "Kat",
    "Dan",
    "Eve",
  ]);
});

Deno.test("what a member says of itself is known though that news was lost", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann", raw);
  const bob = await there.join(lake, "Bob");
  await there.join(lake, "Cat");
  there.chat.members.describe(bob.who, lake, { list: [{ a: 1 }] });
  town.hear();
  town.elapse(1_000);
  ann.link.take();

  town.street.repeat("there", "here");
  town.hear();
  const ofTheSame = ann.link.take();
  there.chat.members.describe(bob.who, lake, { list: [{ a: 2 }] });
  town.street.lose("there", "here");
  town.hear();

  assertEquals(ofTheSame, []);
  const told = ann.link.take() as { kind: string }[];
  assertEquals(told.map(({ kind }) => kind), ["roster"]);
  const [, known] = here.chat.members.of(lake);
  assertEquals(known?.about, { list: [{ a: 2 }] });
});

Deno.test("what is heard again makes no second event", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann");
  const bob = await there.join(lake, "Bob");
  await there.chat.members.rename(bob.who, lake, { name: "Rob" });
  const cat = await there.join(lake, "Cat");
  there.chat.members.leave(cat.who, lake);
  ann.link.take();

  // All that is told below is in it.
  town.street.repeat("there", "here");
  town.hear();

  assertEquals(ann.link.take(), ["joined Rob", "joined Cat", "left Cat"]);
  assertEquals(namesIn(here.chat.members.of(lake)), ["Ann", "Rob"]);
});

Deno.test("news of a former life of a room are none of this one", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann");
  const bob = await there.join(lake, "Bob");
  town.hear();
  await here.chat.rooms.close(lake, await here.chat.author(ann.who, "Ann"));
  await here.chat.rooms.createExactly(lake, { via: "test", name: "Ann" });
  const cat = await here.join(lake, "Cat");
  cat.link.take();
  await town.read(lake);
  const wish = { room: lake, name: "Bob", replay: 0 };
  await there.chat.members.join(bob.who, wish);

  // It is a member of this life by that; then it hears how the other ended.
  town.street.repeat("there", "here");
  town.hear();

  assertEquals(cat.link.take(), ["joined Bob"]);
  assertEquals(namesIn(here.chat.members.of(lake)), ["Cat", "Bob"]);
});

Deno.test("a left of somebody unknown is ignored, and of another instance's member too", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const third = await town.build("third");
  const ann = await here.join(lake, "Ann");
  await there.join(lake, "Bob");
  town.hear();
  ann.link.take();
  const [, member] = here.chat.members.of(lake);
  if (!member) throw new Error("Bob is not there");
  const left: News = {
    kind: "left",
    room: lake,
    at: 1,
    via: "plain",
    life: 1,
    gone: false,
    member,
  };

  town.street.say("third", left);
  town.hear();

  assertEquals(ann.link.take(), []);
  assertEquals(namesIn(third.chat.members.of(lake)), ["Ann", "Bob"]);
});

Deno.test("the members of an instance that has ended are lost sockets", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann", raw);
  const eve = await here.join(lake, "Eve", full);
  await there.join(lake, "Bob");
  await there.join("pond", "Cat");
  town.hear();
  town.elapse(1_000);
  ann.link.take();
  eve.link.take();

  town.street.kill("there");
  town.hear();
  const told = ann.link.take() as { kind: string; gone: unknown }[];
  const before = eve.link.take();
  town.elapse(6_000);

  assertEquals(told.map(({ kind }) => kind), ["left", "roster"]);
  assertEquals(told[0]?.gone, true);
  assertEquals([before, eve.link.take()], [[], ["departed Bob 2"]]);
  assertEquals(here.chat.members.of("pond" as RoomId), []);
});

Deno.test("a session that is somebody else by now has left and come", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann");
  const bob = await there.join(lake, "Bob");
  town.hear();
  ann.link.take();

  const user = { id: "rob", number: 9, name: "Rob", verified: true };
  there.chat.identify(bob.who, user);
  await there.chat.members.join(bob.who, { room: lake, name: "", replay: 0 });
  town.street.lose("there", "here");
  town.hear();

  assertEquals(ann.link.take(), ["left Bob", "joined Rob"]);
});

Deno.test("news are told in time, whatever else an instance says", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann");
  ann.link.take();

  const broken = { kind: "joined", room: lake, life: 1 } as unknown as News;
  const unknown = { kind: "sneezed" } as unknown as News;
  town.street.say("there", broken);
  town.street.say("there", unknown);
  await there.join(lake, "Bob");
  town.hear();

  assertEquals(ann.link.take(), ["joined Bob"]);
  assertEquals(here.bugs.length, 1);
});

Deno.test("what only one dialect knows is not told where it is too much", async () => {
  const limits = { EXTRA_BYTES_MAX: 8_192, NAME_BYTES_MAX: 512 };
  using town = await Town.open(limits);
  const { here, there } = town;
  const ann = await here.join(lake, "Ann", raw);
  const large = { text: "é".repeat(4_000) };
  const larger = { text: "я".repeat(3_500) };
  const name = "я".repeat(256);

  for (const about of [large, larger]) {
    const { who } = there.admit();
    const wish = { room: lake, name, replay: 0, about, extra: large };
    await there.chat.members.join(who, wish);
  }
  town.hear();

  const joined = (ann.link.take() as Record<string, unknown>[])
    .filter(({ kind }) => kind === "joined").slice(1)
    .map(({ extra, member }) => [
      extra !== undefined,
      (member as { about?: unknown }).about !== undefined,
    ]);
  assertEquals(joined, [[false, true], [true, false]]);
});

Deno.test("nothing is told where nobody can be", async () => {
  using town = await Town.open();
  const { there } = town;
  const house = town.street.open("alone");
  Object.defineProperty(house, "alone", { value: true });
  const alone = await town.buildIn(house);
  const one = await alone.join(lake, "Ann", full);
  const other = await alone.join(lake, "Bob", full);
  await alone.chat.members.rename(one.who, lake, { name: "An" });
  alone.chat.members.describe(one.who, lake, {});
  const user = { id: "rob", number: 9, name: "Rob", verified: true };
  alone.chat.identify(one.who, user);
  const room = await alone.chat.room(lake);
  if (room) alone.chat.company.type(room, { user, on: true }, "full");
  await alone.chat.rooms.close(lake, user);
  await alone.chat.accounts.signIn({ name: "A", password: "b", address: "" });
  alone.chat.dismiss(one.who);
  alone.chat.dismiss(other.who);
  const waiting = alone.timers.size;
  town.hear();

  assertEquals(house.told, []);
  assertEquals(waiting, 0);
  assertEquals(there.chat.members.of(lake), []);
});
