import { assertEquals } from "@std/assert";
import {
  readStore,
  storeViolations,
  textsOf,
} from "../support/history_check.ts";
import { startServer, type TestServer, UNPACED } from "../support/server.ts";
import { soon } from "../http/until.ts";
import { randomFrom } from "./kill_loop_clients.ts";
import { type StormPorts, StormReader, StormWriter } from "./resume_clients.ts";
import { print } from "../support/print.ts";

const SEED = Number(
  Deno.env.get("PARLEY_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32),
);

const READERS = 100;
const CUTS = 20;
const WRITERS = 8;
const MESSAGES = 20_000;

/** How long it may take, in ms. */
const STORM_MS_MAX = 600_000;

const ROOM = "storm";

for (const kills of [0, 5]) {
  const what = kills === 0 ? "cut off" : "cut off, the server killed 5 times,";

  Deno.test(`100 clients, each ${what} 20 times while 20,000 messages flow: no gap, no double`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "parley-storm-" });
    const kv = `${folder}/parley.kv`;
    print(`storm: PARLEY_TEST_SEED=${SEED}`);

    const { complaints, texts, cuts } = await storm(kv, kills);

    using store = await Deno.openKv(kv);
    const content = await readStore(store);
    assertEquals(complaints, []);
    assertEquals(storeViolations(content), []);
    const stored = textsOf(content, ROOM);
    assertEquals(stored.length, MESSAGES);
    assertEquals(new Set(stored).size, MESSAGES);
    for (const heard of texts) assertEquals(heard, stored);
    assertEquals(cuts, READERS * CUTS);
    await Deno.remove(folder, { recursive: true });
  });
}

/** What the members of a storm heard. */
async function storm(
  kv: string,
  kills: number,
): Promise<{ complaints: string[]; texts: string[][]; cuts: number }> {
  const random = randomFrom(SEED);
  const complaints: string[] = [];
  const complained = Promise.withResolvers<void>();
  const killsAt = Array.from(
    { length: kills },
    () => Math.floor(random() * MESSAGES),
  ).sort((a, b) => a - b);
  let server = await startServer({ kv, args: UNPACED });
  let acknowledged = 0;
  let killing: Promise<void> | undefined;
  const ports: StormPorts = {
    url: () => server.url.replace(/^http/, "ws"),
    room: ROOM,
    complain(complaint) {
      complaints.push(complaint);
      complained.resolve();
    },
  };
  const told = () => {
    acknowledged++;
    for (const reader of readers) reader.progress(acknowledged);
    if (killing || acknowledged < (killsAt[0] ?? Infinity)) return;
    killsAt.shift();
    killing = restarted(server, kv).then((next) => {
      server = next;
      killing = undefined;
    });
  };

  const readers = Array.from(
    { length: READERS },
    (_, i) =>
      new StormReader(ports, {
        name: `reader ${i}`,
        total: MESSAGES,
        cuts: CUTS,
        random,
      }),
  );
  const writers = Array.from(
    { length: WRITERS },
    (_, i) =>
      new StormWriter(ports, {
        name: `writer ${i}`,
        total: MESSAGES / WRITERS,
        told,
      }),
  );
  const all = [...readers, ...writers];
  const over = Promise.all(all.map(({ done }) => done));
  try {
    for (const reader of readers) reader.connect();
    await Promise.all(readers.map(({ joined }) => joined));
    for (const writer of writers) writer.connect();
    const first = Promise.race([over, complained.promise]);
    await soon("the storm is over", first, STORM_MS_MAX);
  } finally {
    for (const client of all) client.stop();
    await over;
  }
  assertEquals(killsAt, []);
  assertEquals(await server.stop(), 0);
  const texts = readers.map(({ texts }) => texts);
  const cuts = readers.reduce((sum, reader) => sum + reader.cuts, 0);
  return { complaints, texts, cuts };
}

async function restarted(server: TestServer, kv: string): Promise<TestServer> {
  await server.kill();
  return await startServer({ kv, args: UNPACED });
}
