/**
 * Medians, numbers for people, tables in Markdown.
 *
 * @module
 */
import type { TrafficResult } from "./bench_process.ts";

/** The middle value; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const above = sorted[middle] ?? NaN;
  if (sorted.length % 2 === 1) return above;
  return ((sorted[middle - 1] ?? NaN) + above) / 2;
}

/** The median of one field of a server's runs of a case; NaN of none. */
export function medianOf(
  results: readonly TrafficResult[] | undefined,
  field: keyof TrafficResult,
): number {
  return median((results ?? []).map((result) => result[field]));
}

/** A number with commas. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A number with so many digits; – if there is none. */
export function decimal(value: number, digits: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** A table in Markdown. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [heads, heads.map(() => "---"), ...rows].map(row);
  return `${lines.join("\n")}\n`;
}
