import { assertEquals } from "@std/assert";
import { channelChat } from "../../src/dialects/channel_chat.ts";
import { until } from "../http/until.ts";
import { FakeStreet } from "../support/fake_neighbours.ts";
import { SessionKit, type Visit } from "../support/session_kit.ts";

/** What a session is told of the name that it asks for. */
async function identify(visit: Visit, user: string): Promise<unknown> {
  visit.heard();
  await visit.say({ type: "identity", user });
  const [answer] = visit.heard() as { readonly success?: string }[];
  return answer?.success;
}

Deno.test("of channel-chat's sessions on two instances that ask for a name at once one gets it", async () => {
  using kv = await Deno.openKv(":memory:");
  const street = new FakeStreet();
  const open = (name: string) =>
    SessionKit.open({
      core: { kv, shared: true, neighbours: street.open(name) },
    });
  const path = { path: "/fishing" };
  const sessions: Visit[] = [];
  for (const kit of [await open("here"), await open("there")]) {
    sessions.push(await kit.open(channelChat, path));
  }

  const answers = await Promise.all(
    sessions.map((one) => identify(one, "fisher")),
  );
  assertEquals(answers.toSorted(), ["false", "true"]);

  const winner = sessions[answers.indexOf("true")];
  const loser = sessions[answers.indexOf("false")];
  winner?.session.end();
  street.deliver();
  await until(
    "the name is free",
    async () =>
      loser !== undefined && await identify(loser, "fisher") === "true",
  );
});
