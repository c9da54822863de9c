import { DenoKv } from "./denokv.ts";
import { startServer, type TestServer } from "./server.ts";

/** How many, unless one tells whether it is their number that breaks something. */
export const INSTANCES = Number(Deno.env.get("PARLEY_TEST_INSTANCES") ?? 3);

/** How the instances are started. */
export interface InstancesOptions {
  readonly args?: readonly string[];
}

/** Several parley processes on one `denokv`. */
export class Instances implements AsyncDisposable {
  readonly kv: DenoKv;
  readonly #args: readonly string[];
  readonly #servers: TestServer[] = [];
  #turn = 0;

  private constructor(kv: DenoKv, args: readonly string[]) {
    this.kv = kv;
    this.#args = args;
  }

  /** Starts so many at once on a `denokv` of their own. */
  static async start(
    count: number,
    { args = [] }: InstancesOptions = {},
  ): Promise<Instances> {
    const instances = new Instances(await DenoKv.start(), args);
    try {
      await Promise.all(
        Array.from({ length: count }, async (_, i) => {
          instances.#servers[i] = await instances.#start(0);
        }),
      );
      return instances;
    } catch (error) {
      await instances[Symbol.asyncDispose]();
      throw error;
    }
  }

  get count(): number {
    return this.#servers.length;
  }

  /** The process of a number from 0; another one once it was restarted. */
  at(i: number): TestServer {
    const server = this.#servers[i % this.count];
    if (!server) {
      throw new RangeError(`Cannot find instance ${i}: there is none`);
    }
    return server;
  }

  /** Where one of them is, the next one with every call. */
  nextUrl(): string {
    return this.at(this.#turn++).url;
  }

  /** SIGKILL, and a new process on the same port. */
  async restart(i: number): Promise<void> {
    await this.at(i).kill();
    await this.#replace(i);
  }

  /** SIGTERM, and a new process on the same port; fails if it did not exit with 0. */
  async renew(i: number): Promise<void> {
    const code = await this.at(i).stop();
    await this.#replace(i);
    if (code !== 0) throw new Error(`Instance ${i} stopped with ${code}`);
  }

  /** Stops all in peace, then the `denokv`; resolves to what they printed as errors. */
  async stop(): Promise<string[]> {
    await Promise.all(this.#servers.map((server) => server.stop()));
    const ends = await Promise.all(this.#servers.map(({ ended }) => ended));
    await this.kv.kill();
    return ends.map(({ errors }) => errors);
  }

  /** SIGKILL to all, without waiting. */
  killAll(): void {
    for (const server of this.#servers) server?.kill();
    this.kv.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server?.[Symbol.asyncDispose]();
    await this.kv[Symbol.asyncDispose]();
  }

  async #replace(i: number): Promise<void> {
    const { port } = this.at(i);
    this.#servers[i % this.count] = await this.#start(port);
  }

  #start(port: number): Promise<TestServer> {
    const { url, env } = this.kv;
    return startServer({ kv: url, port, env, args: this.#args });
  }
}
