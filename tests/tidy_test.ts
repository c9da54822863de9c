import { assertEquals } from "@std/assert";
import { SETTINGS } from "../src/ops/settings.ts";
import { ROOT } from "./support/server.ts";

const LINES_MAX = 400;
/** The client library is one file, so that one can take it along. */
const CLIENT_LINES_MAX = 2_700;
const FUNCTION_LINES_MAX = 70;
const MAIN_LINES_MAX = 100;

/** Who may import whom (design.md 2). Tests may import all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ["core"],
  store: ["store", "core"],
  dialects: ["dialects", "core"],
  ops: ["ops", "core"],
  http: ["http", "dialects", "ops", "core", "static"],
};

/** What a folder must not name, because it comes in as a port. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  core:
    /\bDeno\.|\bWebSocket\b|\bJSON\.|\bDate\.now\b|\bnew Date\b|\bMath\.random\b|\bcrypto\b|\bsetTimeout\b|\bsetInterval\b/,
  dialects:
    /\bDeno\.|\bnew WebSocket\b|\bDate\.now\b|\bMath\.random\b|\bsetTimeout\b/,
  ops: /\bDeno\.(Kv|openKv|serve)\b/,
  http: /\bDeno\.(Kv|openKv)\b|\bDate\.now\b|\bMath\.random\b/,
};

const TOP_LEVEL = [
  ".ci",
  ".gitignore",
  "LICENSE",
  "README.md",
  "deno.json",
  "deno.lock",
  "main.ts",
  "src",
  "static",
  "tests",
];

interface Source {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
}

const sources = await readSources();

Deno.test("imports go one way", () => {
  const wrong: string[] = [];
  for (const { path, folder, text } of inSrc()) {
    const allowed = MAY_IMPORT[folder] ?? [];
    for (const [, target] of text.matchAll(/from "(\.{1,2}\/[^"]+)"/g)) {
      const to = folderOf(new URL(target ?? "", `file:///${path}`).pathname);
      if (!allowed.includes(to)) wrong.push(`${path}: ${target}`);
    }
  }

  assertEquals(wrong, []);
});

Deno.test("what is a port is not named in the code behind it", () => {
  const wrong = inSrc().flatMap(({ path, folder, text }) =>
    withoutComments(text).split("\n")
      .filter((line) => FORBIDDEN[folder]?.test(line))
      .map((line) => `${path}: ${line.trim()}`)
  );

  assertEquals(wrong, []);
});

Deno.test("only src/deps says any, only it and tests name npm packages", () => {
  const wrong = inSrc().filter(({ text }) =>
    /: any\b|<any>|as any\b|"npm:|"jsr:|https:\/\/(deno\.land|esm\.sh)/.test(
      withoutComments(text),
    )
  ).map(({ path }) => path);

  assertEquals(wrong, []);
});

Deno.test("every KV key is built in src/store/keys.ts", () => {
  const call = /\b(kv|atomic)\b[^;]*\.(get|set|delete)\(\s*\[/;
  const wrong = inSrc().filter(({ text }) => call.test(withoutComments(text)))
    .map(({ path }) => path);

  assertEquals(wrong, []);
});

Deno.test("files are short", async () => {
  const names = await Array.fromAsync(Deno.readDir(`${ROOT}static`));
  const scripts = names.filter(({ name }) => name.endsWith(".js"))
    .map(({ name }) => readSource(`static/${name}`));
  const linesMax: Readonly<Record<string, number>> = {
    "main.ts": MAIN_LINES_MAX,
    "static/client.js": CLIENT_LINES_MAX,
  };
  const long = [...sources, ...await Promise.all(scripts)]
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ path, lines }) => lines > (linesMax[path] ?? LINES_MAX));

  assertEquals(long, []);
});

Deno.test("functions are short", () => {
  const start =
    /^( *)(?:export )?(?:static )?(?:async )?(?:function\*? |#?[a-zA-Z]+(?:<.*>)?\(|get |constructor)/;
  const long: string[] = [];
  for (const { path, text } of inSrc()) {
    const lines = text.split("\n");
    for (const [i, line] of lines.entries()) {
      const indent = start.exec(line)?.[1];
      if (indent === undefined || line.endsWith(";")) continue;
      const length = lines.slice(i).findIndex((end) => end === `${indent}}`);
      if (length > FUNCTION_LINES_MAX) long.push(`${path}:${i + 1}`);
    }
  }

  assertEquals(long, []);
});

Deno.test("the top level holds what design.md names, and no more", async () => {
  const command = new Deno.Command("git", {
    args: ["ls-files", "--cached", "--others", "--exclude-standard"],
    cwd: ROOT,
  });
  const { stdout } = await command.output();

  const files = new TextDecoder().decode(stdout).trim().split("\n");

  const top = new Set(files.map((file) => file.split("/")[0] ?? ""));
  assertEquals(Array.from(top).sort(), TOP_LEVEL);
});

Deno.test("environment names are PARLEY_<NAME>, but for PORT and HOST", () => {
  const odd = SETTINGS.map(({ env, name }) => ({ env, name }))
    .filter(({ env, name }) => env !== `PARLEY_${name.toUpperCase()}`)
    .map(({ env }) => env);

  assertEquals(odd, ["PORT", "HOST"]);
});

function inSrc(): Source[] {
  return sources.filter(({ path }) =>
    path.startsWith("src/") && !path.startsWith("src/deps/")
  );
}

function folderOf(path: string): string {
  const parts = path.replace(/^\//, "").split("/");
  return (parts[0] === "src" ? parts[1] : parts[0]) ?? "";
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

async function readSources(): Promise<Source[]> {
  const found: Source[] = [];
  const folders = ["src", "tests"];
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) folders.push(path);
      else if (/\.(ts|mjs)$/.test(name)) found.push(await readSource(path));
    }
  }
  return [...found, await readSource("main.ts")];
}

async function readSource(path: string): Promise<Source> {
  const text = await Deno.readTextFile(ROOT + path);
  return { path, folder: folderOf(path), text };
}
