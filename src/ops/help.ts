import { SETTINGS } from "./settings.ts";

/** The text of `--help`. */
export function helpText(): string {
  const rows = SETTINGS.map(({ flag, env, default: standard, what }) =>
    `  --${flag}\n      ${what}\n      (${env}, default ${standard})`
  );
  return [
    "parley: one chat server that speaks every dialect",
    "",
    "Usage: deno task start [--port 3000] [--kv data/parley.kv] …",
    "",
    "Settings, as flags or from the environment; 0 lifts a limit:",
    ...rows,
    "  --help, -h\n      this text",
    "  --version, -V\n      the version",
  ].join("\n");
}

/** README's table of settings, in Markdown. */
export function settingsTable(): string {
  const rows = SETTINGS.map(({ flag, env, default: standard, what }) =>
    `| \`--${flag}\` | \`${env}\` | \`${standard}\` | ${what} |`
  );
  return [
    "| Flag | Environment | Default | What |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
