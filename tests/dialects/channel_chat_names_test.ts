import { assertEquals } from "@std/assert";
import { channelChat } from "../../src/dialects/channel_chat.ts";
import { keys } from "../../src/store/keys.ts";
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

const PATH = { path: "/fishing" };

const TOKEN = "a-token-of-16-characters";

/** Instances on one KV that hear each other when the street delivers. */
async function openOn(
  kv: Deno.Kv,
  street: FakeStreet,
): Promise<[SessionKit, SessionKit]> {
  const open = (name: string) =>
    SessionKit.open({
      core: { kv, shared: true, neighbours: street.open(name) },
    });
  return [await open("here"), await open("there")];
}

/** A session that goes on where the last one with the token was. */
async function comeBack(sessions: SessionKit): Promise<Visit> {
  const resume = await sessions.kit.chat.resumes.open({
    token: TOKEN,
    dialects: [channelChat.name],
    idleTimeoutMs: 0,
  });
  return await sessions.open(channelChat, { ...PATH, resume });
}

Deno.test("of channel-chat's sessions on two instances that ask for a name at once one gets it", async () => {
  using kv = await Deno.openKv(":memory:");
  const street = new FakeStreet();
  const sessions: Visit[] = [];
  for (const kit of await openOn(kv, street)) {
    sessions.push(await kit.open(channelChat, PATH));
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

for (const isTaken of [false, true]) {
  Deno.test(
    `channel-chat: a kept name ${
      isTaken ? "that another instance's session took stays its" : "comes back"
    }`,
    async () => {
      using kv = await Deno.openKv(":memory:");
      const [here, there] = await openOn(kv, new FakeStreet());
      const first = await comeBack(here);
      assertEquals(await identify(first, "fisher"), "true");
      first.session.end();
      await here.kit.chat.resumes.settled();
      const bob = await here.open(channelChat, PATH);
      const asks = async () => await identify(bob, "fisher") === "true";
      if (isTaken) await until("the name is free", asks);
      else {
        await until("nobody has it", async () => {
          const claims = kv.list({ prefix: keys.names() });
          return (await Array.fromAsync(claims)).length === 0;
        });
      }

      // It has heard of nobody: only the claim can tell.
      const second = await comeBack(there);

      // Bob first: who asks for its own name has it from then on.
      assertEquals(await asks(), false);
      const answer = await identify(second, "fisher");
      assertEquals(answer, isTaken ? "false" : "true");
    },
  );
}
