/**
 * Starts a bundled parley once and talks to it: `.ci/run` calls this.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { startServer } from "./server.ts";
import { WsClient } from "./ws_client.ts";

const [program = "dist/parley.js"] = Deno.args;
await using server = await startServer({ program });
await using ann = await WsClient.open(server.url);

// The wire's own name.
// deno-lint-ignore camelcase
const join = { type: "join-room", room_id: "general", from: "Ann" };
ann.send(join);
ann.send({ ...join, type: "send-message", message: "from a bundle" });

assertEquals(await ann.next(), join);
assertStringIncludes(await ann.nextText(), '"from a bundle"');
const page = await (await fetch(server.url)).text();
assertStringIncludes(page.toLowerCase(), "<!doctype html>");
await using bob = await WsClient.open(
  `${server.url}/socket.io/?EIO=4&transport=websocket`,
);
assertStringIncludes(await bob.nextText(), '0{"sid"');
const client = await fetch(`${server.url}/socket.io/socket.io.js`);
assertStringIncludes(await client.text(), "Socket.IO v4");
Deno.stdout.writeSync(
  new TextEncoder().encode(
    `${program} serves the page, a chat-ws client and one of Socket.IO\n`,
  ),
);
