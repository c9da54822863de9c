import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { keys } from "../../src/store/keys.ts";
import { until } from "../http/until.ts";
import { ChatKit } from "../support/chat_kit.ts";
import { answeredLate, withFaults } from "../support/kv_faults.ts";
import { Town } from "./town.ts";

const BAY = "bay" as RoomId;

type OnKv = Pick<Town, "kv">;
type Who = Awaited<ReturnType<ChatKit["join"]>>["who"];

function ask({ chat }: ChatKit, who: Who, name: string): Promise<boolean> {
  return chat.members.rename(who, BAY, { name, unique: true });
}

/** Names that somebody has claimed. */
async function claimed({ kv }: OnKv): Promise<unknown[]> {
  const list = await Array.fromAsync(kv.list({ prefix: keys.names() }));
  return list.map(({ key }) => key[2]);
}

async function untilClaimed(town: OnKv, ...names: string[]): Promise<void> {
  const what = `claimed is ${names.join() || "nothing"}`;
  await until(what, async () => (await claimed(town)).join() === names.join());
}

Deno.test("of two on two instances that ask for a unique name at once one gets it", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const { who: ann } = await here.join(BAY, "");
  const { who: bob } = await there.join(BAY, "");

  for (let i = 0; i < 10; i++) {
    const name = `name ${i}`;
    const got = await Promise.all([
      ask(here, ann, name),
      ask(there, bob, name),
    ]);
    assertEquals(got.toSorted(), [false, true]);
  }
  // Whoever lost gave nothing up, whoever won has one name.
  await until(
    "two or one are left",
    async () => (await claimed(town)).length <= 2,
  );
});

Deno.test("a unique name is given back by who leaves, is renamed or is gone", async () => {
  using town = await Town.open();
  const { here } = town;
  const { who: ann } = await here.join(BAY, "");
  const { who: bob } = await here.join(BAY, "");

  await ask(here, ann, "one");
  await ask(here, bob, "two");
  assertEquals(await claimed(town), ["one", "two"]);

  await here.chat.members.rename(ann, BAY, { name: "" });
  await untilClaimed(town, "two");
  await ask(here, ann, "one");
  here.chat.members.leave(ann, BAY);
  await untilClaimed(town, "two");
  here.chat.dismiss(bob);
  await untilClaimed(town);
});

Deno.test("a unique name is given back when its room is closed", async () => {
  using town = await Town.open();
  const { here } = town;
  const { who: ann } = await here.join(BAY, "");
  await ask(here, ann, "one");
  const author = await here.chat.author(ann, "one");

  await here.chat.rooms.close(BAY, author);

  await untilClaimed(town);
});

for (const gone of ["leaves", "is gone"] as const) {
  Deno.test(`who ${gone} while its name is being claimed gets it not, and keeps no claim`, async () => {
    using kv = await Deno.openKv(":memory:");
    const faults = withFaults(kv);
    using here = await ChatKit.open({ kv: faults.kv, shared: true });
    const { members } = here.chat;
    const { who: ann } = await here.join(BAY, "");
    await here.store.log.settled();
    const gate = Promise.withResolvers<void>();
    faults.commits.push(answeredLate(gate.promise));

    const asked = ask(here, ann, "one");
    await untilClaimed({ kv }, "one");
    if (gone === "is gone") here.chat.dismiss(ann);
    else members.leave(ann, BAY);
    gate.resolve();

    assertEquals(await asked, false);
    await untilClaimed({ kv });
  });
}
