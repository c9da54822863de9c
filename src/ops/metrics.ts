/**
 * Counts, kept in memory and shown in Prometheus' text format.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 * (version 0.0.4). No library: one that was tried costs 100 ns per count and
 * shows 0 bytes of memory under Deno (libraries.md, row 7).
 *
 * @module
 */
import type { Counter, Counters, Histogram } from "../core/ports.ts";

/** The media type of `Metrics.text()`. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Combinations of labels that one metric keeps apart; the rest are one. */
const SERIES_MAX = 200;

/** The value of every label of those that are not kept apart. */
const REST = "other";

/** What a metric is called and what it says. */
export interface About {
  /** With its unit last; `_total` if it only goes up. */
  readonly name: string;
  /** One line. */
  readonly help: string;
  readonly labels?: readonly string[];
}

type Labels = readonly (readonly [name: string, value: string])[];

/** One line of a metric: a suffix of its name, labels in order, the value. */
interface Sample {
  readonly suffix?: string;
  readonly labels?: Labels;
  readonly value: number;
}

/** All metrics of a process. */
export class Metrics {
  readonly #metrics = new Map<string, () => string>();

  /** Adds one that only goes up. */
  counter(about: About): Counter {
    const count = new Count();
    this.#add(about, "counter", () => [{ value: count.value }]);
    return count;
  }

  /** Adds one that only goes up, by labels. */
  counters(about: About): Counters {
    const family = new Family();
    this.#add(
      about,
      "counter",
      () =>
        family.all().map(([values, value]) => ({
          labels: withNames(about, values),
          value,
        })),
    );
    return family;
  }

  /**
   * Adds one that sorts what it is told by size.
   *
   * @param bounds Upper ones, ascending; the last bucket has none.
   */
  histogram(about: About, bounds: readonly number[]): Histogram {
    const buckets = new Buckets(bounds);
    this.#add(about, "histogram", () => buckets.samples());
    return buckets;
  }

  /** Adds one that is looked up when it is shown. */
  gauge(about: About, read: () => number): void {
    this.#add(about, "gauge", () => [{ value: read() }]);
  }

  /** Adds one that is looked up, and only goes up. */
  total(about: About, read: () => number): void {
    this.#add(about, "counter", () => [{ value: read() }]);
  }

  /** Adds one that is looked up, by the values of its one label. */
  gauges(about: About, read: () => ReadonlyMap<string, number>): void {
    this.#add(
      about,
      "gauge",
      () =>
        Array.from(read(), ([value, number]) => ({
          labels: withNames(about, [value]),
          value: number,
        })),
    );
  }

  /** Adds one that is 1: what it says is in its labels. */
  info(about: About, values: readonly string[]): void {
    const labels = withNames(about, values);
    this.#add(about, "gauge", () => [{ labels, value: 1 }]);
  }

  /** All of them, as they are now. */
  text(): string {
    return Array.from(this.#metrics.values(), (show) => show()).join("");
  }

  #add(
    { name, help }: About,
    type: string,
    read: () => readonly Sample[],
  ): void {
    if (this.#metrics.has(name)) {
      throw new TypeError(`Cannot add metric ${name}: there is one`);
    }
    const head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    const show = (sample: Sample) => line(name, sample);
    this.#metrics.set(name, () => head + read().map(show).join(""));
  }
}

class Count implements Counter {
  value = 0;

  add(count = 1): void {
    this.value += count;
  }
}

class Family implements Counters {
  readonly #counts = new Map<string, { values: readonly string[] } & Counted>();

  by(...values: readonly string[]): Counter {
    const [first = "", ...others] = values;
    // Joining an array costs ten times as much.
    let key = first;
    for (const other of others) key += `\n${other}`;
    const known = this.#counts.get(key);
    if (known) return known.count;
    if (this.#counts.size >= SERIES_MAX && values.some((one) => one !== REST)) {
      return this.by(...values.map(() => REST));
    }
    const count = new Count();
    this.#counts.set(key, { values, count });
    return count;
  }

  all(): [values: readonly string[], value: number][] {
    return Array.from(
      this.#counts.values(),
      ({ values, count }) => [values, count.value],
    );
  }
}

interface Counted {
  readonly count: Count;
}

class Buckets implements Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let i = 0;
    while (i < bounds.length && value > (bounds[i] ?? 0)) i++;
    this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    this.#sum += value;
  }

  samples(): Sample[] {
    const samples: Sample[] = [];
    let count = 0;
    for (const [i, inBucket] of this.#counts.entries()) {
      count += inBucket;
      const le = shown(this.#bounds[i] ?? Infinity);
      samples.push({ suffix: "_bucket", labels: [["le", le]], value: count });
    }
    samples.push({ suffix: "_sum", value: this.#sum });
    samples.push({ suffix: "_count", value: count });
    return samples;
  }
}

function withNames({ labels = [] }: About, values: readonly string[]): Labels {
  return labels.map((name, i) => [name, values[i] ?? ""]);
}

function line(
  name: string,
  { suffix = "", labels = [], value }: Sample,
): string {
  const pairs = labels.map(([label, text]) => `${label}="${escaped(text)}"`);
  const list = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
  return `${name}${suffix}${list} ${shown(value)}\n`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")
    .replaceAll('"', '\\"');
}

function shown(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
