import { assertEquals } from "@std/assert";
import { HmacSeal } from "../../src/ops/seal.ts";
import { readSecret } from "../../src/store/secret.ts";

Deno.test("a seal is that of its text and key, and of no other", () => {
  const seal = new HmacSeal(new Uint8Array(32).fill(1));
  const other = new HmacSeal(new Uint8Array(32).fill(2));
  const mark = seal.of("text");

  assertEquals(mark, "jmqJTpPYuw2JE0UgrnTnDXZO5xuAecf_SGn_IZaKUy0");
  assertEquals(
    [
      seal.matches("text", mark),
      seal.matches("texts", mark),
      other.matches("text", mark),
      seal.matches("text", mark.slice(1)),
      seal.matches("text", ""),
    ],
    [true, false, false, false, false],
  );
});

Deno.test("a store's secret is made once, and is no other store's", async () => {
  using kv = await Deno.openKv(":memory:");
  using other = await Deno.openKv(":memory:");

  const first = await readSecret(kv);

  assertEquals(first.length, 32);
  assertEquals(await readSecret(kv), first);
  assertEquals(first.join() === (await readSecret(other)).join(), false);
});
