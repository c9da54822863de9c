import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import type { Appended } from "../../src/core/ports.ts";
import { LogHead } from "../../src/store/heads.ts";
import { KeysInFlight } from "../../src/store/keys_in_flight.ts";
import { messageAt, SEA } from "../support/stored.ts";

const { id: ROOM } = SEA;
const ENTRY = messageAt(1);
const KEY = { author: "ann", key: "k1" };

function life(): LogHead {
  return new LogHead(SEA, { epoch: 1, seq: 0, order: 0 });
}

Deno.test("a retry gets the answer of the send that is under way, and no other", async () => {
  const keys = new KeysInFlight();
  const head = life();
  const { promise: answer, resolve } = Promise.withResolvers<Appended>();
  keys.begin(ROOM, KEY, { head, digest: "hello", answer });

  const again = keys.answer(ROOM, KEY, { head, digest: "hello" });
  const other = { author: "bob", key: "k1" };
  assertEquals(keys.answer(ROOM, other, { head, digest: "hello" }), undefined);
  assertThrows(
    () => keys.answer(ROOM, KEY, { head, digest: "bye" }),
    ChatError,
    "its key was used for another one",
  );
  resolve({ entry: ENTRY, duplicate: false });

  assertEquals(await again, { entry: ENTRY, duplicate: true });
  assertEquals(keys.answer(ROOM, KEY, { head, digest: "hello" }), undefined);
});

Deno.test("a send of a room's earlier life does not answer for one of this", async () => {
  const keys = new KeysInFlight();
  const [before, now] = [life(), life()];
  const first = Promise.withResolvers<Appended>();
  keys.begin(ROOM, KEY, {
    head: before,
    digest: "hello",
    answer: first.promise,
  });

  const digest = "hello";
  assertEquals(keys.answer(ROOM, KEY, { head: now, digest }), undefined);
  const second = Promise.withResolvers<Appended>();
  keys.begin(ROOM, KEY, { head: now, digest, answer: second.promise });
  first.reject(new ChatError("room_closed", "Cannot send: closed"));
  await Promise.allSettled([first.promise]);
  const again = keys.answer(ROOM, KEY, { head: now, digest });
  second.resolve({ entry: ENTRY, duplicate: false });

  assertEquals((await again)?.duplicate, true);
});
