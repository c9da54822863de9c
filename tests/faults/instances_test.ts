import { assertEquals } from "@std/assert";
import { soon } from "../http/until.ts";
import { NO_DENOKV } from "../support/denokv.ts";
import {
  readStore,
  storeViolations,
  textsOf as storedIn,
} from "../support/history_check.ts";
import { INSTANCES, Instances } from "../support/instances.ts";
import { UNPACED } from "../support/server.ts";
import type { Person } from "../support/person.ts";
import {
  enter,
  LOBBY,
  makeRoom,
  speakersIn,
  talk,
  textsOf,
} from "./instance_crowd.ts";

const ROOMS = [
  LOBBY,
  ...Array.from({ length: 23 }, (_, i) => `lake ${i}`),
];

const MESSAGES = 30_000;

/** How long it may take, in ms. */
const TALK_MS_MAX = 120_000;

Deno.test({
  name:
    "30,000 messages of six dialects over three instances: one order for all, each text once",
  ignore: NO_DENOKV,
  async fn() {
    await using instances = await Instances.start(INSTANCES, { args: UNPACED });
    const crowd = await gather(instances);
    const each = Math.ceil(MESSAGES / Array.from(crowd.values()).flat().length);

    const talks = Array.from(crowd.values()).flatMap((people) =>
      people.map((person) =>
        talk(person, { count: each, expected: each * people.length })
      )
    );
    try {
      await soon("all is heard", Promise.all(talks), TALK_MS_MAX);
    } catch (error) {
      const missing = heardBy(crowd, each);
      const errors = await instances.stop();
      throw new Error([...missing, ...errors].join("\n"), { cause: error });
    }
    for (const people of crowd.values()) await sayBye(people);

    for (const person of Array.from(crowd.values()).flat()) {
      assertEquals(person.strange, []);
      await person.close();
    }
    assertEquals(await instances.stop(), Array(INSTANCES).fill(""));
    using kv = await instances.kv.open();
    const store = await readStore(kv);
    assertEquals(storeViolations(store), []);
    for (const [room, people] of crowd) {
      const stored = storedIn(store, room);
      const said = people.flatMap((person) => textsOf(person, each));
      assertEquals(stored.toSorted(), [...said, "bye"].toSorted());
      for (const person of people) assertEquals(person.texts(), stored);
    }
  },
});

/** Who has not heard all, and what it was told besides. */
function heardBy(
  crowd: ReadonlyMap<string, readonly Person[]>,
  each: number,
): string[] {
  return Array.from(crowd.values()).flatMap((people) =>
    people.flatMap((person) => {
      const texts = person.texts();
      if (texts.length === each * people.length) return [];
      const others = person.heard.flatMap((one) =>
        one.kind === "other" ? one.type : []
      );
      const own = texts.filter((text) => text.startsWith(`${person.name} `));
      return `${person.name} heard ${texts.length} of ${
        each * people.length
      }, ${own.length} of ${each} own; ${Array.from(new Set(others))}`;
    })
  );
}

/** One of each dialect in each room, spread over the instances. */
async function gather(instances: Instances): Promise<Map<string, Person[]>> {
  const crowd = new Map<string, Person[]>();
  for (const [i, room] of ROOMS.entries()) {
    await makeRoom(instances.at(i).url, room);
    const people: Person[] = [];
    for (const [j, speaker] of speakersIn(room).entries()) {
      const name = `${speaker.dialect} of ${room}`;
      const { url } = instances.at(i + j);
      people.push(await enter(url, speaker, { name, room }));
    }
    crowd.set(room, people);
  }
  return crowd;
}

/** Behind it nothing that was told twice can come. */
async function sayBye(people: readonly Person[]): Promise<void> {
  people[0]?.say("bye");
  await Promise.all(people.map((person) => person.hear("bye")));
}
