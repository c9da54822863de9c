import { assertEquals } from "@std/assert";
import { type Profile, PROFILES } from "../../src/dialects/dialect.ts";
import { DIALECT_NAMES } from "../../src/dialects/registry.ts";
import {
  type Heard,
  type Person,
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
  { a, b, profile }: { a: Speaker; b: Speaker; profile: Profile },
): Promise<{ ann: Person; bob: Person }> {
  const ann = await party.join(a, "Ann", profile);
  ann.say("a0");
  await ann.hear("a0");
  const bob = await party.join(b, "Bob", profile);
  for (const i of [1, 2, 3]) {
    ann.say(`a${i}`);
    bob.say(`b${i}`);
  }
  const both = [ann, bob];
  for (const text of ["a3", "b3"]) await allHear(both, text);
  ann.say("a4");
  await allHear(both, "a4");
  await a.leave(ann);
  await party.countsMembers(1);
  bob.say("b4");
  await bob.hear("b4");
  await ann.settle();
  await b.leave(bob);
  await bob.settle();
  return { ann, bob };
}

function newsOfAnn(a: Speaker, b: Speaker, talk: readonly string[]): Heard[] {
  return [
    ...own(a, "joined", "Ann"),
    said("a0"),
    ...told(a, b.arrival("Bob")),
    ...talk.map(said),
    said("a4"),
    ...own(a, "left", "Ann"),
  ];
}

function newsOfBob(a: Speaker, b: Speaker, talk: readonly string[]): Heard[] {
  const isTold = b.hears.includes(a.departure);
  return [
    ...b.hears.includes("history") ? [said("a0")] : [],
    ...own(b, "joined", "Bob"),
    ...talk.map(said),
    said("a4"),
    ...isTold ? [{ kind: "left", who: "Ann" } as const] : [],
    said("b4"),
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

/** A text's first letter tells who said it. */
function said(text: string): Heard {
  const author = text.startsWith("a") ? "Ann" : "Bob";
  return { kind: "message", text, author };
}
