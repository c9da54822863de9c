/**
 * `?resume=` in every dialect that cannot resume by itself, over real sockets.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { HandlerKit } from "../http/handler_kit.ts";
import { LocalServer } from "../http/local_server.ts";
import { ending, until } from "../http/until.ts";
import {
  frameBytes,
  OPCODES,
  RawClient,
  upgradeRequest,
} from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import {
  CHANNEL_CHAT,
  CHAT_WS,
  Client,
  DRIVERS,
  say,
  TOKEN,
} from "./resume_kit.ts";

for (const driver of DRIVERS) {
  const { dialect } = driver;
  const comeBack = (client: Client) => driver.comeBack?.(client);

  Deno.test(`${dialect}: after a clean end what was missed comes, in its own frames, once`, async () => {
    await using server = await LocalServer.open();
    const { url } = server;
    await say(url, "before");
    await using first = await Client.open(url, driver, TOKEN);
    await driver.enter(first);
    await say(url, "one");
    await first.heard("one");
    await leave(first, dialect);
    await say(url, "two", "three");

    await using second = await Client.open(url, driver, TOKEN);
    await comeBack(second);
    await second.heard("three");
    await say(url, "four");

    assertEquals(await second.heard("four"), ["two", "three", "four"]);
  });

  Deno.test(`${dialect}: a request to join is answered as ever, and replays nothing twice`, async () => {
    await using server = await LocalServer.open();
    const { url } = server;
    await say(url, "before");
    await using first = await Client.open(url, driver, TOKEN);
    await driver.enter(first);
    await leave(first, dialect);
    await say(url, "one");

    await using second = await Client.open(url, driver, TOKEN);
    await comeBack(second);
    await second.heard("one");
    // Rosters are gathered for a while.
    server.kit.timers.tick(1_000);
    await driver.enter(second);
    await say(url, "two");

    assertEquals(await second.heard("two"), ["one", "two"]);
    const names = server.kit.chat.members.of("general" as never)
      .map(({ author }) => author.name);
    assertEquals(names, ["Ann"]);
  });

  Deno.test(`${dialect}: a member comes back under its name`, async () => {
    await using server = await LocalServer.open();
    const { url } = server;
    await say(url, "before");
    await using first = await Client.open(url, driver, TOKEN);
    await driver.enter(first);
    await leave(first, dialect);

    await using second = await Client.open(url, driver, TOKEN);
    await comeBack(second);
    await say(url, "one");
    await second.heard("one");

    const names = server.kit.chat.members.of("general" as never)
      .map(({ author }) => author.name);
    assertEquals(names, ["Ann"]);
  });

  Deno.test(`${dialect}: another connection with the token ends the first`, async () => {
    await using server = await LocalServer.open();
    const { url } = server;
    await say(url, "before");
    await using first = await Client.open(url, driver, TOKEN);
    await driver.enter(first);

    await using second = await Client.open(url, driver, TOKEN);
    await comeBack(second);
    // Socket.IO's clients are told, and close the connection.
    if (dialect === "nest-chat") await first.until(() => first.last === "41");
    else assertEquals((await ending(first.socket)).code, 1008);
    await say(url, "one");

    // What was handed over just before may come twice.
    const texts = await second.heard("one");
    assertEquals(texts.filter((text) => text !== "before"), ["one"]);
  });

  Deno.test(`${dialect}: nothing is missed over a kill of the server`, async () => {
    await using folder = await openFolder();
    const { kv } = folder;
    const port = await (async () => {
      await using server = await startServer({ kv });
      await say(server.url, "before");
      await using first = await Client.open(server.url, driver, TOKEN);
      await driver.enter(first);
      await say(server.url, "one");
      await first.heard("one");
      await until("the membership is stored", () => isStored(kv));
      await say(server.url, "two");
      await first.heard("two");
      await server.kill();
      return server.port;
    })();
    await using server = await startServer({ kv, port });
    await say(server.url, "three");

    await using second = await Client.open(server.url, driver, TOKEN);
    await comeBack(second);
    const texts = await second.heard("three");

    // What was handed over just before may come twice; nothing is missing.
    assertEquals(texts.slice(-2).filter((text) => text !== "one"), [
      "two",
      "three",
    ]);
  });

  Deno.test(`${dialect}: a stopped server is resumed exactly where it ended`, async () => {
    await using folder = await openFolder();
    const { kv } = folder;
    const port = await (async () => {
      await using server = await startServer({ kv });
      await say(server.url, "before");
      await using first = await Client.open(server.url, driver, TOKEN);
      await driver.enter(first);
      await say(server.url, "one");
      await first.heard("one");
      await server.stop();
      return server.port;
    })();
    await using server = await startServer({ kv, port });
    await say(server.url, "two");

    await using second = await Client.open(server.url, driver, TOKEN);
    await comeBack(second);
    const texts = await second.heard("two");

    // Socket.IO has no closing handshake: what came last comes again.
    const isExact = dialect !== "nest-chat";
    assertEquals(texts, isExact ? ["two"] : ["one", "two"]);
  });

  Deno.test(`${dialect}: without a token nothing is kept, and nothing comes back`, async () => {
    await using server = await LocalServer.open();
    const { url } = server;
    await say(url, "before");
    await using first = await Client.open(url, driver);
    await driver.enter(first);
    await leave(first, dialect);
    await say(url, "one");

    await using second = await Client.open(url, driver);
    await comeBack(second);
    await server.kit.chat.resumes.settled();

    const kept = await Array.fromAsync(server.kit.kv.list({
      prefix: ["resume"],
    }));
    assertEquals(kept, []);
    assertEquals(
      server.kit.chat.members.of("general" as never).length,
      dialect === "channel-chat" ? 1 : 0,
    );
    assertEquals(second.texts, []);
  });

  Deno.test(`${dialect}: a token of bad form, and another dialect's, is refused with 400`, async () => {
    using kit = await HandlerKit.open();
    const other = await kit.kit.chat.resumes.open({
      token: TOKEN,
      dialects: ["other"],
      idleTimeoutMs: 0,
    });
    const { who } = kit.kit.admit();
    other.attach(who);
    await kit.kit.chat.members.join(who, {
      room: "general",
      name: "Ann",
      replay: 0,
    });
    const { path, query = "" } = driver;
    const ask = (token: string) =>
      kit.ask(`${path}?${query}&resume=${token}`, { headers: UPGRADE });

    const bad = await ask("short");
    const foreign = await ask(TOKEN);

    assertEquals([bad.status, await bad.json()], [400, {
      error:
        "Cannot use resume token: it must be 16 to 128 of A-Z, a-z, 0-9, _ and -",
    }]);
    assertEquals([foreign.status, await foreign.json()], [400, {
      error: "Cannot use resume token: it is another dialect's",
    }]);
  });
}

/** Joins by a connection that can vanish, and hears "one". */
async function vanishing(server: LocalServer): Promise<RawClient> {
  const raw = await RawClient.connect(server.port);
  const line = `GET /?dialect=chat-ws&resume=${TOKEN} HTTP/1.1`;
  await raw.write(upgradeRequest({ line }));
  await raw.response();
  const join = { type: "join-room", ["room_id"]: "general", from: "Ann" };
  await raw.write(frameBytes(OPCODES.text, JSON.stringify(join)));
  await raw.frame();
  await say(server.url, "one");
  await raw.frame();
  return raw;
}

Deno.test("a connection that dies without a word is resumed from where it was for sure", async () => {
  await using server = await LocalServer.open();
  const { url } = server;
  const raw = await vanishing(server);
  await say(url, "two");

  await raw.reset();
  await say(url, "three");
  await using second = await Client.open(url, CHAT_WS, TOKEN);

  assertEquals(await second.heard("three"), ["one", "two", "three"]);
});

Deno.test("a frame is a sign of life: what was handed over long before it does not come again", async () => {
  await using server = await LocalServer.open();
  const { url, kit } = server;
  const raw = await vanishing(server);
  kit.chat.tick();
  await kit.chat.resumes.settled();
  kit.nowMs += 6_000;
  // It is answered: so it has been read.
  await raw.write(frameBytes(OPCODES.text, "not JSON"));
  await raw.frame();
  await say(url, "two");

  await raw.reset();
  await say(url, "three");
  await using second = await Client.open(url, CHAT_WS, TOKEN);

  assertEquals(await second.heard("three"), ["two", "three"]);
});

Deno.test("channel-chat: a name that another has by now does not come back", async () => {
  await using server = await LocalServer.open();
  const { url } = server;
  await using first = await Client.open(url, CHANNEL_CHAT, TOKEN);
  await CHANNEL_CHAT.enter(first);
  await first.close();
  await using other = await Client.open(url, CHANNEL_CHAT);
  await CHANNEL_CHAT.enter(other);

  await using second = await Client.open(url, CHANNEL_CHAT, TOKEN);
  second.send({ type: "identity", user: "Ann" });
  const answer = await second.until(({ type }) => type === "identity");

  assertEquals(answer, { type: "identity", success: "false" });
});

Deno.test("at / a token brings back the dialect that it is of", async () => {
  await using server = await LocalServer.open();
  const { url } = server;
  const bare = { ...CHAT_WS, query: "" };
  await using first = await Client.open(url, bare, TOKEN);
  await bare.enter(first);
  await first.close();
  await say(url, "one");

  await using second = await Client.open(url, bare, TOKEN);

  assertEquals(await second.heard("one"), ["one"]);
  assertEquals(second.frames.map(({ type }) => type), ["receive-message"]);
});

Deno.test("parley.v1 takes no resume token: it has positions", async () => {
  using kit = await HandlerKit.open();

  const response = await kit.ask(`/parley?resume=${TOKEN}`, {
    headers: UPGRADE,
  });

  assertEquals([response.status, await response.json()], [400, {
    error: "Cannot use resume token: parley.v1 resumes by positions: see join",
  }]);
});

const UPGRADE = {
  "connection": "Upgrade",
  "upgrade": "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

/** Says goodbye, as the protocol can. */
async function leave(client: Client, dialect: string): Promise<void> {
  // Of the namespace: a WebSocket's end is none of Socket.IO's.
  if (dialect === "nest-chat") client.socket.send("41");
  await client.close();
}

async function openFolder(): Promise<AsyncDisposable & { kv: string }> {
  const folder = await Deno.makeTempDir({ prefix: "parley-test-" });
  return {
    kv: `${folder}/parley.kv`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Whether another process has stored what a token brings back. */
async function isStored(path: string): Promise<boolean> {
  const kv = await Deno.openKv(path);
  try {
    for await (const _one of kv.list({ prefix: ["resume"] })) return true;
    return false;
  } finally {
    kv.close();
  }
}
