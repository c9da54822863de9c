/**
 * The load generator of the benchmark, a process of its own under Node.
 *
 *   node load.mjs traffic --url ws://… --wire chat-ws --rooms 1 --members 100
 *        --senders 100 --window 1 --warmup-ms 1000 --measure-ms 4000
 *        [--pause-ms 0.5] [--server-pid 123]
 *   node load.mjs idle --url ws://… --wire chat-ws --sockets 5000
 *
 * `traffic` prints one line of JSON and ends; `idle` prints `{"ready":true}`
 * and holds its sockets until its stdin is closed. Both end with status 1 and
 * a line on stderr if the server stalls, ends a socket, loses a delivery or
 * makes one too many.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { inParallel, openSocket } from "./load_socket.mjs";
import { Traffic } from "./load_traffic.mjs";
import { WIRES } from "./load_wires.mjs";

/** Handshakes and joins under way at once; below any listening queue. */
const OPENING_MAX = 100;

/** redis-chat hashes a password per socket, two at a time. */
const OPENING_MS_MAX = 90_000;

/** Below the 15 s after which `Deno.upgradeWebSocket` pings a silent socket. */
const KEEP_ALIVE_MS = 10_000;

const OPTIONS = {
  "url": { type: "string" },
  "wire": { type: "string", default: "chat-ws" },
  "rooms": { type: "string", default: "1" },
  "members": { type: "string", default: "100" },
  "senders": { type: "string", default: "100" },
  "window": { type: "string", default: "1" },
  "warmup-ms": { type: "string", default: "1000" },
  "measure-ms": { type: "string", default: "4000" },
  "pause-ms": { type: "string", default: "0.5" },
  "server-pid": { type: "string", default: "0" },
  "sockets": { type: "string", default: "5000" },
};

function fail(error) {
  process.stderr.write(`load: ${error.message}\n`);
  process.exit(1);
}

function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/**
 * Opens `count` sockets, `prepare(socket, index)` included, in bounded time;
 * from then on shows the server that they live.
 */
async function openAll(count, { url, wire, prepare }) {
  const deadline = setTimeout(
    () =>
      fail(new Error(`Cannot open ${count} sockets in ${OPENING_MS_MAX} ms`)),
    OPENING_MS_MAX,
  );
  const results = await inParallel(count, {
    limit: OPENING_MAX,
    work: async (index) => {
      const socket = await openSocket(url, { wire, onEnd: fail });
      return { socket, result: await prepare(socket, index) };
    },
  });
  clearTimeout(deadline);
  const keepAlive = () => results.forEach(({ socket }) => socket.keepAlive());
  setInterval(keepAlive, KEEP_ALIVE_MS);
  return results.map(({ result }) => result);
}

async function runTraffic(args, { url, wire }) {
  const rooms = Number(args.rooms);
  const members = Number(args.members);
  const traffic = new Traffic({
    wire,
    senders: Number(args.senders),
    window: Number(args.window),
    pauseMs: Number(args["pause-ms"]),
    serverPid: Number(args["server-pid"]),
    onFailure: fail,
  });
  const roomOf = (index) => `bench-room-${index % rooms}`;
  const names = Array.from({ length: rooms }, (_, index) => roomOf(index));
  await wire.setUp?.(url, names);
  await openAll(rooms * members, {
    url,
    wire,
    // Round the rooms, so that all of them fill up evenly.
    prepare: async (socket, index) => {
      const room = roomOf(index);
      const from = `member-${index}`;
      await socket.join(room, from);
      const place = Math.floor(index / rooms);
      traffic.add(socket, { room, from, place, members });
    },
  });
  print(
    await traffic.run({
      warmupMs: Number(args["warmup-ms"]),
      measureMs: Number(args["measure-ms"]),
    }),
  );
  process.exit(0);
}

async function holdIdle(args, { url, wire }) {
  await openAll(Number(args.sockets), { url, wire, prepare: () => {} });
  print({ ready: true });
  process.stdin.on("end", () => process.exit(0)).resume();
}

async function main() {
  const { values: args, positionals: [mode] } = parseArgs({
    options: OPTIONS,
    allowPositionals: true,
  });
  const target = { url: args.url, wire: WIRES[args.wire] };
  if (target.wire === undefined) throw new Error(`No wire "${args.wire}"`);
  if (mode === "traffic") return await runTraffic(args, target);
  if (mode === "idle") return await holdIdle(args, target);
  throw new Error(`Cannot run "${mode}": say traffic or idle`);
}

main().catch(fail);
