import { assertEquals } from "@std/assert";
import { ChatKit } from "../support/chat_kit.ts";

Deno.test("Online knows a user until as many sessions left as entered", async () => {
  using kit = await ChatKit.open();
  const [one, other] = [kit.admit().who, kit.admit().who];
  const { online } = kit.chat;
  const states = [online.has("ann")];

  for (const act of ["enter", "leave"] as const) {
    for (const session of [one, other]) {
      online[act]("ann", session);
      states.push(online.has("ann"));
    }
  }

  assertEquals(states, [false, true, true, true, false]);
  assertEquals(online.has("bob"), false);
});
