import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { LocalServer } from "../http/local_server.ts";
import { until } from "../http/until.ts";
import { Person, type PersonOptions, type Speaker } from "../support/person.ts";

/** The room that everybody speaks in; some dialects know no other. */
export const ROOM = "general";

/** How long news of who is there are gathered, in ms. */
const GATHERED_MS = 100;

/** A server with wschat's rooms, and the people who talk there. */
export class Party implements AsyncDisposable {
  readonly server: LocalServer;
  readonly people: Person[] = [];

  private constructor(server: LocalServer) {
    this.server = server;
  }

  static async open(): Promise<Party> {
    const server = await LocalServer.open();
    await server.kit.chat.rooms.open();
    return new Party(server);
  }

  /** Goes into the room; everybody who is there goes on hearing. */
  async join(
    speaker: Speaker,
    name: string,
    profile: PersonOptions["profile"] = "document",
  ): Promise<Person> {
    const options = { name, profile, room: ROOM };
    // Who is there is told at once only a while after the last time.
    this.server.kit.timers.tick(GATHERED_MS);
    const person = await Person.join(this.server.url, speaker, options);
    this.people.push(person);
    return person;
  }

  /** Resolves once the room has so many members. */
  async countsMembers(count: number): Promise<void> {
    const { chat } = this.server.kit;
    const room = ROOM as RoomId;
    await until(
      `${count} members`,
      () => chat.members.of(room).length === count,
    );
  }

  /** Fails if anybody heard what it cannot know, or the server met a bug. */
  assertSound(): void {
    const strange = this.people.flatMap(({ name, strange }) =>
      strange.map((what) => `${name}: ${what}`)
    );
    assertEquals(strange, []);
    assertEquals(this.server.kit.bugs, []);
    assertEquals(this.server.kit.troubles, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const person of this.people) await person.close();
    await this.server[Symbol.asyncDispose]();
  }
}

/** Everybody listens until it has heard a text so many times. */
export async function allHear(
  people: readonly Person[],
  text: string,
  count = 1,
): Promise<void> {
  await Promise.all(people.map((person) => person.hear(text, count)));
}
