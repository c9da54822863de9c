import { assertEquals } from "@std/assert";
import { RawClient, upgradeRequest } from "../support/raw_client.ts";
import { type LocalOptions, LocalServer } from "./local_server.ts";

const PROXY = "127.0.0.1";

const ONE_EACH: LocalOptions = { limits: { SOCKETS_PER_ADDRESS_MAX: 1 } };

/** The statuses of sockets that are asked for, each kept open. */
async function statuses(
  options: LocalOptions,
  forwarded: readonly string[],
): Promise<number[]> {
  await using server = await LocalServer.open(options);
  const found: number[] = [];
  using clients = new DisposableStack();
  for (const one of forwarded) {
    const client = clients.use(await RawClient.connect(server.port));
    const headers = { "X-Forwarded-For": one };
    await client.write(upgradeRequest({ headers }));
    found.push((await client.response()).status);
  }
  return found;
}

Deno.test("behind a trusted proxy each client has sockets of its own", async () => {
  const found = await statuses({ ...ONE_EACH, trustedProxies: [PROXY] }, [
    "203.0.113.7",
    "203.0.113.8",
    "203.0.113.7",
    // As the client claims it, and as the proxy goes on.
    "198.51.100.1, 203.0.113.7",
    "2001:db8::1",
    "2001:DB8:0::1",
  ]);

  assertEquals(found, [101, 101, 503, 503, 101, 503]);
});

Deno.test("a header of somebody who is not trusted makes no new client", async () => {
  const forwarded = ["203.0.113.7", "203.0.113.8"];

  const found = [
    await statuses(ONE_EACH, forwarded),
    await statuses({ ...ONE_EACH, trustedProxies: ["10.0.0.0/8"] }, forwarded),
  ];

  assertEquals(found, [[101, 503], [101, 503]]);
});

Deno.test("polls of Socket.IO count for the client behind the proxy too", async () => {
  await using server = await LocalServer.open({
    ...ONE_EACH,
    trustedProxies: [PROXY],
  });
  const found: number[] = [];
  for (const one of ["203.0.113.7", "203.0.113.8", "203.0.113.7"]) {
    const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const headers = { "x-forwarded-for": one };
    const response = await fetch(url, { headers });
    found.push(response.status);
    await response.body?.cancel();
  }

  assertEquals(found, [200, 200, 503]);
});
