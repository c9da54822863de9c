import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { storeViolations, textsOf } from "../support/history_check.ts";
import {
  diskFull,
  failedAfter,
  ioError,
  locked,
} from "../support/kv_faults.ts";
import { codeOf, STANDINGS, StoreKit, texts } from "./locked_kit.ts";

for (const [standing, capabilities] of STANDINGS) {
  Deno.test(`append asks a locked database again, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    const before = kit.faults.commitCount;
    kit.faults.commits.push(locked, locked, locked);

    const { entry, duplicate } = await ann.say(lake, "hello");

    assertEquals([entry.epoch, entry.seq, entry.order], [1, 1, 1]);
    assertEquals(duplicate, false);
    assertEquals(kit.faults.commitCount - before, 4);
    assertEquals(textsOf(await kit.content(), lake), ["hello"]);
    assertEquals(kit.bugs, []);
  });

  Deno.test(`append acknowledges once what landed before its reply was lost, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    await ann.say(lake, "before");
    kit.faults.commits.push(failedAfter);

    const lost = await ann.sayAll(lake, ["one", "two"]);
    const next = await ann.say(lake, "after");

    assertEquals(lost.map(({ entry }) => entry.seq), [2, 3]);
    assertEquals(lost.map(({ duplicate }) => duplicate), [false, false]);
    assertEquals(next.entry.seq, 4);
    const store = await kit.content();
    assertEquals(textsOf(store, lake), ["before", "one", "two", "after"]);
    assertEquals(storeViolations(store), []);
    assertEquals(kit.bugs, []);
  });

  for (
    const [fault, code, message] of [
      [ioError, "storage_failed", "Cannot store message: storage failed"],
      [diskFull, "storage_full", "Cannot store message: disk is full"],
    ] as const
  ) {
    Deno.test(`append refuses with ${code} and later ones leave no hole, ${standing}`, async () => {
      await using kit = await StoreKit.open(capabilities);
      const ann = await kit.instance();
      const lake = await ann.use("lake");
      await ann.say(lake, "before");
      kit.faults.commits.push(fault);

      const refused = await Promise.allSettled(
        texts("lost", 3).map((text) => ann.say(lake, text)),
      );
      const next = await ann.sayAll(lake, ["one", "two"]);

      const reasons = refused.map((result) =>
        result.status === "rejected" &&
        [result.reason.code, result.reason.message]
      );
      assertEquals(reasons, Array(3).fill([code, message]));
      assertEquals(next.map(({ entry }) => entry.seq), [2, 3]);
      const store = await kit.content();
      assertEquals(textsOf(store, lake), ["before", "one", "two"]);
      assertEquals(storeViolations(store), []);
      assertEquals(ann.committed.map(({ seq }) => seq), [1, 2, 3]);
    });
  }

  Deno.test(`append reads a log again whose state is in doubt, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    kit.faults.commits.push(failedAfter);
    kit.faults.reads.push(ioError, locked, locked, ioError);

    const lost = await ann.say(lake, "one");
    const next = await ann.say(lake, "two");

    assertEquals([lost.entry.seq, next.entry.seq], [1, 2]);
    assertEquals(kit.faults.reads, []);
    assertEquals(textsOf(await kit.content(), lake), ["one", "two"]);
  });

  Deno.test(`append settles every room of a failed commit, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const rooms = await Promise.all(
      ["lake", "pond", "sea"].map((name) => ann.use(name)),
    );
    const everywhere = (text: string) =>
      Promise.all(rooms.map((room) => codeOf(ann.say(room, text))));
    // Lanes commit for themselves: one fault for each that a room may be in.
    kit.faults.commits.push(ioError, ioError, ioError);

    const first = await everywhere("lost");
    kit.faults.commits.length = 0;
    const second = await everywhere("kept");

    assertEquals(first, Array(3).fill("storage_failed"));
    assertEquals(second, Array(3).fill("done"));
    const store = await kit.content();
    assertEquals(storeViolations(store), []);
    for (const room of rooms) assertEquals(textsOf(store, room), ["kept"]);
  });

  Deno.test(`append fails alone in a room that is not open, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");

    const [first, lost, last] = await Promise.allSettled([
      ann.say(lake, "one"),
      (async () => await ann.say("nowhere" as RoomId, "lost"))(),
      ann.say(lake, "two"),
    ]);
    const next = await codeOf(ann.say(lake, "three"));

    assertEquals(lost?.status, "rejected");
    assertEquals([first?.status, last?.status], ["fulfilled", "fulfilled"]);
    assertEquals(next, "done");
    assertEquals(textsOf(await kit.content(), lake), ["one", "two", "three"]);
  });

  Deno.test(`append marks the epoch that was spoken in last, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");

    const answers = await Promise.all([
      ann.say(lake, "one"),
      ann.close(lake, { reopens: true }),
      ann.say(lake, "two"),
    ]);

    const places = answers.map(({ entry }) => [entry.epoch, entry.seq]);
    assertEquals(places, [[1, 1], [1, 2], [2, 1]]);
    const store = await kit.content();
    assertEquals(store.spoken.map(({ value }) => value), [2]);
    assertEquals(storeViolations(store), []);
  });
}
