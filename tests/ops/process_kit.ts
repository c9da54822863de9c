import { SETTINGS } from "../../src/ops/settings.ts";
import { ROOT } from "../support/server.ts";

/** How long a start may take that is to be refused, in ms. */
const REFUSAL_MS_MAX = 20_000;

/** What is left of a process that has ended. */
export interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs main.ts to its end; it is killed if it does not come to one. */
export async function runMain(
  args: readonly string[],
  env: Record<string, string> = {},
  { flags = ["--allow-all"] }: { flags?: readonly string[] } = {},
): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...flags, "main.ts", ...args],
    cwd: ROOT,
    clearEnv: true,
    env: { ...surroundings(), ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), REFUSAL_MS_MAX);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  return {
    code,
    output: decoder.decode(stdout),
    errors: decoder.decode(stderr),
  };
}

/** This process's environment, without any setting of a server. */
export function surroundings(): Record<string, string> {
  const settings = new Set(SETTINGS.map(({ env }) => env));
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => !settings.has(name)),
  );
}

/** A folder that is removed at the end. */
export async function makeFolder(): Promise<
  { path: string } & AsyncDisposable
> {
  const path = await Deno.makeTempDir({ prefix: "parley-ops-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
