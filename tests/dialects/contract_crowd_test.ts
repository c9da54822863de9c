import { assert, assertEquals } from "@std/assert";
import { PROFILES } from "../../src/dialects/dialect.ts";
import { defaults } from "../http/local_server.ts";
import { until } from "../http/until.ts";
import { ChatKit } from "../support/chat_kit.ts";
import { Person } from "../support/person.ts";
import { startServer } from "../support/server.ts";
import { SessionWire } from "../support/session_wire.ts";
import { speakerOf, SPEAKERS } from "../support/speakers.ts";
import { allHear, Party, ROOM } from "./contract_kit.ts";

/** What each of all says at once. */
const WORDS_EACH = 20;

/** What is said while somebody joins; fewer than a joiner is sent. */
const WORDS_MEANWHILE = 150;

/** More than any limit on frames allows. */
const FLOOD_FRAMES = 2_000;

/** An hour: every timer of a session falls due. */
const HOUR_MS = 3_600_000;

/** As many as surely get through, so that there is a flood. */
const FLOODED_MIN = 100;

/** No protocol knows these, and none does anything of them. */
const MALFORMED = [
  "",
  "{",
  "[]",
  "null",
  '"text"',
  "{}",
  '{"type":7}',
  '{"type":null}',
  '{"type":"toString"}',
  '{"type":"__proto__"}',
  '{"type":"text","__proto__":{"text":"x"}}',
  '{"type":["message"]}',
  "{}{}",
  "\u0000",
  "[".repeat(60_000),
  "x".repeat(70_000),
];

Deno.test("all dialects and profiles at once hear one order, each text once", async () => {
  await using server = await startServer();
  await using stack = new AsyncDisposableStack();
  const people: Person[] = [];
  for (const speaker of SPEAKERS) {
    for (const profile of PROFILES) {
      const name = `${speaker.dialect} ${profile}`;
      const options = { name, profile, room: ROOM };
      const joined = await Person.join(server.url, speaker, options);
      people.push(stack.use(joined));
    }
  }

  for (let i = 0; i < WORDS_EACH; i++) {
    for (const person of people) person.say(`${person.name} ${i}`);
  }
  await Promise.all(people.map(hearAll));
  for (const person of people) {
    person.say(`bye of ${person.name}`);
    await allHear(people, `bye of ${person.name}`);
  }

  const [first, ...others] = people.map((person) => person.texts());
  const said = people.flatMap(({ name }) =>
    Array.from({ length: WORDS_EACH }, (_, i) => `${name} ${i}`)
  );
  const byes = people.map(({ name }) => `bye of ${name}`);
  assertEquals(first?.toSorted(), [...said, ...byes].toSorted());
  assertEquals(first?.slice(-byes.length), byes);
  for (const other of others) assertEquals(other, first);
  assertEquals(people.flatMap(({ strange }) => strange), []);
  assertEquals(await server.stop(), 0);
  assertEquals((await server.ended).errors, "");

  async function hearAll(person: Person): Promise<void> {
    for (const { name } of people) {
      await person.hear(`${name} ${WORDS_EACH - 1}`);
    }
  }
});

for (const speaker of SPEAKERS) {
  const { dialect } = speaker;

  Deno.test(`malformed frames in ${dialect} are heard by nobody else`, async () => {
    await using party = await Party.open();
    const innocents = await oneOfEach(party);
    const mallory = await party.join(speaker, "Mallory");
    mallory.say("I am here");
    await allHear(innocents, "I am here");
    for (const innocent of innocents) innocent.forget();

    for (const frame of MALFORMED) mallory.sendText(frame);
    mallory.say("I am still here");
    await allHear([mallory, ...innocents], "I am still here");

    const author = "Mallory";
    for (const innocent of innocents) {
      assertEquals(innocent.news(), [
        { kind: "message", text: "I am still here", author },
      ]);
    }
    party.assertSound();
  });

  Deno.test(`a flood in ${dialect} keeps nobody else from talking`, async () => {
    await using party = await Party.open();
    const innocents = await oneOfEach(party);
    const mallory = await party.join(speaker, "Mallory");

    for (let i = 0; i < FLOOD_FRAMES; i++) mallory.say("flood");
    for (const what of ["calm", "after"]) {
      for (const person of innocents) person.say(`${what} ${person.name}`);
      await allHear(innocents, "flood", FLOODED_MIN);
      for (const { name } of innocents) {
        await allHear(innocents, `${what} ${name}`);
      }
    }

    const calm = innocents.flatMap(({ name }) => [
      `after ${name}`,
      `calm ${name}`,
    ]);
    for (const innocent of innocents) {
      const texts = innocent.texts();
      const words = texts.filter((text) => text !== "flood");
      assertEquals(words.toSorted(), calm.toSorted());
      const floods = texts.length - words.length;
      assert(floods < FLOOD_FRAMES / 2, `${floods} got through`);
    }
    party.assertSound();
  });

  Deno.test(`a socket of ${dialect} that is gone is told as each dialect can`, async () => {
    await using party = await Party.open();
    const witnesses = await oneOfEach(party);
    const ann = await party.join(speaker, "Ann");
    await tellAll(witnesses, "before");
    for (const witness of witnesses) witness.forget();

    await ann.close();
    await party.countsMembers(witnesses.length);
    await tellAll(witnesses, "after");

    for (const witness of witnesses) {
      const isTold = witness.speaker.hears.includes("gone");
      const others = witness.news().slice(0, -witnesses.length);
      assertEquals(others, isTold ? [{ kind: "left", who: "Ann" }] : []);
      assertEquals(witness.texts(), Array(witnesses.length).fill("after"));
    }
    party.assertSound();
  });

  Deno.test(`a session of ${dialect} is silent after its end`, async () => {
    using kit = await ChatKit.open();
    await kit.chat.rooms.open();
    const { chat, timers } = kit;
    const clock = { now: () => kit.nowMs, elapsed: () => timers.nowMs };
    const ports = { chat, clock, timers, settings: defaults().settings };
    const options = { name: "Ann", room: ROOM, profile: "document" } as const;
    const wire = new SessionWire(ports, speaker, options);
    const ann = new Person(wire, speaker, options);
    await speaker.enter(ann);
    const bob = await kit.join(ROOM, "Bob");
    chat.list.follow(bob.who);
    const timersAtRest = timers.size;
    const unread = [...wire.unread];

    await wire.close();
    await kit.say(bob.who, ROOM, "alone");
    await chat.rooms.create("new", { via: "test", name: "Bob" });
    timers.tick(HOUR_MS);
    await until("Bob hears of the room", () => bob.link.frames.length === 4);

    assertEquals(wire.unread, unread);
    assertEquals(bob.link.take(), [
      "joined Bob",
      "left Ann",
      "1 x: alone",
      "rooms Room 1 Room 2 Room 3 general new",
    ]);
    assert(timers.size <= timersAtRest);
    assertEquals(kit.bugs, []);
  });

  Deno.test(`who joins in ${dialect} while others talk hears no gap, nothing twice`, async () => {
    await using party = await Party.open();
    const ann = await party.join(speakerOf("chat-ws"), "Ann");
    const words = Array.from(
      { length: WORDS_MEANWHILE },
      (_, i) => `word ${i}`,
    );

    for (const word of words) ann.say(word);
    const bob = await party.join(speaker, "Bob");
    ann.say("last");
    await allHear([ann, bob], "last");

    const all = [...words, "last"];
    assertEquals(ann.texts(), all);
    assertEquals(bob.texts(), all.slice(-bob.texts().length));
    party.assertSound();
  });
}

/** Each says the text, and all hear all of it. */
async function tellAll(
  people: readonly Person[],
  text: string,
): Promise<void> {
  for (const person of people) person.say(text);
  await allHear(people, text, people.length);
}

/** Somebody of every dialect, named by it. */
async function oneOfEach(party: Party): Promise<Person[]> {
  const people: Person[] = [];
  for (const speaker of SPEAKERS) {
    people.push(await party.join(speaker, speaker.dialect));
  }
  return people;
}
