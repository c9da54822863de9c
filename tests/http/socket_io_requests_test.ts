import { assertEquals } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { SocketIoServer } from "./socket_io_kit.ts";
import { until } from "./until.ts";

const UNKNOWN_SID = { code: 1, message: "Session ID unknown" };
const BAD_REQUEST = { code: 3, message: "Bad request" };

/** A request without a connection, and how it is refused. */
const REFUSED_ROWS: [
  name: string,
  ask: { method?: string; query: string },
  body: unknown,
][] = [
  [
    "a poll of nobody's connection",
    { query: "EIO=4&transport=polling&sid=x" },
    UNKNOWN_SID,
  ],
  ["a sid that objects have", {
    query: "EIO=4&transport=polling&sid=__proto__",
  }, UNKNOWN_SID],
  ["packets for nobody", {
    method: "POST",
    query: "EIO=4&transport=polling&sid=x",
  }, UNKNOWN_SID],
  [
    "a handshake by POST",
    { method: "POST", query: "EIO=4&transport=polling" },
    { code: 2, message: "Bad handshake method" },
  ],
  ["no transport", { query: "EIO=4" }, {
    code: 0,
    message: "Transport unknown",
  }],
  ["a transport that objects have", { query: "EIO=4&transport=constructor" }, {
    code: 0,
    message: "Transport unknown",
  }],
  [
    "a WebSocket without an upgrade",
    { query: "EIO=4&transport=websocket" },
    BAD_REQUEST,
  ],
];

for (const [name, { method = "GET", query }, body] of REFUSED_ROWS) {
  Deno.test(`Socket.IO refuses ${name}`, async () => {
    await using server = await SocketIoServer.open();
    const url = `http://127.0.0.1:${server.port}/socket.io/?${query}`;

    const response = await fetch(url, {
      method,
      ...method === "POST" && { body: "40" },
    });

    assertEquals(response.status, 400);
    assertEquals(response.headers.get("content-type"), "application/json");
    assertEquals(response.headers.get("access-control-allow-origin"), "*");
    assertEquals(await response.json(), body);
    assertEquals([server.admission.size, server.kit.bugs], [0, []]);
  });
}

Deno.test("a connection that polls is of no use to who asks otherwise", async () => {
  await using server = await SocketIoServer.open();
  const poller = await server.poller();

  const statuses: number[] = [];
  for (const method of ["PUT", "DELETE", "HEAD"]) {
    const response = await poller.ask({ method });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  const other = await fetch(
    server.url(3, "polling", `&sid=${poller.sid}`),
  );

  assertEquals(statuses, [405, 405, 405]);
  assertEquals(await other.json(), BAD_REQUEST);
  await poller.post("42end");
  assertEquals(await poller.poll(), ["42end"]);
});

Deno.test("a thousand polls at once end their connection, and no other", async () => {
  await using server = await SocketIoServer.open();
  const other = await server.connect();
  const poller = await server.poller();

  const responses = await Promise.all(
    Array.from({ length: 1_000 }, async () => {
      const response = await poller.ask();
      await response.body?.cancel();
      return response.status;
    }),
  );

  assertEquals(responses.filter((status) => status === 200).length, 1);
  assertEquals(responses.filter((status) => status === 400).length, 999);
  await until("it has ended", () => server.ended === 1);
  assertEquals([server.socketIo.size, server.admission.size], [1, 1]);
  other.send("42still here");
  assertEquals(await other.nextText(), "42still here");
  assertEquals(server.kit.bugs, []);
});

Deno.test("a poll that is aborted ends its connection", async () => {
  await using server = await SocketIoServer.open();
  const poller = await server.poller();
  using client = await RawClient.connect(server.port);
  const { pathname, search } = new URL(
    server.url(4, "polling", `&sid=${poller.sid}`),
  );

  await client.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await until("it polls", () => server.pending === 1);
  client[Symbol.dispose]();
  await until("it has ended", () => server.ended === 1);

  assertEquals([server.socketIo.size, server.admission.size], [0, 0]);
  assertEquals(server.kit.bugs, []);
});

Deno.test("packets that are broken off end their connection", async () => {
  await using server = await SocketIoServer.open();
  const poller = await server.poller();
  const { pathname, search } = new URL(
    server.url(4, "polling", `&sid=${poller.sid}`),
  );
  {
    using client = await RawClient.connect(server.port);
    await client.write(
      `POST ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n42x`,
    );
    await until("they come", () => server.pending === 1);
  }
  await until("it has ended", () => server.ended === 1);

  assertEquals([server.socketIo.size, server.admission.size], [0, 0]);
  assertEquals(server.kit.bugs, []);
});

Deno.test("packets that never end are answered when their connection ends", async () => {
  await using server = await SocketIoServer.open();
  const poller = await server.poller();
  using client = await RawClient.connect(server.port);
  const { pathname, search } = new URL(
    server.url(4, "polling", `&sid=${poller.sid}`),
  );

  await client.write(
    `POST ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n42x`,
  );
  // Once it is there, another one is an overlap, which ends the connection.
  await until("it is there", () => server.pending === 1);
  const other = await poller.post("42y");

  assertEquals([(await client.response()).status, other], [400, 400]);
  await until("it has ended", () => server.ended === 1);
  assertEquals([server.frames, server.kit.bugs], [[], []]);
});

Deno.test("a letter that is cut in two on its way is put together", async () => {
  await using server = await SocketIoServer.open();
  const poller = await server.poller();
  using client = await RawClient.connect(server.port);
  const { pathname, search } = new URL(
    server.url(4, "polling", `&sid=${poller.sid}`),
  );
  const bytes = new TextEncoder().encode("42🐟");

  await client.write(
    `POST ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n`,
  );
  await client.write(bytes.slice(0, 4));
  await until("it has begun", () => server.pending === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await client.write(bytes.slice(4));

  assertEquals((await client.response()).body, "ok");
  assertEquals(server.frames, ["42🐟"]);
});

Deno.test("Engine.IO 3 packets that come as bytes are read as such", async () => {
  await using server = await SocketIoServer.open();
  const poller = await server.poller(3);
  // A text, of three signs (Engine.IO 3, "Payload").
  const body = new Uint8Array([0, 3, 255, 0x34, 0x32, 0x78]);

  const response = await poller.ask({
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body,
  });

  assertEquals([await response.text(), server.frames], ["ok", ["42x"]]);
});

Deno.test("a body past the limit is refused, and its connection stays", async () => {
  await using server = await SocketIoServer.open({
    limits: { INBOX_BYTES_MAX: 1_000 },
  });
  const poller = await server.poller();

  const fits = await poller.post(`42${"x".repeat(998)}`);
  const heard = await poller.poll();
  const over = await poller.post(`42${"x".repeat(999)}`);
  const far = await poller.post(`42${"x".repeat(1_000_000)}`);
  await poller.post("42end");

  assertEquals([fits, over, far], [200, 413, 413]);
  assertEquals([heard[0]?.length, await poller.poll()], [1_000, ["42end"]]);
});
