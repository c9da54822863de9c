import { assert, assertEquals, assertMatch } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { helpText, settingsTable } from "../../src/ops/help.ts";
import { SETTINGS } from "../../src/ops/settings.ts";
import { ROOT } from "../support/server.ts";

/** What the process asks the environment for besides settings. */
const PLATFORM_NAMES = [
  "DENO_DEPLOY",
  "DENO_DEPLOYMENT_ID",
  "DENO_KV_ACCESS_TOKEN",
];

Deno.test("--help lists every setting with flag, environment and default", () => {
  const lines = helpText().split("\n");

  for (const { flag, env, default: standard, what } of SETTINGS) {
    const at = lines.indexOf(`  --${flag}`);
    assertEquals(lines.slice(at + 1, at + 3), [
      `      ${what}`,
      `      (${env}, default ${standard})`,
    ]);
  }
});

Deno.test("--help lists itself and --version, and says how to start", () => {
  const text = helpText();

  assertMatch(text, /^ {2}--help, -h$/m);
  assertMatch(text, /^ {2}--version, -V$/m);
  assertMatch(text, /^Usage: deno task start/m);
});

Deno.test("README's table of settings is the table of settings", async () => {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);

  const block = /<!-- settings -->\n([\s\S]*?)<!-- \/settings -->/.exec(readme);

  assert(block, "README.md has no <!-- settings --> block");
  const found = rowsOf(block[1] ?? "");
  const expected = rowsOf(settingsTable());
  assertEquals(
    {
      missing: expected.filter((row) => !found.includes(row)),
      stale: found.filter((row) => !expected.includes(row)),
    },
    { missing: [], stale: [] },
    "README.md is not up to date: put settingsTable() into its block",
  );
  assertEquals(found, expected);
});

/** The rows of a table, whatever the widths of its columns. */
function rowsOf(table: string): string[] {
  return table.trim().split("\n").map((row) => row.replace(/(-| )\1*/g, "$1"));
}

for (const task of ["start", "dev"] as const) {
  Deno.test(`deno task ${task} may read every setting, and no more`, () => {
    const { command } = denoJson.tasks[task];
    const list = /--allow-env='([^']+)'/.exec(command)?.[1] ?? "";

    const patterns = list.split(",").map((name) =>
      new RegExp(`^${name.replace("*", ".*")}$`)
    );

    const names = [...SETTINGS.map(({ env }) => env), ...PLATFORM_NAMES];
    const hidden = names.filter((name) =>
      !patterns.some((pattern) => pattern.test(name))
    );
    assertEquals(hidden, []);
    assertEquals(
      ["HOME", "PATH", "AWS_SECRET"].filter((name) =>
        patterns.some((pattern) => pattern.test(name))
      ),
      [],
    );
  });
}
