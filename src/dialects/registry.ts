/**
 * Which request is which dialect: a row each.
 *
 * @module
 */
import { channelChat } from "./channel_chat.ts";
import { chatWs } from "./chat_ws.ts";
import type { Dialect } from "./dialect.ts";
import { nestChat } from "./nest_chat/session.ts";
import { parleyV1 } from "./parley_v1/session.ts";
import { redisChat } from "./redis_chat/session.ts";
import { root } from "./root.ts";
import { wschat } from "./wschat.ts";

interface Row {
  readonly dialect: Dialect;
  /** Whether a path without `?dialect=` is this one's; the first row wins. */
  claims(path: string): boolean;
  /** Where it is found, for the lines that are printed at start. */
  readonly example: string;
}

/** Dialects that are asked for by name. */
const ROWS: readonly Row[] = [
  { dialect: parleyV1, claims: isParley, example: "/parley" },
  { dialect: chatWs, claims: () => false, example: "/" },
  { dialect: wschat, claims: () => false, example: "/" },
  { dialect: redisChat, claims: isWs, example: "/ws" },
  { dialect: nestChat, claims: isSocketIoPath, example: "/" },
  { dialect: channelChat, claims: isChannel, example: "/<channel>" },
];

/** Paths that are not channels. */
const RESERVED = new Set(["/"]);

/** The paths of Socket.IO, with and without the slash that its clients write. */
export const SOCKET_IO_PATHS = ["/socket.io/", "/socket.io"] as const;

function isParley(path: string): boolean {
  return path === "/parley" || path === "/parley/";
}

function isWs(path: string): boolean {
  return path === "/ws" || path === "/ws/";
}

function isChannel(path: string): boolean {
  return !RESERVED.has(path);
}

/** The dialects' names, as in `?dialect=`. */
export const DIALECT_NAMES: readonly string[] = ROWS.map((row) =>
  row.dialect.name
);

/** Where a dialect is found. */
export interface Endpoint {
  readonly name: string;
  readonly path: string;
  /** Its clients are given an http URL. */
  readonly isHttp: boolean;
}

/** Where each dialect is found. */
export const ENDPOINTS: readonly Endpoint[] = ROWS.map(
  ({ dialect, example }) => ({
    name: dialect.name,
    path: example,
    // Socket.IO finds its path itself.
    isHttp: dialect.carrier === "socket.io",
  }),
);

/** Whether a path is one of Socket.IO's. */
export function isSocketIoPath(path: string): boolean {
  return (SOCKET_IO_PATHS as readonly string[]).includes(path);
}

/** The dialect of that name. */
export function dialectNamed(name: string): Dialect | undefined {
  return ROWS.find((row) => row.dialect.name === name)?.dialect;
}

/** The dialect that a path is for. */
export function dialectOfPath(path: string): Dialect | undefined {
  if (path === "/") return root;
  return ROWS.find((row) => row.claims(path))?.dialect;
}
