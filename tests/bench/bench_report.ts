/**
 * From the runs to the report: medians, ratios, tables, targets.
 *
 * @module
 */
import { MISSED_MESSAGES } from "./bench_catch_up.ts";
import {
  type InstancesResult,
  instancesTable,
  instancesTargets,
} from "./bench_instances.ts";
import { count, decimal, median, medianOf, table } from "./bench_tables.ts";
import {
  OTHER_CORES_MAX,
  type Traffic,
  type TrafficResult,
} from "./bench_process.ts";

const BYTES_PER_KIB = 1_024;

/** What the others are divided by. */
const REFERENCE = "ws";

/** Against whose memory per socket parley's is held. */
const IDLE_REFERENCE = "bare";

/** parley's memory per idle socket, in that of a bare server. */
const IDLE_RATIO_MAX = 1.25;

const START_MS_MAX = 400;

/** parley in its own dialect: one frame for what came at once. */
const NATIVE = "parley:parley.v1";

/** Its deliveries/s in those of `ws`, durable against in memory. */
const NATIVE_RATIO_MIN = 10;
const NATIVE_CASES = ["1x100", "1x1000"];

/** How long it may take to bring a client what it missed. */
const CATCH_UP_MS_MAX = 250;

const MS_PER_SECOND = 1_000;

/** One case: who is in which room, and what parley has to reach. */
export interface Case extends Traffic {
  readonly name: string;
  /** Deliveries/s of parley, durable on disk, in those of `ws`, in memory. */
  readonly ratioMin: number;
}

const PAUSE_MS = 0.5;
/** A broadcast to 1,000 members takes `ws` 3.5 ms, a round of 100 350 ms. */
const LARGE_ROOM_PAUSE_MS = 4;

/** The cases, in the order of the table. */
export const CASES: readonly Case[] = [
  {
    name: "1x100",
    rooms: 1,
    members: 100,
    senders: 100,
    pauseMs: PAUSE_MS,
    ratioMin: 1.2,
  },
  {
    name: "1x1000",
    rooms: 1,
    members: 1_000,
    senders: 100,
    pauseMs: LARGE_ROOM_PAUSE_MS,
    ratioMin: 1.2,
  },
  {
    name: "100x10",
    rooms: 100,
    members: 10,
    senders: 10,
    pauseMs: PAUSE_MS,
    ratioMin: 0.8,
  },
  {
    name: "1000x1",
    rooms: 1_000,
    members: 1,
    senders: 1,
    pauseMs: PAUSE_MS,
    ratioMin: 0.3,
  },
];

/** parley in its other dialects, and their share of chat-ws to reach. */
const DIALECTS = ["parley:channel-chat", "parley:wschat", "parley:redis-chat"];
const DIALECT_RATIO_MIN = 0.75;

/** parley by Socket.IO, and what it is held against. */
const NEST_CHAT = "parley:nest-chat";
const NEST_CHAT_REFERENCE = "socket.io";
const NEST_CHAT_RATIO_MIN = 1;

/** Its memory per idle socket, in that of parley's without Socket.IO. */
const NEST_CHAT_IDLE_RATIO_MAX = 1.8;

/** Everything that was measured, by server; the runs in order. */
export class Measurements {
  /** Per case and server. */
  readonly traffic: Map<string, Map<string, TrafficResult[]>> = new Map();
  /** Bytes per socket. */
  readonly idleBytes: Map<string, number[]> = new Map();
  readonly startMs: Map<string, number[]> = new Map();
  /** From the request to the last of what was missed. */
  readonly catchUpMs: Map<string, number[]> = new Map();
  /** Per case. */
  readonly instances: Map<string, InstancesResult[]> = new Map();
  /** What failed and why. */
  readonly failures: string[] = [];

  /** Adds one run of a case. */
  addTraffic(
    caseName: string,
    { server, result }: { server: string; result: TrafficResult },
  ): void {
    const byServer = this.traffic.get(caseName) ?? new Map();
    this.traffic.set(caseName, byServer);
    push(byServer, { key: server, value: result });
  }

  /** Adds one count of bytes per idle socket. */
  addIdleBytes(server: string, bytes: number): void {
    push(this.idleBytes, { key: server, value: bytes });
  }

  /** Adds one catch-up. */
  addCatchUp(server: string, ms: number): void {
    push(this.catchUpMs, { key: server, value: ms });
  }

  /** Adds one run of several instances. */
  addInstances(caseName: string, result: InstancesResult): void {
    push(this.instances, { key: caseName, value: result });
  }

  /** Adds one start. */
  addStart(server: string, ms: number): void {
    push(this.startMs, { key: server, value: ms });
  }

  /** All of it as plain data. */
  toJSON(): unknown {
    const cases = [...this.traffic].map(([name, byServer]) => [
      name,
      Object.fromEntries(byServer),
    ]);
    return {
      traffic: Object.fromEntries(cases),
      idleBytesPerSocket: Object.fromEntries(this.idleBytes),
      startMs: Object.fromEntries(this.startMs),
      catchUpMs: Object.fromEntries(this.catchUpMs),
      instances: Object.fromEntries(this.instances),
      targets: targets(this),
      failures: this.failures,
    };
  }
}

function push<T>(
  lists: Map<string, T[]>,
  { key, value }: { key: string; value: T },
): void {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  list.push(value);
}

const TRAFFIC_HEADS = [
  "rooms x members",
  "server",
  "deliveries/s",
  "to ws",
  "least–most",
  "sends/s",
  "p50 ms",
  "p99 ms",
  "server CPU µs/delivery",
  "to ws",
  "server cores",
  "load cores",
  "other cores",
];

function trafficRow(
  results: readonly TrafficResult[],
  reference: readonly TrafficResult[] | undefined,
): string[] {
  const rates = results.map((result) => result.deliveriesPerSecond);
  const rate = median(rates);
  const cpuUs = medianOf(results, "serverCpuUsPerDelivery");
  const cpuRatio = cpuUs / medianOf(reference, "serverCpuUsPerDelivery");
  return [
    count(rate),
    decimal(rate / medianOf(reference, "deliveriesPerSecond"), 2),
    `${count(Math.min(...rates))}–${count(Math.max(...rates))}`,
    count(medianOf(results, "sendsPerSecond")),
    decimal(medianOf(results, "p50Ms"), 1),
    decimal(medianOf(results, "p99Ms"), 1),
    decimal(cpuUs, 2),
    decimal(cpuRatio, 2),
    decimal(medianOf(results, "serverCpuCores"), 2),
    decimal(medianOf(results, "loadCpuCores"), 2),
    decimal(medianOf(results, "otherCpuCores"), 2),
  ];
}

function trafficTable(measured: Measurements): string {
  const rows = [...measured.traffic].flatMap(([name, byServer]) =>
    [...byServer].map(([server, results]) => [
      name,
      server,
      ...trafficRow(results, byServer.get(REFERENCE)),
    ])
  );
  return table(TRAFFIC_HEADS, rows);
}

function restTable({ idleBytes, startMs }: Measurements): string {
  const of = (lists: Map<string, number[]>, server: string) =>
    median(lists.get(server) ?? []);
  const rows = [...startMs.keys()].map((server) => {
    const bytes = of(idleBytes, server);
    const ms = of(startMs, server);
    return [
      server,
      decimal(bytes / BYTES_PER_KIB, 1),
      decimal(bytes / of(idleBytes, REFERENCE), 2),
      decimal(bytes / of(idleBytes, IDLE_REFERENCE), 2),
      decimal(ms, 0),
      decimal(ms / of(startMs, REFERENCE), 2),
    ];
  });
  return table(
    [
      "server",
      "RSS KiB per idle socket",
      "to ws",
      "to bare",
      "start to first 200, ms",
      "to ws",
    ],
    rows,
  );
}

function catchUpTable({ catchUpMs }: Measurements): string {
  const rows = [...catchUpMs].map(([server, runs]) => {
    const ms = median(runs);
    const perSecond = MISSED_MESSAGES * MS_PER_SECOND / ms;
    return [server, count(MISSED_MESSAGES), decimal(ms, 0), count(perSecond)];
  });
  if (rows.length === 0) return "";
  return table(
    ["server", "missed messages", "caught up, ms", "messages/s"],
    rows,
  );
}

/** What parley has to reach in its own dialect. */
function nativeTargets(measured: Measurements): Target[] {
  const ms = median(measured.catchUpMs.get(NATIVE) ?? []);
  return [
    ...NATIVE_CASES.map((name) => {
      const byServer = measured.traffic.get(name);
      const value = medianOf(byServer?.get(NATIVE), "deliveriesPerSecond") /
        medianOf(byServer?.get(REFERENCE), "deliveriesPerSecond");
      return {
        name: `${name}: deliveries/s of ${NATIVE} to ws`,
        value,
        wanted: `at least ${NATIVE_RATIO_MIN}`,
        reached: value >= NATIVE_RATIO_MIN,
      };
    }),
    {
      name: `catching up on ${count(MISSED_MESSAGES)} messages, ms`,
      value: ms,
      wanted: `at most ${CATCH_UP_MS_MAX}`,
      reached: ms <= CATCH_UP_MS_MAX,
    },
  ];
}

/** One thing to reach; `value` is NaN if it was not measured. */
interface Target {
  readonly name: string;
  readonly value: number;
  readonly wanted: string;
  readonly reached: boolean;
}

/** What parley reached of what it has to reach. */
function targets(measured: Measurements): Target[] {
  const idle = median(measured.idleBytes.get("parley") ?? []) /
    median(measured.idleBytes.get(IDLE_REFERENCE) ?? []);
  const startMs = median(measured.startMs.get("parley") ?? []);
  return [
    ...CASES.map(({ name, ratioMin }) => {
      const byServer = measured.traffic.get(name);
      const value = medianOf(byServer?.get("parley"), "deliveriesPerSecond") /
        medianOf(byServer?.get(REFERENCE), "deliveriesPerSecond");
      return {
        name: `${name}: deliveries/s to ws`,
        value,
        wanted: `at least ${ratioMin}`,
        reached: value >= ratioMin,
      };
    }),
    ...DIALECTS.map((name) => ({
      name: `1x100: deliveries/s of ${name} to chat-ws`,
      value: fanOut(measured, name) / fanOut(measured, "parley"),
      wanted: `at least ${DIALECT_RATIO_MIN}`,
      reached: fanOut(measured, name) >=
        fanOut(measured, "parley") * DIALECT_RATIO_MIN,
    })),
    ...nestChatTargets(measured),
    ...nativeTargets(measured),
    ...instancesTargets(measured.instances),
    {
      name: "RSS per idle socket to bare",
      value: idle,
      wanted: `at most ${IDLE_RATIO_MAX}`,
      reached: idle <= IDLE_RATIO_MAX,
    },
    {
      name: "start to first answer, ms",
      value: startMs,
      wanted: `under ${START_MS_MAX}`,
      reached: startMs < START_MS_MAX,
    },
  ];
}

function nestChatTargets(measured: Measurements): Target[] {
  const rate = fanOut(measured, NEST_CHAT) /
    fanOut(measured, NEST_CHAT_REFERENCE);
  const idle = median(measured.idleBytes.get(NEST_CHAT) ?? []) /
    median(measured.idleBytes.get("parley") ?? []);
  return [
    {
      name: `1x100: deliveries/s of ${NEST_CHAT} to ${NEST_CHAT_REFERENCE}`,
      value: rate,
      wanted: `at least ${NEST_CHAT_RATIO_MIN}`,
      reached: rate >= NEST_CHAT_RATIO_MIN,
    },
    {
      name: `RSS per idle socket of ${NEST_CHAT} to parley`,
      value: idle,
      wanted: `at most ${NEST_CHAT_IDLE_RATIO_MAX}`,
      reached: idle <= NEST_CHAT_IDLE_RATIO_MAX,
    },
  ];
}

function fanOut(measured: Measurements, server: string): number {
  const runs = measured.traffic.get("1x100")?.get(server);
  return medianOf(runs, "deliveriesPerSecond");
}

function targetLine({ name, value, wanted, reached }: Target): string {
  if (Number.isNaN(value)) return `- ${name}: not measured (${wanted})`;
  const verdict = reached ? "reached" : "NOT reached";
  return `- ${name}: ${value.toFixed(2)}, ${wanted}: ${verdict}`;
}

/** Says so if the figures are those of a busy machine. */
function disturbanceLines(measured: Measurements): string[] {
  const runs = [...measured.traffic.values()].flatMap((byServer) =>
    [...byServer.values()].flat()
  );
  const disturbed = runs.filter(({ otherCpuCores }) =>
    otherCpuCores > OTHER_CORES_MAX
  );
  if (disturbed.length === 0) return [];
  return [
    `- DISTURBED: in ${disturbed.length} of ${runs.length} runs other ` +
    `processes used more than ${OTHER_CORES_MAX} cores`,
  ];
}

/** The report in Markdown. */
export function markdown(measured: Measurements): string {
  const lists = [
    targets(measured).map(targetLine),
    disturbanceLines(measured),
    measured.failures.map((failure) => `- FAILED ${failure}`),
  ].filter((list) => list.length > 0);
  return [
    trafficTable(measured),
    catchUpTable(measured),
    instancesTable(measured.instances),
    restTable(measured),
    ...lists.map((list) => `${list.join("\n")}\n`),
  ].join("\n");
}
