import { assertEquals, assertRejects } from "@std/assert";
import {
  isForbidden,
  openStore,
  StoreError,
} from "../../src/store/open_store.ts";

const options = { instance: "test", lost: () => {}, waits: () => {} };

async function inFolder(
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function modeOf(path: string): Promise<string> {
  return ((await Deno.stat(path)).mode ?? 0).toString(8).slice(-3);
}

Deno.test("a store's files are for their owner alone", () =>
  inFolder(async (folder) => {
    const location = `${folder}/data/deep/a.kv`;

    const store = await openStore({ ...options, location });

    assertEquals(await modeOf(`${folder}/data`), "700");
    assertEquals(await modeOf(`${folder}/data/deep`), "700");
    for (const side of ["", "-wal", "-shm", ".lock"]) {
      assertEquals(await modeOf(location + side), "600");
    }
    assertEquals(store.place, location);
    store.close();
  }));

Deno.test("a file that others could read no longer can be", () =>
  inFolder(async (folder) => {
    const location = `${folder}/a.kv`;
    await Deno.writeTextFile(location, "", { mode: 0o644 });

    const store = await openStore({ ...options, location });

    assertEquals(await modeOf(location), "600");
    store.close();
  }));

Deno.test("a store that is in use is not opened twice", () =>
  inFolder(async (folder) => {
    const location = `${folder}/a.kv`;
    const first = await openStore({ ...options, location });

    const error = await assertRejects(
      () => openStore({ ...options, location }),
      StoreError,
    );
    first.close();
    const second = await openStore({ ...options, location });

    assertEquals(
      error.message,
      `Cannot open ${location}: another parley uses it`,
    );
    second.close();
  }));

Deno.test("a store of another layout is refused", () =>
  inFolder(async (folder) => {
    const location = `${folder}/a.kv`;
    const store = await openStore({ ...options, location });
    await store.kv.set(["schema"], 99);
    store.close();

    await assertRejects(
      () => openStore({ ...options, location }),
      StoreError,
      "its layout is version 99",
    );
  }));

Deno.test("a file that is no database is refused in one line", () =>
  inFolder(async (folder) => {
    const location = `${folder}/a.kv`;
    await Deno.writeTextFile(location, "not a database".repeat(100));

    const error = await assertRejects(
      () => openStore({ ...options, location }),
      StoreError,
    );

    assertEquals(error.message.split("\n").length, 1);
  }));

const ANSWERS: readonly [why: string, isForbidden: boolean][] = [
  [
    "failed to connect to 'http://127.0.0.1:4013/': error sending request for url (http://127.0.0.1:4013/): tcp connect error: Connection refused (os error 111)",
    false,
  ],
  [
    "failed to connect to 'https://kv-403.forbidden.example/': dns error",
    false,
  ],
  ["status 500: tried 4031 times", false],
  ["HTTP status client error (401 Unauthorized) for url (http://kv/)", true],
  ["Cannot fetch metadata: 403", true],
  ["Missing DENO_KV_ACCESS_TOKEN: no access token", true],
];
for (const [why, expected] of ANSWERS) {
  Deno.test(`a KV service is ${expected ? "not " : ""}waited for that says "${why}"`, () => {
    assertEquals(isForbidden(why), expected);
  });
}
