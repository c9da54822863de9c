import { assert, assertEquals } from "@std/assert";
import { eTag, ifNoneMatch } from "@std/http/etag";
import { STATUS_CODE } from "@std/http/status";
import { FakeTime } from "@std/testing/time";
import { decodeTime, monotonicUlid } from "@std/ulid";

Deno.test("@std/http makes and compares an ETag", async () => {
  const tag = await eTag("hello", { weak: true });
  assertEquals(ifNoneMatch(tag, tag), false);
  assertEquals(ifNoneMatch('W/"other"', tag), true);
  assertEquals(STATUS_CODE.NotFound, 404);
});

Deno.test("@std/ulid grows within one millisecond", () => {
  const first = monotonicUlid(1_000);
  const second = monotonicUlid(1_000);
  assert(second > first);
  assertEquals(decodeTime(first), 1_000);
});

Deno.test("@std/testing FakeTime runs a timer when it falls due", () => {
  using time = new FakeTime(5);
  let fired = 0;
  setTimeout(() => fired++, 1_000);
  time.tick(999);
  assertEquals(fired, 0);
  time.tick(1);
  assertEquals([fired, time.now], [1, 1_005]);
});
