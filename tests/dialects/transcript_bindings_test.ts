import {
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import { Bindings, type Made } from "../support/bindings.ts";
import { replay, type Wire } from "../support/transcript.ts";

const USER = { kind: "id", isValid: Number.isInteger, of: "user" } as const;
const ROOM = { kind: "id", isValid: Number.isInteger, of: "room" } as const;

const MADE: Made = {
  made: { "user.id": USER, "users.*.id": USER, "rooms.*.id": ROOM },
  keyed: { "rooms": ROOM, "users": USER },
  sent: { roomId: "room" },
};

/** Rooms as a list of them shows them. */
function listOf(room: number, user: number): Json {
  const users = { [user]: { id: user, name: "x" } };
  return { rooms: { [room]: { id: room, title: "t", users } } };
}

pure("Bindings.bind() keeps numbers of users and rooms apart", () => {
  const bindings = new Bindings(MADE);

  const welcome = bindings.bind({ user: { id: 1 } }, { user: { id: 7 } });
  const list = bindings.bind(listOf(1, 1), listOf(9, 7));

  assertEquals(welcome, { user: { id: 7 } });
  assertEquals(list, listOf(9, 7));
});

pure(
  "Bindings.bind() expects a number that it knows wherever it stands",
  () => {
    const bindings = new Bindings(MADE);
    bindings.bind({ user: { id: 1 } }, { user: { id: 7 } });
    bindings.bind(listOf(4, 1), listOf(9, 7));

    const expected = bindings.bind(listOf(4, 1), listOf(8, 6));

    assertEquals(expected, listOf(9, 7));
  },
);

pure("Bindings.bind() expects a key that nothing stands for", () => {
  const bindings = new Bindings(MADE);
  bindings.bind({ user: { id: 1 } }, { user: { id: 7 } });

  const expected = bindings.bind({ users: { "2": {} } }, {
    users: { "7": {} },
  });

  assertEquals(expected, { users: { "2": {} } });
});

pure("Bindings.bind() refuses one number for two users", () => {
  const bindings = new Bindings(MADE);
  bindings.bind({ user: { id: 1 } }, { user: { id: 7 } });

  assertThrows(
    () => bindings.bind({ user: { id: 2 } }, { user: { id: 7 } }),
    Error,
    "id stands for something else: 7",
  );
});

const SENT: readonly [recorded: string, expected: string][] = [
  ['{"type":"enter_room","roomId":4}', '{"type":"enter_room","roomId":9}'],
  ['{"type":"enter_room","roomId":"4"}', '{"type":"enter_room","roomId":"9"}'],
  ['{"type":"enter_room","roomId":99}', '{"type":"enter_room","roomId":99}'],
  ['{"type":"gif","gifId":4}', '{"type":"gif","gifId":4}'],
  ["nope", "nope"],
  ["[4]", "[4]"],
];

for (const [recorded, expected] of SENT) {
  pure(`Bindings.replace() sends ${expected} for ${recorded}`, () => {
    const bindings = new Bindings(MADE);
    bindings.bind(listOf(4, 1), listOf(9, 7));

    const sent = bindings.replace(recorded);

    assertEquals(sent, expected);
  });
}

/** Says what time it is when it passes, and what the client says. */
class Clock implements AsyncDisposable {
  readonly #sockets = new Set<WebSocket>();
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => this.#answer(request),
  );
  /** What it was told of, in order. */
  readonly events: string[] = [];

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  elapse(t: number): void {
    this.events.push(`t ${t}`);
    if (t < 1_000) return;
    for (const socket of this.#sockets) socket.send('{"tick":true}');
    this.#sockets.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #answer(request: Request): Response {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => this.#sockets.add(socket);
    socket.onmessage = ({ data }) => {
      this.events.push(String(data));
      if (data === "?") socket.send('"!"');
    };
    socket.onclose = ({ code }) => this.events.push(`closed ${code}`);
    return response;
  }
}

function wireOf(clock: Clock): Wire {
  return {
    socketQuery: {},
    httpQuery: {},
    made: {},
    probe: { frame: "?", isAnswer: (frame) => frame === "!" },
    rows: ["some row", "other row"],
    elapse: (t) => clock.elapse(t),
  };
}

const OPEN = '{"t":5,"who":"A","ev":"open","url":"ws://recorded:1/"}';

Deno.test("replay() lets time pass before each line, and hears what comes unasked", async () => {
  await using clock = new Clock();
  const lines = [
    OPEN,
    '{"t":6,"who":"A","dir":"out","text":"hi"}',
    '{"t":995,"who":"A","dir":"in","json":{"tick":true}}',
    '{"t":1003,"who":"A","ev":"close","code":1000,"reason":""}',
  ];

  await replay(lines.join("\n"), clock.url, wireOf(clock));

  // A frame may be recorded ten ms before it is due.
  assertEquals(clock.events.slice(0, 5), ["t 5", "t 6", "hi", "?", "t 1005"]);
  assertEquals(clock.events.includes("closed 1000"), true);
});

Deno.test("replay() refuses a frame that came unasked and was not recorded", async () => {
  await using clock = new Clock();
  const lines = [
    OPEN,
    '{"t":6,"who":"A","dir":"out","text":"hi"}',
    '{"t":1000,"mark":"later"}',
  ];

  const error = await assertRejects(
    () => replay(lines.join("\n"), clock.url, wireOf(clock)),
    Error,
  );

  const { cause } = error;
  assertStringIncludes(String(cause), "A heard what was not recorded");
});

Deno.test("replay() takes the rows of an edit one by one", async () => {
  await using clock = new Clock();
  const edited = '{"row":["some row","other row"],"was":1}';
  const unknown = '{"row":["some row","no row"],"was":1}';

  await replay(edited, clock.url, wireOf(clock));
  const error = await assertRejects(
    () => replay(unknown, clock.url, wireOf(clock)),
    Error,
  );

  assertStringIncludes(String(error.cause), 'the ledger has no row "no row"');
});

/** A test that may touch nothing outside. */
function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}
