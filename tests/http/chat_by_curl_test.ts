/**
 * README's "Chat by curl", by the real curl over real sockets. Where there is
 * no curl the tests are skipped, and say so.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { hasCurl, shell } from "../support/shell.ts";
import { startServer } from "../support/server.ts";
import { brief } from "./event_reader.ts";
import { LocalServer } from "./local_server.ts";
import { until } from "./until.ts";

const ignore = !await hasCurl();
const HOST = "http://127.0.0.1:3000";
const ROOM = `${HOST}/api/v1/rooms/general`;

function at(server: { url: string }): (line: string) => Promise<string> {
  return (line) => shell(line.replaceAll(HOST, server.url));
}

/** A curl that goes on, and what it has printed. */
class Listening implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  text = "";

  constructor(url: string, args: readonly string[] = []) {
    this.#child = new Deno.Command("curl", {
      args: ["-sN", ...args, url],
      stdout: "piped",
    }).spawn();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const part of this.#child.stdout) {
      this.text += decoder.decode(part, { stream: true });
    }
  }

  /** Its blocks in short, once there are as many. */
  async blocks(count: number): Promise<string[]> {
    const blocks = () => this.text.split("\n\n").slice(0, -1);
    await until(`${count} events`, () => blocks().length >= count);
    return blocks().map(brief);
  }

  /** Resolves to its exit code once the server has ended the stream. */
  async ended(): Promise<number> {
    await this.#reading;
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill();
    } catch {
      // It has ended by itself.
    }
    await this.#reading;
    await this.#child.status;
  }
}

Deno.test({
  name: "curl says something, and a WebSocket hears it",
  ignore,
  async fn() {
    await using server = await LocalServer.open();
    const run = at(server);
    const socket = await server.connect("chat-ws");
    const join = { type: "join-room", ["room_id"]: "general", from: "Eve" };
    socket.send(join);
    await socket.next();

    const line = await run(`curl -s -d 'hello' ${ROOM}/messages`);
    const named = await run(
      `echo 'hello, Ann' | curl -s --data-binary @- '${ROOM}/messages?name=Bob'`,
    );

    assertMatch(line, /^\S+ 1\n$/);
    assertMatch(named, /^\S+ 2\n$/);
    const heard = [await socket.next(), await socket.next()] as {
      from: string;
      message: string;
    }[];
    assertEquals(heard.map(({ from, message }) => [from, message]), [
      ["", "hello"],
      ["Bob", "hello, Ann"],
    ]);
  },
});

Deno.test({
  name: "curl has JSON answered by JSON, and a key sends once",
  ignore,
  async fn() {
    await using server = await LocalServer.open();
    const run = at(server);
    const json =
      `curl -s -H 'content-type: application/json' -d '{"text":"hello","name":"Ann","key":"k1"}' ${ROOM}/messages`;
    const keyed =
      `curl -s -H 'Idempotency-Key: k1' -d 'hello' ${ROOM}/messages`;
    const other =
      `curl -s -o /dev/null -w '%{http_code}' -H 'Idempotency-Key: k1' -d 'bye' ${ROOM}/messages`;

    const first = JSON.parse(await run(json));
    const again = JSON.parse(await run(json));
    const line = await run(keyed);
    const status = await run(other);

    assertEquals([first.room, first.epoch, first.seq], ["general", "1", 1]);
    assertEquals(again, { ...first, duplicate: true });
    assertEquals(line, `${first.id} 1 duplicate\n`);
    assertEquals(status, "409");
  },
});

Deno.test({
  name: "curl hears a room, and goes on where it was",
  ignore,
  async fn() {
    await using server = await LocalServer.open();
    const run = at(server);
    await run(`curl -s -d 'one' ${ROOM}/messages`);
    const events = `${server.url}/api/v1/rooms/general/events`;

    const heard = await (async () => {
      await using listening = new Listening(`${events}?history=1`);
      await listening.blocks(2);
      await run(`curl -s -d 'two' ${ROOM}/messages`);
      return await listening.blocks(3);
    })();
    await run(`curl -s -d 'three' ${ROOM}/messages`);
    await using resumed = new Listening(events, ["-H", "Last-Event-ID: 1-2"]);
    const missed = await resumed.blocks(2);

    assertEquals(heard, ["1-0", "1-1 message one", "1-2 message two"]);
    assertEquals(missed, ["1-2", "1-3 message three"]);
  },
});

Deno.test({
  name:
    "curl sees the end of a closed room, and none of a stopping server as an error",
  ignore,
  async fn() {
    await using server = await LocalServer.open();
    const run = at(server);
    await run(`curl -s -d 'one' ${HOST}/api/v1/rooms/r/messages`);
    await using closing = new Listening(
      `${server.url}/api/v1/rooms/r/events?history=1`,
    );
    await closing.blocks(2);
    await using staying = new Listening(
      `${server.url}/api/v1/rooms/general/events`,
    );
    await staying.blocks(1);

    await run(`curl -s -X DELETE ${HOST}/api/v1/rooms/r`);
    const closed = await closing.ended();
    server.server.closeSockets();
    const stopped = await staying.ended();

    assertEquals((await closing.blocks(3)).at(-1), "1-2 closed");
    assertEquals([closed, stopped], [0, 0]);
  },
});

Deno.test({
  name:
    "who comes back to a server that was killed is resumed, none missing and none twice",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "parley-test-" });
    const kv = `${folder}/parley.kv`;
    try {
      const before = await (async () => {
        await using server = await startServer({ kv });
        await using listening = new Listening(
          `${server.url}/api/v1/rooms/general/events`,
        );
        await listening.blocks(1);
        await at(server)(`curl -s -d 'one' ${ROOM}/messages`);
        const blocks = await listening.blocks(2);
        await server.kill();
        return blocks;
      })();
      await using server = await startServer({ kv });
      await at(server)(`curl -s -d 'two' ${ROOM}/messages`);
      await using listening = new Listening(
        `${server.url}/api/v1/rooms/general/events?after=1-1`,
      );

      const after = await listening.blocks(2);

      assertEquals(before, ["1-0", "1-1 message one"]);
      assertEquals(after, ["1-1", "1-2 message two"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
