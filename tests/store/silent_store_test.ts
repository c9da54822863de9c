import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { soon, until } from "../http/until.ts";
import {
  codeOf,
  type Instance,
  SHARED,
  StoreKit,
} from "../faults/locked_kit.ts";
import { silent } from "../support/kv_faults.ts";
import { FakePace, openShared } from "./neighbours_kit.ts";

const ROOM = "bay" as RoomId;
const PLACE = { epoch: 1, seq: 1 };

type Ask = (instance: Instance) => Promise<unknown>;

const CALLS: readonly [what: string, ask: Ask][] = [
  ["a read marker", ({ parts }) => parts.markers.marker("ann", ROOM)],
  ["read markers", ({ parts }) => parts.markers.markersOf("ann")],
  [
    "marking as read",
    ({ parts }) =>
      parts.markers.advance("ann", ROOM, { ...PLACE, order: 1, expiresAt: 1 }),
  ],
  ["a resume token", ({ parts }) => parts.resumes.load("digest")],
  ["room for resume tokens", ({ parts }) => parts.resumes.hasRoom()],
  ["an access key", ({ parts }) => parts.accounts.access("digest")],
  ["an account", ({ parts }) => parts.accounts.find("ann")],
];

for (const [what, ask] of CALLS) {
  Deno.test(`whoever asks a store that is silent for ${what} is refused`, async () => {
    await using kit = await StoreKit.open(SHARED);
    const ann = await kit.instance();
    kit.faults.reads.push(silent);

    const code = await soon("it is refused", codeOf(ask(ann)));

    assertEquals(code, "storage_failed");
  });
}

Deno.test("runs of the sweeper do not pile up where the store is silent", async () => {
  await using kit = await openShared(1_000);
  const pace = new FakePace();
  const { sweeper } = (await kit.instance(pace)).parts;
  kit.faults.reads.push(silent);
  let isOver = false;
  const first = sweeper.run().then(() => isOver = true);
  kit.faults.reads.push(silent);

  await soon("the second is not run", sweeper.run());
  assertEquals(kit.faults.reads.length, 1);
  kit.faults.reads.length = 0;
  await until("the first is given up", () => {
    pace.timers.tick(60_000);
    return isOver;
  });
  await first;
});
