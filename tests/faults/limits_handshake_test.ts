import { assertEquals } from "@std/assert";
import { until } from "../http/until.ts";
import { RawClient, upgradeRequest } from "../support/raw_client.ts";
import { startServer, type TestServer } from "../support/server.ts";

const SOCKETS_MAX = 4;

/**
 * Asks for a page and for a socket in one go and is gone: the answer to the
 * first, which it did not read, makes the system reset the connection, and
 * the runtime never opens the socket, nor says that it did not.
 */
async function vanish({ port }: TestServer, path: string): Promise<void> {
  using client = await RawClient.connect(port);
  const upgrade = upgradeRequest({ line: `GET ${path} HTTP/1.1` });
  await client.write(`GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n${upgrade}`);
}

async function statusOfOneMore({ port }: TestServer): Promise<number> {
  using client = await RawClient.connect(port);
  await client.write(upgradeRequest());
  return (await client.response()).status;
}

for (
  const path of ["/?dialect=chat-ws", "/socket.io/?EIO=4&transport=websocket"]
) {
  Deno.test(`sockets at ${path} that vanish during the handshake are counted out`, async () => {
    await using server = await startServer({
      env: { PARLEY_SOCKETS_MAX: String(SOCKETS_MAX) },
    });

    for (let i = 0; i < 3 * SOCKETS_MAX; i++) await vanish(server, path);

    await until("another socket is accepted", async () => {
      const status = await statusOfOneMore(server);
      return status === 101;
    }, 2_000);
    assertEquals((await fetchHealth(server)).status, 200);
  });
}

Deno.test("the limits that the environment sets are in force", async () => {
  await using server = await startServer({
    env: { PARLEY_SOCKETS_MAX: "2", PARLEY_SOCKETS_PER_ADDRESS_MAX: "1" },
    args: ["--sockets-per-address-max", "0"],
  });
  using clients = new DisposableStack();

  const statuses: number[] = [];
  for (let i = 0; i < 3; i++) {
    const client = clients.use(await RawClient.connect(server.port));
    await client.write(upgradeRequest());
    statuses.push((await client.response()).status);
  }

  assertEquals(statuses, [101, 101, 503]);
});

async function fetchHealth({ url }: TestServer): Promise<Response> {
  const response = await fetch(`${url}/healthz`);
  await response.body?.cancel();
  return response;
}
