import { DIALECT_NAMES } from "../../src/dialects/registry.ts";
import { upgradeRequest } from "../support/raw_client.ts";

/** A request, byte for byte, and how it is answered. */
export interface RequestRow {
  readonly name: string;
  readonly request: string;
  readonly status: number;
  /** The error in the body; absent: the runtime answers, without one. */
  readonly error?: string;
  /** nest-chat's message in the body. */
  readonly message?: string | readonly string[];
  readonly header?: readonly [name: string, value: string];
}

const BAD_HOST = "Host header is not valid";
const BAD_URL = "URL is not valid";
const BAD_KEY = "Sec-WebSocket-Key is not valid";
const BAD_VERSION = "Sec-WebSocket-Version must be 13";
const UNKNOWN = "Endpoint not found";

function get(
  path: string,
  { host = "127.0.0.1", lines = "" }: { host?: string; lines?: string } = {},
): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n`;
}

function post(lines: string, body: string): string {
  return `POST /rooms HTTP/1.1\r\nHost: a\r\n${lines}\r\n${body}`;
}

/** POSTs a room; `lines` may say another length than the body's. */
function postRoom(body: string, lines?: string): string {
  const length = new TextEncoder().encode(body).length;
  return "POST /api/v1/rooms HTTP/1.1\r\nHost: a\r\n" +
    `${lines ?? `Content-Length: ${length}\r\n`}\r\n${body}`;
}

const HOST_ROWS: readonly RequestRow[] = [
  ...["a b", "", "x?y", "a/../b", "a#b", "a@b", "%00", "ü"].map((host) => ({
    name: `Host "${host}"`,
    request: get("/rooms", { host }),
    status: 400,
    error: BAD_HOST,
  })),
  ...["[::", ":::", "a:99999", "a:b", "999.1.1.1", "xn--a"].map((host) => ({
    name: `Host "${host}"`,
    request: get("/rooms", { host }),
    status: 400,
    error: BAD_URL,
  })),
  {
    name: "two Hosts",
    request: get("/rooms", { lines: "Host: b\r\n" }),
    status: 400,
  },
  {
    name: "a socket to a Host that is none",
    request: upgradeRequest({ headers: { Host: "a b" } }),
    status: 400,
    error: BAD_HOST,
  },
];

const HTTP_ROWS: readonly RequestRow[] = [
  {
    name: "a URL of 8 KiB and more",
    request: get(`/${"a".repeat(8_200)}`),
    status: 414,
    error: "URL is too long",
  },
  {
    name: "a URL of 70 KB",
    request: get(`/${"a".repeat(70_000)}`),
    status: 400,
  },
  {
    name: "200 header lines",
    request: get("/", { lines: "X: y\r\n".repeat(200) }),
    status: 400,
  },
  {
    name: "NUL in a header",
    request: get("/", { lines: "X: a\0b\r\n" }),
    status: 400,
  },
  {
    name: "a folded header",
    request: get("/", { lines: "X: a\r\n b\r\n" }),
    status: 400,
  },
  {
    name: "a length and chunks",
    request: post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0"),
    status: 400,
  },
  {
    name: "two lengths",
    request: post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"),
    status: 400,
  },
  {
    name: "a negative length",
    request: post("Content-Length: -1\r\n", ""),
    status: 400,
  },
  { name: "no HTTP at all", request: "\x16\x03\x01\x02\r\n\r\n", status: 400 },
  { name: "a path without a slash", request: get("rooms"), status: 400 },
  ...[
    "/rooms/",
    "/%zz",
    "/%00",
    "//etc/passwd",
    "/../main.ts",
    "/static/%2e%2e/main.ts",
    "/static/..%5c..%5cmain.ts",
    "/ROOMS",
  ].map((path) => ({
    name: `the path ${path}`,
    request: get(path),
    status: 404,
    error: UNKNOWN,
  })),
  {
    name: "a profile that is none",
    request: get("/rooms?profile=x"),
    status: 400,
    error: "profile must be document or original",
  },
  {
    name: "an unfinished If-None-Match and Range",
    request: get("/rooms", { lines: 'If-None-Match: ,"\r\nRange: a-\r\n' }),
    status: 200,
  },
];

const TOO_LONG = "Cannot read body: more than 16384 bytes";

const BODY_ROWS: readonly RequestRow[] = [
  {
    name: "a room whose body is 300 MB, of which nothing comes",
    request: postRoom("", "Content-Length: 314572800\r\n"),
    status: 413,
    message: TOO_LONG,
  },
  {
    name: "a room whose body is a byte too long",
    request: postRoom("x".repeat(16_385)),
    status: 413,
    message: TOO_LONG,
  },
  {
    name: "a room whose body comes in chunks, too many",
    request: postRoom(
      `5000\r\n${" ".repeat(0x5000)}\r\n0\r\n\r\n`,
      "Transfer-Encoding: chunked\r\n",
    ),
    status: 413,
    message: TOO_LONG,
  },
  ...["{", "\0", '{"roomId":"r",}', "roomId=r", "[".repeat(16)].map((body) => ({
    name: `a room as ${body.slice(0, 20)}`,
    request: postRoom(body),
    status: 400,
    message: "Cannot read body: Invalid JSON",
  })),
  {
    name: "a room nested 8,000 levels deep",
    request: postRoom("[".repeat(8_000) + "]".repeat(8_000)),
    status: 400,
    message: "Cannot read body: more than 32 levels of nesting",
  },
  {
    name: "a room with a prototype",
    request: postRoom('{"roomId":"r","a":{"__proto__":{"b":1}}}'),
    status: 400,
    message: "Cannot read body: __proto__ is not allowed",
  },
  {
    name: "a room without fields",
    request: postRoom(""),
    status: 400,
    message: [
      "roomId should not be empty",
      "creatorUsername should not be empty",
    ],
  },
  {
    name: "a room called by a lone surrogate",
    request: postRoom('{"roomId":"\\ud800","creatorUsername":"x"}'),
    status: 400,
    message: ["Cannot use room: not well-formed Unicode"],
  },
  {
    name: "a room's messages by %zz",
    request: get("/api/v1/rooms/%zz/messages"),
    status: 400,
    message: "Failed to decode param '%zz'",
  },
  {
    name: "a room's messages by an id of 8,000 bytes",
    request: get(`/api/v1/rooms/${"r".repeat(8_000)}/messages`),
    status: 403,
    message: "The access is forbidden",
  },
  {
    name: "a path outwards",
    request: get("/api/../../etc/passwd"),
    status: 404,
    message: "Cannot GET /api/../../etc/passwd",
  },
];

function socketRow(
  name: string,
  headers: Record<string, string | null>,
  answer: Pick<RequestRow, "status" | "error" | "header">,
): RequestRow {
  return { name, request: upgradeRequest({ headers }), ...answer };
}

const VERSION_ANSWER = {
  status: 426,
  error: BAD_VERSION,
  header: ["sec-websocket-version", "13"],
} as const;
const KEY_ANSWER = { status: 400, error: BAD_KEY };

const SOCKET_ROWS: readonly RequestRow[] = [
  socketRow("no key", { "Sec-WebSocket-Key": null }, KEY_ANSWER),
  socketRow("a short key", { "Sec-WebSocket-Key": "abc=" }, KEY_ANSWER),
  socketRow("a key of 22 signs and no end", {
    "Sec-WebSocket-Key": "A".repeat(22),
  }, KEY_ANSWER),
  socketRow("two keys in one", {
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==, AAAAAAAAAAAAAAAAAAAAAA==",
  }, KEY_ANSWER),
  socketRow("version 8", { "Sec-WebSocket-Version": "8" }, VERSION_ANSWER),
  socketRow("no version", { "Sec-WebSocket-Version": null }, VERSION_ANSWER),
  socketRow("versions 13, 8", {
    "Sec-WebSocket-Version": "13, 8",
  }, VERSION_ANSWER),
  socketRow("Connection: close", { Connection: "close" }, {
    status: 400,
    error: "Connection header lacks Upgrade",
  }),
  socketRow("capital letters and a list, which are allowed", {
    Upgrade: "WebSocket",
    Connection: "keep-alive, Upgrade",
  }, { status: 101 }),
  socketRow("a subprotocol that nobody knows", {
    "Sec-WebSocket-Protocol": "graphql-ws,soap",
  }, { status: 101 }),
  socketRow("a body", { "Content-Length": "3" }, { status: 400 }),
  {
    name: "a socket by POST",
    request: upgradeRequest({ line: "POST / HTTP/1.1" }),
    status: 400,
    error: "WebSocket needs the method GET",
  },
  {
    name: "a dialect that nobody speaks",
    request: upgradeRequest({ line: "GET /?dialect=klingon HTTP/1.1" }),
    status: 400,
    error: `dialect must be ${DIALECT_NAMES.join(" or ")}`,
  },
  {
    name: "a profile that is none, for a socket",
    request: upgradeRequest({
      line: "GET /?dialect=chat-ws&profile=x HTTP/1.1",
    }),
    status: 400,
    error: "profile must be document or original",
  },
];

/** Every bad request. */
export const REQUEST_ROWS: readonly RequestRow[] = [
  ...HOST_ROWS,
  ...HTTP_ROWS,
  ...BODY_ROWS,
  ...SOCKET_ROWS,
];
