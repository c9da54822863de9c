import { assertEquals } from "@std/assert";
import type { Entry, Position, RoomId } from "../../src/core/types.ts";
import { RecentEntries } from "../../src/store/recent_entries.ts";

const ROOM = "r" as RoomId;

function entries(
  { epoch, seq }: Position,
  count: number,
  kind = "message",
): Entry[] {
  return Array.from(
    { length: count },
    (_, i) => ({ kind, epoch, seq: seq + i }) as Entry,
  );
}

function seqs(
  recent: RecentEntries,
  after: Position,
  { limit = 9, room = ROOM } = {},
): number[] | undefined {
  return recent.after(room, after, limit)?.map(({ seq }) => seq);
}

Deno.test("recent entries are those behind a place, or it is not known", () => {
  const recent = new RecentEntries();
  recent.add(ROOM, entries({ epoch: 2, seq: 5 }, 2));
  recent.add(ROOM, entries({ epoch: 2, seq: 7 }, 1));

  assertEquals(seqs(recent, { epoch: 2, seq: 4 }), [5, 6, 7]);
  assertEquals(seqs(recent, { epoch: 2, seq: 5 }, { limit: 1 }), [6]);
  assertEquals(seqs(recent, { epoch: 2, seq: 7 }), []);
  assertEquals(seqs(recent, { epoch: 2, seq: 3 }), undefined);
  assertEquals(seqs(recent, { epoch: 1, seq: 9 }), undefined);
  const room = "other" as RoomId;
  assertEquals(seqs(recent, { epoch: 2, seq: 5 }, { room }), undefined);
});

Deno.test("recent entries begin anew behind a hole, and end with a close entry", () => {
  const recent = new RecentEntries();
  recent.add(ROOM, entries({ epoch: 1, seq: 1 }, 2));

  recent.add(ROOM, entries({ epoch: 1, seq: 4 }, 2));

  assertEquals(seqs(recent, { epoch: 1, seq: 1 }), undefined);
  assertEquals(seqs(recent, { epoch: 1, seq: 3 }), [4, 5]);
  recent.add(ROOM, entries({ epoch: 1, seq: 6 }, 1, "closed"));
  assertEquals(seqs(recent, { epoch: 1, seq: 3 }), undefined);
  recent.add(ROOM, entries({ epoch: 2, seq: 1 }, 1));
  assertEquals(seqs(recent, { epoch: 2, seq: 0 }), [1]);
});

Deno.test("so many recent entries are kept of a room, and in all", () => {
  const recent = new RecentEntries();
  recent.add(ROOM, entries({ epoch: 1, seq: 1 }, 5_000));
  const long = [4_000, 3_999].map((seq) => seqs(recent, { epoch: 1, seq }));

  for (let i = 0; i < 21; i++) {
    recent.add(`r${i}` as RoomId, entries({ epoch: 1, seq: 1 }, 1_000));
  }

  assertEquals(long.map((found) => found?.length), [9, undefined]);
  const kept = Array.from({ length: 21 }, (_, i) => `r${i}` as RoomId)
    .filter((room) => seqs(recent, { epoch: 1, seq: 0 }, { room }));
  assertEquals(kept.length, 20);
  assertEquals(kept[0], "r1");
  assertEquals(seqs(recent, { epoch: 1, seq: 4_000 }), undefined);
});
