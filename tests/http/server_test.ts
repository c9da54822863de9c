import { assert, assertEquals, assertThrows } from "@std/assert";
import { Listener, ListenError } from "../../src/http/listener.ts";
import { RawClient, upgradeRequest } from "../support/raw_client.ts";
import { LocalServer } from "./local_server.ts";
import { ending } from "./until.ts";

const STOPPING = { error: "server is stopping" };

Deno.test("a server that refuses new work says so, and goes on with the old", async () => {
  await using server = await LocalServer.open();
  const ann = await server.connect();

  server.server.refuseNew();

  const ready = await fetch(`${server.url}/readyz`);
  assertEquals([ready.status, await ready.json()], [503, STOPPING]);
  const health = await fetch(`${server.url}/healthz`);
  assertEquals([health.status, await health.json()], [200, { status: "ok" }]);
  using client = await RawClient.connect(server.port);
  await client.write(upgradeRequest());
  const { status, headers, body } = await client.response();
  assertEquals([status, headers.get("retry-after")], [503, "5"]);
  assertEquals(JSON.parse(body), { error: "Server is stopping" });
  ann.send("{");
  assertEquals(await ann.next(), { error: "Invalid JSON" });
});

Deno.test("a server that closes its sockets tells them that it goes away", async () => {
  await using server = await LocalServer.open();
  const ann = await server.connect();
  const bob = await server.connect();

  server.server.closeSockets();

  const goingAway = { code: 1001, reason: "server is stopping" };
  assertEquals(await ending(ann), goingAway);
  assertEquals(await ending(bob), goingAway);
});

Deno.test("a port that is taken is refused with its address", async () => {
  await using server = await LocalServer.open();
  const address = { hostname: "127.0.0.1", port: server.port };
  const observer = { bug: () => {}, trouble: () => {} };

  const error = assertThrows(
    () => new Listener(() => new Response(), address, observer),
    ListenError,
    `Cannot listen on 127.0.0.1:${server.port}: `,
  );

  assert(!error.message.includes("\n"));
});
