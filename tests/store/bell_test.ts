import { assert, assertEquals } from "@std/assert";
import type { Draft, Entry, RoomId } from "../../src/core/types.ts";
import type { Pending, Slice } from "../../src/store/batch.ts";
import {
  type Bell,
  SILENT_BELL,
  type SizedNews,
  struck,
} from "../../src/store/bell.ts";

const BAY = "bay" as RoomId;

/** A value of the store, in bytes. */
const VALUE_BYTES_MAX = 65_536;

function entry(seq: number, kind: "message" | "deleted" = "message"): Entry {
  return { kind, seq, epoch: 1, id: `id ${seq}`, text: "hi" } as Entry;
}

function slice(room: RoomId, entries: Entry[], bytes = 100): Slice {
  const pending = entries.map(() => ({ bytes }) as Pending);
  return { room, entries, pending } as unknown as Slice;
}

let attempts = 0;

function next(
  bell: Bell,
  slices: readonly Slice[],
  news: readonly SizedNews[] = [],
): Bell {
  const attempt = String(++attempts);
  return struck(bell, { attempt, at: 0, slices, wants: [], news });
}

function piece(news: unknown, bytes = 20): SizedNews {
  return { news, bytes };
}

Deno.test("a bell names each room once, the newest last, with what was written", () => {
  const first = next(SILENT_BELL, [slice(BAY, [entry(1)])]);
  const second = next(first, [slice("sea" as RoomId, [entry(7)])]);
  const third = next(second, [slice(BAY, [entry(2)])]);

  assertEquals(third.n, 3);
  assertEquals(third.low, 0);
  assertEquals(
    third.recent.map(({ n, room, from, seq }) => [n, room, from, seq]),
    [[2, "sea", 7, 7], [3, "bay", 1, 2]],
  );
  assertEquals(third.recent[1]?.inline?.entries, [entry(1), entry(2)]);
});

Deno.test("a bell does not join what others have written in between", () => {
  const first = next(SILENT_BELL, [slice(BAY, [entry(1)])]);
  const second = next(first, [slice(BAY, [entry(3)])]);

  assertEquals(second.recent[0]?.from, 3);
  assertEquals(second.recent[0]?.inline?.entries, [entry(3)]);
});

Deno.test("a bell says no text any more that was deleted since", () => {
  const first = next(SILENT_BELL, [slice(BAY, [entry(1)])]);
  const second = next(first, [slice(BAY, [entry(2, "deleted")])]);

  assertEquals(second.recent[0]?.inline?.entries, [entry(2, "deleted")]);
});

Deno.test("a bell says how far back it reaches when it names no more rooms", () => {
  let bell = SILENT_BELL;
  for (let i = 1; i <= 100; i++) {
    bell = next(bell, [slice(`room ${i}` as RoomId, [entry(1)])]);
  }

  assertEquals(bell.recent.length, 64);
  assertEquals(bell.low, 100 - 64);
  assertEquals(bell.recent[0]?.n, 37);
});

Deno.test("a bell carries 4 KiB of entries, the newest", () => {
  let bell = SILENT_BELL;
  for (let i = 1; i <= 10; i++) {
    bell = next(bell, [slice(`room ${i}` as RoomId, [entry(1)], 1_000)]);
  }

  const carried = bell.recent.map(({ inline }) => inline !== undefined);
  assertEquals(carried, [...Array(6).fill(false), ...Array(4).fill(true)]);
});

Deno.test("a bell carries the newest news, none from before a hole", () => {
  const many = Array.from({ length: 100 }, (_, i) => piece(i));
  const first = next(SILENT_BELL, [], many);
  const second = next(first, [], [{ bytes: 0 }, piece("new")]);

  assertEquals(first.newsEnd, 100);
  assertEquals(first.news.map(({ news }) => news)[0], 36);
  assertEquals(second.newsEnd, 102);
  assertEquals(second.news, [piece("new")]);
});

Deno.test("a bell fits into a value, however long names are", async () => {
  using kv = await Deno.openKv(":memory:");
  let bell = SILENT_BELL;
  for (let i = 1; i <= 300; i++) {
    const room = `${i} ${"字".repeat(80)}` as RoomId;
    const text = "字".repeat(900);
    const said = { ...entry(1), text } as unknown as Draft;
    const news = [piece({ text }, 2_000)];
    bell = next(bell, [slice(room, [said as unknown as Entry], 2_200)], news);
  }

  assertEquals((await kv.set(["bell"], bell)).ok, true);
  assert(JSON.stringify(bell).length < VALUE_BYTES_MAX / 2);
});
