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
Deno.stdout.writeSync(
  new TextEncoder().encode(`${program} serves the page and a chat-ws client\n`),
);
