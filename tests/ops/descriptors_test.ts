import { assert, assertEquals } from "@std/assert";
import { until } from "../http/until.ts";
import { RawClient, upgradeRequest } from "../support/raw_client.ts";
import { ROOT } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";
import { makeFolder, surroundings } from "./process_kit.ts";

/** Enough to start with, and for a hundred sockets. */
const DESCRIPTORS_MAX = 150;

/** A server that may open few files. */
class PoorServer implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  readonly port: number;

  private constructor(child: Deno.ChildProcess, port: number) {
    this.child = child;
    this.port = port;
  }

  static async start(kv: string): Promise<PoorServer> {
    const run = `exec '${Deno.execPath()}' run --quiet --allow-all main.ts`;
    const child = new Deno.Command("bash", {
      args: [
        "-c",
        `ulimit -n ${DESCRIPTORS_MAX}; ${run} --port 0 --kv '${kv}'`,
      ],
      cwd: ROOT,
      clearEnv: true,
      env: surroundings(),
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let output = "";
    const text = child.stdout.pipeThrough(new TextDecoderStream());
    for await (const part of text.values({ preventCancel: true })) {
      output += part;
      if (/^ {2}data/m.test(output)) break;
    }
    await text.cancel();
    const port = Number(/page +http:\/\/[^/]*:(\d+)\//.exec(output)?.[1]);
    return new PoorServer(child, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.child.status;
  }
}

/** One more socket, if the server takes it. */
async function tryOpen(port: number): Promise<RawClient | undefined> {
  try {
    const client = await RawClient.connect(port);
    try {
      await client.write(upgradeRequest());
      if ((await client.response()).status === 101) return client;
    } catch {
      // It was ended before it was answered.
    }
    client[Symbol.dispose]();
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
  }
  return undefined;
}

Deno.test("a server out of file descriptors serves on, and takes sockets again", async () => {
  await using folder = await makeFolder();
  await using server = await PoorServer.start(`${folder.path}/parley.kv`);
  const { port, child } = server;
  const url = `http://127.0.0.1:${port}/?dialect=chat-ws`;
  await using ann = await WsClient.open(url);
  const join = { type: "join-room", ["room_id"]: "a", from: "Ann" };
  ann.send(join);
  assertEquals(await ann.next(), join);
  using clients = new DisposableStack();
  const opened: RawClient[] = [];

  while (opened.length < DESCRIPTORS_MAX) {
    const client = await tryOpen(port);
    if (!client) break;
    opened.push(clients.use(client));
  }

  assert(opened.length > 50, `only ${opened.length} sockets`);
  assert(opened.length < DESCRIPTORS_MAX, "it never ran out");
  const leave = { ...join, type: "leave-room" };
  ann.send(leave);
  assertEquals(await ann.next(), leave);
  for (const client of opened.slice(0, 20)) client[Symbol.dispose]();
  await until("a socket is accepted again", async () => {
    using client = await tryOpen(port);
    return client !== undefined;
  });
  ann.send(join);
  assertEquals(await ann.next(), join);
  child.kill("SIGTERM");
  assertEquals((await child.status).code, 0);
});
