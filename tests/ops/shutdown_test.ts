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
    closeSockets: () => void events.push("close sockets"),
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
    "close sockets",
    "flush",
    "stop listening",
    "close store",
    "exit 0",
  ]);
});

for (const step of ["flush", "stopListening"] as const) {
  Deno.test(`a stop whose ${step} never ends exits at the deadline`, async () => {
    using time = new FakeTime();
    const { steps, events } = noted({ [step]: never });

    const run = new Shutdown(steps, 4_000).run(0);
    time.tick(3_999);
    await Promise.resolve();
    const before = events.includes("exit 0");
    time.tick(1);
    await run;

    assertEquals([before, events.at(-1)], [false, "exit 0"]);
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
