import type { KeptRecord } from "../../src/core/neighbours.ts";
import type { Entry, RoomId } from "../../src/core/types.ts";
import type { Neighbourhood } from "../../src/store/neighbourhood.ts";
import { LEASE_MS } from "../../src/store/instances.ts";
import type { Pace } from "../../src/store/pace.ts";
import { type Instance, SHARED, StoreKit } from "../faults/locked_kit.ts";
import { until } from "../http/until.ts";
import { FakeTimers } from "../support/fake_timers.ts";

/** Time that passes when a test says so. */
export class FakePace implements Pace {
  readonly timers = new FakeTimers();

  /** A beat later, with all that was done in it. */
  async beat(): Promise<void> {
    this.timers.tick(LEASE_MS);
    // It begins behind the timer, and waits for the store.
    let looks = 0;
    await until("the beat is over", () => looks++ > 0 && this.timers.size > 0);
  }

  elapsed = () => this.timers.nowMs;
  after = (ms: number, run: () => void) => this.timers.after(ms, run);
  random = () => 0;
}

/** One instance beside others, and what it hears of them. */
export class Beside {
  readonly pace = new FakePace();
  readonly texts: string[] = [];
  readonly moved: RoomId[] = [];
  missed = 0;
  readonly news: unknown[] = [];
  /** By instance, the last word; in order of key. */
  readonly kept = new Map<string, readonly KeptRecord<unknown>[]>();
  keptCount = 0;
  readonly instance: Instance;
  readonly neighbourhood: Neighbourhood<unknown, unknown>;

  private constructor(instance: Instance) {
    const { neighbourhood, log } = instance.parts;
    if (!neighbourhood) throw new TypeError("It is alone");
    this.instance = instance;
    this.neighbourhood = neighbourhood;
    log.listener = {
      committed: (_, entries) => this.texts.push(...entries.map(textOf)),
      moved: (room) => this.moved.push(room),
      missed: () => this.missed++,
    };
    neighbourhood.listener = {
      heard: (_, news) => this.news.push(...news),
      kept: (id, records) => {
        this.keptCount++;
        this.kept.set(id, records);
      },
    };
  }

  static async open(kit: StoreKit, pace?: Pace): Promise<Beside> {
    const instance = await kit.instance(pace);
    return new Beside(instance);
  }

  /** One that others can hear of. */
  static async start(kit: StoreKit, pace?: Pace): Promise<Beside> {
    const beside = await Beside.open(kit, pace);
    await beside.neighbourhood.start();
    return beside;
  }

  /** Tells something about no room, and waits until it is stored. */
  async tell(
    news: unknown,
    keep?: { key: string; value?: unknown },
  ): Promise<void> {
    this.neighbourhood.tell({ news, ...keep && { keep } });
    await this.instance.parts.log.settled();
  }

  /** What it was told last that another one keeps. */
  keptBy(id: string): unknown[] {
    return (this.kept.get(id) ?? []).map(({ value }) => value);
  }
}

function textOf(entry: Entry): string {
  return entry.kind === "message" ? entry.text : entry.kind;
}

/** A KV that several use; its replies are given up after so long, 0: never. */
export function openShared(replyTimeoutMs = 0): Promise<StoreKit> {
  return StoreKit.open({ ...SHARED, replyTimeoutMs });
}
