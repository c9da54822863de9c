import { assert, assertEquals } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import { DIALECT_NAMES } from "../../src/dialects/registry.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";
import {
  connect,
  expectSilence,
  join,
  keysIn,
  leave,
  readMessages,
  say,
  typeOf,
} from "./redis_chat_kit.ts";

/** Long enough that none comes up by chance; of one byte each and of two. */
const PASSWORDS = {
  Ann: "canary-4d1c8e-ann",
  Bob: "canary-77f0a2-bob-пароль",
  Cat: "canary-9b3e51-cat",
  wrong: "canary-c2a9d4-wrong",
};

/** A client that keeps every byte that it was ever sent. */
interface Tapped {
  readonly client: WsClient;
  readonly frames: string[];
}

function tap(client: WsClient): Tapped {
  const frames: string[] = [];
  client.socket.addEventListener("message", ({ data }) => frames.push(data));
  return { client, frames };
}

async function signedIn(
  server: TestServer,
  name: "Ann" | "Bob" | "Cat",
  profile: typeof PROFILES[number],
): Promise<Tapped & { userUUID: string; accessKey: string }> {
  const tapped = tap(await connect(server, profile));
  const password = PASSWORDS[name];
  const type = name === "Cat" ? "signUp" : "signIn";
  tapped.client.send({ type, [type]: { username: name, password } });
  const keys = keysIn(await tapped.client.next());
  return { ...tapped, ...keys };
}

/** Everything that may make a careless server say too much. */
function provocations(other: string): (Json | string)[] {
  const credentials = (username: string, password: Json) => ({
    username,
    password,
  });
  const { Ann, wrong } = PASSWORDS;
  return [
    { type: "signIn", signIn: credentials("Ann", wrong) },
    { type: "signUp", signUp: credentials("Ann", wrong) },
    { type: "signUp", signUp: credentials("x".repeat(200), wrong) },
    { type: "signIn", signIn: credentials("Ann", [Ann]) },
    { type: "signIn", signIn: [Ann] },
    { type: "signIn", password: Ann },
    { type: "nope", signIn: credentials("Ann", Ann) },
    `{"type":"signIn","signIn":{"username":"Ann","password":"${Ann}"}`,
    { type: "users" },
    join(),
    join(other),
    say("hi", other),
    say("hi"),
    readMessages({ recipientUUID: other }),
    readMessages(),
    leave(other),
    leave(),
    { type: "users" },
  ];
}

Deno.test("redis-chat never lets out a password, a hash or another's access key, nor keeps the first or last", async () => {
  const folder = await Deno.makeTempDir({ prefix: "parley-test-" });
  const path = `${folder}/parley.kv`;
  await using server = await startServer({
    kv: path,
    args: ["--log-level", "debug"],
  });
  const onlookers = await Promise.all(
    DIALECT_NAMES.map(async (name) =>
      tap(await WsClient.open(`${server.url}/general?dialect=${name}`))
    ),
  );
  const users = [
    await signedIn(server, "Ann", "document"),
    await signedIn(server, "Bob", "original"),
    await signedIn(server, "Cat", "document"),
  ];
  for (const { client } of onlookers) {
    client.send({ type: "join-room", room_id: "general", from: "onlooker" });
  }

  for (const [i, { client }] of users.entries()) {
    const other = users[(i + 1) % users.length]?.userUUID ?? "";
    for (const frame of provocations(other)) client.send(frame);
    await settled(client);
  }
  const paths = ["/", "/rooms", "/links", "/healthz", "/readyz", "/users"];
  const pages = await Promise.all(
    paths.map(async (page) => (await fetch(server.url + page)).text()),
  );
  const alive = await bytesIn(folder);
  for (const { client } of [...users, ...onlookers]) await client.close();
  await server.stop();
  const { errors } = await server.ended;
  const sent = [
    ...[...users, ...onlookers].flatMap(({ frames }) => frames),
    ...pages,
    errors,
    server.output,
  ];

  const hashes = await hashesIn(path);
  assertEquals(hashes.length, 6);
  for (const secret of [...Object.values(PASSWORDS), ...hashes]) {
    assertEquals(sent.filter((text) => text.includes(secret)), []);
  }
  const keys = users.map(({ accessKey }) => accessKey);
  for (const key of keys) {
    const tellers = sent.filter((text) => text.includes(key));
    assertEquals(tellers.map((text) => typeOf(JSON.parse(text))), [
      "authorized",
    ]);
  }
  for (const bytes of [alive, await bytesIn(folder)]) {
    // The control: what may be there is found.
    assert(holds(bytes, "Ann") && holds(bytes, String(hashes[0])));
    for (const secret of [...Object.values(PASSWORDS), ...keys]) {
      assertEquals(holds(bytes, secret), false, secret);
    }
  }
  await Deno.remove(folder, { recursive: true });
});

/** Reads until nothing more comes of what was sent. */
async function settled(client: WsClient): Promise<void> {
  client.send({ type: "signOut" });
  for (;;) {
    const type = typeOf(await client.next());
    if (type === "unauthorized" || type === "signOut") break;
  }
  await expectSilence(client);
}

/** Salts and keys of all accounts. */
async function hashesIn(path: string): Promise<string[]> {
  using kv = await Deno.openKv(path);
  const accounts = await Array.fromAsync(
    kv.list<{ password: { salt: string; key: string } }>({ prefix: ["user"] }),
  );
  return accounts.flatMap(({ value: { password } }) => [
    password.salt,
    password.key,
  ]);
}

/** All files of a folder, a character for each byte. */
async function bytesIn(folder: string): Promise<string> {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const bytes = await Deno.readFile(`${folder}/${name}`);
    // A decoder's latin1 is another one.
    files.push(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }
  return files.join("\n");
}

/** Whether a text is in there, in any encoding that the store may use. */
function holds(bytes: string, text: string): boolean {
  const utf8 = String.fromCharCode(...new TextEncoder().encode(text));
  const utf16 = Array.from(text, (char) => {
    const code = char.charCodeAt(0);
    return String.fromCharCode(code & 0xff, code >> 8);
  }).join("");
  return [text, utf8, utf16].some((form) => bytes.includes(form));
}
