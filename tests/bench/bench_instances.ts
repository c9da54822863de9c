/**
 * How several parley processes on one `denokv` do: how much they take
 * together, how soon one of them hears of what another one stored, and how
 * they share a room that all of them write into.
 *
 * All processes are on this machine, and so is the load: parley.v1, spoken by
 * the benchmark itself.
 *
 * @module
 */
import { NO_DENOKV } from "../support/denokv.ts";
import { Instances } from "../support/instances.ts";
import { UNPACED } from "../support/server.ts";
import { machineCpuUs } from "./cpu_time.mjs";
import { count, decimal, median, table } from "./bench_tables.ts";

/** Who writes where, and how fast. */
export interface InstancesCase {
  readonly name: string;
  readonly instances: number;
  readonly rooms: number;
  /** Messages per second in all; absent: as many as get through. */
  readonly perSecond?: number;
}

const ROOMS = 300;

/** The cases, in the order of the table. */
export const INSTANCES_CASES: readonly InstancesCase[] = [
  { name: "instances-1", instances: 1, rooms: ROOMS },
  { name: "instances-2", instances: 2, rooms: ROOMS },
  { name: "instances-3", instances: 3, rooms: ROOMS },
  { name: "instances-delay", instances: 3, rooms: ROOMS, perSecond: 1_000 },
  { name: "instances-room", instances: 3, rooms: 1, perSecond: 300 },
];

/** From one instance to another one, all on this machine. */
const P50_MS_MAX = 20;
const P99_MS_MAX = 100;

/** Of a room that three write into. */
const SHARE_MIN = 1 / 4;

/** Messages of a writer that are under way, where as many as may be are sent. */
const WINDOW = 3;

/** Rooms that are opened at once; below any listening queue. */
const OPENING_MAX = 50;

const TEXT_CHARS = 100;
const PACE_MS = 5;
const WARMUP_MS = 1_000;
const MS_PER_SECOND = 1_000;
const US_PER_MS = 1_000;

/** Without limits that a closed loop would meet. */
const ARGS = UNPACED
  .concat(["--sockets-per-address-max", "0", "--log-level", "error"]);

/** What one run measured. */
export interface InstancesResult {
  readonly sendsPerSecond: number;
  /** From the send at one instance to the delivery at another one. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The part of the acknowledged messages that each instance stored. */
  readonly shares: readonly number[];
  readonly refusals: number;
  /** Of all processes on the machine. */
  readonly cpuCores: number;
}

const living = new Set<Instances>();

/** Ends all processes at once: for a benchmark that is interrupted. */
export function killInstances(): void {
  for (const instances of living) instances.killAll();
}

/** Runs a case once, on processes of its own. */
export async function measureInstances(
  chosen: InstancesCase,
  seconds: number,
): Promise<InstancesResult> {
  if (NO_DENOKV) throw new Error("Cannot start denokv: it is not in PATH");
  await using instances = await Instances.start(chosen.instances, {
    args: ARGS,
  });
  living.add(instances);
  const load = new Load(instances, chosen);
  try {
    await load.open();
    return await load.run(seconds);
  } finally {
    load.close();
    living.delete(instances);
  }
}

/** Writers and readers of all rooms. */
class Load {
  readonly #instances: Instances;
  readonly #case: InstancesCase;
  readonly #writers: { readonly socket: WebSocket; readonly at: number }[] = [];
  readonly #sockets: WebSocket[] = [];
  #acknowledged: number[] = [];
  #delaysMs: number[] = [];
  #refusals = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(instances: Instances, chosen: InstancesCase) {
    this.#instances = instances;
    this.#case = chosen;
  }

  /**
   * A writer per room, one per instance where there is one room; and a reader
   * at the next instance.
   */
  async open(): Promise<void> {
    const { rooms, instances } = this.#case;
    const writers = Math.max(rooms, instances);
    for (let first = 0; first < writers; first += OPENING_MAX) {
      const length = Math.min(OPENING_MAX, writers - first);
      await Promise.all(
        Array.from({ length }, (_, i) => this.#openRoom(first + i)),
      );
    }
  }

  async run(seconds: number): Promise<InstancesResult> {
    const { perSecond, instances } = this.#case;
    if (perSecond === undefined) this.#sendAll();
    else this.#pace(perSecond);
    await delay(WARMUP_MS);
    this.#acknowledged = Array(instances).fill(0);
    this.#delaysMs = [];
    const startedAtMs = performance.now();
    const cpuUs = machineCpuUs();
    await delay(seconds * MS_PER_SECOND);
    const ms = performance.now() - startedAtMs;
    const all = this.#acknowledged.reduce((a, b) => a + b);
    const delaysMs = this.#delaysMs.toSorted((a, b) => a - b);
    return {
      sendsPerSecond: all / ms * MS_PER_SECOND,
      p50Ms: quantile(delaysMs, 0.5),
      p99Ms: quantile(delaysMs, 0.99),
      shares: this.#acknowledged.map((count) => count / all),
      refusals: this.#refusals,
      cpuCores: (machineCpuUs() - cpuUs) / US_PER_MS / ms,
    };
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) {
      socket.onmessage = null;
      socket.close();
    }
  }

  async #connect(i: number): Promise<WebSocket> {
    const url = this.#instances.at(i).url.replace(/^http/, "ws");
    const socket = new WebSocket(`${url}/parley`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`Cannot connect to ${url}`));
    this.#sockets.push(socket);
    await promise;
    return socket;
  }

  /** The writer of a number from 0, and its reader. */
  async #openRoom(i: number): Promise<void> {
    const { rooms, instances } = this.#case;
    const room = `bench-room-${i % rooms}`;
    const reader = await this.#connect(i + 1);
    const joined = Promise.withResolvers<void>();
    reader.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === "caught_up") joined.resolve();
      if (frame.type === "events") this.#hear(frame.entries, i % instances);
    };
    reader.send(JSON.stringify({ type: "join", room, history: 0 }));
    await joined.promise;
    const socket = await this.#connect(i);
    this.#writers[i] = { socket, at: i % instances };
    socket.onmessage = ({ data }) => this.#answered(JSON.parse(data), i);
  }

  #sendAll(): void {
    for (let i = 0; i < this.#writers.length; i++) {
      for (let n = 0; n < WINDOW; n++) this.#send(i);
    }
  }

  #pace(perSecond: number): void {
    const startedAtMs = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      const seconds = (performance.now() - startedAtMs) / MS_PER_SECOND;
      for (; sent < seconds * perSecond; sent++) {
        this.#send(sent % this.#writers.length);
      }
    }, PACE_MS);
  }

  #send(i: number): void {
    const room = `bench-room-${i % this.#case.rooms}`;
    // The instance that took it, and when.
    const at = this.#writers[i]?.at ?? 0;
    const text = `${at} ${performance.now().toFixed(3)} `.padEnd(
      TEXT_CHARS,
      ".",
    );
    const frame = JSON.stringify({ type: "send", id: 1, room, text });
    this.#writers[i]?.socket.send(frame);
  }

  #answered({ type }: { type: string }, i: number): void {
    if (type === "error") this.#refusals++;
    const at = this.#writers[i]?.at ?? 0;
    if (type === "ok") {
      this.#acknowledged[at] = (this.#acknowledged[at] ?? 0) + 1;
    }
    if (type !== "ok" && type !== "error") return;
    if (this.#case.perSecond === undefined) this.#send(i);
  }

  /** What the writer said that is at another instance than its reader. */
  #hear(entries: readonly { readonly text: string }[], writerAt: number): void {
    const nowMs = performance.now();
    for (const { text } of entries) {
      const [at, sentMs] = text.split(" ", 2).map(Number);
      if (at === writerAt) this.#delaysMs.push(nowMs - (sentMs ?? NaN));
    }
  }
}

function quantile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.floor(sorted.length * fraction)] ?? NaN;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const HEADS = [
  "case",
  "instances x rooms",
  "sends/s",
  "p50 ms",
  "p99 ms",
  "shares",
  "refused",
  "cores",
];

type Results = ReadonlyMap<string, readonly InstancesResult[]>;

/** Medians of all runs, in Markdown. */
export function instancesTable(results: Results): string {
  const rows = INSTANCES_CASES.flatMap(({ name, instances, rooms }) => {
    const runs = results.get(name);
    if (!runs) return [];
    const of = (pick: (run: InstancesResult) => number) =>
      median(runs.map(pick));
    const shares = Array.from(
      { length: instances },
      (_, i) => decimal(of((run) => run.shares[i] ?? NaN), 2),
    );
    return [[
      name,
      `${instances} x ${rooms}`,
      count(of((run) => run.sendsPerSecond)),
      decimal(of((run) => run.p50Ms), 1),
      decimal(of((run) => run.p99Ms), 1),
      shares.join(" "),
      count(of((run) => run.refusals)),
      decimal(of((run) => run.cpuCores), 2),
    ]];
  });
  return rows.length === 0 ? "" : table(HEADS, rows);
}

/** What several instances have to reach; NaN was not measured. */
export function instancesTargets(
  results: Results,
): { name: string; value: number; wanted: string; reached: boolean }[] {
  const delays = results.get("instances-delay") ?? [];
  const p50Ms = median(delays.map((run) => run.p50Ms));
  const p99Ms = median(delays.map((run) => run.p99Ms));
  const least = median(
    (results.get("instances-room") ?? []).map(({ shares }) =>
      Math.min(...shares)
    ),
  );
  return [
    {
      name: "instance to instance, p50 ms",
      value: p50Ms,
      wanted: `at most ${P50_MS_MAX}`,
      reached: p50Ms <= P50_MS_MAX,
    },
    {
      name: "instance to instance, p99 ms",
      value: p99Ms,
      wanted: `at most ${P99_MS_MAX}`,
      reached: p99Ms <= P99_MS_MAX,
    },
    {
      name: "the least share of one room",
      value: least,
      wanted: `at least ${SHARE_MIN}`,
      reached: least >= SHARE_MIN,
    },
  ];
}
