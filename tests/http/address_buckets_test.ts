import { assertEquals } from "@std/assert";
import { AddressBuckets } from "../../src/http/address_buckets.ts";

Deno.test("each address has tokens of its own, which come back", () => {
  const buckets = new AddressBuckets({ perSecond: 2, burst: 2 });

  const taken = ["a", "a", "a", "b"].map((one) => buckets.take(one, 0));

  assertEquals(taken, [0, 0, 500, 0]);
  assertEquals(buckets.take("a", 500), 0);
});

Deno.test("of too many addresses the one that was quiet longest is forgotten", () => {
  const buckets = new AddressBuckets({ perSecond: 1, burst: 1 });
  buckets.take("quiet", 0);
  buckets.take("busy", 0);
  for (let i = 0; i < 9_999; i++) {
    buckets.take(`other ${i}`, 0);
    buckets.take("busy", 0);
  }

  assertEquals(buckets.take("busy", 0), 1_000);
  assertEquals(buckets.take("quiet", 0), 0);
});
