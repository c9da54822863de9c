import { assertRejects, assertStringIncludes } from "@std/assert";
import { replay, type Wire } from "../support/transcript.ts";

/** Tells everybody what anybody says, with an id and a time that it makes up. */
class ToyServer implements AsyncDisposable {
  readonly #sockets = new Set<WebSocket>();
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => this.#answer(request),
  );

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #answer(request: Request): Response {
    const { pathname, search } = new URL(request.url);
    if (!request.headers.has("upgrade")) {
      return Response.json(request.method + pathname + search);
    }
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#sockets.add(socket);
    socket.onclose = () => {
      this.#sockets.delete(socket);
      this.#tell({ left: true });
    };
    socket.onmessage = ({ data }) => this.#hear(socket, data);
    return response;
  }

  #hear(socket: WebSocket, data: string | ArrayBuffer): void {
    if (typeof data !== "string") return this.#tell({ bytes: data.byteLength });
    if (data === "?") return socket.send("!");
    const { say, of } = JSON.parse(data);
    if (of !== undefined) return socket.send(JSON.stringify({ id: of }));
    this.#tell({ said: say, id: crypto.randomUUID(), at: Date.now() });
  }

  #tell(frame: unknown): void {
    for (const socket of this.#sockets) {
      if (socket.readyState !== WebSocket.OPEN) continue;
      socket.send(JSON.stringify(frame));
    }
  }
}

const WIRE: Wire = {
  socketQuery: {},
  httpQuery: { added: "1" },
  made: {
    id: { kind: "id", isValid: (id) => typeof id === "string" },
    at: { kind: "time", isValid: Number.isInteger },
  },
  probe: { frame: "?", isAnswer: (frame) => frame === "!" },
  rows: ["some row"],
};

const MARK = '{"t":0,"mark":"next"}';
const OPEN_A = '{"t":0,"who":"A","ev":"open","url":"ws://recorded:1/"}';
const OPEN_B = '{"t":0,"who":"B","ev":"open","url":"ws://recorded:1/"}';
const CLOSE_A = '{"t":0,"who":"A","ev":"close","code":1005,"reason":""}';
const A_SAYS_HI = '{"t":0,"who":"A","dir":"out","json":{"say":"hi"}}';
const A_HEARS_HI = heard("A", '{"said":"hi","id":"x1","at":5}');
const B_HEARS_HI = heard("B", '{"said":"hi","id":"x1","at":5}');
const HI = [OPEN_A, A_SAYS_HI, A_HEARS_HI];

function heard(who: string, json: string): string {
  return `{"t":0,"who":"${who}","dir":"in","json":${json}}`;
}

function asked(status: number, body: string): string {
  return `{"t":0,"http":"POST http://recorded:2/a?b=1","status":${status},` +
    `"headers":{"ct":"application/json"},"body":${body}}`;
}

const PASSES: Readonly<Record<string, readonly string[]>> = {
  "ids and times that are the same everywhere": [
    OPEN_B,
    ...HI,
    B_HEARS_HI,
    MARK,
  ],
  "times that were equal by chance": [
    ...HI,
    '{"t":0,"who":"A","dir":"out","json":{"say":"ho"}}',
    heard("A", '{"said":"ho","id":"x2","at":5}'),
  ],
  "our id sent for the recorded one": [
    ...HI,
    '{"t":0,"who":"A","dir":"out","json":{"of":"x1"}}',
    heard("A", '{"id":"x1"}'),
  ],
  "text sent as bytes": [
    OPEN_A,
    '{"t":0,"who":"A","dir":"out","text":"xyz","binary":true}',
    heard("A", '{"bytes":3}'),
  ],
  "a client that closes": [
    OPEN_A,
    OPEN_B,
    CLOSE_A,
    heard("B", '{"left":true}'),
    MARK,
  ],
  "an HTTP answer": [asked(200, String.raw`"\"POST/a?b=1&added=1\""`)],
  "an edited line": [OPEN_A, '{"row":"some row","was":{"t":0,"who":"A"}}'],
};

for (const [criterion, lines] of Object.entries(PASSES)) {
  Deno.test(`replay() accepts ${criterion}`, async () => {
    await using server = new ToyServer();

    await replay(lines.join("\n"), server.url, WIRE);
  });
}

const FAILS: Readonly<
  Record<string, { lines: readonly string[]; why: string }>
> = {
  "another frame than the recorded one": {
    lines: [OPEN_A, A_SAYS_HI, heard("A", '{"said":"ho","id":"x1","at":5}')],
    why: "Cannot replay line 3",
  },
  "a frame that was not recorded, at a mark": {
    lines: [OPEN_B, ...HI, MARK],
    why: "B heard what was not recorded",
  },
  "a frame that was not recorded, at a close": {
    lines: [OPEN_A, A_SAYS_HI, CLOSE_A],
    why: "A heard what was not recorded",
  },
  "a frame that was not recorded, at the end": {
    lines: [OPEN_A, A_SAYS_HI],
    why: "A heard what was not recorded",
  },
  "a farewell that was not recorded": {
    lines: [OPEN_A, OPEN_B, CLOSE_A],
    why: "B heard what was not recorded",
  },
  "an id that was another one before": {
    lines: [...HI, A_SAYS_HI, A_HEARS_HI],
    why: "Cannot replay line 5",
  },
  "one id for two": {
    lines: [
      ...HI,
      '{"t":0,"who":"A","dir":"out","json":{"of":"x1"}}',
      heard("A", '{"id":"x2"}'),
    ],
    why: "id stands for something else",
  },
  "a made up value of another type": {
    lines: [
      OPEN_A,
      '{"t":0,"who":"A","dir":"out","json":{"of":7}}',
      heard("A", '{"id":"x1"}'),
    ],
    why: "id is not valid: 7",
  },
  "another HTTP status": {
    lines: [asked(404, String.raw`"\"POST/a?b=1&added=1\""`)],
    why: "Cannot replay line 1",
  },
  "another HTTP body": {
    lines: [asked(200, String.raw`"\"POST/a?b=1\""`)],
    why: "Cannot replay line 1",
  },
  "an edit without a row": {
    lines: [`{"t":0,"mark":"next","was":1}`],
    why: "an edit names its row",
  },
  "a row that the ledger does not have": {
    lines: ['{"row":"no row","was":1}'],
    why: 'the ledger has no row "no row"',
  },
  "a line of no kind": {
    lines: ['{"t":0,"who":"A","ev":"close","code":1006,"reason":""}'],
    why: "Cannot read line",
  },
};

for (const [criterion, { lines, why }] of Object.entries(FAILS)) {
  Deno.test(`replay() refuses ${criterion}`, async () => {
    await using server = new ToyServer();

    const error = await assertRejects(
      () => replay(lines.join("\n"), server.url, WIRE),
      Error,
    );

    assertStringIncludes(wordsOf(error), why);
  });
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  return `${error.message}\n${wordsOf(error.cause)}`;
}
