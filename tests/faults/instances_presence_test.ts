import { assertEquals } from "@std/assert";
import { soon, until } from "../http/until.ts";
import { NO_DENOKV } from "../support/denokv.ts";
import { INSTANCES, Instances } from "../support/instances.ts";
import { Native } from "../support/native.ts";
import type { Frame, Heard, Person } from "../support/person.ts";
import { speakerOf } from "../support/speakers.ts";
import { WsClient } from "../support/ws_client.ts";
import { enter, LOBBY, speakersIn } from "./instance_crowd.ts";

/** How long members of a dead instance may seem to be there, in ms. */
const GONE_MS_MAX = 15_000;

/** Dialects that are told who is gone, and when. */
const TOLD = ["chat-ws", "wschat", "parley.v1"];

/** Who looks again and again may do so often. */
const ARGS = ["--messages-per-second-max", "0"];

/** Of each instance. */
const SESSIONS = 30;

/** That are asked for by one client of each instance. */
const NAMES = 10;

Deno.test({
  name: "members of a killed instance leave on all others within 15 s",
  ignore: NO_DENOKV,
  async fn() {
    await using instances = await Instances.start(INSTANCES, { args: ARGS });
    await using stack = new AsyncDisposableStack();
    const at = (i: number) => instances.at(i).url;
    const witnesses: Person[] = [];
    for (const [i, dialect] of TOLD.entries()) {
      for (const j of [1, 2]) {
        const options = { name: `witness ${i} ${j}`, room: LOBBY };
        const joined = await enter(at(j), speakerOf(dialect), options);
        witnesses.push(stack.use(joined));
      }
    }
    const victims = speakersIn(LOBBY).map(({ dialect }) => `Ann of ${dialect}`);
    for (const [i, speaker] of speakersIn(LOBBY).entries()) {
      const options = { name: victims[i] ?? "", room: LOBBY };
      stack.use(await enter(at(0), speaker, options));
    }
    // In a channel one is before one has a name.
    const named = victims.filter((name) => !name.endsWith("channel-chat"));
    const seen = witnesses.map((one) => untilHeard(one, "joined", named));
    await soon("all are seen", Promise.all(seen));

    await instances.at(0).kill();
    const gone = witnesses.map((one) => untilHeard(one, "left", victims));
    await soon("all are gone", Promise.all(gone), GONE_MS_MAX);

    for (const witness of witnesses) {
      const left = witness.heard.filter(({ kind }) => kind === "left");
      assertEquals(left.map(who).toSorted(), victims.toSorted());
    }
  },
});

Deno.test({
  name: "a user on two instances is there until the last session leaves",
  ignore: NO_DENOKV,
  async fn() {
    await using instances = await Instances.start(INSTANCES, { args: ARGS });
    await using stack = new AsyncDisposableStack();
    const [at0, at1, at2] = [0, 1, 2].map((i) => instances.at(i).url);
    const options = { name: "Bob", room: "lake" };
    const bob = await enter(at2 ?? "", speakerOf("parley.v1"), options);
    stack.use(bob);
    const one = stack.use(await Native.open(at0));
    const { token = "" } = await one.ask({ type: "hello", name: "Ann" });
    await one.ask({ type: "join", room: "lake" });
    await untilHeard(bob, "joined", ["Ann"]);
    const two = stack.use(await Native.open(at1));
    await two.ask({ type: "hello", token });
    await two.ask({ type: "join", room: "lake" });
    await two.ask({ type: "send", room: "lake", text: "twice" });
    await bob.hear("twice");

    await one.ask({ type: "leave", room: "lake" });
    await two.ask({ type: "send", room: "lake", text: "once" });
    await bob.hear("once");
    await two.ask({ type: "leave", room: "lake" });
    await untilHeard(bob, "left", ["Ann"]);

    const ofAnn = bob.news().filter((news) => who(news) !== "Bob");
    const said = { kind: "message", author: "Ann" } as const;
    assertEquals(ofAnn, [
      { kind: "joined", who: "Ann" },
      { ...said, text: "twice" },
      { ...said, text: "once" },
      { kind: "left", who: "Ann" },
    ]);
  },
});

Deno.test({
  name: "who joins is shown the members of all instances",
  ignore: NO_DENOKV,
  async fn() {
    await using instances = await Instances.start(INSTANCES, { args: ARGS });
    await using stack = new AsyncDisposableStack();
    for (const i of [0, 1]) {
      const { url } = instances.at(i);
      const options = { name: `Ann ${i}`, room: LOBBY };
      const ann = await enter(url, speakerOf("chat-ws"), options);
      stack.use(ann);
      ann.say(`I am ${i}`);
      await ann.hear(`I am ${i}`);
    }
    const bob = stack.use(await Native.open(instances.at(2).url));
    await bob.ask({ type: "hello", name: "Bob" });
    await bob.ask({ type: "join", room: LOBBY });

    await until("all members are shown", async () => {
      const { members } = await bob.ask({ type: "members", room: LOBBY });
      const names = (members as Frame[]).map(({ name }) => String(name));
      return names.toSorted().join() === "Ann 0,Ann 1,Bob";
    });
  },
});

Deno.test({
  name: "no two sessions of any instances have one number",
  ignore: NO_DENOKV,
  async fn() {
    await using instances = await Instances.start(INSTANCES, { args: ARGS });
    await using stack = new AsyncDisposableStack();

    const sessions = await Promise.all(
      Array.from({ length: INSTANCES * SESSIONS }, async (_, i) => {
        const session = await Native.open(instances.at(i).url);
        return stack.use(session);
      }),
    );
    const numbers = await Promise.all(sessions.map(async (session, i) => {
      const { user } = await session.ask({ type: "hello", name: `Ann ${i}` });
      return (user as Frame).number;
    }));

    assertEquals(new Set(numbers).size, numbers.length);
  },
});

Deno.test({
  name:
    "of channel-chat's clients on all instances that ask for a name at once one gets it",
  ignore: NO_DENOKV,
  async fn() {
    await using instances = await Instances.start(INSTANCES, { args: ARGS });
    await using stack = new AsyncDisposableStack();
    const clients = await Promise.all(
      Array.from({ length: INSTANCES }, async (_, i) => {
        const client = await WsClient.open(`${instances.at(i).url}/fishing`);
        return stack.use(client);
      }),
    );

    for (let round = 0; round < NAMES; round++) {
      const user = `fisher ${round}`;
      for (const client of clients) client.send({ type: "identity", user });
      const answers = await Promise.all(clients.map(identityOf));
      assertEquals(answers.filter((answer) => answer === "true").length, 1);
    }

    const user = "late";
    const [first, second] = clients;
    first?.send({ type: "identity", user });
    assertEquals(await identityOf(first), "true");
    await first?.close();
    await until("the name is free", async () => {
      second?.send({ type: "identity", user });
      return await identityOf(second) === "true";
    });
  },
});

Deno.test({
  name: "wschat's users have numbers of their own over all instances",
  ignore: NO_DENOKV,
  async fn() {
    await using instances = await Instances.start(INSTANCES, { args: ARGS });
    await using stack = new AsyncDisposableStack();

    const numbers = await Promise.all(
      Array.from({ length: INSTANCES * SESSIONS }, async (_, i) => {
        const url = `${instances.at(i).url}/?dialect=wschat`;
        const client = stack.use(await WsClient.open(url));
        const welcome = await client.next() as Frame;
        return (welcome.user as Frame).id;
      }),
    );

    assertEquals(new Set(numbers).size, INSTANCES * SESSIONS);
    assertEquals(typeof numbers[0], "number");
  },
});

/** What a client of channel-chat is told of the name that it asked for. */
async function identityOf(client: WsClient | undefined): Promise<unknown> {
  for (;;) {
    const frame = await client?.next() as Frame;
    if (frame.type === "identity") return frame.success;
  }
}

/** Listens until it was told that of all of them. */
async function untilHeard(
  person: Person,
  kind: "joined" | "left",
  names: readonly string[],
): Promise<void> {
  const isTold = () =>
    names.every((name) =>
      person.heard.some((one) => one.kind === kind && who(one) === name)
    );
  if (!isTold()) await person.until(isTold);
}

function who(heard: Heard): string {
  return "who" in heard ? heard.who : "";
}
