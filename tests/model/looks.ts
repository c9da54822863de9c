/**
 * Reading a log in the middle of everything.
 *
 * @module
 */
import type { Entry, RoomId } from "../../src/core/types.ts";
import type { ModelServer } from "./model_server.ts";
import type { World } from "./world.ts";

interface Look {
  readonly room: string;
  readonly skip: number;
  readonly limit: number;
}

/** What was read, and since when. */
interface Reading {
  readonly room: string;
  readonly since: number;
}

/** Pages of history are messages, newest first, but for deleted ones. */
export async function checkHistory(
  world: World,
  server: ModelServer,
  { room, skip, limit }: Look,
): Promise<void> {
  const since = world.disk.moment;
  const page = { skip, limit };
  const { total, messages } = await server.chat.history(room as RoomId, page);
  if (!server.alive) return;
  checkStored(world, messages, { room, since });
  const first = total - skip;
  const last = Math.max(1, first - limit + 1);
  const epoch = messages[0]?.epoch ?? world.disk.end(room).epoch;
  const orders = messages.map(({ order }) => order);
  const due = world.disk.log(room, epoch).filter(({ kind, order }) =>
    kind === "message" && order <= first && order >= last
  );
  const isWhole = due.every((entry) =>
    orders.includes(entry.order) || world.disk.isDeleted(room, entry)
  );
  const isInOrder = orders.every((order, i) =>
    order <= first && order >= last && order < (orders[i - 1] ?? Infinity)
  );
  if (isInOrder && (isWhole || messages.length === 0)) return;
  world.complain(`history of ${room}: ${orders} from ${first} to ${last}`);
}

/** Reads of the log are runs of it, up to what was acknowledged at least. */
export async function checkReads(
  world: World,
  server: ModelServer,
  { room, skip, limit }: Look,
): Promise<void> {
  if (limit === 0) return;
  const { log } = server.store;
  const { epoch, seq } = world.sends.ackedEnd(room);
  const since = world.disk.moment;
  const id = room as RoomId;
  const ahead = await log.readAfter(id, { epoch, seq: skip }, limit);
  const back = await log.readBefore(id, { epoch, seq: seq + 1 }, limit);
  if (!server.alive) return;
  checkStored(world, [...ahead, ...back], { room, since });
  // The oldest of an epoch that has ended may be gone.
  if (world.disk.mayBeGone(room, { epoch, seq })) return;
  checkRun(world, ahead, {
    of: `${room} behind ${skip}`,
    first: skip + 1,
    by: 1,
    least: Math.min(limit, Math.max(0, seq - skip)),
  });
  checkRun(world, back, {
    of: `${room} before ${seq + 1}`,
    first: seq,
    by: -1,
    least: Math.min(limit, seq),
  });
}

function checkRun(
  world: World,
  read: readonly Entry[],
  { of, first, by, least }: {
    of: string;
    first: number;
    by: 1 | -1;
    least: number;
  },
): void {
  const seqs = read.map(({ seq }) => seq);
  const isRun = seqs.every((seq, i) => seq === first + i * by);
  if (isRun && seqs.length >= least) return;
  world.complain(`read ${seqs} of ${of}, ${least} are due`);
}

function checkStored(
  world: World,
  read: readonly Entry[],
  { room, since }: Reading,
): void {
  for (const entry of read) {
    const reactions = "reactions" in entry && entry.reactions
      ? Object.fromEntries(entry.reactions)
      : {};
    const as = { ...entry, reactions };
    world.disk.check(room, as, { of: "somebody read", since });
  }
}
