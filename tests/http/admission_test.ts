import { assertEquals } from "@std/assert";
import { resolveLimits } from "../../src/core/limits.ts";
import { Admission } from "../../src/http/admission.ts";

Deno.test("an address that has its sockets does not take those of others", () => {
  const limits = resolveLimits({ SOCKETS_PER_ADDRESS_MAX: 2, SOCKETS_MAX: 3 });
  const admission = new Admission(limits);

  const answers = ["a", "a", "a", "b", "b"].map((one) => admission.enter(one));

  assertEquals(answers, [
    undefined,
    undefined,
    "Cannot open socket: 2 are open from this address",
    undefined,
    "Cannot open socket: 3 are open",
  ]);
  assertEquals(admission.size, 3);
});

Deno.test("a socket that leaves makes room, for its address and in all", () => {
  const limits = resolveLimits({ SOCKETS_PER_ADDRESS_MAX: 1, SOCKETS_MAX: 2 });
  const admission = new Admission(limits);
  for (const address of ["a", "b"]) admission.enter(address);

  admission.leave("a");

  assertEquals(admission.size, 1);
  assertEquals(
    admission.enter("b"),
    "Cannot open socket: 1 are open from this address",
  );
  assertEquals(admission.enter("a"), undefined);
  assertEquals(admission.size, 2);
});
