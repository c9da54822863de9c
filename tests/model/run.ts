import {
  readStore,
  type StoreContent,
  storeViolations,
} from "../support/history_check.ts";
import { type Plan, ROOMS } from "./plan.ts";
import { Player } from "./player.ts";
import { World } from "./world.ts";

/** What came of a run. */
export interface Outcome {
  /** Promises that were broken; the run ends with the first. */
  readonly complaints: readonly string[];
  /** What happened, for people. */
  readonly trace: readonly string[];
  readonly figures: Figures;
}

/** How much a run has done. */
export interface Figures {
  readonly said: number;
  readonly acked: number;
  readonly stored: number;
}

/** Plays a plan on a new store. The same plan always has the same outcome. */
export async function play(plan: Plan): Promise<Outcome> {
  using kv = await Deno.openKv(":memory:");
  const world = new World(plan, kv);
  const caught = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    world.complain(`unhandled: ${String(event.reason)}`);
  };
  globalThis.addEventListener("unhandledrejection", caught);
  try {
    await playOut(world, plan);
    if (world.complaints.length === 0) await checkStore(world, kv);
  } catch (error) {
    world.complain(String(error));
  } finally {
    globalThis.removeEventListener("unhandledrejection", caught);
  }
  const { complaints, trace, sends, disk } = world;
  const figures = {
    said: sends.count,
    acked: sends.ackedCount,
    stored: Array.from(disk.all()).length,
  };
  return { complaints, trace, figures };
}

async function playOut(world: World, { steps, seed }: Plan): Promise<void> {
  const player = new Player(world);
  world.startAll();
  for (const step of steps) {
    await world.elapse(step.gapMs);
    if (world.complaints.length > 0) return;
    await player.play(step);
  }
  world.scheduler.reseed(seed);
  await world.rest();
  if (world.complaints.length > 0) return;
  world.sends.checkEnd();
  if (world.complaints.length === 0) await readBack(world);
}

/** Somebody who comes after a restart is told all that is there. */
async function readBack(world: World): Promise<void> {
  const server = await world.restart();
  if (!server) return;
  const reader = world.admit("Reader", server, {
    isNative: true,
    positions: new Map(),
  });
  for (const room of ROOMS) {
    reader.do(async () => {
      const { closed } = world.disk.end(room);
      const options = { newest: Infinity, isFleeting: false };
      const outcome = await reader.join(room, options);
      if (outcome !== (closed ? "refused" : "member")) {
        world.complain(`${room} is closed: ${closed}, Reader ${outcome}`);
      }
    });
  }
  await world.rest();
}

/** The store holds what landed, but for what was swept, and nothing else. */
async function checkStore(world: World, kv: Deno.Kv): Promise<void> {
  const content = await readStore(kv);
  const kept = new Set(content.entries.map(({ entry }) => entry.id));
  for (const { room, entry } of world.disk.all()) {
    if (kept.has(entry.id) || world.disk.mayBeGone(room, entry)) continue;
    world.complain(`${room}/${entry.epoch}/${entry.seq} is gone`);
  }
  for (const { room, place, entry } of content.entries) {
    if (world.disk.at(room, place)?.id === entry.id) continue;
    world.complain(`${room}/${place.epoch}/${place.seq} was never written`);
  }
  if (world.disk.isSwept) return;
  storeViolations(withoutOldNumbers(content)).forEach((one) =>
    world.complain(one)
  );
}

/** Numbers of rooms that were removed stay taken. */
function withoutOldNumbers(content: StoreContent): StoreContent {
  const { records } = content;
  const used = new Set(records.map(({ value }) => value.number));
  const numbers = content.numbers.filter(({ key }) => used.has(Number(key[1])));
  return { ...content, numbers };
}
