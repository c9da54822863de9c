/**
 * Starting, watching and ending the processes of the benchmark. All of them
 * listen on or speak to 127.0.0.1 only, and are ended by their pid.
 *
 * @module
 */
import { machineCpuUs } from "./cpu_time.mjs";
import { ROOT, type ServerKind } from "./bench_servers.ts";

const LOAD = new URL("load.mjs", import.meta.url).pathname;

const READY_MS_MAX = 15_000;
const READY_POLL_MS = 2;
/** Enough for the status line of the answer. */
const ANSWER_BYTES_MAX = 64;

/** What is kept of a process's stderr, to say why it failed. */
const STDERR_CHARS_MAX = 2_000;

/** More than the load generator's own limits, window excluded, add up to. */
const LOAD_MS_MAX = 60_000;

/** Until a server has settled after its start. */
const SETTLE_BEFORE_MS = 500;
/** Until it has settled after the last socket was opened. */
const SETTLE_AFTER_MS = 2_000;

/** Over how long the use of the machine is judged. */
const QUIET_PROBE_MS = 250;

/** Cores that other processes may use before a run counts as disturbed. */
export const OTHER_CORES_MAX = 0.1;

const US_PER_MS = 1_000;
const MS_PER_SECOND = 1_000;
const BYTES_PER_KIB = 1_024;

/** How many sockets send what: one case of the benchmark. */
export interface Traffic {
  readonly rooms: number;
  /** Of each room. */
  readonly members: number;
  /** Of each room; each keeps one message under way. */
  readonly senders: number;
  /**
   * How long the load generator sleeps between two looks at its sockets. Far
   * below the time of a round, so that no server ever waits for it.
   */
  readonly pauseMs: number;
}

/** What the load generator measured in one run (load_traffic.mjs). */
export interface TrafficResult {
  readonly deliveriesPerSecond: number;
  readonly sendsPerSecond: number;
  /** From just before the send to just after the read of its delivery. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly samples: number;
  /** User and system time of all threads of the server. */
  readonly serverCpuUsPerDelivery: number;
  readonly serverCpuCores: number;
  readonly loadCpuCores: number;
  /** Of processes that have nothing to do with the benchmark. */
  readonly otherCpuCores: number;
}

/** Resolves after `ms`. */
function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits, at most `msMax`, until other processes leave the machine alone. */
export async function untilQuiet(msMax: number): Promise<void> {
  const deadlineMs = performance.now() + msMax;
  do {
    const beforeMs = performance.now();
    const beforeUs = machineCpuUs();
    await delay(QUIET_PROBE_MS);
    const usedMs = (machineCpuUs() - beforeUs) / US_PER_MS;
    const cores = usedMs / (performance.now() - beforeMs);
    if (cores <= OTHER_CORES_MAX) return;
  } while (performance.now() < deadlineMs);
}

/** A process whose stdout is read as lines and whose stderr is kept short. */
class Child implements AsyncDisposable {
  static #living = new Set<Child>();
  readonly pid: number;
  readonly status: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  #stderr = "";
  readonly #stderrEnd: Promise<void>;

  constructor(
    [program, ...args]: [string, ...string[]],
    env: Readonly<Record<string, string>>,
  ) {
    this.#process = new Deno.Command(program, {
      args,
      env: { ...env, NO_COLOR: "1" },
      cwd: ROOT,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#process.pid;
    this.status = this.#process.status;
    this.#stderrEnd = this.#keepStderr();
    Child.#living.add(this);
  }

  /** Ends all that live, at once: for a benchmark that is interrupted. */
  static killAll(): void {
    for (const child of Child.#living) child.#kill();
  }

  /** The first line of stdout. */
  async line(): Promise<string> {
    let text = "";
    const decoder = new TextDecoder();
    for await (const bytes of this.#process.stdout) {
      text += decoder.decode(bytes, { stream: true });
      const end = text.indexOf("\n");
      if (end !== -1) return text.slice(0, end);
    }
    throw new Error(`Cannot read a line: ${await this.lastWords()}`);
  }

  /** Status and the end of stderr, once it has ended. */
  async lastWords(): Promise<string> {
    const { code } = await this.status;
    await this.#stderrEnd;
    return `ended with status ${code}: ${this.#stderr.trim()}`;
  }

  /** SIGKILL: nothing that it has in memory or on disk is wanted any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.status;
    await this.#stderrEnd;
    Child.#living.delete(this);
  }

  #kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  async #keepStderr(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#process.stderr) {
      const text = this.#stderr + decoder.decode(bytes, { stream: true });
      this.#stderr = text.slice(-STDERR_CHARS_MAX);
    }
  }
}

/** Ends every process at once: for a benchmark that is interrupted. */
export function killAll(): void {
  Child.killAll();
}

/** A server that has answered; ended, and its files removed, when disposed. */
export interface RunningServer extends AsyncDisposable {
  readonly kind: ServerKind;
  readonly pid: number;
  /** `ws://…` with path and query. */
  readonly url: string;
  /** From just before the spawn to the first 200. */
  readonly startMs: number;
}

/**
 * Starts a server on a free port and waits until it answers.
 *
 * @param folders `modules`: with the `node_modules` of the peers; `temp`: on
 * the disk where the server may have its files.
 */
export async function startServer(
  kind: ServerKind,
  folders: { readonly modules: string; readonly temp: string },
): Promise<RunningServer> {
  const folder = await Deno.makeTempDir({ dir: folders.temp });
  const port = freePort();
  const command = kind.command({ port, folder, modules: folders.modules });
  const startedAtMs = performance.now();
  const child = new Child(command, kind.env);
  async function end(): Promise<void> {
    await child[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
  try {
    await untilReady(child, { port, path: kind.readyPath });
  } catch (error) {
    await end();
    throw error;
  }
  return {
    kind,
    pid: child.pid,
    url: `ws://127.0.0.1:${port}${kind.socketPath}`,
    startMs: performance.now() - startedAtMs,
    [Symbol.asyncDispose]: end,
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilReady(
  child: Child,
  { port, path }: { port: number; path: string },
): Promise<void> {
  let ended = false;
  child.status.then(() => ended = true);
  const deadlineMs = performance.now() + READY_MS_MAX;
  while (!await answers(port, path)) {
    if (ended) throw new Error(`Cannot start: ${await child.lastWords()}`);
    if (performance.now() > deadlineMs) {
      throw new Error(`Cannot start: no 200 in ${READY_MS_MAX} ms`);
    }
    await delay(READY_POLL_MS);
  }
}

/** By hand, because `fetch` has a pool and retries of its own. */
async function answers(port: number, path: string): Promise<boolean> {
  try {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const head = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
      "Connection: close\r\n\r\n";
    await conn.write(new TextEncoder().encode(head));
    const answer = new Uint8Array(ANSWER_BYTES_MAX);
    const length = await conn.read(answer) ?? 0;
    const text = new TextDecoder().decode(answer.subarray(0, length));
    return text.startsWith("HTTP/1.1 200");
  } catch {
    return false; // Not listening yet.
  }
}

/** Starts the load generator; it is ended when it hangs. */
function startLoad(
  server: RunningServer,
  { args, windowMs }: { args: readonly string[]; windowMs: number },
): AsyncDisposable & { line(): Promise<string> } {
  const { url, kind } = server;
  const target = ["--url", url, "--wire", kind.wire];
  const child = new Child(["node", LOAD, ...args, ...target], {});
  const timer = setTimeout(
    () => child[Symbol.asyncDispose](),
    LOAD_MS_MAX + windowMs,
  );
  return {
    line: () => child.line(),
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      await child[Symbol.asyncDispose]();
    },
  };
}

/** Drives one case for `warmupSeconds` and then measures for `seconds`. */
export async function measureTraffic(
  server: RunningServer,
  { traffic, warmupSeconds, seconds }: {
    traffic: Traffic;
    warmupSeconds: number;
    seconds: number;
  },
): Promise<TrafficResult> {
  const { rooms, members, senders, pauseMs } = traffic;
  const warmupMs = warmupSeconds * MS_PER_SECOND;
  const windowMs = seconds * MS_PER_SECOND;
  const numbers = {
    rooms,
    members,
    senders,
    "pause-ms": pauseMs,
    "warmup-ms": warmupMs,
    "measure-ms": windowMs,
    "server-pid": server.pid,
  };
  const flags = Object.entries(numbers).map(([name, n]) => `--${name}=${n}`);
  const args = ["traffic", ...flags];
  await using load = startLoad(server, { args, windowMs });
  return JSON.parse(await load.line());
}

/** By how many bytes of memory the server grows per idle socket. */
export async function measureIdleBytes(
  server: RunningServer,
  sockets: number,
): Promise<number> {
  await delay(SETTLE_BEFORE_MS);
  const before = await residentBytes(server.pid);
  const args = ["idle", `--sockets=${sockets}`];
  await using load = startLoad(server, { args, windowMs: SETTLE_AFTER_MS });
  await load.line();
  await delay(SETTLE_AFTER_MS);
  return (await residentBytes(server.pid) - before) / sockets;
}

/** Resident memory (VmRSS of proc(5)) in bytes. */
async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`Cannot read the memory of ${pid}`);
  return Number(kib) * BYTES_PER_KIB;
}
