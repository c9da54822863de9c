import { assertEquals } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import type { Link } from "../../src/core/ports.ts";
import { frame } from "../../src/core/encoder.ts";
import type { Dialect, Session } from "../../src/dialects/dialect.ts";
import { BacklogPump } from "../../src/http/outbox.ts";
import { SocketShell } from "../../src/http/socket_shell.ts";
import { runtimeTimers } from "../../src/http/timers.ts";
import { ChatKit } from "../support/chat_kit.ts";
import {
  closePayload,
  frameBytes,
  OPCODES,
  RawClient,
  upgradeRequest,
} from "../support/raw_client.ts";
import { WsClient } from "../support/ws_client.ts";
import { ending, until } from "./until.ts";

/** How long a close frame may take, in ms. */
const REASON_MS_MAX = 1_000;

const INTERNAL = { code: 1011, reason: "internal error" };

/** A session that echoes, as far as a test does not replace that. */
type Behaviour = Partial<Session> & { readonly open?: () => void };

/** One shell per socket, with a dialect of the test's own. */
class ShellServer implements AsyncDisposable {
  readonly kit: ChatKit;
  ends = 0;
  sessionEnds = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #clients: WsClient[] = [];

  private constructor(kit: ChatKit, behave: (link: Link) => Behaviour) {
    this.kit = kit;
    const clock = { now: () => kit.nowMs, elapsed: () => kit.nowMs };
    const ports = {
      chat: kit.chat,
      clock,
      pump: new BacklogPump(runtimeTimers),
      observer: {
        bug: (_: string, error: unknown) => void kit.bugs.push(error),
        trouble: (_: string, error: unknown) => void kit.troubles.push(error),
      },
    };
    const options = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
    this.#server = Deno.serve(options, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      const shell = new SocketShell(socket, ports, () => void this.ends++);
      // The dialect of these tests asks for nothing of the request.
      const asked = {} as Parameters<Dialect["open"]>[2];
      shell.attach(this.#dialect(behave), asked);
      return response;
    });
  }

  static async open(
    behave: (link: Link) => Behaviour,
  ): Promise<ShellServer> {
    return new ShellServer(await ChatKit.open(), behave);
  }

  async connect(): Promise<WsClient> {
    const { port } = this.#server.addr;
    const client = await WsClient.open(`http://127.0.0.1:${port}/`);
    this.#clients.push(client);
    return client;
  }

  async connectRaw(): Promise<RawClient> {
    const client = await RawClient.connect(this.#server.addr.port);
    await client.write(upgradeRequest());
    await client.response();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.#server.shutdown();
    this.kit[Symbol.dispose]();
  }

  #dialect(behave: (link: Link) => Behaviour): Dialect {
    return {
      name: "test",
      open: (link) => {
        const behaviour = behave(link);
        behaviour.open?.();
        return {
          start: () => {},
          receive: (text) => link.send(frame(text)),
          refuse: (error) => link.send(frame(error.message)),
          ...behaviour,
          end: () => {
            this.sessionEnds++;
            behaviour.end?.();
          },
        };
      },
    };
  }
}

function boom(): never {
  throw new TypeError("boom");
}

const BUG_ROWS: [where: string, behaviour: Behaviour][] = [
  ["open", { open: boom }],
  ["start", { start: boom }],
  ["start, later", { start: () => Promise.resolve().then(boom) }],
  ["receive", { receive: boom }],
  ["receive, later", { receive: () => Promise.resolve().then(boom) }],
];

for (const [where, behaviour] of BUG_ROWS) {
  Deno.test(`a dialect that throws in ${where} costs its socket alone`, async () => {
    let sockets = 0;
    await using server = await ShellServer.open(() =>
      sockets++ === 1 ? behaviour : {}
    );
    const other = await server.connect();

    const broken = await server.connect();
    if (where.startsWith("receive")) broken.send("x");

    assertEquals(await ending(broken), INTERNAL);
    assertEquals(server.kit.bugs.map(String), ["TypeError: boom"]);
    other.send("still here");
    assertEquals(await other.nextText(), "still here");
    assertEquals([server.ends, server.sessionEnds], [
      1,
      where === "open" ? 0 : 1,
    ]);
  });
}

Deno.test("a dialect that throws at the end is logged, and counted out", async () => {
  await using server = await ShellServer.open(() => ({ end: boom }));
  const client = await server.connect();

  await client.close();
  await until("it is counted out", () => server.ends === 1);

  assertEquals(server.kit.bugs.map(String), ["TypeError: boom"]);
  assertEquals([server.ends, server.sessionEnds], [1, 1]);
});

Deno.test("a dialect that throws in refuse costs its socket alone", async () => {
  await using server = await ShellServer.open(() => ({ refuse: boom }));
  const client = await server.connect();

  client.send("x".repeat(65_537));

  assertEquals(await ending(client), INTERNAL);
  assertEquals(server.kit.bugs.map(String), ["TypeError: boom"]);
});

Deno.test("a session that refuses to start closes with 1008 and says why", async () => {
  await using server = await ShellServer.open(() => ({
    start() {
      throw new ChatError("room_closed", "Cannot join room: it is closed");
    },
  }));

  const client = await server.connect();

  assertEquals(await ending(client), {
    code: 1008,
    reason: "Cannot join room: it is closed",
  });
  assertEquals(server.kit.bugs, []);
});

const REASON_ROWS: [name: string, reason: string, expected: string][] = [
  ["of 123 bytes", "x".repeat(123), "x".repeat(123)],
  ["of 124 bytes", "x".repeat(124), "x".repeat(123)],
  ["of 200 bytes in 100 letters", "é".repeat(100), "é".repeat(61)],
  ["of 400 bytes in 100 signs", "😀".repeat(100), "😀".repeat(30)],
  ["with lone surrogates", "\ud800".repeat(61), "\ufffd".repeat(41)],
];

for (const [name, reason, expected] of REASON_ROWS) {
  Deno.test(`a close reason ${name} is cut to what a frame may carry`, async () => {
    await using server = await ShellServer.open((link) => ({
      receive: () => link.close(4000, reason),
    }));
    const client = await server.connect();

    client.send("close");

    assertEquals(await ending(client, REASON_MS_MAX), {
      code: 4000,
      reason: expected,
    });
    assertEquals(server.kit.bugs, []);
  });
}

const END_ROWS: [how: string, end: (client: RawClient) => Promise<void>][] = [
  ["closes", (client) => client.write(closeFrame(1000))],
  ["closes twice", (client) =>
    client.write(
      new Uint8Array([...closeFrame(1000), ...closeFrame(1001)]),
    )],
  ["is cut off", (client) => Promise.resolve(client[Symbol.dispose]())],
  ["is reset", async (client) => {
    await client.write(frameBytes(OPCODES.text, "unread"));
    await client.reset();
  }],
  [
    "breaks the protocol",
    (client) => client.write(frameBytes(OPCODES.continuation, "")),
  ],
  ["is told to go", (client) => client.write(frameBytes(OPCODES.text, "go"))],
];

for (const [how, end] of END_ROWS) {
  Deno.test(`a session whose socket ${how} ends once`, async () => {
    await using server = await ShellServer.open((link) => ({
      receive: (text) =>
        text === "go" ? link.close(4000, "go") : link.send(frame(text)),
    }));
    {
      using client = await server.connectRaw();

      await end(client);
      await until("it has ended", () => server.ends > 0);
    }
    await server.connect();

    assertEquals([server.ends, server.sessionEnds], [1, 1]);
    assertEquals(server.kit.bugs, []);
  });
}

function closeFrame(code: number): Uint8Array {
  return frameBytes(OPCODES.close, closePayload(code));
}

Deno.test("a socket that is closing sends and handles nothing more", async () => {
  const handled: string[] = [];
  await using server = await ShellServer.open((link) => ({
    receive(text) {
      handled.push(text);
      link.close(4000, "enough");
      link.send(frame("too late"));
    },
  }));
  const client = await server.connect();

  for (const text of ["1", "2", "3"]) client.send(text);

  assertEquals(await ending(client), { code: 4000, reason: "enough" });
  assertEquals([handled, client.unread], [["1"], 0]);
});

Deno.test("frames are handled one after the other, whatever each takes", async () => {
  const events: string[] = [];
  const gate = Promise.withResolvers<void>();
  await using server = await ShellServer.open((link) => ({
    async receive(text) {
      events.push(`begin ${text}`);
      if (text === "1") await gate.promise;
      events.push(`end ${text}`);
      link.send(frame(text));
    },
  }));
  const client = await server.connect();

  for (const text of ["1", "2"]) client.send(text);
  await server.connect();
  gate.resolve();
  await client.nextText();
  await client.nextText();

  assertEquals(events, ["begin 1", "end 1", "begin 2", "end 2"]);
});
