import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { ChatKit } from "../support/chat_kit.ts";
import { held, withFaults } from "../support/kv_faults.ts";

const lake = "lake" as RoomId;
const MAKER = { via: "test", name: "Ann" };

Deno.test("a room that was opened again is open, whatever was under way in it", async () => {
  using kv = await Deno.openKv(":memory:");
  const faults = withFaults(kv);
  using kit = await ChatKit.open({ kv: faults.kv });
  const ann = (await kit.join(lake, "Ann")).who;
  const closing = Promise.withResolvers<void>();
  const looking = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  faults.commits.push((call) => {
    begun.resolve();
    return held(closing.promise)(call);
  });
  const closed = kit.chat.rooms.close(lake, await kit.chat.author(ann, "Ann"));
  await begun.promise;
  faults.reads.push(held(looking.promise));
  const wish = { room: lake, name: "Ann", text: "late", key: "k" };
  const { committed } = await kit.chat.send(ann, wish);
  const late = committed.catch(() => {});
  closing.resolve();
  await closed;

  await kit.chat.rooms.createExactly(lake, MAKER);
  const bob = await kit.join(lake, "Bob");
  looking.resolve();
  await late;
  await kit.say(bob.who, lake, "hello");

  assertEquals(bob.link.take(), ["joined Bob", "1 x: hello"]);
});

Deno.test("a room that another instance opened again is open here too", async () => {
  using kv = await Deno.openKv(":memory:");
  using here = await ChatKit.open({ kv, shared: true });
  using there = await ChatKit.open({ kv, shared: true });
  const ann = (await here.join(lake, "Ann")).who;
  await here.chat.rooms.close(lake, await here.chat.author(ann, "Ann"));

  await there.chat.rooms.createExactly(lake, MAKER);
  await here.say(ann, lake, "hello");
  const bob = await there.join(lake, "Bob");

  assertEquals(bob.link.take(), ["1 x: hello", "joined Bob"]);
});
