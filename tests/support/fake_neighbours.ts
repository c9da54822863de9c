import { serialize } from "node:v8";
import type { Kept, News } from "../../src/core/neighbour_news.ts";
import {
  type KeptRecord,
  type NeighboursListener,
  type NeighboursPort,
  NEWS_BYTES_MAX,
  type Telling,
} from "../../src/core/neighbours.ts";

type Listener = NeighboursListener<News, Kept>;

/** What an instance keeps, by room and key. */
type Records = Map<string, KeptRecord<Kept>>;

/** One instance on the street. */
export class House implements NeighboursPort<News, Kept> {
  readonly alone = false;
  listener: Listener = { heard: () => {}, kept: () => {} };
  readonly records: Records = new Map();
  /** What each of the others told, and this one has not heard yet. */
  readonly #unheard = new Map<string, News[]>();
  /** Those of whom it has to be told all. */
  readonly #missed = new Set<string>();
  /** All that it ever told. */
  readonly told: News[] = [];
  readonly #tell: (news: News) => void;

  constructor(tell: (news: News) => void) {
    this.#tell = tell;
  }

  tell({ room, news, keep }: Telling<News, Kept>): void {
    check(news);
    if (keep) {
      const key = `${room ?? ""} ${keep.key}`;
      if (keep.value === undefined) this.records.delete(key);
      else {
        check(keep.value);
        const value = structuredClone(keep.value);
        const of = room === undefined ? {} : { room };
        this.records.set(key, { ...of, key: keep.key, value });
      }
    }
    this.told.push(news);
    this.#tell(structuredClone(news));
  }

  /** Another one told something. */
  queue(from: string, news: News): void {
    const unheard = this.#unheard.get(from);
    if (unheard) unheard.push(news);
    else this.#unheard.set(from, [news]);
  }

  /** It has to be told all of that one. */
  miss(from: string): void {
    this.#missed.add(from);
  }

  /** What that one told is lost. */
  lose(from: string): void {
    this.#unheard.delete(from);
    this.miss(from);
  }

  /** Hears what waits. */
  hear(recordsOf: (from: string) => Records | undefined): void {
    for (const from of this.#missed) {
      const records = recordsOf(from)?.values() ?? [];
      this.listener.kept(from, Array.from(records, (one) => one));
    }
    this.#missed.clear();
    const unheard = Array.from(this.#unheard);
    this.#unheard.clear();
    for (const [from, news] of unheard) this.listener.heard(from, news);
  }
}

/** Instances that hear each other when a test says so. */
export class FakeStreet {
  readonly #houses = new Map<string, House>();

  /** One more instance. */
  open(name: string): House {
    const house = new House((news) => {
      for (const [to, other] of this.#houses) {
        if (to !== name) other.queue(name, news);
      }
    });
    for (const [known, other] of this.#houses) {
      house.miss(known);
      other.miss(name);
    }
    this.#houses.set(name, house);
    return house;
  }

  /** An instance that is there. */
  house(name: string): House {
    const house = this.#houses.get(name);
    if (house) return house;
    throw new TypeError(`Cannot find "${name}": nobody lives there`);
  }

  /** An instance says something that its chat did not. */
  say(name: string, news: News): void {
    for (const [to, house] of this.#houses) {
      if (to !== name) house.queue(name, news);
    }
  }

  /** All hear what waits, also what is told because of that. */
  deliver(): void {
    for (const house of this.#houses.values()) this.#hear(house);
  }

  /** One hears what waits for it. */
  deliverTo(name: string): void {
    const house = this.#houses.get(name);
    if (house) this.#hear(house);
  }

  /** What one told and another has not heard yet is lost: it is told all anew. */
  lose(from: string, to: string): void {
    this.#houses.get(to)?.lose(from);
  }

  /** One is told all of another before it hears what was told since. */
  repeat(from: string, to: string): void {
    this.#houses.get(to)?.miss(from);
  }

  /** An instance is no more. */
  kill(name: string): void {
    this.#houses.delete(name);
    for (const house of this.#houses.values()) house.lose(name);
  }

  #hear(house: House): void {
    house.hear((from) => this.#houses.get(from)?.records);
  }
}

function check(value: News | Kept): void {
  const bytes = serialize(value).byteLength;
  if (bytes > NEWS_BYTES_MAX) throw new RangeError(`${bytes} bytes of news`);
}
