/**
 * People of all dialects in many rooms, each on one of several instances.
 *
 * @module
 */
import { soon } from "../http/until.ts";
import { Person, type Speaker } from "../support/person.ts";
import { SPEAKERS } from "../support/speakers.ts";

/** What one keeps under way at a time. */
const IN_FLIGHT = 4;

/** The only room that redis-chat's people can be in. */
export const LOBBY = "general";

/** How long it may take to find an instance that lives, in ms. */
const CONNECT_MS_MAX = 30_000;

/** How long one that lives may take to let one in, in ms. */
const ENTER_MS_MAX = 15_000;

/** The pause before the next try, in ms. */
const AGAIN_MS = 20;

/** Makes a room that all dialects can enter. */
export async function makeRoom(url: string, room: string): Promise<void> {
  if (room === LOBBY) return;
  const response = await fetch(`${url}/api/v1/rooms`, {
    method: "POST",
    body: JSON.stringify({ roomId: room, creatorUsername: "Ann" }),
  });
  const text = await response.text();
  if (response.status === 201) return;
  throw new Error(`Cannot make room "${room}": ${response.status} ${text}`);
}

/** Those who can be in a room. */
export function speakersIn(room: string): Speaker[] {
  return SPEAKERS.filter(({ dialect }) =>
    dialect !== "redis-chat" || room === LOBBY
  );
}

/** Goes into a room, as the profile is that follows the documents. */
export function enter(
  url: string,
  speaker: Speaker,
  { name, room }: { name: string; room: string },
): Promise<Person> {
  return Person.join(url, speaker, { name, room, profile: "document" });
}

/** The texts that somebody is to say. */
export function textsOf({ name }: Person, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name} ${i}`);
}

/** Says its texts, a few under way, until it has heard `expected` in its room. */
export async function talk(
  person: Person,
  { count, expected }: { count: number; expected: number },
): Promise<void> {
  const own = new Set(textsOf(person, count));
  const left = [...own].reverse();
  let underWay = 0;
  let seen = 0;
  let heard = 0;
  const more = () => {
    for (; underWay < IN_FLIGHT && left.length > 0; underWay++) {
      person.say(left.pop() ?? "");
    }
  };
  more();
  await person.until(() => {
    for (const one of person.heard.slice(seen)) {
      if (one.kind !== "message") continue;
      heard++;
      if (own.delete(one.text)) underWay--;
    }
    seen = person.heard.length;
    more();
    return heard >= expected;
  });
}

/** What a witness is to watch, and where. */
export interface Watch {
  readonly speaker: Speaker;
  readonly room: string;
  /** Where to connect, the next time. */
  readonly url: () => string;
  /** The text that is the last one. */
  readonly end: string;
}

/**
 * Somebody who only listens, comes back whenever its socket has ended, and
 * notes what it heard each time: a piece of the room's log.
 */
export class Witness {
  readonly pieces: string[][] = [];
  readonly strange: string[] = [];
  /** Whether it is in the room now. */
  isIn = false;
  /** Resolves once it has heard the end. */
  readonly done: Promise<void>;
  readonly #watch: Watch;
  /** That were tried. */
  #names = 0;

  constructor(watch: Watch) {
    this.#watch = watch;
    this.done = this.#run();
    // Whoever waits for it is told.
    this.done.catch(() => {});
  }

  get of(): string {
    return `${this.#watch.speaker.dialect} in ${this.#watch.room}`;
  }

  get room(): string {
    return this.#watch.room;
  }

  async #run(): Promise<void> {
    while (!this.pieces.at(-1)?.includes(this.#watch.end)) {
      await using person = await this.#join();
      // Who is in no room of nest-chat's yet hears all of them.
      person.forget();
      this.isIn = true;
      try {
        await person.until(() =>
          person.heard.some((one) =>
            one.kind === "message" && one.text === this.#watch.end
          )
        );
      } catch {
        // Its instance was killed.
      }
      this.isIn = false;
      this.pieces.push(person.texts());
      this.strange.push(...person.strange);
    }
  }

  async #join(): Promise<Person> {
    const { speaker, room, url } = this.#watch;
    const deadlineMs = performance.now() + CONNECT_MS_MAX;
    for (;;) {
      // A name of redis-chat's can be signed up once, and one that was on an
      // instance that was killed seems to be there for a while.
      const name = `${speaker.dialect} ${room} ${++this.#names}`;
      let person: Person | undefined;
      try {
        const options = { name, room, profile: "document" } as const;
        person = await Person.connect(url(), speaker, options);
        await soon("it is in", speaker.enter(person), ENTER_MS_MAX);
        return person;
      } catch (error) {
        await person?.close();
        const why = `${error}, heard ${person?.heard.length}`;
        if (performance.now() > deadlineMs) {
          throw new Error(`Cannot join: ${name}: ${why}`);
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}

/** Where those are not in that order and one behind the other in all. */
export function oddIn(
  piece: readonly string[],
  all: readonly string[],
): string[] {
  const from = all.indexOf(piece[0] ?? "");
  const at = piece.findIndex((text, i) => all[from + i] !== text);
  if (at < 0) return [];
  const place = all.indexOf(piece[at] ?? "") - from;
  return [`${at} of ${piece.length}: "${piece[at]}", which is ${place}`];
}

/** Says the end in a room, and sees that it was heard. */
export async function sayEnd(
  url: string,
  { room, end }: { room: string; end: string },
): Promise<void> {
  const speaker = SPEAKERS.find(({ dialect }) => dialect === "chat-ws");
  if (!speaker) throw new TypeError("Cannot say the end: nobody speaks");
  await using person = await enter(url, speaker, { name: "Zoe", room });
  person.say(end);
  await soon(`the end of ${room}`, person.hear(end));
}
