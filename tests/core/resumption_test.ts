import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import { ChatKit } from "../support/chat_kit.ts";
import {
  connect,
  end,
  IDLE_MS,
  joined,
  NOBODY,
  pass,
  R,
  resumed,
  say,
} from "./resume_kit.ts";

Deno.test("after a clean end exactly what was missed comes, and then what follows", async () => {
  using kit = await ChatKit.open();
  const first = await joined(kit);
  await say(kit, "one");
  end(kit, first);
  await say(kit, "two", "three");

  const second = await connect(kit);
  await kit.chat.resumes.restore(second.who);
  await say(kit, "four");

  assertEquals(second.link.take(), ["2 x: two", "3 x: three", "4 x: four"]);
  assertEquals(kit.chat.members.of(R).map(({ author }) => author.name), [
    "Ann",
  ]);
});

Deno.test("others are told that a member is back, it itself is not", async () => {
  using kit = await ChatKit.open();
  const first = await joined(kit);
  const bob = await kit.join(R, "Bob");
  end(kit, first);
  bob.link.take();

  assertEquals(await resumed(kit), []);
  assertEquals(bob.link.take(), ["joined Ann"]);
});

Deno.test("without a word: what was handed over after the last sign of life comes again", async () => {
  using kit = await ChatKit.open();
  const first = await joined(kit);
  await say(kit, "sure");
  await pass(kit, 1_000);
  await say(kit, "under way");
  await pass(kit, 5_000);
  first.resume.heard();
  await say(kit, "maybe lost");
  await pass(kit, 10_000);

  end(kit, first, { drained: true, clean: false });

  assertEquals(await resumed(kit), ["2 x: under way", "3 x: maybe lost"]);
});

Deno.test("without a word for long: the runtime would have ended who was not there", async () => {
  using kit = await ChatKit.open();
  const first = await joined(kit);
  await say(kit, "sure");
  await pass(kit, IDLE_MS + 5_000);
  await say(kit, "maybe lost");
  await pass(kit, 10_000);

  end(kit, first, { drained: true, clean: false });

  assertEquals(await resumed(kit), ["2 x: maybe lost"]);
});

Deno.test("an end of the server's making is exact once the peer has answered it", async () => {
  using kit = await ChatKit.open();
  const first = await joined(kit);
  await say(kit, "one");

  end(kit, first, { drained: true, clean: false });
  first.resume.confirm();
  await say(kit, "two");

  assertEquals(await resumed(kit), ["2 x: two"]);
});

Deno.test("what waited for a slow reader counts as not heard, however it ends", async () => {
  using kit = await ChatKit.open();
  const first = await joined(kit);
  await say(kit, "one");
  await pass(kit, 1_000);
  const go = first.link.stall();
  await say(kit, "two");
  for (let i = 0; i < 60; i++) {
    kit.nowMs += 1_000;
    kit.chat.tick();
  }
  first.resume.heard();

  end(kit, first, { drained: false, clean: true });
  go();

  assertEquals(await resumed(kit), ["2 x: two"]);
});

Deno.test("a newer connection ends the older one, and goes on when that is gone", async () => {
  using kit = await ChatKit.open();
  const older = await joined(kit);
  const bob = await kit.join(R, "Bob");
  bob.link.take();

  const newer = await connect(kit);
  const restoring = kit.chat.resumes.restore(newer.who);
  await say(kit, "one", "two", "three");
  kit.chat.dismiss(older.who);
  await restoring;

  assertEquals(older.link.closed, {
    code: 1008,
    reason: "resumed by another connection",
  });
  const said = ["1 x: one", "2 x: two", "3 x: three"];
  assertEquals(newer.link.take(), said);
  assertEquals(bob.link.take(), [...said, "left Ann", "joined Ann"]);
});

Deno.test("who is cut off while it is being resumed misses nothing", async () => {
  using kit = await ChatKit.open();
  end(kit, await joined(kit));
  await say(kit, "one");
  const second = await connect(kit);
  const go = second.link.stall();
  const waits = second.link.awaited();
  const restoring = kit.chat.resumes.restore(second.who);
  await waits;

  end(kit, second, { drained: false, clean: false });
  go();
  await restoring;

  assertEquals(await resumed(kit), ["1 x: one"]);
});

Deno.test("a store that fails ends the resumption, and keeps what it was about", async () => {
  using kit = await ChatKit.open();
  end(kit, await joined(kit));
  await say(kit, "one");
  const second = await connect(kit);
  const { log } = kit.store;
  const read = log.readAfter;
  log.readAfter = () => Promise.reject(new ChatError("storage_failed", "no"));

  await assertRejects(() => kit.chat.resumes.restore(second.who), ChatError);
  log.readAfter = read;
  end(kit, second);

  assertEquals(await resumed(kit), ["1 x: one"]);
});

Deno.test("a room that was closed meanwhile tells so, once", async () => {
  using kit = await ChatKit.open();
  end(kit, await joined(kit));
  await say(kit, "one");
  await kit.chat.rooms.close(R, NOBODY);

  const second = await connect(kit);
  await kit.chat.resumes.restore(second.who);
  end(kit, second);

  assertEquals(second.link.take(), ["2 closed"]);
  assertEquals(await resumed(kit), []);
});

Deno.test("a user's memberships come back to that user alone", async () => {
  using kit = await ChatKit.open();
  const eve = { ...NOBODY, id: "eve", name: "Eve", verified: true };
  const mal = { ...NOBODY, id: "mal", name: "Mal", verified: true };
  const first = await connect(kit);
  kit.chat.identify(first.who, eve);
  await kit.chat.members.join(first.who, { room: R, name: "", replay: 0 });
  end(kit, first);
  await say(kit, "secret");

  const other = await connect(kit);
  await kit.chat.resumes.restore(other.who);
  kit.chat.identify(other.who, mal);
  await kit.chat.resumes.restore(other.who);
  const told = [other.link.take()];
  kit.chat.identify(other.who, undefined);
  end(kit, other);
  const nobody = await connect(kit);
  end(kit, nobody);
  const second = await connect(kit);
  kit.chat.identify(second.who, eve);
  await kit.chat.resumes.restore(second.who);
  told.push(second.link.take());

  assertEquals(told, [[], ["1 x: secret"]]);
});
