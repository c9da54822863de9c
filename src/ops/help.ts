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

/** README's table of settings, in Markdown as the formatter leaves it. */
export function settingsTable(): string {
  const rows = [
    ["Flag", "Environment", "Default", "What"],
    ...SETTINGS.map(({ flag, env, default: standard, what }) => [
      `\`--${flag}\``,
      `\`${env}\``,
      `\`${standard}\``,
      what,
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  const lines = rows.map((row) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}
