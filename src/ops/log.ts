import {
  configureSync,
  getJsonLinesFormatter,
  getLogger,
  type Logger,
  type LogLevel,
} from "@logtape/logtape";
import type { Meter, Observer } from "../core/ports.ts";

/** Trouble of one kind is logged once in so many ms, with a count. */
const TROUBLE_PAUSE_MS = 1_000;

/** Starts logging: JSON lines on standard error, so that no input forges one. */
export function startLog(level: LogLevel): Logger {
  const format = getJsonLinesFormatter({ properties: "flatten" });
  const encoder = new TextEncoder();
  configureSync({
    sinks: {
      stderr: (record) => {
        Deno.stderr.writeSync(encoder.encode(format(record)));
      },
    },
    loggers: [
      { category: "parley", sinks: ["stderr"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: [] },
    ],
    reset: true,
  });
  return getLogger("parley");
}

/** An observer that logs, and counts with what it is given. */
export function logObserver(logger: Logger, meter?: Meter): Observer {
  const lastLogged = new Map<string, { atMs: number; left: number }>();
  return {
    ...meter && { meter },
    bug(where, error): void {
      logger.error("bug in {where}", { where, error: detailOf(error) });
    },
    detail(what, properties): void {
      logger.debug(what, { ...properties });
    },
    trouble(where, error): void {
      const now = performance.now();
      const last = lastLogged.get(where);
      if (last && now - last.atMs < TROUBLE_PAUSE_MS) {
        last.left++;
        return;
      }
      lastLogged.set(where, { atMs: now, left: 0 });
      logger.warn("trouble with {where}", {
        where,
        error: messageOf(error),
        notLogged: last?.left ?? 0,
      });
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function detailOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
