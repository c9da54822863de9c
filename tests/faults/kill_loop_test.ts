import { assert, assertEquals } from "@std/assert";
import {
  compare,
  History,
  readStore,
  textsOf,
} from "../support/history_check.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { LoopClient, randomFrom } from "./kill_loop_clients.ts";
import { print } from "../support/print.ts";

/** How often the server is killed; more for a longer run. */
const KILLS = Number(Deno.env.get("PARLEY_TEST_KILLS") ?? 20);

/** Repeats a run as far as the scheduler lets it. */
const SEED = Number(
  Deno.env.get("PARLEY_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32),
);

/** So many that a commit over most of them goes to the journal first. */
const ROOMS = [
  "general",
  "Room 2",
  "Fischfang 🐟",
  "lake",
  "pond",
  "river",
  "sea",
  "well",
];
const WRITERS = ["Ann", "Bob", "Cid", "Dot"];
const READERS = ["Rae", "Ray"];

/** The most acknowledged messages before a kill. */
const ACKNOWLEDGED_MAX = 5_000;

/** The part of the kills that come while clients are still joining. */
const EARLY_SHARE = 1 / 8;

/** The longest pause between the last of those and the kill, in ms. */
const PAUSE_MS_MAX = 8;

/** How long a life may take to get there, in ms. */
const LIFE_MS_MAX = 20_000;

/** How long it may take to be told all that is stored, in ms. */
const READ_MS_MAX = 120_000;

/** As many frames as a socket likes. */
const ARGS = ["--messages-per-second-max", "0"];

Deno.test(`a kill -9 loop loses no acknowledged message: ${KILLS} kills`, async () => {
  const random = randomFrom(SEED);
  const history = new History();
  const folder = await Deno.makeTempDir({ prefix: "parley-kill-" });
  const kv = `${folder}/parley.kv`;
  // Kept if a promise was broken.
  print(`kill loop: PARLEY_TEST_SEED=${SEED}, ${kv}`);
  let port = 0;

  for (let life = 1; life <= KILLS; life++) {
    await using server = await startServer({ kv, port, args: ARGS });
    port = server.port;
    await liveAndDie(server, { history, random, mark: `life ${life}` });
  }
  await readAll(kv, history);

  const store = await contentOf(kv);
  const found = compare(history, store);
  print(
    `kill loop: ${KILLS} kills, ${history.sent.size} sent, ` +
      `${found.acknowledged} acknowledged, ${found.stored} stored, ` +
      `${found.storedUntold} of them without an answer, ` +
      `${found.lost.length} lost`,
  );
  assertEquals(found.lost.slice(0, 20), []);
  assertEquals(found.violations.slice(0, 20), []);
  assert(found.acknowledged > KILLS);
  for (const { room, texts } of history.views.slice(-ROOMS.length)) {
    assertEquals(texts.length, textsOf(store, room).length);
  }
  await Deno.remove(folder, { recursive: true });
});

/** Clients write and read until, at a random moment, the server is killed. */
async function liveAndDie(
  server: TestServer,
  ports: { history: History; random: () => number; mark: string },
): Promise<void> {
  const { random } = ports;
  const enough = Promise.withResolvers<void>();
  const early = random() < EARLY_SHARE;
  let left = early ? 0 : Math.floor(random() * ACKNOWLEDGED_MAX);
  if (left === 0) enough.resolve();
  const acknowledged = () => {
    if (--left === 0) enough.resolve();
  };
  const { url } = server;
  const shared = { ...ports, url, rooms: ROOMS, acknowledged };
  const readers = READERS.map((name) => new LoopClient(name, shared));
  const writers = WRITERS.map((name) => new LoopClient(name, shared));
  for (const writer of writers) {
    writer.joined.then((joined) => joined && writer.write());
  }

  await unlessItDies(server, enough.promise, LIFE_MS_MAX);
  await pause(random() * PAUSE_MS_MAX);
  await server.kill();
  await Promise.all([...readers, ...writers].map(({ ended }) => ended));
}

/** One reader is told all that is stored; then the server stops in peace. */
async function readAll(kv: string, history: History): Promise<void> {
  const args = [...ARGS, "--history-messages-max", "0"];
  await using server = await startServer({ kv, args });
  const reader = new LoopClient("Eve", {
    url: server.url,
    rooms: ROOMS,
    history,
    random: () => 0,
    mark: "at the end",
    acknowledged: () => {},
  });
  assert(await unlessItDies(server, reader.joined, READ_MS_MAX));
  reader.close();
  await reader.ended;
  assertEquals(await server.stop(), 0);
}

async function contentOf(
  path: string,
): Promise<Awaited<ReturnType<typeof readStore>>> {
  using kv = await Deno.openKv(path);
  return await readStore(kv);
}

async function unlessItDies<T>(
  server: TestServer,
  promise: Promise<T>,
  msMax: number,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`Cannot go on: nothing came in ${msMax} ms`)),
    msMax,
  );
  const dead = server.ended.then(({ code, errors }) => {
    throw new Error(`The server ended by itself: ${code}: ${errors}`);
  });
  dead.catch(() => {});
  try {
    return await Promise.race([promise, dead, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
