import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { storeViolations } from "../support/history_check.ts";
import {
  diskFull,
  failedAfter,
  locked,
  silent,
  silentAfter,
} from "../support/kv_faults.ts";
import { codeOf, SHARED, STANDINGS, StoreKit } from "./locked_kit.ts";

const DRAFT = {
  id: "lake" as RoomId,
  title: "lake",
  kind: "public",
  via: "test",
  createdBy: "Ann",
  at: 1,
} as const;

/** Who opens it again. */
const ANEW = { id: DRAFT.id, via: "test", createdBy: "Bob", at: 2 };

for (const [standing, capabilities] of STANDINGS) {
  Deno.test(`ensure asks a locked database again, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    kit.faults.reads.push(locked);
    kit.faults.commits.push(locked, locked);

    const lake = await ann.use("lake");

    const { records, numbers } = await kit.content();
    assertEquals(records.map(({ value }) => value.id), [lake]);
    assertEquals(numbers.map(({ key, value }) => [key[1], value]), [[4, lake]]);
  });

  Deno.test(`ensure finds the room whose making it was not told of, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    kit.faults.commits.push(failedAfter);

    const first = await codeOf(ann.use("lake"));
    const lake = await ann.use("lake");
    const sea = await ann.use("sea");

    assertEquals(["busy", "storage_failed", "done"].includes(first), true);
    const store = await kit.content();
    assertEquals(storeViolations(store), []);
    assertEquals(
      store.numbers.map(({ key, value }) => [key[1], value]),
      [[4, lake], [5, sea]],
    );
  });

  Deno.test(`takeUserNumber gives nobody a number twice, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const { directory } = (await kit.instance()).parts;
    kit.faults.commits.push(locked, failedAfter);

    const first = await codeOf(directory.takeUserNumber());
    const taken = await Promise.all(
      Array.from({ length: 300 }, () => directory.takeUserNumber()),
    );

    assertEquals(first, "storage_failed");
    assertEquals(new Set(taken).size, 300);
  });

  Deno.test(`ensure refuses with storage_full and works again, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    kit.faults.commits.push(diskFull);

    const first = await codeOf(ann.use("lake"));
    const second = await codeOf(ann.use("lake"));

    assertEquals([first, second], ["storage_full", "done"]);
    assertEquals(storeViolations(await kit.content()), []);
  });

  Deno.test(`markJoined notes the first join that can be noted, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const { directory } = (await kit.instance()).parts;
    const draft = { ...DRAFT, joined: false };
    await directory.ensure(draft);
    kit.faults.sets.push(diskFull);

    await directory.markJoined(draft.id, 1).catch(() => {});
    await directory.markJoined(draft.id, 2);
    await directory.markJoined(draft.id, 3);

    const { directory: restarted } = (await kit.instance()).parts;
    const [listing] = await restarted.list();
    assertEquals(listing?.joinedAt, 2);
  });

  Deno.test(`reopen starts one new epoch for all who ask, ${standing}`, async () => {
    await using kit = await StoreKit.open(capabilities);
    const ann = await kit.instance();
    const lake = await ann.use("lake");
    await ann.close(lake, { reopens: false });
    kit.faults.commits.push(locked, failedAfter);

    const [first] = await Promise.all([
      codeOf(ann.parts.directory.reopen(ANEW)),
      codeOf(ann.parts.directory.reopen(ANEW)),
    ]);
    await ann.use("lake");
    const { entry } = await ann.say(lake, "again");

    assertEquals(["done", "storage_failed"].includes(first), true);
    assertEquals([entry.epoch, entry.seq], [2, 1]);
    assertEquals(storeViolations(await kit.content()), []);
  });
}

Deno.test("reopen ends for a writer that was replaced", async () => {
  await using kit = await StoreKit.open();
  const first = await kit.instance();
  const lake = await first.use("lake");
  await first.close(lake, { reopens: false });
  await kit.instance();

  const code = await codeOf(first.parts.directory.reopen(ANEW));

  assertEquals(code, "storage_failed");
  assertEquals(first.lostCount, 1);
});

Deno.test("ensure tells a writer that was replaced", async () => {
  await using kit = await StoreKit.open();
  const first = await kit.instance();
  await kit.instance();

  const code = await codeOf(first.use("lake"));

  assertEquals(code, "storage_failed");
  assertEquals(first.lostCount, 1);
  assertEquals((await kit.content()).records, []);
});

Deno.test("ensure gives up a read that is never answered, and works again", async () => {
  await using kit = await StoreKit.open(SHARED);
  const ann = await kit.instance();
  kit.faults.reads.push(silent);

  const first = await codeOf(ann.use("lake"));
  const second = await codeOf(ann.use("lake"));

  assertEquals([first, second], ["storage_failed", "done"]);
});

for (
  const [fault, what] of [
    [silentAfter, "landed and is never answered"],
    [silent, "is lost without an answer"],
  ] as const
) {
  Deno.test(`ensure gets over a commit that ${what}`, async () => {
    await using kit = await StoreKit.open(SHARED);
    const ann = await kit.instance();
    kit.faults.commits.push(fault);

    const lake = await ann.use("lake");

    const store = await kit.content();
    assertEquals(store.records.map(({ value }) => value.id), [lake]);
    assertEquals(storeViolations(store), []);
  });
}

for (const what of ["reads", "commits"] as const) {
  Deno.test(`takeUserNumber gets over ${what} that are never answered`, async () => {
    await using kit = await StoreKit.open(SHARED);
    const { directory } = (await kit.instance()).parts;
    kit.faults[what].push(silent);

    const first = await codeOf(directory.takeUserNumber());
    const second = await codeOf(directory.takeUserNumber());

    assertEquals([first, second], ["storage_failed", "done"]);
  });
}
