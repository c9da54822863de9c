import bundle from "socket.io-client/dist/socket.io.js" with { type: "text" };
import type { StaticFile } from "../static_files.ts";

/**
 * The client for browsers, where socket.io's own server has it and pages of
 * the original look for it.
 */
export const SOCKET_IO_CLIENT: StaticFile = {
  path: "/socket.io/socket.io.js",
  type: "text/javascript; charset=utf-8",
  text: bundle,
};
