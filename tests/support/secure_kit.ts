import { FrameQueue } from "./frame_queue.ts";
import type { Wire } from "./person.ts";
import { ROOT } from "./server.ts";

/** A certificate for 127.0.0.1 that signs itself, and its key, in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A parley process of its own that speaks TLS, on 127.0.0.1. */
export interface SecureServer extends AsyncDisposable {
  readonly port: number;
  /** What it printed when it was ready. */
  readonly banner: string;
  /** SIGTERM, and wait. */
  stop(): Promise<{ code: number; errors: string }>;
}

/** Starts a server with a certificate; the paths are of files. */
export async function startSecureServer(paths: Pair): Promise<SecureServer> {
  const tls = ["--tls-cert", paths.cert, "--tls-key", paths.key];
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-all", "main.ts"],
      ...["--port", "0", "--kv", ":memory:", ...tls],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let banner = "";
  // Its last line says where the data lies.
  while (!/^ {2}data .*\n/m.test(banner)) {
    const { value, done } = await output.read();
    if (done) throw new Error(`Cannot start server: ${await errors}`);
    banner += value;
  }

  async function stop(): Promise<{ code: number; errors: string }> {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    const { code } = await child.status;
    await output.cancel();
    return { code, errors: await errors };
  }
  return {
    port: Number(/page +https:\/\/127\.0\.0\.1:(\d+)\//.exec(banner)?.[1]),
    banner,
    stop,
    [Symbol.asyncDispose]: () => stop().then(() => {}),
  };
}

/** A WebSocket over TLS. */
export class SecureWire implements Wire {
  readonly #socket: WebSocket;
  readonly #frames = new FrameQueue();
  readonly #closed = Promise.withResolvers<void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#frames.push(String(data));
    socket.onclose = () => {
      this.#frames.end();
      this.#closed.resolve();
    };
  }

  /** Opens one; the client knows whom to trust. */
  static async open(url: URL, client: Deno.HttpClient): Promise<SecureWire> {
    const socket = new WebSocket(url, { client });
    const wire = new SecureWire(socket);
    const opened = Promise.withResolvers<void>();
    socket.onopen = () => opened.resolve();
    socket.onerror = () => opened.reject(new Error(`Cannot open ${url}`));
    await opened.promise;
    return wire;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  nextText(): Promise<string> {
    return this.#frames.next();
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#closed.promise;
  }
}

/** Makes a pair with openssl; `undefined` where there is none. */
export async function makePair(folder: string): Promise<Pair | undefined> {
  const [cert, key] = [`${folder}/made.pem`, `${folder}/made.key`];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  try {
    const { success } = await new Deno.Command("openssl", {
      args: [
        ...["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=parley"],
        ...[...curve, "-keyout", key, "-out", cert],
        ...["-addext", "subjectAltName=IP:127.0.0.1"],
        // Who trusts it trusts it alone, and nothing that it might sign.
        ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ],
      stdout: "null",
      stderr: "null",
    }).output();
    if (!success) return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const read = Deno.readTextFile;
  return { cert: await read(cert), key: await read(key) };
}
