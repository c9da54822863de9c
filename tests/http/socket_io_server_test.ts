import { assert, assertEquals } from "@std/assert";
import { RawClient, upgradeRequest } from "../support/raw_client.ts";
import { ROOT } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";
import { HandlerKit, seen } from "./handler_kit.ts";
import { LocalServer } from "./local_server.ts";
import { ending, until } from "./until.ts";

const GOOD = "https://good.example";
const EVIL = "https://evil.example";
const POLLING = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET = "/socket.io/?EIO=4&transport=websocket";

/** The headers by which a browser decides. */
function corsOf({ headers }: Response): Record<string, string | null> {
  const name = "access-control-allow-";
  return {
    origin: headers.get(`${name}origin`),
    credentials: headers.get(`${name}credentials`),
    vary: headers.get("vary"),
  };
}

/** Shakes hands as a page of that origin, or none. */
async function shakeHands(
  server: LocalServer,
  origin?: string,
  path = POLLING,
): Promise<Response> {
  return await fetch(server.url + path, origin ? { headers: { origin } } : {});
}

const OPEN = { origin: "*", credentials: null, vary: "origin" };
const MIRRORED = { origin: GOOD, credentials: "true", vary: "origin" };

for (const origins of [undefined, [GOOD]]) {
  const which = origins ? "a listed one" : "any";

  Deno.test(`a page whose origin is ${which} may poll, with credentials`, async () => {
    await using server = await LocalServer.open(origins ? { origins } : {});

    const page = await shakeHands(server, GOOD);
    const noPage = await shakeHands(server);

    assertEquals([page.status, corsOf(page)], [200, MIRRORED]);
    assertEquals([noPage.status, corsOf(noPage)], [200, OPEN]);
    for (const response of [page, noPage]) await response.body?.cancel();
  });
}

Deno.test("a page of another origin may not poll, nor say hello by a script", async () => {
  await using server = await LocalServer.open({ origins: [GOOD] });
  const closed = { origin: null, credentials: null, vary: null };

  const poll = await shakeHands(server, EVIL);
  const script = await shakeHands(server, undefined, `${POLLING}&j=0`);

  for (const response of [poll, script]) {
    assertEquals(corsOf(response), closed);
    assertEquals(await seen(response), {
      status: 403,
      body: { error: "Origin is not allowed" },
    });
  }
});

Deno.test("a script may say hello where all origins may", async () => {
  await using server = await LocalServer.open();

  const response = await shakeHands(server, undefined, `${POLLING}&j=7`);

  assertEquals(response.status, 200);
  assertEquals((await response.text()).slice(0, 18), '___eio[7]("0{\\"sid');
});

Deno.test("a browser is told what it may send", async () => {
  using kit = await HandlerKit.open();

  const response = await kit.ask(POLLING, {
    method: "OPTIONS",
    headers: {
      "origin": GOOD,
      "access-control-request-headers": "content-type,x-mine",
    },
  });

  assertEquals([response.status, corsOf(response)], [204, MIRRORED]);
  const name = "access-control-allow-";
  assertEquals(response.headers.get(`${name}methods`), "GET, POST");
  assertEquals(response.headers.get(`${name}headers`), "content-type,x-mine");
});

Deno.test("a browser of another origin is told nothing", async () => {
  using kit = await HandlerKit.open({ origins: [GOOD] });

  const response = await kit.ask(POLLING, {
    method: "OPTIONS",
    headers: { origin: EVIL },
  });

  assertEquals(response.status, 403);
  await response.body?.cancel();
});

for (const path of [POLLING, "/socket.io?EIO=3&transport=polling"]) {
  Deno.test(`with WebSockets alone, ${path} is refused as by the original`, async () => {
    await using server = await LocalServer.open({
      socketIoTransports: "websocket",
    });

    const response = await shakeHands(server, GOOD, path);

    assertEquals(
      response.headers.get("content-type"),
      "application/json",
    );
    assertEquals(corsOf(response), MIRRORED);
    assertEquals(response.status, 400);
    assertEquals(
      await response.text(),
      '{"code":0,"message":"Transport unknown"}',
    );
  });
}

Deno.test("with WebSockets alone, nobody is told to move from one", async () => {
  await using server = await LocalServer.open({
    socketIoTransports: "websocket",
  });
  await using client = await WsClient.open(server.url + WEBSOCKET);

  const { upgrades } = JSON.parse((await client.nextText()).slice(1));

  assertEquals(upgrades, []);
});

const WAYS: [path: string, protocols: string[]][] = [
  ["/socket.io/?EIO=3&transport=websocket", []],
  ["/socket.io?EIO=3&transport=websocket", []],
  ["/elsewhere?dialect=nest-chat", []],
  ["/elsewhere", ["nest-chat"]],
];

for (const [path, protocols] of WAYS) {
  Deno.test(`${path} ${protocols} is Socket.IO`, async () => {
    await using server = await LocalServer.open();
    await using client = await WsClient.open(server.url + path, protocols);

    assertEquals((await client.nextText()).slice(0, 7), '0{"sid"');
    assertEquals(await client.nextText(), "40");
    client.send('42["exchanges"]');
    assertEquals((await client.nextText()).slice(0, 15), '42["exception",');
    assertEquals(client.socket.protocol, protocols[0] ?? "");
  });
}

Deno.test("a profile that there is none of is refused, however one connects", async () => {
  using kit = await HandlerKit.open();

  const response = await kit.ask(`${POLLING}&profile=toString`);

  assertEquals(await seen(response), {
    status: 400,
    body: { error: "profile must be document or original" },
  });
});

Deno.test("a connection is one socket, whatever transports it uses", async () => {
  const limits = { SOCKETS_PER_ADDRESS_MAX: 1 };
  await using server = await LocalServer.open({ limits });
  const first = await shakeHands(server);
  const [, sid] = /"sid":"([^"]+)"/.exec(await first.text()) ?? [];
  await using probe = await WsClient.open(
    `${server.url}${WEBSOCKET}&sid=${sid}`,
  );

  const refused = await shakeHands(server);
  using client = await RawClient.connect(server.port);
  await client.write(upgradeRequest({ line: `GET ${WEBSOCKET} HTTP/1.1` }));
  const socket = await client.response();

  const full = "Cannot open socket: 1 are open from this address";
  assertEquals(refused.headers.get("retry-after"), "5");
  assertEquals(await seen(refused), { status: 503, body: { error: full } });
  assertEquals([socket.status, socket.headers.get("retry-after")], [503, "5"]);
  assertEquals(JSON.parse(socket.body), { error: full });
  probe.send("2probe");
  assertEquals(await probe.nextText(), "3probe");
  probe.send("5");
  await probe.close();
  await until("there is room for another", async () => {
    const response = await shakeHands(server);
    await response.body?.cancel();
    return response.status === 200;
  });
});

const NEVER_ROWS: [name: string, request: string][] = [
  [
    "a method that makes no connection",
    `DELETE ${POLLING} HTTP/1.1\r\nHost: a\r\n\r\n`,
  ],
  [
    "a transport that there is none of",
    "GET /socket.io/?transport=x HTTP/1.1\r\nHost: a\r\n\r\n",
  ],
  [
    "an upgrade of nobody's connection",
    upgradeRequest({ line: `GET ${WEBSOCKET}&sid=x HTTP/1.1` }),
  ],
  [
    "an upgrade to polling",
    upgradeRequest({ line: `GET ${POLLING} HTTP/1.1` }),
  ],
];

for (const [name, request] of NEVER_ROWS) {
  Deno.test(`no socket is counted for ${name}`, async () => {
    await using server = await LocalServer.open({ limits: { SOCKETS_MAX: 2 } });

    using clients = new DisposableStack();
    for (let i = 0; i < 6; i++) {
      const client = clients.use(await RawClient.connect(server.port));
      await client.write(request);
      await client.response();
    }

    await until("there is room for two", async () => {
      await using one = await WsClient.open(server.url).catch(() => undefined);
      await using two = await WsClient.open(server.url).catch(() => undefined);
      return one !== undefined && two !== undefined;
    });
    assertEquals(server.kit.bugs, []);
  });
}

Deno.test("a server that refuses new work goes on with Socket.IO's old", async () => {
  await using server = await LocalServer.open();
  await using client = await WsClient.open(server.url + WEBSOCKET);
  await client.nextText();
  const first = await shakeHands(server);
  const [, sid] = /"sid":"([^"]+)"/.exec(await first.text()) ?? [];

  server.server.refuseNew();

  const response = await shakeHands(server);
  assertEquals(response.headers.get("retry-after"), "5");
  assertEquals(await seen(response), {
    status: 503,
    body: { error: "Server is stopping" },
  });
  client.send("40");
  assertEquals((await client.nextText()).slice(0, 3), "40{");
  const path = `${server.url}${POLLING}&sid=${sid}`;
  const packets = await fetch(path, { method: "POST", body: "40" });
  assertEquals(await packets.text(), "ok");
});

Deno.test("a server that closes its sockets closes Socket.IO's", async () => {
  await using server = await LocalServer.open();
  await using client = await WsClient.open(server.url + WEBSOCKET);
  await client.nextText();

  server.server.closeSockets();

  const goingAway = { code: 1001, reason: "server is stopping" };
  assertEquals(await ending(client), goingAway);
});

Deno.test("pages find the client where socket.io has it, and keep it", async () => {
  using kit = await HandlerKit.open();
  const path = "/socket.io/socket.io.js";

  const first = await kit.ask(path);
  const etag = first.headers.get("etag") ?? "";
  const again = await kit.ask(path, { headers: { "if-none-match": etag } });

  assertEquals(first.status, 200);
  assertEquals(
    first.headers.get("content-type"),
    "text/javascript; charset=utf-8",
  );
  const text = await first.text();
  assert(text.startsWith("/*!\n * Socket.IO v4.8.4\n"), text.slice(0, 40));
  assertEquals([again.status, await again.text()], [304, ""]);
});

Deno.test("the server and its parts are of the versions that fit", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const lock = JSON.parse(await Deno.readTextFile(`${ROOT}deno.lock`));
  const parts: string[] = lock.npm["socket.io@4.8.4"].dependencies;

  const versions = ["engine.io", "socket.io-parser"].map((name) =>
    parts.find((part) => part === name || part.startsWith(`${name}@`))
  );

  assertEquals(imports["socket.io"], "npm:socket.io@4.8.4");
  // A part that the lock knows in one version alone is named without it.
  assertEquals(versions, ["engine.io", "socket.io-parser@4.2.7"]);
  assertEquals(imports["engine.io"], "npm:engine.io@6.6.12");
  assertEquals(imports["socket.io-parser"], "npm:socket.io-parser@4.2.7");
});
