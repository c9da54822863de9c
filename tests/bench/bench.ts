/**
 * `deno task bench`: parley, durable on disk, beside peers that keep all in
 * memory, under one load generator. See `--help`.
 *
 * Every run has fresh servers, one at a time; the servers of a case take turns
 * run by run, so that a slow spell of the machine meets all of them.
 *
 * @module
 */
import { parseArgs } from "node:util";
import {
  killAll,
  measureIdleBytes,
  measureTraffic,
  OTHER_CORES_MAX,
  type RunningServer,
  startServer,
  type TrafficResult,
  untilQuiet,
} from "./bench_process.ts";
import { measureCatchUpMs } from "./bench_catch_up.ts";
import {
  INSTANCES_CASES,
  type InstancesCase,
  killInstances,
  measureInstances,
} from "./bench_instances.ts";
import { type Case, CASES, markdown, Measurements } from "./bench_report.ts";
import { type ServerKind, SERVERS, SERVERS_DEFAULT } from "./bench_servers.ts";

/** The peers, pinned; the folder of their installation bears the versions. */
const PEER_PACKAGES = ["ws@8.23.0", "socket.io@4.8.4"];

const WARMUP_SECONDS = 1;

const IDLE_SOCKETS = 5_000;
const IDLE_CASE = "idle";
const CATCH_UP_CASE = "catch-up";
const OTHER_CASES = [
  CATCH_UP_CASE,
  IDLE_CASE,
  ...INSTANCES_CASES.map(({ name }) => name),
];
const MS_PER_SECOND = 1_000;
const EXIT_INTERRUPTED = 130;

const HELP = `deno task bench [options]
  --runs 3          runs of each case; the report has their median
  --seconds 4       measuring window of a run, after a warm-up of 1 s
  --patience 30     seconds that a busy machine may add in all: to wait until
                    it is quiet, and to do disturbed runs again
  --case <name>     only this one; may be repeated:
                    ${
  [...CASES.map(({ name }) => name), ...OTHER_CASES].join(", ")
}
  --servers <list>  default ${SERVERS_DEFAULT}
                    of ${[...SERVERS.keys()].join(", ")}
  --json            every run, as JSON, instead of tables of medians
Progress goes to stderr, the report to stdout. Status 1: something failed.
`;

interface Options {
  readonly runs: number;
  readonly seconds: number;
  readonly patienceSeconds: number;
  readonly cases: readonly string[];
  readonly servers: readonly ServerKind[];
  readonly json: boolean;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function progress(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new RangeError(`Cannot use --${name} ${text}: not a positive number`);
}

/** Reads the command line; `null` if it asks for help. */
function readOptions(args: string[]): Options | null {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: "string", default: "3" },
      seconds: { type: "string", default: "4" },
      patience: { type: "string", default: "30" },
      case: { type: "string", multiple: true, default: [] },
      servers: { type: "string", default: SERVERS_DEFAULT },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const known = [...CASES.map(({ name }) => name), ...OTHER_CASES];
  for (const name of values.case) {
    if (!known.includes(name)) {
      throw new RangeError(`Cannot run case "${name}": not of ${known}`);
    }
  }
  return {
    runs: Math.ceil(positive("runs", values.runs)),
    seconds: positive("seconds", values.seconds),
    patienceSeconds: positive("patience", values.patience),
    cases: values.case.length === 0 ? known : values.case,
    servers: values.servers.split(",").map((name) => {
      const kind = SERVERS.get(name);
      if (kind !== undefined) return kind;
      throw new RangeError(`Cannot start server "${name}": unknown`);
    }),
    json: values.json,
  };
}

/**
 * The folder with the peers' packages: outside the repository, and kept
 * between benchmarks.
 */
async function installPeers(): Promise<string> {
  const temp = Deno.env.get("TMPDIR") ?? "/tmp";
  const folder = `${temp}/parley-bench-${PEER_PACKAGES.join("-")}`;
  const done = `${folder}/installed`;
  try {
    await Deno.stat(done);
    return folder;
  } catch {
    progress(`installing ${PEER_PACKAGES.join(" and ")} in ${folder}`);
  }
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const flags = ["--prefix", folder, "--ignore-scripts", "--no-audit"];
  const { success, stderr } = await new Deno.Command("npm", {
    args: ["install", ...flags, "--no-fund", ...PEER_PACKAGES],
  }).output();
  if (!success) {
    throw new Error(`Cannot install: ${new TextDecoder().decode(stderr)}`);
  }
  await Deno.writeTextFile(done, "");
  return folder;
}

/** One benchmark under way. */
class Bench {
  readonly measured: Measurements = new Measurements();
  readonly #options: Options;
  #patienceMs: number;
  readonly #folders: { readonly modules: string; readonly temp: string };

  constructor(
    options: Options,
    folders: { readonly modules: string; readonly temp: string },
  ) {
    this.#options = options;
    this.#patienceMs = options.patienceSeconds * MS_PER_SECOND;
    this.#folders = folders;
  }

  /** Runs everything that was chosen; what fails is noted and passed over. */
  async run(): Promise<void> {
    const { runs, cases } = this.#options;
    for (let run = 0; run < runs; run++) {
      for (const chosen of CASES) {
        if (cases.includes(chosen.name)) await this.#runCase(chosen, run);
      }
      if (cases.includes(CATCH_UP_CASE)) await this.#runCatchUp(run);
      if (cases.includes(IDLE_CASE)) await this.#runIdle(run);
      for (const chosen of INSTANCES_CASES) {
        if (cases.includes(chosen.name)) await this.#runInstances(chosen);
      }
    }
  }

  async #runCase(chosen: Case, run: number): Promise<void> {
    for (const kind of this.#inTurn(run)) {
      if (!kind.chats) continue;
      if (kind.cases && !kind.cases.includes(chosen.name)) continue;
      const result = await this.#quietest(chosen, kind);
      if (result === null) continue;
      this.measured.addTraffic(chosen.name, { server: kind.name, result });
    }
  }

  /** One run, done again while others disturb it and patience lasts. */
  async #quietest(
    chosen: Case,
    kind: ServerKind,
  ): Promise<TrafficResult | null> {
    const title = `${chosen.name} ${kind.name}`;
    const attempt = () => this.#attemptTraffic(title, { chosen, kind });
    let best: TrafficResult | null = null;
    while (true) {
      await this.#patiently(() => untilQuiet(this.#patienceMs));
      const result: TrafficResult | null = best === null
        ? await attempt()
        : await this.#patiently(attempt);
      if (result === null) return best;
      if (best === null || result.otherCpuCores < best.otherCpuCores) {
        best = result;
      }
      if (best.otherCpuCores <= OTHER_CORES_MAX) return best;
      progress(
        `${title}: others used ${result.otherCpuCores.toFixed(2)} cores`,
      );
      if (this.#patienceMs <= 0) return best;
    }
  }

  #attemptTraffic(
    title: string,
    { chosen, kind }: { chosen: Case; kind: ServerKind },
  ): Promise<TrafficResult | null> {
    return this.#attempt(title, {
      kind,
      measure: async (server) => {
        const result = await measureTraffic(server, {
          traffic: chosen,
          warmupSeconds: WARMUP_SECONDS,
          seconds: this.#options.seconds,
        });
        const rate = Math.round(result.deliveriesPerSecond);
        progress(`${title}: ${rate} deliveries/s`);
        return result;
      },
    });
  }

  async #runCatchUp(run: number): Promise<void> {
    for (const kind of this.#inTurn(run)) {
      if (!kind.catchesUp) continue;
      const title = `${CATCH_UP_CASE} ${kind.name}`;
      await this.#patiently(() => untilQuiet(this.#patienceMs));
      const measure = measureCatchUpMs;
      const ms = await this.#attempt(title, { kind, measure });
      if (ms === null) continue;
      progress(`${title}: ${Math.round(ms)} ms`);
      this.measured.addCatchUp(kind.name, ms);
    }
  }

  async #runIdle(run: number): Promise<void> {
    for (const kind of this.#inTurn(run)) {
      if (!kind.holdsIdle) continue;
      const title = `${IDLE_CASE} ${kind.name}`;
      await this.#patiently(() => untilQuiet(this.#patienceMs));
      const bytes = await this.#attempt(title, {
        kind,
        measure: (server) => measureIdleBytes(server, IDLE_SOCKETS),
      });
      if (bytes === null) continue;
      progress(`${title}: ${Math.round(bytes)} bytes per socket`);
      this.measured.addIdleBytes(kind.name, bytes);
    }
  }

  async #runInstances(chosen: InstancesCase): Promise<void> {
    const { name } = chosen;
    await this.#patiently(() => untilQuiet(this.#patienceMs));
    try {
      const result = await measureInstances(chosen, this.#options.seconds);
      progress(`${name}: ${Math.round(result.sendsPerSecond)} sends/s`);
      this.measured.addInstances(name, result);
    } catch (error) {
      this.#fail(name, error);
    }
  }

  /** The servers, another one first in each run. */
  #inTurn(run: number): ServerKind[] {
    const { servers } = this.#options;
    const first = run % servers.length;
    return [...servers.slice(first), ...servers.slice(0, first)];
  }

  /** Takes the time of `work` out of the time allowed for a busy machine. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const startedAtMs = performance.now();
    const result = await work();
    this.#patienceMs -= performance.now() - startedAtMs;
    return result;
  }

  /** Measures on a server of its own; `null`, and a note, if that fails. */
  async #attempt<T>(
    title: string,
    { kind, measure }: {
      kind: ServerKind;
      measure: (server: RunningServer) => Promise<T>;
    },
  ): Promise<T | null> {
    try {
      await using server = await startServer(kind, this.#folders);
      this.measured.addStart(kind.name, server.startMs);
      return await measure(server);
    } catch (error) {
      this.#fail(title, error);
      return null;
    }
  }

  #fail(title: string, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.measured.failures.push(`${title}: ${why}`);
    progress(`${title}: FAILED: ${why}`);
  }
}

/** Leaves no process and no file behind when the benchmark is interrupted. */
function cleanUpOnSignal(temp: string): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      killAll();
      killInstances();
      try {
        Deno.removeSync(temp, { recursive: true });
      } catch {
        // A server was still making files: the system clears its temp folder.
      }
      Deno.exit(EXIT_INTERRUPTED);
    });
  }
}

async function main(): Promise<number> {
  const options = readOptions(Deno.args);
  if (options === null) {
    print(HELP);
    return 0;
  }
  const modules = await installPeers();
  const temp = await Deno.makeTempDir({ prefix: "parley-bench-run-" });
  cleanUpOnSignal(temp);
  const bench = new Bench(options, { modules, temp });
  try {
    await bench.run();
  } finally {
    killAll();
    await Deno.remove(temp, { recursive: true });
  }
  const { measured } = bench;
  const report = options.json
    ? `${JSON.stringify(measured, null, 2)}\n`
    : markdown(measured);
  print(report);
  return measured.failures.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    progress(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
