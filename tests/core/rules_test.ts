import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import {
  type LimitName,
  LIMITS,
  resolveLimits,
} from "../../src/core/limits.ts";
import {
  messageText,
  roomId,
  userName,
  utf8Length,
} from "../../src/core/text.ts";
import { TokenBucket } from "../../src/core/token_bucket.ts";

const limits = resolveLimits();
const permissions = "none";

const LENGTHS = ["", "a", "é", "日本", "👩‍👩‍👧", "x".repeat(300), "ÿ\u{10FFFF}"];
for (const text of LENGTHS) {
  Deno.test({
    name: `utf8Length() counts as the encoder does: ${text.slice(0, 9)}`,
    permissions,
    fn() {
      assertEquals(utf8Length(text), new TextEncoder().encode(text).length);
    },
  });
}

const KEPT = [
  "r",
  "Will Test Room",
  " ends ",
  "日本語",
  "غرفة",
  "कमरा",
  "👩‍👩‍👧",
  "a/b/../c",
  "%2f",
  "__proto__",
  "e\u0301",
];
for (const id of KEPT) {
  Deno.test({
    name: `roomId() keeps ${JSON.stringify(id)} as it is`,
    permissions,
    fn() {
      assertEquals<string>(roomId(id, limits), id);
    },
  });
}

const REFUSED: [check: string, run: () => unknown, message: string][] = [
  ["empty room", () => roomId("", limits), "Cannot use room: its id is empty"],
  [
    "room of 256 bytes",
    () => roomId("r".repeat(256), limits),
    "Cannot use room: 256 of 255 bytes",
  ],
  [
    "room of 258 bytes in 86 letters",
    () => roomId("日".repeat(86), limits),
    "Cannot use room: 258 of 255 bytes",
  ],
  [
    "room with NUL",
    () => roomId("a\0b", limits),
    "Cannot use room: control character in its id",
  ],
  [
    "room with a line break",
    () => roomId("a\nb", limits),
    "Cannot use room: control character in its id",
  ],
  [
    "room with a lone surrogate",
    () => roomId("\ud800", limits),
    "Cannot use room: not well-formed Unicode",
  ],
  [
    "room of two users",
    () => roomId("@dm/a/b", limits),
    'Cannot use room: ids in "@dm/" are reserved',
  ],
  [
    "name that turns the direction",
    () => userName("nimda\u202e", limits),
    "Cannot use name: invisible character in it",
  ],
  [
    "name of 129 bytes",
    () => userName("n".repeat(129), limits),
    "Cannot use name: 129 of 128 bytes",
  ],
  [
    "text of 4097 bytes",
    () => messageText("t".repeat(4_097), limits),
    "Cannot send message: 4097 of 4096 bytes",
  ],
  [
    "text with a lone surrogate",
    () => messageText("\udfff", limits),
    "Cannot send message: not well-formed Unicode",
  ],
];
for (const [check, run, message] of REFUSED) {
  Deno.test({
    name: `text rules refuse a ${check}`,
    permissions,
    fn() {
      assertEquals(assertThrows(run, ChatError).message, message);
    },
  });
}

Deno.test({
  name: "userName() keeps names of any script, joiners and the empty one",
  permissions,
  fn() {
    for (const name of ["", "Will Hall", "می\u200cخواهم", "👩‍👩‍👧", "Ольга"]) {
      assertEquals(userName(name, limits), name);
    }
  },
});

Deno.test({
  name: "resolveLimits() lifts what is 0 as far as the ceiling",
  permissions,
  fn() {
    const zeros = Object.fromEntries(
      Object.keys(LIMITS).map((name) => [name, 0]),
    ) as Record<LimitName, number>;

    const lifted = resolveLimits(zeros);

    assertEquals(lifted.TEXT_BYTES_MAX, 16_384);
    assertEquals(lifted.ROOM_ID_BYTES_MAX, 255);
    assertEquals(lifted.SOCKETS_MAX, Infinity);
    assertEquals(
      resolveLimits({ TEXT_BYTES_MAX: 99_999 }).TEXT_BYTES_MAX,
      16_384,
    );
    assertEquals(resolveLimits({}).MESSAGES_PER_SECOND_MAX, 50);
  },
});

Deno.test({
  name: "a token bucket gives its burst, then its rate, and survives the clock",
  permissions,
  fn() {
    const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, 1_000);

    const waits = [
      1_000,
      1_000,
      1_000,
      1_100,
      1_100,
      500,
      600,
      9_000,
      9_000,
      9_000,
    ]
      .map((nowMs) => bucket.take(nowMs));

    assertEquals(waits, [0, 0, 100, 0, 100, 100, 0, 0, 0, 100]);
  },
});

Deno.test({
  name: "a token bucket without a rate refuses nothing",
  permissions,
  fn() {
    const bucket = new TokenBucket({ perSecond: Infinity, burst: 1 }, 0);

    assertEquals([bucket.take(0), bucket.take(0), bucket.take(0)], [0, 0, 0]);
  },
});
