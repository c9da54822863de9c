import { assertEquals } from "@std/assert";
import { Online } from "../../src/core/online.ts";

Deno.test("Online knows a user until as many sessions left as entered", () => {
  const online = new Online();
  const states = [online.has("ann")];

  for (const act of ["enter", "enter", "leave", "leave"] as const) {
    online[act]("ann");
    states.push(online.has("ann"));
  }

  assertEquals(states, [false, true, true, true, false]);
  assertEquals(online.has("bob"), false);
});
