import { assertEquals } from "@std/assert";
import { until } from "../http/until.ts";
import { startServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";

Deno.test("what slips through is logged, a line each, and the server goes on", async () => {
  await using server = await startServer({
    program: "tests/ops/slipping_server.ts",
  });
  await using ann = await WsClient.open(`${server.url}/?dialect=chat-ws`);
  const join = { type: "join-room", ["room_id"]: "a", from: "Ann" };

  Deno.kill(server.pid, "SIGUSR1");
  await until("the signal has come", async () => {
    const response = await fetch(`${server.url}/healthz`);
    await response.body?.cancel();
    return response.status === 200;
  });
  ann.send(join);

  assertEquals(await ann.next(), join);
  assertEquals(await server.stop(), 0);
  const lines = (await server.ended).errors.trimEnd().split("\n");
  const logged = lines.map((line) => JSON.parse(line))
    .map(({ level, where, error }) => [level, where, error.split("\n")[0]]);
  assertEquals(logged.sort(), [
    ["ERROR", "uncaught exception", "Error: slipped out of a timer"],
    ["ERROR", "unhandled rejection", "Error: slipped out of a promise"],
  ]);
});
