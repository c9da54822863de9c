import { STATIC_FILES } from "./static_files.ts";
import { SOCKET_IO_CLIENT } from "./socket_io/client_file.ts";

/** What is one route each. */
const ROUTES: ReadonlySet<string> = new Set([
  "/rooms",
  "/links",
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
  "/asyncapi.json",
  "/socket.io",
]);

const STATIC: ReadonlySet<string> = new Set(
  [...STATIC_FILES, SOCKET_IO_CLIENT].map(({ path }) => path),
);

/** One of few names for what a request is for, whatever its path. */
export function routeLabel(path: string): string {
  const plain = path === "/socket.io/" ? "/socket.io" : path;
  if (ROUTES.has(plain)) return plain;
  if (STATIC.has(path)) return "static";
  return path === "/api" || path.startsWith("/api/") ? "/api" : "other";
}
