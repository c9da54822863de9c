import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { type Bell, SILENT_BELL } from "../../src/store/bell.ts";
import { Turns } from "../../src/store/turns.ts";
import { FakePace } from "./neighbours_kit.ts";

const BAY = "bay" as RoomId;

/** Longer than a turn is waited for, in ms. */
const LONG_MS = 150;

function bell(n: number, parts: Partial<Bell>): Bell {
  return { ...SILENT_BELL, n, ...parts };
}

function wrote(n: number, wants: readonly RoomId[] = []): Bell {
  const recent = [{ n, room: BAY, epoch: 1, from: n, seq: n }];
  return bell(n, { recent, wants });
}

Deno.test("turns let everybody write where nobody asks for one", () => {
  const turns = new Turns("b", new FakePace());
  turns.heard("a", wrote(1));

  assertEquals(turns.mayWrite(BAY), true);
  assertEquals(turns.isDue, false);
});

Deno.test("turns are asked for by whoever loses a room twice in a row", () => {
  const turns = new Turns("b", new FakePace());

  turns.lost(BAY);
  assertEquals(turns.wants, []);
  turns.landed(BAY);
  turns.lost(BAY);
  assertEquals(turns.wants, []);
  turns.lost(BAY);

  assertEquals(turns.wants, [BAY]);
  assertEquals(turns.isDue, true);
  turns.told([BAY]);
  assertEquals(turns.isDue, false);
});

Deno.test("turns go round by id, counted from who wrote last", () => {
  const turns = new Turns("b", new FakePace());
  turns.heard("a", wrote(1, [BAY]));
  turns.heard("c", bell(1, { wants: [BAY] }));

  // Behind a comes b, once it has asked.
  assertEquals(turns.mayWrite(BAY), false);
  assertEquals(turns.mayWrite(BAY), true);
  turns.landed(BAY);
  assertEquals(turns.mayWrite(BAY), false);
  turns.heard("c", wrote(2, [BAY]));
  assertEquals(turns.mayWrite(BAY), false);
  turns.heard("a", wrote(2, [BAY]));
  assertEquals(turns.mayWrite(BAY), true);
});

Deno.test("turns are not waited for longer than 100 ms without a sign", () => {
  const pace = new FakePace();
  const turns = new Turns("b", pace);
  turns.heard("c", bell(1, { wants: [BAY] }));
  turns.landed(BAY);

  assertEquals(turns.mayWrite(BAY), false);
  pace.timers.tick(LONG_MS);

  assertEquals(turns.mayWrite(BAY), true);
});

Deno.test("turns of a dead instance are nobody's", () => {
  const turns = new Turns("b", new FakePace());
  turns.heard("c", bell(1, { wants: [BAY] }));
  turns.landed(BAY);
  assertEquals(turns.mayWrite(BAY), false);

  turns.gone("c");

  assertEquals(turns.mayWrite(BAY), true);
});

Deno.test("turns are passed on by who has nothing to say when its own comes", () => {
  const turns = new Turns("b", new FakePace());
  turns.lost(BAY);
  turns.lost(BAY);
  turns.told(turns.wants);
  turns.heard("c", bell(1, { wants: [BAY] }));

  turns.pass(() => true);
  assertEquals(turns.wants, [BAY]);
  turns.pass(() => false);

  assertEquals(turns.wants, []);
  assertEquals(turns.isDue, true);
});
