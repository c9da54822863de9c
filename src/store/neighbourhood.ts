import {
  type KeptRecord,
  type NeighboursListener,
  type NeighboursPort,
  nobody,
  type Telling,
} from "../core/neighbours.ts";
import type { Entry, Position, RoomId } from "../core/types.ts";
import type { BesidePorts } from "./beside_ports.ts";
import type { Bell } from "./bell.ts";
import { Instances, LEASE_MS } from "./instances.ts";
import { keys } from "./keys.ts";
import { type LaneBell, NO_BELL, OwnBell } from "./lane_bell.ts";
import { laneOf } from "./lane_of.ts";
import { Neighbour } from "./neighbour.ts";
import { NewsQueue, type OwnRecord } from "./news_queue.ts";
import { delayUntil } from "./pace.ts";
import { inTime } from "./retry.ts";
import { Turns } from "./turns.ts";
import { Watch } from "./watch.ts";

/** Beats after which all rooms at hand are looked at, whatever the bells say. */
const BEATS_PER_LOOK = 5;

/** What is watched beside bells. */
const LISTS = [keys.instances(), keys.directory()];

/** Who hears of the others' doings. */
export interface NeighbourhoodListener {
  /** Entries that another instance has written, contiguous. */
  entries(room: RoomId, entries: readonly Entry[]): void;
  /** Another instance has written there, from this place on. */
  moved(room: RoomId, from: Position): void;
  /** Others may have written in any room. */
  missed(): void;
  /** The list of rooms has changed. */
  listed(): void;
  /** Something may be written, or is to be told, in that lane. */
  wake(lane: number): void;
  /** Resolves when nothing waits to be written. */
  settled(): Promise<void>;
}

/** What living beside others needs. */
export interface NeighbourhoodPorts extends BesidePorts {
  readonly heard: NeighbourhoodListener;
}

interface Lane {
  readonly bell: OwnBell;
  readonly news: NewsQueue;
  readonly turns: Turns;
}

/** The other instances on this KV, and what is told to them. */
export class Neighbourhood<News, Kept> implements NeighboursPort<News, Kept> {
  readonly alone = false;
  listener: NeighboursListener<News, Kept> = nobody<News, Kept>().listener;
  readonly #ports: NeighbourhoodPorts;
  readonly #instances: Instances;
  readonly #neighbours = new Map<string, Neighbour>();
  readonly #lanes: readonly Lane[];
  readonly #kept = new Map<string, OwnRecord & { readonly value: Kept }>();
  #listWatch: Watch | undefined;
  /** Versionstamps of the lists of instances and of rooms. */
  #lists: readonly (string | null)[] = [];
  readonly #stopping = new AbortController();
  #beating: Promise<void> | undefined;
  #isLost = false;

  constructor(ports: NeighbourhoodPorts) {
    this.#ports = ports;
    this.#instances = new Instances({
      ...ports,
      came: (id) => this.#came(id),
      gone: (id) => this.#gone(id),
      returned: () => this.#keepAll(),
    });
    const { lanes } = ports.capabilities;
    this.#lanes = Array.from({ length: lanes }, (_, i) => this.#lane(i));
  }

  /** What a lane tells the others. */
  bellOf(lane: number): LaneBell {
    return this.#lanes[lane]?.bell ?? NO_BELL;
  }

  /** How many others live. */
  get size(): number {
    return this.#neighbours.size;
  }

  /** The store has not answered of late. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Joins the others, and hears of them from then on. */
  async start(): Promise<void> {
    await this.#instances.join();
    this.#listWatch = new Watch(
      this.#ports,
      LISTS,
      (values) => this.#listsSeen(values),
    );
    this.#beating = this.#beatOnAndOn();
  }

  /** Takes leave: the others need not wait for this one to be dead. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#stopping.abort();
    for (const { bell } of this.#lanes) bell.silence();
    await this.#beating;
    // What is written later would bring its bell back.
    await this.#ports.heard.settled();
    await this.#listWatch?.close();
    const all = Array.from(this.#neighbours.values());
    await Promise.all(all.map((one) => one.close()));
    await this.#attempt("leave", () => this.#instances.leave());
  }

  tell({ room, news, keep }: Telling<News, Kept>): void {
    const record = keep && { room, key: keep.key };
    if (record) {
      const name = nameOf(record);
      const { value } = keep;
      if (value === undefined) this.#kept.delete(name);
      else this.#kept.set(name, { ...record, value });
    }
    const lane = this.#laneOf(room);
    this.#lanes[lane]?.news.push(news, record);
    this.#ports.heard.wake(lane);
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #lane(lane: number): Lane {
    const { instance, pace } = this.#ports;
    const turns = new Turns(instance, pace);
    const valueOf = (record: OwnRecord) =>
      this.#kept.get(nameOf(record))?.value;
    const news = new NewsQueue({ instance, valueOf });
    const onGone = () => {
      // One that has taken leave does not come back.
      if (this.#isStopped) return;
      void this.#attempt("return", () => this.#beat());
    };
    const bell = new OwnBell({ ...this.#ports, lane, news, turns, onGone });
    return { bell, news, turns };
  }

  #laneOf(room: RoomId | undefined): number {
    if (room === undefined) return 0;
    return laneOf(room, this.#ports.capabilities.lanes);
  }

  #came(id: string): void {
    const { heard } = this.#ports;
    if (this.#isStopped) return;
    const listener = {
      ...heard,
      news: (instance: string, news: readonly unknown[]) =>
        this.listener.heard(instance, news as readonly News[]),
      kept: (instance: string, records: readonly KeptRecord<unknown>[]) =>
        this.listener.kept(instance, records as KeptRecord<Kept>[]),
      rang: (instance: string, lane: number, bell: Bell) => {
        this.#lanes[lane]?.turns.heard(instance, bell);
        heard.wake(lane);
      },
    };
    this.#neighbours.set(id, new Neighbour(id, { ...this.#ports, listener }));
  }

  #gone(id: string): void {
    const neighbour = this.#neighbours.get(id);
    this.#neighbours.delete(id);
    for (const { turns } of this.#lanes) turns.gone(id);
    this.listener.kept(id, []);
    if (neighbour) void this.#attempt("forget", () => neighbour.close());
    this.#ports.heard.missed();
  }

  /** The others have deleted all that this one kept. */
  #keepAll(): void {
    for (const { room, key } of this.#kept.values()) {
      const lane = this.#laneOf(room);
      this.#lanes[lane]?.news.pushRecord({ room, key });
      this.#ports.heard.wake(lane);
    }
    this.#ports.heard.missed();
  }

  async #beatOnAndOn(): Promise<void> {
    const { pace, heard } = this.#ports;
    for (let beats = 1; !this.#isStopped; beats++) {
      await delayUntil(this.#stopping.signal, LEASE_MS, pace);
      if (this.#isStopped) return;
      await this.#attempt("beat", () => this.#beat());
      if (beats % BEATS_PER_LOOK === 0) heard.missed();
    }
  }

  async #beat(): Promise<void> {
    await this.#instances.beat();
    const all = Array.from(this.#neighbours.values());
    await Promise.all(all.map((one) => one.look()));
    const lists = this.#ports.kv.getMany([...LISTS]);
    this.#listsSeen(await inTime(lists, this.#ports));
  }

  #listsSeen(values: readonly Deno.KvEntryMaybe<unknown>[]): void {
    const before = this.#lists;
    this.#lists = values.map(({ versionstamp }) => versionstamp);
    const [instances, directory] = this.#lists;
    if (instances !== before[0]) {
      void this.#attempt("look", () => this.#instances.look());
    }
    if (directory !== before[1]) this.#ports.heard.listed();
  }

  /** Never rejects. */
  async #attempt(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.#isLost = false;
    } catch (error) {
      this.#isLost = true;
      this.#ports.observer.trouble(what, error);
    }
  }
}

function nameOf({ room, key }: OwnRecord): string {
  return JSON.stringify([room, key]);
}
