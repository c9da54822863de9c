import { assert, assertEquals, assertMatch } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { startServer } from "../support/server.ts";
import { makeFolder, runMain } from "./process_kit.ts";

Deno.test("--version prints the version and nothing else", async () => {
  const ended = await runMain(["--version"]);

  assertEquals(ended, {
    code: 0,
    output: `${denoJson.version}\n`,
    errors: "",
  });
});

Deno.test("--help prints the settings and does not start", async () => {
  const { code, output, errors } = await runMain(["--help"]);

  assertEquals([code, errors], [0, ""]);
  assertMatch(output, /^parley: .*\n[\s\S]*\n {2}--rooms-max\n/);
});

for (const task of ["start", "dev"] as const) {
  Deno.test(`with the permissions of deno task ${task} all libraries load`, async () => {
    const { command } = denoJson.tasks[task];
    const flags = command.replaceAll("'", "").split(" ")
      .filter((flag) => /^--(allow|ignore)-/.test(flag));

    const ended = await runMain(["--version"], { SECRET: "x" }, { flags });

    assertEquals(ended, {
      code: 0,
      output: `${denoJson.version}\n`,
      errors: "",
    });
  });
}

type Refusal = [
  name: string,
  args: string[],
  env: Record<string, string>,
  line: RegExp,
];

const REFUSALS: readonly Refusal[] = [
  ["an unknown flag", ["--bogus"], {}, /^parley: Unknown option '--bogus'\n$/],
  [
    "a bad value in the environment",
    [],
    { PARLEY_ROOMS_MAX: "many" },
    /^parley: PARLEY_ROOMS_MAX must be a whole number, 0 or more: "many"\n$/,
  ],
  [
    "a folder as the data's file",
    ["--port", "0", "--kv", "/tmp"],
    {},
    /^parley: Cannot open \/tmp: .+\n$/,
  ],
  [
    "a platform without a database",
    [],
    { DENO_DEPLOY: "1", PORT: "0", HOST: "127.0.0.1" },
    /^parley: Cannot open the attached database: none is attached; .*\n$/,
  ],
  [
    "a platform whose KV is in memory, though it was to be opened",
    [],
    {
      DENO_DEPLOYMENT_ID: "x",
      PORT: "0",
      HOST: "127.0.0.1",
      DENO_KV_REQUIRES_DISTRIBUTED_DATABASE: "warn",
      DENO_KV_DB_MODE: "memory",
    },
    /parley: Cannot open the attached database: none is attached; .*\n$/,
  ],
  [
    "a host that is none",
    ["--port", "0", "--kv", ":memory:", "--host", "no host"],
    {},
    /^parley: Cannot listen on no host:0: .+\n$/,
  ],
  [
    "a certificate that is not there",
    [
      "--port=0",
      "--kv=:memory:",
      "--tls-cert=/nowhere/cert.pem",
      "--tls-key=/nowhere/key.pem",
    ],
    {},
    /^parley: Cannot read \/nowhere\/cert\.pem: .+\n$/,
  ],
];

for (const [name, args, env, line] of REFUSALS) {
  Deno.test(`${name} ends the start with code 2 and one line`, async () => {
    const { code, output, errors } = await runMain(args, env);

    assertEquals([code, output], [2, ""]);
    assertMatch(errors, line);
    assertEquals(errors.split("\n").length, 2);
  });
}

Deno.test("a port that is taken ends the start with code 2 and one line", async () => {
  await using server = await startServer();
  const port = String(server.port);

  const ended = await runMain(["--port", port, "--kv", ":memory:"]);

  assertEquals([ended.code, ended.output], [2, ""]);
  assertMatch(
    ended.errors,
    new RegExp(`^parley: Cannot listen on 127.0.0.1:${port}: .*in use.*\n$`),
  );
  assertEquals((await fetchStatus(server.url)).healthz, 200);
});

Deno.test("a second process on the same data ends with code 2 and one line", async () => {
  await using folder = await makeFolder();
  const kv = `${folder.path}/parley.kv`;
  await using server = await startServer({ kv });

  const ended = await runMain(["--port", "0", "--kv", kv]);

  assertEquals(ended, {
    code: 2,
    output: "",
    errors: `parley: Cannot open ${kv}: another parley uses it\n`,
  });
  assertEquals((await fetchStatus(server.url)).healthz, 200);
});

Deno.test("a file that is no database ends the start with code 2 and one line", async () => {
  await using folder = await makeFolder();
  const kv = `${folder.path}/letter.txt`;
  await Deno.writeTextFile(kv, "Dear Sir or Madam, ".repeat(1_000));

  const ended = await runMain(["--port", "0", "--kv", kv]);

  assertEquals([ended.code, ended.output], [2, ""]);
  assertMatch(ended.errors, /^parley: Cannot open .*\/letter\.txt: .+\n$/);
  assertEquals(
    await Deno.readTextFile(kv),
    "Dear Sir or Madam, ".repeat(1_000),
  );
});

Deno.test("a started server says where everything is, and is there", async () => {
  await using folder = await makeFolder();
  const kv = `${folder.path}/parley.kv`;
  await using server = await startServer({ kv, args: ["--port", "0"] });

  const pages = server.output.match(/page +(\S+)/g) ?? [];

  const urls = pages.map((line) => line.split(/ +/)[1] ?? "");
  assertEquals(urls.length, 2);
  for (const url of urls) {
    const page = await fetch(url);
    assertMatch(await page.text(), /^<!DOCTYPE html>/i);
    assertEquals(await fetchStatus(url), { healthz: 200, readyz: 200 });
  }
  assertMatch(server.output, /^ {2}chat-ws +ws:\/\/127\.0\.0\.1:\d+\/$/m);
  assert(server.output.endsWith(`data          ${kv}\n`));
});

/** The statuses of what an orchestrator looks at. */
async function fetchStatus(
  url: string,
): Promise<{ healthz: number; readyz: number }> {
  const [healthz = 0, readyz = 0] = await Promise.all(
    ["/healthz", "/readyz"].map(async (path) => {
      const response = await fetch(new URL(path, url));
      await response.body?.cancel();
      return response.status;
    }),
  );
  return { healthz, readyz };
}
