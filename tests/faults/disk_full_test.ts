import { assert, assertEquals } from "@std/assert";
import {
  compare,
  type Findings,
  History,
  readStore,
} from "../support/history_check.ts";
import {
  type ServerOptions,
  startServer,
  type TestServer,
} from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";
import { SmallDisk } from "./disk_small.ts";

const MB = 1_048_576;

const FILE = "parley.kv";

/** Characters of a message that is to fill the disk. */
const BIG = 4_000;

/** The disk must be full after so many times 32 messages. */
const BURSTS_MAX = 200;

const FULL = "Cannot store message: disk is full";

/**
 * SQLite writes to its log first and copies from there to the file once the
 * log has 4 MB: a disk may be full before that ever happens, or by it.
 */
const DISKS = [
  { name: "3 MB", bytes: 3 * MB, ballast: 1 * MB },
  { name: "14 MB", bytes: 14 * MB, ballast: 6 * MB },
];

for (const { name, ...size } of DISKS) {
  Deno.test(`a full disk of ${name} refuses messages until there is space`, async () => {
    await using disk = await SmallDisk.mount(size);
    if (disk.missing) return skip(disk.missing);
    const history = new History();
    await using server = await startServer(on(disk));
    await using ann = await Talker.join(server, "Ann", history);
    const first = await fill(ann);

    const second = await ann.say("x".repeat(BIG));
    await using bob = await Talker.join(server, "Bob", history);
    const third = await bob.say("y".repeat(BIG));
    await disk.free();
    const fourth = await ann.say("z".repeat(BIG));
    const exitCode = await server.stop();

    assertEquals([first, second, third, fourth], [FULL, FULL, FULL, "stored"]);
    assert(bob.heard > 50);
    assertEquals(exitCode, 0);
    assertEquals((await server.ended).errors.includes("bug"), false);
    assertKept(await findings(disk, history));
  });
}

Deno.test("a server killed on a full disk starts again once there is space", async () => {
  await using disk = await SmallDisk.mount({ bytes: 3 * MB, ballast: MB });
  if (disk.missing) return skip(disk.missing);
  const history = new History();
  {
    await using server = await startServer(on(disk));
    await using ann = await Talker.join(server, "Ann", history);
    await fill(ann);
    await server.kill();
  }

  await disk.free();
  await using server = await startServer(on(disk));
  await using bob = await Talker.join(server, "Bob", history);
  const said = await bob.say("there is space again");
  await server.kill();

  assertEquals(said, "stored");
  assertKept(await findings(disk, history));
});

/** A chat-ws client with one message under way at a time. */
class Talker implements AsyncDisposable {
  /** Messages that it was sent when it joined. */
  heard = 0;
  readonly #name: string;
  readonly #client: WsClient;
  readonly #history: History;
  #count = 0;

  private constructor(name: string, client: WsClient, history: History) {
    this.#name = name;
    this.#client = client;
    this.#history = history;
  }

  static async join(
    server: TestServer,
    name: string,
    history: History,
  ): Promise<Talker> {
    const client = await WsClient.open(server.url);
    const talker = new Talker(name, client, history);
    const view = history.view(name, "general");
    client.send({ type: "join-room", room_id: "general", from: name });
    for (;;) {
      const { type, message = "" } = await talker.#next();
      if (type === "join-room") return talker;
      if (type !== "receive-message") continue;
      view.texts.push(message);
      talker.heard++;
    }
  }

  /**
   * Says something unique `count` times at once; "stored", or what it is told
   * instead of any of them. An error does not say what it is about: there is
   * one answer to each, so what has no echo was refused.
   */
  async say(words: string, count = 1): Promise<string> {
    const waiting = new Set<string>();
    while (waiting.size < count) waiting.add(this.#send(words));
    let told = "stored";
    for (let refused = 0; refused < waiting.size;) {
      const { error, message = "" } = await this.#next();
      if (error !== undefined) {
        told = error;
        refused++;
      } else if (waiting.delete(message)) {
        this.#history.answer(message, "acknowledged");
      }
    }
    for (const message of waiting) this.#history.answer(message, "refused");
    return told;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }

  #send(words: string): string {
    const from = this.#name;
    const message = `${from} ${++this.#count} ${words}`;
    this.#history.send(from, "general", message);
    this.#client.send({
      type: "send-message",
      room_id: "general",
      from,
      message,
    });
    return message;
  }

  async #next(): Promise<
    { type?: string; message?: string; error?: string }
  > {
    return JSON.parse(await this.#client.nextText());
  }
}

/** Talks until not even one more word fits; returns how it was refused. */
async function fill(talker: Talker): Promise<string> {
  let told = "never";
  for (const [size, count] of [[BIG, 32], [BIG, 4], [BIG, 1], [1, 1]]) {
    for (let i = 0; i < BURSTS_MAX; i++) {
      told = await talker.say("x".repeat(size ?? 1), count);
      if (told !== "stored") break;
    }
  }
  return told;
}

function on(disk: SmallDisk): ServerOptions {
  const args = ["--messages-per-second-max", "0"];
  return { kv: `${disk.folder}/${FILE}`, args };
}

async function findings(disk: SmallDisk, history: History): Promise<Findings> {
  const folder = await Deno.makeTempDir();
  try {
    await disk.copy(FILE, folder);
    using kv = await Deno.openKv(`${folder}/${FILE}`);
    return compare(history, await readStore(kv));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What was acknowledged is stored, and nothing else is. */
function assertKept({ lost, violations, ...counts }: Findings): void {
  assertEquals(lost.map(start), []);
  assertEquals(violations.map(start), []);
  assertEquals(counts.stored, counts.acknowledged);
}

/** Messages are long. */
function start(text: string): string {
  return text.slice(0, 80);
}

function skip(why: string): void {
  Deno.stdout.writeSync(
    new TextEncoder().encode(`skipped: cannot mount a small disk: ${why}\n`),
  );
}
