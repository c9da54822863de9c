import { assertEquals } from "@std/assert";
import { startServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";
import { makeFolder } from "./process_kit.ts";

/** The permissions of a file or folder, as one types them. */
async function modeOf(path: string): Promise<string> {
  const { mode } = await Deno.stat(path);
  return ((mode ?? 0) & 0o777).toString(8);
}

/** The permissions of a folder and of all that is in it. */
async function modesOf(folder: string): Promise<Record<string, string>> {
  const modes: Record<string, string> = { ".": await modeOf(folder) };
  for await (const { name } of Deno.readDir(folder)) {
    modes[name] = await modeOf(`${folder}/${name}`);
  }
  return modes;
}

const PRIVATE = {
  ".": "700",
  "parley.kv": "600",
  "parley.kv-shm": "600",
  "parley.kv-wal": "600",
  "parley.kv.lock": "600",
};

/** Has something written, so that all files are there. */
async function joinOne(url: string): Promise<void> {
  await using client = await WsClient.open(`${url}/?dialect=chat-ws`);
  client.send('{"type":"join-room","room_id":"a","from":"Ann"}');
  await client.next();
}

Deno.test("new data is for its owner alone, folder and files", async () => {
  await using folder = await makeFolder();
  const data = `${folder.path}/deep/data`;
  await using server = await startServer({ kv: `${data}/parley.kv` });
  await joinOne(server.url);

  assertEquals(await modesOf(data), PRIVATE);
});

Deno.test("data that others could read is narrowed before it is used", async () => {
  await using folder = await makeFolder();
  const kv = `${folder.path}/parley.kv`;
  await Deno.writeTextFile(kv, "", { mode: 0o644 });
  await Deno.chmod(kv, 0o644);
  await using server = await startServer({ kv });
  await joinOne(server.url);

  assertEquals(await modesOf(folder.path), PRIVATE);
});
