// deno-lint-ignore-file explicit-module-boundary-types -- plain JavaScript, for Node
/**
 * CPU time as Linux counts it; for the load generator, which must read it at
 * the very edges of its window, and for the driver.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/** Of Linux on every architecture that Deno runs on (`getconf CLK_TCK`). */
const CLOCK_TICKS_PER_SECOND = 100;

function ticksUs(ticks) {
  return (ticks / CLOCK_TICKS_PER_SECOND) * 1e6;
}

/**
 * User and system time of a process, all threads (proc(5), 14 and 15).
 *
 * @param {number} pid
 * @returns {number} µs.
 */
export function processCpuUs(pid) {
  if (pid === 0) return 0; // Not wanted.
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The second field may have blanks in it and ends with the last ")".
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ticksUs(Number(fields[11]) + Number(fields[12]));
}

/**
 * Time for which the cores of the machine did not idle, stolen time included.
 *
 * @returns {number} µs.
 */
export function machineCpuUs() {
  const [line] = readFileSync("/proc/stat", "latin1").split("\n", 1);
  // cpu user nice system idle iowait irq softirq steal (proc(5)); `guest` is
  // a part of `user`.
  const [user, nice, system, , , ...rest] = line.split(/\s+/).slice(1, 9).map(
    Number,
  );
  return ticksUs([user, nice, system, ...rest].reduce((sum, n) => sum + n));
}
