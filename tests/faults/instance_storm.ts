/**
 * Writers that say everything once, whatever breaks, and those who hold what
 * they hear against it.
 *
 * @module
 */
import { soon, until } from "../http/until.ts";
import type { Instances } from "../support/instances.ts";
import {
  LOBBY,
  makeRoom,
  sayEnd,
  speakersIn,
  Witness,
} from "./instance_crowd.ts";
import { type StormPorts, StormReader, StormWriter } from "./resume_clients.ts";

export const STORM_ROOMS = [
  LOBBY,
  ...Array.from({ length: 9 }, (_, i) => `lake ${i}`),
];

const WRITERS = 3;
const READERS = 2;

/** How often a reader loses its socket by itself. */
const CUTS = 3;

/** What one writer says. */
const MESSAGES_EACH = 1_000;

/** What is said in one room. */
export const STORM_MESSAGES = WRITERS * MESSAGES_EACH;

/** How long it may take, in ms. */
const STORM_MS_MAX = 180_000;

/** How long it may take to hear the end of it, in ms. */
const END_MS_MAX = 30_000;

const END = "the end";

/** What came of a storm. */
export interface Aftermath {
  readonly complaints: readonly string[];
  readonly readers: readonly { room: string; texts: readonly string[] }[];
  readonly witnesses: readonly Witness[];
  /** Refusals that one was told to come again after. */
  readonly refusals: number;
  /** Faults that came while messages were under way. */
  readonly faults: number;
}

/** How a storm is disturbed. */
export interface Disturbance {
  readonly random: () => number;
  /** How often. */
  readonly faults: number;
  /** Breaks something and brings it back; told the how manieth time it is. */
  readonly fault: (n: number) => Promise<void>;
}

/**
 * Lets clients write and read in all rooms while faults come, evenly over what
 * is acknowledged, one at a time.
 */
export async function storm(
  instances: Instances,
  disturbance: Disturbance,
): Promise<Aftermath> {
  const complaints: string[] = [];
  const complained = Promise.withResolvers<void>();
  const complain = (what: string) => {
    complaints.push(what);
    complained.resolve();
  };
  const faults = new Faults(disturbance, complain);
  for (const room of STORM_ROOMS) await makeRoom(instances.at(0).url, room);
  const witnesses = STORM_ROOMS.flatMap((room) => witnessesOf(room, instances));
  await allIn(witnesses);
  const storms = STORM_ROOMS.map((room) =>
    new RoomStorm(
      {
        room,
        complain,
        patient: true,
        url: () => instances.nextUrl().replace(/^http/, "ws"),
      },
      { random: disturbance.random, told: () => faults.told() },
    )
  );

  const over = Promise.all(storms.map(({ done }) => done));
  try {
    await Promise.all(storms.map((one) => one.connect()));
    const first = Promise.race([over, complained.promise]);
    await soon("the storm is over", first, STORM_MS_MAX);
  } finally {
    for (const one of storms) one.stop();
    await over;
  }
  await faults.settled();
  await allIn(witnesses);
  for (const room of STORM_ROOMS) {
    await sayEnd(instances.nextUrl(), { room, end: END });
  }
  const heard = Promise.all(witnesses.map(({ done }) => done));
  await soon("all have heard the end", heard, END_MS_MAX);
  return {
    complaints,
    readers: storms.flatMap(({ readers, ports: { room } }) =>
      readers.map(({ texts }) => ({ room, texts: [...texts, END] }))
    ),
    witnesses,
    refusals: storms.reduce((sum, { refusals }) => sum + refusals, 0),
    faults: faults.count,
  };
}

/** One of each dialect, each beginning at another instance. */
function witnessesOf(room: string, instances: Instances): Witness[] {
  return speakersIn(room).map((speaker) =>
    new Witness({ speaker, room, url: () => instances.nextUrl(), end: END })
  );
}

async function allIn(witnesses: readonly Witness[]): Promise<void> {
  const isIn = () => witnesses.every((witness) => witness.isIn);
  const failed = Promise.all(witnesses.map(({ done }) => done));
  const all = until("all witnesses are in", isIn, END_MS_MAX);
  await Promise.race([all, failed]);
}

/** Readers and writers of one room. */
class RoomStorm {
  readonly ports: StormPorts;
  readonly readers: StormReader[];
  readonly #writers: StormWriter[];
  #acknowledged = 0;

  constructor(
    ports: StormPorts,
    { random, told }: { random: () => number; told: () => void },
  ) {
    this.ports = ports;
    const total = STORM_MESSAGES;
    this.readers = Array.from({ length: READERS }, (_, i) => {
      const name = `reader ${i} of ${ports.room}`;
      return new StormReader(ports, { name, total, cuts: CUTS, random });
    });
    const tell = () => {
      this.#acknowledged++;
      for (const reader of this.readers) reader.progress(this.#acknowledged);
      told();
    };
    this.#writers = Array.from({ length: WRITERS }, (_, i) => {
      const name = `writer ${i} of ${ports.room}`;
      const options = { name, total: MESSAGES_EACH, told: tell };
      return new StormWriter(ports, options);
    });
  }

  get done(): Promise<unknown> {
    const all = [...this.readers, ...this.#writers];
    return Promise.all(all.map(({ done }) => done));
  }

  get refusals(): number {
    return this.#writers.reduce((sum, { refusals }) => sum + refusals, 0);
  }

  /** Begins, once all readers are in. */
  async connect(): Promise<void> {
    for (const reader of this.readers) reader.connect();
    await Promise.all(this.readers.map(({ joined }) => joined));
    for (const writer of this.#writers) writer.connect();
  }

  stop(): void {
    for (const one of [...this.readers, ...this.#writers]) one.stop();
  }
}

/** Brings faults, each when so much more is acknowledged. */
class Faults {
  count = 0;
  readonly #disturbance: Disturbance;
  readonly #complain: (what: string) => void;
  readonly #every: number;
  #acknowledged = 0;
  #underWay: Promise<void> | undefined;

  constructor(disturbance: Disturbance, complain: (what: string) => void) {
    const total = STORM_ROOMS.length * STORM_MESSAGES;
    this.#disturbance = disturbance;
    this.#complain = complain;
    this.#every = total / (disturbance.faults + 1);
  }

  /** One more message is acknowledged. */
  told(): void {
    this.#acknowledged++;
    const { faults, fault } = this.#disturbance;
    const due = this.#every * (this.count + 1);
    if (this.#underWay || this.count === faults) return;
    if (this.#acknowledged < due) return;
    this.#underWay = fault(this.count++)
      .catch((error) => this.#complain(`a fault failed: ${error}`))
      .finally(() => this.#underWay = undefined);
  }

  async settled(): Promise<void> {
    await this.#underWay;
  }
}
