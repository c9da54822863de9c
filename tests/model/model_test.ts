import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Plan, plans } from "./plan.ts";
import { play } from "./run.ts";
import { print } from "../support/print.ts";

/** The seed, unless a setting names one: everybody's tests do the same. */
const SEED_DEFAULT = 20_261_126;

/** The seed of the first run; a run is replayed by its own, exactly. */
const SEED = seedOf(Deno.env.get("PARLEY_MODEL_SEED"));

/** Runs, with one seed after the other. */
const RUNS = Number(
  Deno.env.get("PARLEY_MODEL_RUNS") ??
    (Deno.env.has("PARLEY_MODEL_SEED") ? 1 : 200),
);

/** How long a run that broke a promise is made smaller, in ms. */
const SHRINK_MS_MAX = Number(Deno.env.get("PARLEY_MODEL_SHRINK_MS") ?? 20_000);

/** Lines of what happened that are shown. */
const TRACE_LINES = 120;

/** Runs that are played twice. */
const REPLAYED = 4;

Deno.test(`all promises hold in ${RUNS} runs of the model`, async () => {
  print(`model: PARLEY_MODEL_SEED=${SEED} PARLEY_MODEL_RUNS=${RUNS}`);
  const sum = { said: 0, acked: 0, stored: 0 };
  const startedMs = performance.now();
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    const { failed, counterexample } = await fc.check(
      fc.asyncProperty(plans, async (plan) => {
        const { complaints, figures } = await play(plan);
        if (complaints.length > 0) throw new Error(complaints[0]);
        sum.said += figures.said;
        sum.acked += figures.acked;
        sum.stored += figures.stored;
      }),
      {
        seed,
        numRuns: 1,
        unbiased: true,
        interruptAfterTimeLimit: SHRINK_MS_MAX,
      },
    );
    const [plan] = counterexample ?? [];
    if (failed && plan) throw new Error(await describe(seed, plan));
  }
  const ms = Math.round(performance.now() - startedMs);
  print(
    `model: ${sum.said} said, ${sum.acked} acked, ${sum.stored} stored, ${ms} ms`,
  );
});

Deno.test("a run of the model is replayed exactly", async () => {
  const some = fc.sample(plans, { seed: SEED, numRuns: REPLAYED });
  for (const plan of some) {
    const first = await play(plan);
    const second = await play(plan);

    assertEquals(second.trace, first.trace);
    assertEquals(second.figures, first.figures);
  }
});

/** The smallest run that was found, with what happened in it. */
async function describe(seed: number, plan: Plan): Promise<string> {
  const { complaints, trace } = await play(plan);
  const { steps, ...rest } = plan;
  return [
    `PARLEY_MODEL_SEED=${seed} breaks a promise: ${complaints[0]}`,
    `plan: ${JSON.stringify(rest)}, ${steps.length} steps`,
    ...steps.map((step) => `  ${JSON.stringify(step)}`),
    "what happened:",
    ...trace.slice(-TRACE_LINES).map((line) => `  ${line}`),
  ].join("\n");
}

function seedOf(setting: string | undefined): number {
  if (setting === "random") return Math.floor(Math.random() * 2 ** 31);
  return Number(setting ?? SEED_DEFAULT);
}
