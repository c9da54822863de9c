import { assertEquals } from "@std/assert";
import { PROFILES } from "../../src/dialects/dialect.ts";
import { DIALECT_NAMES } from "../../src/dialects/registry.ts";
import {
  type Heard,
  type Person,
  type PersonOptions,
  type Speaker,
  told,
} from "../support/person.ts";
import { SPEAKERS } from "../support/speakers.ts";
import { allHear, Party } from "./contract_kit.ts";

Deno.test("every dialect of the registry has a speaker", () => {
  const spoken = SPEAKERS.map(({ dialect }) => dialect);

  assertEquals(spoken.toSorted(), DIALECT_NAMES.toSorted());
});

for (const a of SPEAKERS) {
  for (const b of SPEAKERS) {
    for (const profile of PROFILES) {
      const pair = `${a.dialect} and ${b.dialect}`;
      Deno.test(`${pair} (${profile}) hear the same, each once`, async () => {
        await using party = await Party.open();

        const { ann, bob } = await converse(party, { a, b, profile });

        const talk = ann.texts().slice(1, -1);
        assertEquals(ofAuthor(talk, "a"), ["a1", "a2", "a3"]);
        assertEquals(ofAuthor(talk, "b"), ["b1", "b2", "b3"]);
        assertEquals(ann.news(), newsOfAnn(a, b, talk));
        assertEquals(bob.news(), newsOfBob(a, b, talk));
        party.assertSound();
      });
    }
  }
}

/** Ann joins, Bob joins, both talk, Ann leaves, Bob goes on, Bob leaves. */
async function converse(
  party: Party,
  { a, b, profile }:
    & { a: Speaker; b: Speaker }
    & Pick<
      PersonOptions,
      "profile"
    >,
): Promise<{ ann: Person; bob: Person }> {
  const ann = await party.join(a, "Ann", profile);
  ann.say("first");
  await ann.hear("first");
  const bob = await party.join(b, "Bob", profile);
  for (const i of [1, 2, 3]) {
    ann.say(`a${i}`);
    bob.say(`b${i}`);
  }
  const both = [ann, bob];
  for (const text of ["a3", "b3"]) await allHear(both, text);
  ann.say("bye");
  await allHear(both, "bye");
  await a.leave(ann);
  bob.say("alone");
  await bob.hear("alone");
  await ann.settle();
  await b.leave(bob);
  await bob.settle();
  return { ann, bob };
}

function newsOfAnn(a: Speaker, b: Speaker, talk: readonly string[]): Heard[] {
  return [
    ...own(a, "joined", "Ann"),
    said("first"),
    ...told(a, b.arrival("Bob")),
    ...talk.map(said),
    said("bye"),
    ...own(a, "left", "Ann"),
  ];
}

function newsOfBob(a: Speaker, b: Speaker, talk: readonly string[]): Heard[] {
  const gone = b.hears.includes(a.departure);
  return [
    ...b.hears.includes("history") ? [said("first")] : [],
    ...own(b, "joined", "Bob"),
    ...talk.map(said),
    said("bye"),
    ...gone ? [{ kind: "left", who: "Ann" } as const] : [],
    said("alone"),
    ...own(b, "left", "Bob"),
  ];
}

function ofAuthor(texts: readonly string[], initial: string): string[] {
  return texts.filter((text) => text.startsWith(initial));
}

/** What one hears of one's own coming and going. */
function own(speaker: Speaker, kind: "joined" | "left", who: string): Heard[] {
  const hearing = kind === "joined" ? "joined" : "own leave";
  return speaker.hears.includes(hearing) ? [{ kind, who }] : [];
}

/** Texts tell who said them. */
function said(text: string): Heard {
  const author = text.startsWith("b") && text !== "bye" || text === "alone"
    ? "Bob"
    : "Ann";
  return { kind: "message", text, author };
}
