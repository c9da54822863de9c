import type { Timers } from "../core/ports.ts";

/** The runtime's timers. */
export const runtimeTimers: Timers = {
  soon: (run) => void setImmediate(run),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
