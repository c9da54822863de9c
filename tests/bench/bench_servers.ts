/**
 * The servers that are measured, and how each is started.
 *
 * @module
 */
/** Without parley's limits, so that its engine is measured and not they. */
const PARLEY_ENV = {
  PARLEY_MESSAGES_PER_SECOND_MAX: "0",
  PARLEY_SOCKETS_PER_ADDRESS_MAX: "0",
  PARLEY_SOCKETS_MAX: "0",
  PARLEY_ROOMS_PER_SOCKET_MAX: "0",
  PARLEY_PASSWORDS_WAITING_MAX: "0",
  PARLEY_IDLE_TIMEOUT_MS: "0",
};

const HERE = new URL(".", import.meta.url).pathname;

/** The repository: where `main.ts` is. */
export const ROOT = new URL("../..", import.meta.url).pathname;

/** Where a server finds its port, its files and its npm packages. */
export interface StartPlace {
  readonly port: number;
  /** A folder of this start alone; removed when the server has ended. */
  readonly folder: string;
  /** The folder with `node_modules` of the peers. */
  readonly modules: string;
}

/** One kind of server. */
export interface ServerKind {
  readonly name: string;
  /** Whether it chats; a server that does not is only held idle. */
  readonly chats: boolean;
  /** Whether its memory per idle socket is measured. */
  readonly holdsIdle: boolean;
  /** Whether it can bring a client what it missed. */
  readonly catchesUp?: boolean;
  /** The protocol of the load generator (load_wires.mjs). */
  readonly wire:
    | "chat-ws"
    | "parley.v1"
    | "channel-chat"
    | "wschat"
    | "redis-chat"
    | "nest-chat"
    | "socket.io";
  /** The cases that it takes part in; absent: all. */
  readonly cases?: readonly string[];
  /** Path and query of its WebSocket. */
  readonly socketPath: string;
  /** What to GET; ready at the first 200. */
  readonly readyPath: string;
  /** Program and arguments; run in the repository's root. */
  readonly command: (place: StartPlace) => [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

function nodePeer(file: string): ServerKind["command"] {
  return ({ port, modules }) => [
    "node",
    `${HERE}${file}`,
    "--port",
    `${port}`,
    "--modules",
    modules,
  ];
}

const PARLEY: ServerKind = {
  name: "parley",
  chats: true,
  holdsIdle: true,
  wire: "chat-ws",
  socketPath: "/?dialect=chat-ws",
  readyPath: "/healthz",
  command: ({ port, folder }) => [
    Deno.execPath(),
    "run",
    "-A",
    "--quiet",
    "main.ts",
    "--port",
    `${port}`,
    "--kv",
    `${folder}/bench.kv`,
  ],
  env: PARLEY_ENV,
};

const WS: ServerKind = {
  name: "ws",
  chats: true,
  holdsIdle: true,
  wire: "chat-ws",
  socketPath: "/",
  readyPath: "/",
  command: nodePeer("peer_ws.mjs"),
  env: {},
};

const SOCKET_IO: ServerKind = {
  name: "socket.io",
  chats: true,
  holdsIdle: false,
  wire: "socket.io",
  socketPath: "/socket.io/?EIO=4&transport=websocket",
  readyPath: "/",
  command: nodePeer("peer_socketio.mjs"),
  env: {},
};

const BARE: ServerKind = {
  name: "bare",
  chats: false,
  holdsIdle: true,
  wire: "chat-ws",
  socketPath: "/",
  readyPath: "/",
  command: ({ port }) => [
    Deno.execPath(),
    "run",
    "-A",
    "--quiet",
    "--no-config",
    "--no-lock",
    `${HERE}bare.ts`,
    "--port",
    `${port}`,
  ],
  env: {},
};

/** parley spoken to in another dialect than chat-ws. */
function dialect(
  wire: "channel-chat" | "wschat" | "redis-chat" | "nest-chat",
  socketPath: string,
): ServerKind {
  const name = `parley:${wire}`;
  const cases = ["1x100"];
  return { ...PARLEY, name, wire, socketPath, cases, holdsIdle: false };
}

const DIALECTS = [
  dialect("channel-chat", "/bench?dialect=channel-chat"),
  dialect("wschat", "/?dialect=wschat"),
  // `document` shows each text twice, under both of its keys.
  dialect("redis-chat", "/ws?profile=original"),
  {
    ...dialect("nest-chat", "/socket.io/?EIO=4&transport=websocket"),
    holdsIdle: true,
  },
];

/** parley spoken to in its own dialect. */
const NATIVE: ServerKind = {
  ...PARLEY,
  name: "parley:parley.v1",
  wire: "parley.v1",
  socketPath: "/parley",
  cases: ["1x100", "1x1000"],
  holdsIdle: false,
  catchesUp: true,
  // One client says all that another one is to miss.
  env: {
    ...PARLEY_ENV,
    PARLEY_INBOX_FRAMES_MAX: "0",
    PARLEY_INBOX_BYTES_MAX: "0",
  },
};

/** The same server as `ws`: how far its ratio is from 1 is the noise. */
const WS_AGAIN: ServerKind = { ...WS, name: "ws-again" };

/** All that can be chosen, by name. */
export const SERVERS: ReadonlyMap<string, ServerKind> = new Map(
  [PARLEY, NATIVE, ...DIALECTS, WS, SOCKET_IO, BARE, WS_AGAIN].map((
    kind,
  ) => [kind.name, kind]),
);

/** What is measured if nothing is chosen. */
export const SERVERS_DEFAULT =
  "parley,parley:parley.v1,parley:channel-chat,parley:wschat,parley:redis-chat,parley:nest-chat,ws,socket.io,bare";
