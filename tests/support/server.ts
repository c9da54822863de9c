/** The folder of the checkout. */
export const ROOT = new URL("../../", import.meta.url).pathname;

/** How long a server may take to say where it listens, in ms. */
const START_MS_MAX = 20_000;

/** A server without the limits that a closed loop of clients would meet. */
export const UNPACED: readonly string[] = [
  ...["--messages-per-second-max", "0"],
  ...["--inbox-frames-max", "0"],
];

/** How a server under test is started. */
export interface ServerOptions {
  /** Default: a file in a temporary folder, removed afterwards. */
  readonly kv?: string;
  /** Default: any free one. */
  readonly port?: number;
  readonly env?: Record<string, string>;
  readonly args?: readonly string[];
  /** What to run instead of main.ts. */
  readonly program?: string;
}

/** A parley process of its own, on 127.0.0.1. */
export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What it has printed on standard output so far. */
  readonly output: string;
  /** SIGKILL, and wait. */
  kill(): Promise<void>;
  /** SIGTERM, and wait; resolves to the exit code. */
  stop(): Promise<number>;
  /** Resolves to the exit code and what it wrote to standard error. */
  readonly ended: Promise<{ code: number; errors: string }>;
}

/** Starts a server and waits until it says where it listens. */
export async function startServer(
  options: ServerOptions = {},
): Promise<TestServer> {
  const folder = options.kv === undefined
    ? await Deno.makeTempDir({ prefix: "parley-test-" })
    : undefined;
  const kv = options.kv ?? `${folder}/parley.kv`;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      "--unstable-kv",
      options.program ?? "main.ts",
      "--port",
      String(options.port ?? 0),
      "--kv",
      kv,
      ...options.args ?? [],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...options.env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const ended = Promise.all([child.status, errors]).then((
    [{ code }, errors],
  ) => ({ code, errors }));
  const reader = new OutputReader(child.stdout);
  const port = await portOf(reader, ended);

  async function end(signal: Deno.Signal): Promise<number> {
    try {
      child.kill(signal);
    } catch {
      // It has ended by itself.
    }
    const { code } = await ended;
    await reader.done;
    return code;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: child.pid,
    get output() {
      return reader.text;
    },
    ended,
    kill: () => end("SIGKILL").then(() => {}),
    stop: () => end("SIGTERM"),
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
      if (folder) await Deno.remove(folder, { recursive: true });
    },
  };
}

async function portOf(
  reader: OutputReader,
  ended: Promise<{ code: number; errors: string }>,
): Promise<number> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error("Cannot start server: it says nothing")),
    START_MS_MAX,
  );
  const dead = ended.then(({ code, errors }) => {
    throw new Error(`Cannot start server: exit code ${code}: ${errors}`);
  });
  try {
    return await Promise.race([
      reader.until(/page\s+https?:\/\/[^/]*:(\d+)\//).then(Number),
      dead,
      late.promise,
    ]);
  } finally {
    clearTimeout(timer);
    dead.catch(() => {});
  }
}

/** Reads a stream to its end and lets one wait for a text in it. */
class OutputReader {
  text = "";
  readonly done: Promise<void>;
  #heard = Promise.withResolvers<void>();

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.done = this.#read(stream);
  }

  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.text);
      // The whole banner comes in one write; its last line is complete then.
      if (match?.[1] !== undefined && this.text.endsWith("\n")) return match[1];
      await this.#heard.promise;
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      this.text += part;
      this.#heard.resolve();
      this.#heard = Promise.withResolvers<void>();
    }
  }
}
