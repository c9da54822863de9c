import { assertEquals, assertThrows } from "@std/assert";
import { Metrics } from "../../src/ops/metrics.ts";

Deno.test("a counter is shown with its help, type and sum", () => {
  const metrics = new Metrics();
  const frames = metrics.counter({ name: "frames_total", help: "Frames." });

  frames.add();
  frames.add(41);

  assertEquals(
    metrics.text(),
    "# HELP frames_total Frames.\n# TYPE frames_total counter\nframes_total 42\n",
  );
});

Deno.test("counters by labels are shown each, in the order in which they came", () => {
  const metrics = new Metrics();
  const ends = metrics.counters({
    name: "ends_total",
    help: "Ends.",
    labels: ["by", "code"],
  });

  ends.by("server", "1001").add();
  ends.by("client", "1000").add(2);
  ends.by("server", "1001").add();
  ends.by("client", "none");

  assertEquals(metrics.text().split("\n").slice(2), [
    'ends_total{by="server",code="1001"} 2',
    'ends_total{by="client",code="1000"} 2',
    'ends_total{by="client",code="none"} 0',
    "",
  ]);
});

Deno.test("the buckets of a histogram hold what is not above their bound, and all below", () => {
  const metrics = new Metrics();
  const took = metrics.histogram(
    { name: "took_seconds", help: "Time." },
    [0.1, 1],
  );

  for (const seconds of [0.1, 0.05, 0.5, 1, 1.5, 99]) took.observe(seconds);

  assertEquals(metrics.text().split("\n").slice(1), [
    "# TYPE took_seconds histogram",
    'took_seconds_bucket{le="0.1"} 2',
    'took_seconds_bucket{le="1"} 4',
    'took_seconds_bucket{le="+Inf"} 6',
    "took_seconds_sum 102.15",
    "took_seconds_count 6",
    "",
  ]);
});

Deno.test("a gauge is looked up when it is shown", () => {
  const metrics = new Metrics();
  let rooms = 1;
  metrics.gauge({ name: "rooms", help: "Rooms." }, () => rooms);
  metrics.gauges(
    { name: "open", help: "Open.", labels: ["dialect"] },
    () => new Map([["chat-ws", rooms], ["wschat", 0]]),
  );
  metrics.total({ name: "cpu_total", help: "Time." }, () => 0.5);

  rooms = 7;

  assertEquals(metrics.text().split("\n").filter((line) => line[0] !== "#"), [
    "rooms 7",
    'open{dialect="chat-ws"} 7',
    'open{dialect="wschat"} 0',
    "cpu_total 0.5",
    "",
  ]);
});

Deno.test("what a label says cannot break its line", () => {
  const metrics = new Metrics();
  metrics.info(
    { name: "build", help: "Build.", labels: ["version"] },
    ['1\n"2"\\'],
  );

  assertEquals(
    metrics.text().split("\n")[2],
    'build{version="1\\n\\"2\\"\\\\"} 1',
  );
});

Deno.test("labels that are too many are counted together", () => {
  const metrics = new Metrics();
  const about = { name: "x_total", help: "X.", labels: ["a", "b"] };
  const found = metrics.counters(about);

  for (let i = 0; i < 1_000; i++) found.by("x", `${i}`).add();

  const lines = metrics.text().split("\n").slice(2, -1);
  assertEquals(lines.length, 201);
  assertEquals(lines.at(-1), 'x_total{a="other",b="other"} 800');
});

Deno.test("two metrics of one name are a mistake", () => {
  const metrics = new Metrics();
  metrics.counter({ name: "x_total", help: "X." });

  assertThrows(
    () => metrics.counter({ name: "x_total", help: "X." }),
    TypeError,
  );
});
