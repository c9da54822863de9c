import { assertEquals, assertMatch } from "@std/assert";
import { parleyV1 } from "../../src/dialects/parley_v1/session.ts";
import { SessionKit } from "../support/session_kit.ts";
import { type Frame, inShort, member, Native } from "./parley_v1_kit.ts";

const room = "r";

Deno.test("a socket of which the first twenty frames cannot be read is ended", async () => {
  using kit = await SessionKit.open();
  const stranger = await Native.open(kit);
  for (let i = 0; i < 19; i++) await stranger.visit.say("{");
  const before = stranger.visit.link.closed;

  await stranger.visit.say("{");

  assertEquals(before, undefined);
  assertEquals(stranger.visit.link.closed?.code, 4500);
  const ann = await Native.open(kit, "Ann");
  for (let i = 0; i < 40; i++) await ann.visit.say("{");
  assertEquals(ann.visit.link.closed, undefined);
});

Deno.test("a session that ends is told as gone, behind what it said", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");
  const bob = await member(kit, "Bob");
  await ann.news();

  await bob.visit.say({ type: "send", room, text: "last" });
  bob.visit.session.end();
  await kit.settled();
  kit.kit.nowMs += 5_000;
  kit.kit.chat.tick();

  assertEquals(inShort(await ann.news()), [
    "1: 0 < 1 last",
    "Bob departed (1)",
  ]);
});

Deno.test("what a peer that is gone wanted to know is not looked up", async () => {
  using kit = await SessionKit.open();
  const ann = await member(kit, "Ann");
  const { link } = ann.visit;
  await ann.visit.say({ type: "history", id: 1, room });
  const answered = link.take().length;
  link.isGone = true;

  for (const type of ["history", "members", "rooms", "users", "join"]) {
    await ann.visit.say({ type, id: 2, room });
  }
  await ann.visit.say({ type: "send", id: 3, room, text: "last" });
  await kit.settled();

  assertEquals(answered, 1);
  const frames = link.take() as Frame[];
  assertEquals(frames.map(({ type, id }) => `${type} ${id ?? ""}`), [
    "events ",
    "ok 3",
  ]);
});

Deno.test("errors name the field and never what is inside", async () => {
  using kit = await SessionKit.open();
  const visit = await kit.open(parleyV1);
  visit.heard();

  await visit.say({ type: "hello", id: 1, sign_in: { name: "x" } });

  const [error] = visit.heard() as Frame[];
  assertMatch(
    error?.message,
    /^Cannot read frame: sign_in\.password is missing$/,
  );
});
