import { assertEquals, assertGreater, assertMatch } from "@std/assert";
import { makeMeter } from "../../src/ops/meter.ts";
import { Metrics } from "../../src/ops/metrics.ts";
import { addProcessMetrics } from "../../src/ops/process_metrics.ts";
import { until } from "../http/until.ts";

/** A line of the format, as far as it is used here. */
const LINE =
  /^(# HELP [a-z_]+ [^\n]+\.|# TYPE [a-z_]+ (counter|gauge|histogram)|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? (\d+(\.\d+)?(e[+-]?\d+)?|\+Inf))$/;

function valueOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

Deno.test("what is known of the process and of parley is well-formed", async () => {
  const metrics = new Metrics();
  makeMeter(metrics);
  const stop = addProcessMetrics(metrics, { version: "1.2.3" });

  await until("a timer was late, or not", () => {
    return valueOf(metrics.text(), "parley_event_loop_lag_seconds_count") === 1;
  });
  stop();
  const text = metrics.text();

  assertEquals(
    text.trimEnd().split("\n").filter((line) => !LINE.test(line)),
    [],
  );
  assertMatch(text, /^parley_build_info\{version="1\.2\.3",deno="2\.\d/m);
  const nowSeconds = Date.now() / 1_000;
  const startedAt = valueOf(text, "process_start_time_seconds");
  const uptime = valueOf(text, "parley_uptime_seconds");
  assertEquals(Math.abs(startedAt + uptime - nowSeconds) < 5, true);
  for (
    const name of [
      "process_resident_memory_bytes",
      "parley_heap_used_bytes",
    ]
  ) assertGreater(valueOf(text, name), 1_000_000);
  assertGreater(valueOf(text, "process_cpu_seconds_total"), 0.01);
});

Deno.test("what only goes up is named _total, and nothing else is", () => {
  const metrics = new Metrics();
  makeMeter(metrics);

  const types = metrics.text().matchAll(/^# TYPE (\S+) (\S+)$/gm);

  for (const [, name = "", type] of types) {
    assertEquals(name.endsWith("_total"), type === "counter", name);
  }
});
