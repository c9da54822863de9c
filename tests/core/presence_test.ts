import { assertEquals } from "@std/assert";
import type { Participant } from "../../src/core/participant.ts";
import type { RoomId } from "../../src/core/types.ts";
import { ChatKit, full } from "../support/chat_kit.ts";
import type { FakeLink } from "../support/fake_link.ts";

const room = "r";

const ANN = { id: "ann", number: 1, name: "Ann", verified: true };

/** Somebody who hears of all, and has forgotten of its own coming. */
async function witness(kit: ChatKit): Promise<FakeLink> {
  const { link } = await kit.join(room, "Eve", full);
  link.take();
  return link;
}

/** One more session of Ann. */
async function ann(kit: ChatKit): Promise<Participant> {
  const { who } = kit.admit();
  kit.chat.identify(who, ANN);
  await kit.chat.members.join(who, { room, name: "", replay: 0 });
  return who;
}

Deno.test("a user arrives once and departs once, over several sessions", async () => {
  using kit = await ChatKit.open();
  const eve = await witness(kit);

  const [one, other] = [await ann(kit), await ann(kit)];
  kit.chat.members.leave(one, room as RoomId);
  kit.chat.members.leave(other, room as RoomId);

  assertEquals(eve.take(), ["arrived Ann 2", "departed Ann 1"]);
});

Deno.test("a user whose socket is lost departs five seconds later", async () => {
  using kit = await ChatKit.open();
  const eve = await witness(kit);
  const who = await ann(kit);
  kit.chat.dismiss(who);

  kit.nowMs += 4_999;
  kit.chat.tick();
  const before = eve.take();
  kit.nowMs += 1;
  kit.chat.tick();

  assertEquals(before, ["arrived Ann 2"]);
  assertEquals(eve.take(), ["departed Ann 1"]);
  kit.chat.tick();
  assertEquals(eve.take(), []);
});

Deno.test("a user who is back in time never departed", async () => {
  using kit = await ChatKit.open();
  const eve = await witness(kit);
  kit.chat.dismiss(await ann(kit));
  kit.nowMs += 4_999;

  await ann(kit);
  kit.nowMs += 60_000;
  kit.chat.tick();

  assertEquals(eve.take(), ["arrived Ann 2"]);
});

Deno.test("a large room hears how many there are, once a second", async () => {
  using kit = await ChatKit.open({ limits: { MEMBERS_LISTED_MAX: 2 } });
  const eve = await witness(kit);

  for (const name of ["Ann", "Bob", "Cid"]) await kit.join(room, name);
  const individually = eve.take();
  kit.chat.tick();
  kit.chat.tick();

  assertEquals(individually, ["arrived Ann 2"]);
  assertEquals(eve.take(), ["counted 4"]);
});

Deno.test("typing is told at most once a second, and ends by itself", async () => {
  using kit = await ChatKit.open();
  const { who } = await kit.join(room, "Ann");
  const eve = await witness(kit);
  const live = who.rooms.get(room as RoomId);
  const user = live?.member(who.session)?.author;
  if (!live || !user) throw new TypeError("Ann is no member");
  const type = (on: boolean) =>
    kit.chat.company.type(live, { user, on }, "full");

  type(true);
  type(true);
  type(false);
  type(true);
  type(false);
  const atOnce = eve.take();
  kit.nowMs += 1_000;
  kit.chat.tick();
  const second = eve.take();
  kit.nowMs += 1_000;
  type(true);
  kit.nowMs += 5_999;
  kit.chat.tick();
  const third = eve.take();
  kit.nowMs += 1;
  kit.chat.tick();

  assertEquals(atOnce, ["Ann types"]);
  assertEquals(second, ["Ann types no more"]);
  assertEquals(third, ["Ann types"]);
  assertEquals(eve.take(), ["Ann types no more"]);
});

Deno.test("who sends types no more, and what was held back is not told", async () => {
  using kit = await ChatKit.open();
  const eve = await witness(kit);
  const who = await ann(kit);
  const live = who.rooms.get(room as RoomId);
  if (!live) throw new TypeError("Ann is no member");
  const send = async (text: string) => {
    const request = { room, name: "Ann", text };
    await (await kit.chat.send(who, request)).committed;
  };
  const type = () =>
    kit.chat.company.type(live, { user: ANN, on: true }, "full");
  eve.take();

  type();
  await send("a");
  const first = eve.take();
  type();
  await send("b");
  kit.nowMs += 1_000;
  kit.chat.tick();
  const second = eve.take();
  type();

  assertEquals(first, ["Ann types", "Ann types no more", "1 Ann: a"]);
  assertEquals(second, ["2 Ann: b"]);
  assertEquals(eve.take(), ["Ann types"]);
});

Deno.test("who leaves while typing types no more", async () => {
  using kit = await ChatKit.open();
  const eve = await witness(kit);
  const who = await ann(kit);
  const live = who.rooms.get(room as RoomId);
  if (!live) throw new TypeError("Ann is no member");
  kit.chat.company.type(live, { user: ANN, on: true }, "full");
  kit.nowMs += 1_000;

  kit.chat.members.leave(who, room as RoomId);

  assertEquals(eve.take(), [
    "arrived Ann 2",
    "Ann types",
    "Ann types no more",
    "departed Ann 1",
  ]);
});
