/**
 * What parley does with the process that it runs in.
 *
 * @module
 */
import { monotonicUlid } from "@std/ulid";
import type { Clock, Ids, Observer } from "../core/ports.ts";
import { ConfigError } from "./config.ts";

/** The exit code of a start that was refused. */
const REFUSED = 2;

/** The system's clocks. */
export const clock: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
};

/** Ids that nobody guesses. */
export const ids: Ids = {
  ulid: monotonicUlid,
  uuid: () => crypto.randomUUID(),
};

/** At least 0, less than 1; somebody may guess it. */
export const random: () => number = Math.random;

/** The last net: what a handler let slip is logged, and the server goes on. */
export function catchAll(observer: Observer): void {
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    observer.bug("uncaught exception", event.error);
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    observer.bug("unhandled rejection", event.reason);
  });
}

/** Calls `stop` when the system asks the process to end. */
export function onStopSignals(stop: () => void): void {
  Deno.addSignalListener("SIGINT", stop);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop);
}

/**
 * Reads a certificate and its key.
 *
 * @throws {ConfigError} One of them cannot be read.
 */
export async function readTls(
  paths: { readonly cert: string; readonly key: string },
): Promise<{ cert: string; key: string }> {
  const cert = await readPem(paths.cert);
  return { cert, key: await readPem(paths.key) };
}

async function readPem(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`Cannot read ${path}: ${why}`);
  }
}

/** Writes to standard output. */
export function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/**
 * Ends a start that cannot be: one clear line and exit code 2.
 *
 * @param expected The errors whose message is meant for the operator.
 */
export function refuseStart(
  error: unknown,
  expected: readonly (new (message: string) => Error)[],
): never {
  const known = [ConfigError, ...expected].some((kind) =>
    error instanceof kind
  );
  if (!known) throw error;
  const line = `parley: ${(error as Error).message}\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(line));
  Deno.exit(REFUSED);
}

/** Whether the server is hosted on Deno Deploy, which provides the KV. */
export function onDeploy(): boolean {
  return Deno.env.get("DENO_DEPLOY") !== undefined ||
    Deno.env.get("DENO_DEPLOYMENT_ID") !== undefined;
}
