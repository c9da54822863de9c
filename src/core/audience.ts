import { type Encoder, frame } from "./encoder.ts";
import type { ChatEvent } from "./events.ts";
import type { Participant } from "./participant.ts";
import type { Link, Observer } from "./ports.ts";

/** Links that hear the same, by how they are written to. */
export class Audience {
  readonly #links = new Map<Encoder, Set<Link>>();

  /** Lets a session hear, as its encoder writes. */
  add({ encoder, link }: Participant): void {
    const links = this.#links.get(encoder);
    if (links) links.add(link);
    else this.#links.set(encoder, new Set([link]));
  }

  /** Ends that. */
  remove({ encoder, link }: Participant): void {
    const links = this.#links.get(encoder);
    links?.delete(link);
    if (links?.size === 0) this.#links.delete(encoder);
  }

  /** Ends it for all. */
  clear(): void {
    this.#links.clear();
  }

  /** Nobody hears. */
  get isEmpty(): boolean {
    return this.#links.size === 0;
  }

  /** Somebody here is shown rosters. */
  get wantsRoster(): boolean {
    for (const { wantsRoster } of this.#links.keys()) {
      if (wantsRoster) return true;
    }
    return false;
  }

  /** Encodes once per encoder, and hands the same frames to every link. */
  send(events: readonly ChatEvent[], observer: Observer): void {
    for (const [encoder, links] of this.#links) {
      try {
        const frames = encoder.encode(events).map(frame);
        for (const link of links) {
          for (const one of frames) link.send(one);
        }
      } catch (error) {
        observer.bug(`encode ${encoder.dialect}`, error);
      }
    }
  }
}
