import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Shutdown, type StopSteps } from "../../src/ops/shutdown.ts";

/** Steps that are noted; a test may replace some. */
function noted(
  replaced: Partial<StopSteps> = {},
): { steps: StopSteps; events: string[] } {
  const events: string[] = [];
  const steps: StopSteps = {
    refuseNew: () => void events.push("refuse new"),
    flush: () => Promise.resolve(void events.push("flush")),
    closeSockets: (withinMs) =>
      Promise.resolve(void events.push(`close sockets in ${withinMs} ms`)),
    stopListening: () => Promise.resolve(void events.push("stop listening")),
    closeStore: () => void events.push("close store"),
    exit: (code) => void events.push(`exit ${code}`),
    ...replaced,
  };
  return { steps, events };
}

const never = () => new Promise<void>(() => {});

Deno.test("a stop refuses, flushes, closes, flushes, and then exits", async () => {
  const { steps, events } = noted();

  await new Shutdown(steps, 4_000).run(0);

  assertEquals(events, [
    "refuse new",
    "flush",
    "close sockets in 2000 ms",
    "flush",
    "stop listening",
    "close store",
    "exit 0",
  ]);
});

const HANGING_ROWS: [
  step: keyof StopSteps,
  hang: Partial<StopSteps>,
  atMs: number,
  events: string[],
][] = [
  ["flush", { flush: never }, 3_000, [
    "refuse new",
    "close sockets in 2000 ms",
    "stop listening",
    "close store",
    "exit 0",
  ]],
  ["stopListening", { stopListening: never }, 3_500, [
    "refuse new",
    "flush",
    "close sockets in 2000 ms",
    "flush",
    "close store",
    "exit 0",
  ]],
  ["closeSockets", { closeSockets: never }, 4_000, [
    "refuse new",
    "flush",
    "exit 0",
  ]],
  ["closeStore", { closeStore: never }, 4_000, [
    "refuse new",
    "flush",
    "close sockets in 2000 ms",
    "flush",
    "stop listening",
    "exit 0",
  ]],
];

for (const [step, hang, atMs, expected] of HANGING_ROWS) {
  Deno.test(`a stop whose ${step} never ends goes on, and exits after ${atMs} ms`, async () => {
    using time = new FakeTime();
    const { steps, events } = noted(hang);

    const run = new Shutdown(steps, 4_000).run(0);
    let passedMs = 0;
    while (!events.includes("exit 0")) {
      time.tick(500);
      passedMs += 500;
      // What waits for a step that took no time.
      for (let i = 0; i < 30; i++) await Promise.resolve();
    }
    await run;

    assertEquals([passedMs, events], [atMs, expected]);
  });
}

Deno.test("a second stop exits at once, with its own code", async () => {
  using time = new FakeTime();
  const { steps, events } = noted({ flush: never });
  const shutdown = new Shutdown(steps, 4_000);

  const first = shutdown.run(0);
  await shutdown.run(1);
  const { started } = shutdown;

  assertEquals([started, events], [true, ["refuse new", "exit 1"]]);
  time.tick(4_000);
  await first;
});

Deno.test("a stop that fails exits all the same", async () => {
  const { steps, events } = noted({
    flush: () => Promise.reject(new Error("disk")),
  });

  await assertRejects(() => new Shutdown(steps, 4_000).run(0), Error, "disk");

  assertEquals(events, ["refuse new", "exit 0"]);
});
