import { assertEquals } from "@std/assert";
import { resolveLimits } from "../../src/core/limits.ts";
import { Admission } from "../../src/http/admission.ts";
import { BacklogPump } from "../../src/http/outbox.ts";
import { Engine } from "../../src/http/socket_io/engine.ts";
import { Visit } from "../../src/http/socket_io/visit.ts";
import { runtimeTimers } from "../../src/http/timers.ts";
import { nestChat } from "../../src/dialects/nest_chat/session.ts";
import { WsClient } from "../support/ws_client.ts";
import { ending } from "./until.ts";

/** An engine alone, whose connections nobody takes. */
class EngineServer implements AsyncDisposable {
  readonly engine: Engine;
  readonly admission = new Admission(resolveLimits());
  readonly bugs: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.engine = new Engine({
      transports: "both",
      limits: resolveLimits(),
      pump: new BacklogPump(runtimeTimers),
      observer: {
        bug: (_where, error) => void this.bugs.push(String(error)),
        trouble: () => {},
      },
      admit: (visit) => void visit.enter(this.admission),
    });
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request) => {
        const url = new URL(request.url);
        const address = "127.0.0.1";
        const options = { url, address, dialect: nestChat };
        const visit = new Visit({ ...options, profile: "document" });
        return this.engine.fetch(request, visit);
      },
    );
  }

  url(transport: string): string {
    const { port } = this.#server.addr;
    return `http://127.0.0.1:${port}/socket.io/?EIO=4&transport=${transport}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.engine.close();
    await this.#server.shutdown();
  }
}

function boom(): never {
  throw new TypeError("boom");
}

/** Ways for a handshake to fail, and what is logged. */
const FAILURES: [
  name: string,
  fail: (engine: Engine) => void,
  bugs: string[],
][] = [
  ["no id can be had", (engine) => void (engine.generateId = boom), []],
  [
    "a listener throws",
    (engine) => void engine.on("connection", boom),
    ["TypeError: boom"],
  ],
];

for (const [name, fail, bugs] of FAILURES) {
  Deno.test(`a poll whose handshake fails is refused, and not counted: ${name}`, async () => {
    await using server = new EngineServer();
    fail(server.engine);

    const response = await fetch(server.url("polling"));

    await response.body?.cancel();
    assertEquals([server.admission.size, server.bugs], [0, bugs]);
  });

  Deno.test(`a WebSocket whose handshake fails is closed, and not counted: ${name}`, async () => {
    await using server = new EngineServer();
    fail(server.engine);

    await using client = await WsClient.open(server.url("websocket"));

    await ending(client);
    assertEquals([server.admission.size, server.bugs], [0, bugs]);
  });
}
