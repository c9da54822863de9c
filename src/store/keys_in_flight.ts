import { ChatError } from "../core/errors.ts";
import type { Appended, SendKey } from "../core/ports.ts";
import type { RoomId } from "../core/types.ts";
import type { LogHead } from "./heads.ts";

interface InFlight {
  readonly head: LogHead;
  readonly digest: string;
  readonly answer: Promise<Appended>;
}

/**
 * The first sends under their keys, while each is under way: a retry gets the
 * same answer.
 *
 * One that began in an earlier life of its room has no say in this one: it
 * will be refused, and what comes now must not be.
 */
export class KeysInFlight {
  readonly #sends = new Map<string, InFlight>();

  /**
   * The answer to a retry, if the first send is under way in this life.
   *
   * @throws {ChatError} `conflict` if that one says something else.
   */
  answer(
    room: RoomId,
    key: SendKey,
    life: { head: LogHead | undefined; digest: string },
  ): Promise<Appended> | undefined {
    const first = this.#sends.get(nameOf(room, key));
    if (!first || first.head !== life.head) return undefined;
    if (first.digest !== life.digest) throw conflict();
    return first.answer.then(({ entry }) => ({ entry, duplicate: true }));
  }

  /** Keeps the first send for as long as it is under way. */
  begin(room: RoomId, key: SendKey, first: InFlight): void {
    const name = nameOf(room, key);
    this.#sends.set(name, first);
    const forget = () => {
      if (this.#sends.get(name) === first) this.#sends.delete(name);
    };
    first.answer.then(forget, forget);
  }
}

/** A key that stands for something else already. */
export function conflict(): ChatError {
  return new ChatError(
    "conflict",
    "Cannot send message: its key was used for another one",
  );
}

function nameOf(room: RoomId, { author, key }: SendKey): string {
  return JSON.stringify([room, author, key]);
}
