/**
 * The floor for memory per socket: `Deno.upgradeWebSocket` and nothing else.
 *
 *   deno run -A tests/bench/bare.ts --port 4000
 *
 * @module
 */
import { parseArgs } from "node:util";

const { values: args } = parseArgs({ options: { port: { type: "string" } } });

Deno.serve(
  { hostname: "127.0.0.1", port: Number(args.port), onListen() {} },
  (request) =>
    request.headers.has("upgrade")
      ? Deno.upgradeWebSocket(request).response
      : new Response("ok"),
);
