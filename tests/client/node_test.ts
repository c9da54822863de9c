/**
 * The client library in Node, as README shows it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { soon, until } from "../http/until.ts";
import { startServer } from "../support/server.ts";
import { texts } from "./client_kit.ts";
import { RealClients } from "./real_clients.ts";

/** The oldest Node that has a WebSocket of its own, if asked for it. */
const NODE_MAJOR_MIN = 20;

/** How long it may take to hear that the server is back, in ms. */
const NODE_MS_MAX = 30_000;

const SCRIPT = `
import { connect } from "./client.mjs";
const limits = { backoffMsMax: 500 };
const chat = await connect(process.argv[2], { name: "Node", limits });
const room = chat.room("general");
await room.join();
const events = room.events();
await room.send("hello from Node");
for await (const event of events) {
  if (event.type !== "message") continue;
  console.log(event.message.author.name + ": " + event.message.text);
  if (event.message.text === "bye") break;
}
chat.stop();
`;

const nodeMajor = await majorOfNode();
if (nodeMajor < NODE_MAJOR_MIN) {
  // deno-lint-ignore no-console -- a notice for whoever runs the tests
  console.warn(
    `The client's test in Node is skipped: no Node ${NODE_MAJOR_MIN}`,
  );
}

Deno.test({
  name:
    "client in Node talks, outlives the server's kill, and lets the process end",
  ignore: nodeMajor < NODE_MAJOR_MIN,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "parley-node-" });
    const kv = `${folder}/chat.db`;
    await using clients = new RealClients();
    const first = await startServer({ kv });
    await using _first = first;
    const { url, port } = first;
    const ann = await clients.join(url, { name: "Ann" });
    const client = await fetch(`${url}/client.js`);
    await Deno.writeTextFile(`${folder}/client.mjs`, await client.text());
    await Deno.writeTextFile(`${folder}/chat.mjs`, SCRIPT);
    const flags = nodeMajor < 22 ? ["--experimental-websocket"] : [];
    const node = new Deno.Command("node", {
      args: [...flags, "--no-warnings", "chat.mjs", `${url}/parley`],
      cwd: folder,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = node.output();

    await until("Node speaks", () => texts(ann.room).length === 1);
    await first.kill();
    await using _second = await startServer({ kv, port });
    await ann.room.send("bye");

    const { code, stdout, stderr } = await soon(
      "Node ends",
      output,
      NODE_MS_MAX,
    );
    const decoder = new TextDecoder();
    assertEquals(decoder.decode(stderr), "");
    assertEquals(decoder.decode(stdout), "Node: hello from Node\nAnn: bye\n");
    assertEquals(code, 0);
    await Deno.remove(folder, { recursive: true });
  },
});

async function majorOfNode(): Promise<number> {
  try {
    const command = new Deno.Command("node", { args: ["--version"] });
    const { stdout } = await command.output();
    return Number(/^v(\d+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
