/**
 * A real `denokv`: the KV server that several instances share.
 *
 * `.ci/run` installs it where there is cargo. Without it the tests that need it
 * are skipped and say so.
 *
 * @module
 */
import { until } from "../http/until.ts";

/** Any one of at least 12 characters. */
const ACCESS_TOKEN = "a token of tests only";

/** How long it may take to listen, in ms. */
const START_MS_MAX = 20_000;

const PROGRAM = await find("denokv");

if (PROGRAM === undefined) {
  // deno-lint-ignore no-console -- a notice for whoever runs the tests
  console.warn("Tests with several instances are skipped: no denokv in PATH");
}

/** Whether there is none: for `Deno.test({ ignore })`. */
export const NO_DENOKV = PROGRAM === undefined;

/** A `denokv` process of its own, on 127.0.0.1. */
export class DenoKv implements AsyncDisposable {
  readonly url: string;
  /** Where the data lies: a file that `Deno.openKv` opens too. */
  readonly path: string;
  /** What a process needs in its environment to be let in. */
  readonly env = { DENO_KV_ACCESS_TOKEN: ACCESS_TOKEN };
  readonly #folder: string;
  readonly #port: number;
  #child: Deno.ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.path = `${folder}/denokv.sqlite`;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** One that does not run yet; its data are removed afterwards. */
  static async make(): Promise<DenoKv> {
    const folder = await Deno.makeTempDir({ prefix: "parley-denokv-" });
    return new DenoKv(folder, freePort());
  }

  static async start(): Promise<DenoKv> {
    const made = await DenoKv.make();
    await made.start();
    return made;
  }

  /** Starts it on the data and the port that it had; resolves once it listens. */
  async start(): Promise<void> {
    const child = new Deno.Command(PROGRAM ?? "denokv", {
      args: [
        ...["--sqlite-path", this.path, "serve"],
        ...["--access-token", ACCESS_TOKEN],
        ...["--addr", `127.0.0.1:${this.#port}`],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#child = child;
    let code: number | undefined;
    child.status.then((status) => code = status.code);
    await until("denokv listens", async () => {
      if (code !== undefined) throw new Error(`denokv ended with ${code}`);
      return await this.#listens();
    }, START_MS_MAX);
  }

  /** SIGKILL, and wait. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Stops the process itself, so that it answers nothing and ends nothing. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** Lets it go on. */
  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  /** The data of one that does not run any more. */
  async open(): Promise<Deno.Kv> {
    if (this.#child) throw new Error("Cannot open the data: denokv runs");
    return await Deno.openKv(this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGKILL");
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    try {
      child.kill(signal);
    } catch {
      // It has ended by itself.
    }
    await child.status;
  }

  async #listens(): Promise<boolean> {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port: this.#port })).close();
      return true;
    } catch {
      return false;
    }
  }
}

/** A port that was free a moment ago: to start on it again and again. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function find(program: string): Promise<string | undefined> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      const path = `${folder}/${program}`;
      if ((await Deno.stat(path)).isFile) return path;
    } catch {
      // Not there.
    }
  }
  return undefined;
}
