import { cpuUsage } from "node:process";
import type { Histogram, Meter } from "../core/ports.ts";
import { makeMeter } from "./meter.ts";
import { Metrics } from "./metrics.ts";

/** How often it is looked how late timers are, in ms. */
const LOOK_PAUSE_MS = 500;

/** How late, in s. */
const LAG_SECONDS = [
  0.001,
  0.002_5,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
];

const MS_PER_SECOND = 1_000;
const US_PER_SECOND = 1_000_000;

/** The metrics of this process, and what counts for them, from here on. */
export function startMetrics(
  version: string,
): { readonly metrics: Metrics; readonly meter: Meter } {
  const metrics = new Metrics();
  addProcessMetrics(metrics, { version });
  return { metrics, meter: makeMeter(metrics) };
}

/**
 * Adds what is to be known of the process.
 *
 * @returns What stops the timer behind it.
 */
export function addProcessMetrics(
  metrics: Metrics,
  { version }: { readonly version: string },
): () => void {
  const startedAt = performance.timeOrigin / MS_PER_SECOND;
  metrics.gauge({
    name: "process_start_time_seconds",
    help: "When the process started, in seconds since the epoch.",
  }, () => startedAt);
  metrics.gauge({
    name: "parley_uptime_seconds",
    help: "Time since the process started.",
  }, () => performance.now() / MS_PER_SECOND);
  metrics.total({
    name: "process_cpu_seconds_total",
    help: "Time on processors, all threads.",
  }, () => {
    const { user, system } = cpuUsage();
    return (user + system) / US_PER_SECOND;
  });
  metrics.gauge({
    name: "process_resident_memory_bytes",
    help: "Memory of the process.",
  }, () => Deno.memoryUsage().rss);
  metrics.gauge({
    name: "parley_heap_used_bytes",
    help: "Memory that JavaScript objects take.",
  }, () => Deno.memoryUsage().heapUsed);
  metrics.info({
    name: "parley_build_info",
    help: "1, and in the labels what runs.",
    labels: ["version", "deno"],
  }, [version, Deno.version.deno]);
  return watchLag(metrics.histogram({
    name: "parley_event_loop_lag_seconds",
    help: "How late timers are: the time that other work took.",
  }, LAG_SECONDS));
}

function watchLag(lag: Histogram): () => void {
  let dueMs = performance.now() + LOOK_PAUSE_MS;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    lag.observe(Math.max(0, nowMs - dueMs) / MS_PER_SECOND);
    dueMs = nowMs + LOOK_PAUSE_MS;
  }, LOOK_PAUSE_MS);
  return () => clearInterval(timer);
}
