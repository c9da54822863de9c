import { assertEquals } from "@std/assert";
import { NO_DENOKV } from "../support/denokv.ts";
import {
  readStore,
  storeViolations,
  textsOf,
} from "../support/history_check.ts";
import { INSTANCES, Instances } from "../support/instances.ts";
import { UNPACED } from "../support/server.ts";
import { oddIn } from "./instance_crowd.ts";
import {
  type Aftermath,
  storm,
  STORM_MESSAGES,
  STORM_ROOMS,
} from "./instance_storm.ts";
import { randomFrom } from "./kill_loop_clients.ts";
import { print } from "../support/print.ts";

/** Repeats a run as far as the scheduler lets it. */
const SEED = Number(
  Deno.env.get("PARLEY_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32),
);

interface Fault {
  readonly what: string;
  readonly times: number;
  readonly act: (instances: Instances, n: number) => Promise<void>;
}

const FAULTS: readonly Fault[] = [
  {
    what: "an instance is killed 8 times",
    times: 8,
    act: (instances, n) => instances.restart(n),
  },
  {
    what: "each instance is stopped and started again, twice",
    times: 2 * INSTANCES,
    act: (instances, n) => instances.renew(n),
  },
  {
    what: "denokv is killed 5 times",
    times: 5,
    async act({ kv }) {
      await kv.kill();
      await kv.start();
    },
  },
];

for (const { what, times, act } of FAULTS) {
  const total = STORM_ROOMS.length * STORM_MESSAGES;

  Deno.test({
    name:
      `${what} while clients of ${INSTANCES} instances say ${total} messages: none is lost, none is there twice`,
    ignore: NO_DENOKV,
    async fn() {
      print(`${what}: PARLEY_TEST_SEED=${SEED}`);
      const random = randomFrom(SEED);
      await using instances = await Instances.start(INSTANCES, {
        args: UNPACED,
      });

      const aftermath = await storm(instances, {
        random,
        faults: times,
        fault: (n) => act(instances, n),
      });

      print(`${what}: ${aftermath.refusals} refusals`);
      assertEquals(aftermath.complaints, []);
      assertEquals(aftermath.faults, times);
      await instances.stop();
      using kv = await instances.kv.open();
      const store = await readStore(kv);
      assertEquals(storeViolations(store), []);
      for (const room of STORM_ROOMS) {
        assertHeard(aftermath, { room, stored: textsOf(store, room) });
      }
    },
  });
}

/** All was stored once, and everybody heard it in that order. */
function assertHeard(
  { readers, witnesses }: Aftermath,
  { room, stored }: { room: string; stored: readonly string[] },
): void {
  assertEquals(stored.length, STORM_MESSAGES + 1);
  assertEquals(new Set(stored).size, stored.length);
  for (const { texts } of readers.filter((one) => one.room === room)) {
    assertEquals(texts, stored);
  }
  for (const witness of witnesses.filter((one) => one.room === room)) {
    assertEquals(witness.strange, []);
    const odd = witness.pieces.flatMap((piece) => oddIn(piece, stored));
    assertEquals([witness.of, ...odd], [witness.of]);
  }
}
