import { assertEquals } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import { BearerToken } from "../../src/http/bearer_token.ts";
import { HandlerKit, seen } from "./handler_kit.ts";
import { LocalServer } from "./local_server.ts";
import { frameBytes, OPCODES } from "../support/raw_client.ts";
import { WsClient } from "../support/ws_client.ts";
import { until } from "./until.ts";

const FORBIDDEN = {
  status: 403,
  body: {
    error: "Metrics are for this machine alone unless a metrics token is set",
  },
};

const ACCESS_ROWS: [
  name: string,
  options: { token?: string; forMachine?: boolean; peer?: string },
  headers: Record<string, string>,
  status: number,
][] = [
  ["this machine", {}, {}, 200],
  ["this machine by IPv6", { peer: "::1" }, {}, 200],
  ["another machine", { peer: "10.0.0.1" }, {}, 403],
  [
    "somebody behind a proxy on this machine",
    {},
    { "x-forwarded-for": "203.0.113.7" },
    403,
  ],
  ["a proxy that says little", {}, { via: "1.1 proxy" }, 403],
  ["another machine with a token that is not needed", { peer: "10.0.0.1" }, {
    authorization: "Bearer x",
  }, 403],
  ["this machine on a platform", { forMachine: false }, {}, 403],
  ["a token", { token: "t", peer: "10.0.0.1" }, {
    authorization: "Bearer t",
  }, 200],
  ["a token on a platform", { token: "t", forMachine: false }, {
    authorization: "Bearer t",
  }, 200],
  ["a wrong token", { token: "t" }, { authorization: "Bearer u" }, 401],
  ["this machine without the token", { token: "t" }, {}, 401],
];

for (const [name, options, headers, status] of ACCESS_ROWS) {
  Deno.test(`/metrics answers ${name} with ${status}`, async () => {
    const { token = "", forMachine = true, peer = "127.0.0.1" } = options;
    using kit = await HandlerKit.open({
      ports: {
        metricsToken: new BearerToken(token),
        metricsForMachine: forMachine,
      },
    });

    const response = await kit.ask("/metrics", { headers, peer });

    assertEquals(response.status, status);
    const text = await response.text();
    assertEquals(text.includes("parley_frames_sent_total"), status === 200);
    const challenge = status === 401 ? "Bearer" : null;
    assertEquals(response.headers.get("www-authenticate"), challenge);
  });
}

Deno.test("/metrics is plain text that nobody keeps and no page reads", async () => {
  using kit = await HandlerKit.open();

  const { headers } = await kit.ask("/metrics", {
    headers: { origin: "https://example.org" },
  });

  assertEquals(Object.fromEntries(headers), {
    "cache-control": "no-store",
    "content-type": "text/plain; version=0.0.4; charset=utf-8",
  });
  assertEquals(
    await seen(await kit.ask("/metrics", { peer: "10.0.0.1" })),
    FORBIDDEN,
  );
});

Deno.test("requests are counted by route and class of status, whatever their path", async () => {
  using kit = await HandlerKit.open();
  const paths = ["/", "/app.js", "/rooms", "/rooms?profile=x", "/x", "/y"];
  const apiPaths = ["/api/v1/rooms/a/messages", "/api/x"];
  for (const path of [...paths, ...apiPaths]) {
    await (await kit.ask(path)).body?.cancel();
  }
  await kit.ask("/", { headers: { host: "a b" } });

  const lines = (await (await kit.ask("/metrics")).text()).split("\n")
    .filter((line) => line.startsWith("parley_http_requests_total"));

  assertEquals(lines, [
    'parley_http_requests_total{route="static",status="2xx"} 2',
    'parley_http_requests_total{route="/rooms",status="2xx"} 1',
    'parley_http_requests_total{route="/rooms",status="4xx"} 1',
    'parley_http_requests_total{route="other",status="4xx"} 3',
    'parley_http_requests_total{route="/api",status="4xx"} 2',
  ]);
});

/** What a server's page says under some names. */
async function told(
  server: LocalServer,
  names: RegExp,
): Promise<string[]> {
  const response = await fetch(`${server.url}/metrics`);
  return (await response.text()).split("\n").filter((line) => names.test(line));
}

function frameOf(type: string, message?: string): Json {
  const words = message === undefined ? {} : { message };
  return { type, ["room_id"]: "a", from: "Ann", ...words };
}

Deno.test("sockets, frames, commits, rooms and members are counted", async () => {
  await using server = await LocalServer.open();
  const ann = await server.connect("chat-ws");
  const bob = await server.connect("chat-ws");
  const eve = await server.connect("redis-chat");
  await eve.next();
  for (const one of [ann, bob]) {
    one.send(frameOf("join-room"));
    await one.next();
  }
  await ann.next();
  ann.send(frameOf("send-message", "hello"));
  await ann.next();
  await bob.next();
  bob.send("{");
  await bob.next();
  await eve.close();
  await until("she is gone", async () => {
    return (await told(server, /^parley_sockets_closed_total/)).length === 1;
  });

  const found = await told(
    server,
    /^parley_(sockets|frames|commits|commit_entries_(sum|count)|refusals|members|rooms|outbox|log_reads|slow)/,
  );

  assertEquals(found, [
    "parley_sockets_opened_total 3",
    'parley_sockets_closed_total{by="client",code="1005"} 1',
    "parley_slow_readers_dropped_total 0",
    "parley_frames_received_total 4",
    "parley_frames_sent_total 7",
    "parley_frames_rate_limited_total 0",
    'parley_refusals_total{code="bad_frame"} 1',
    'parley_commits_total{outcome="landed"} 1',
    'parley_commits_total{outcome="lost_race"} 0',
    'parley_commits_total{outcome="failed"} 0',
    "parley_commit_entries_sum 1",
    "parley_commit_entries_count 1",
    "parley_log_reads_total 1",
    'parley_sockets_open{dialect="chat-ws"} 2',
    "parley_outbox_bytes 0",
    "parley_outbox_bytes_max 0",
    "parley_rooms_at_hand 1",
    "parley_members 2",
  ]);
});

Deno.test("a reader that is too slow is counted, and what waits for it before", async () => {
  await using server = await LocalServer.open({
    limits: { OUTBOX_BYTES_MAX: 1_000_000, MESSAGES_BURST_MAX: 0 },
  });
  const ann = await server.connect("chat-ws");
  ann.send(frameOf("join-room"));
  await ann.next();
  using deaf = await server.connectRaw();
  const join = JSON.stringify(frameOf("join-room"));
  await deaf.write(frameBytes(OPCODES.text, join));
  await ann.next();
  const message = "x".repeat(4_000);
  let waitedMax = 0;
  for (;;) {
    for (let i = 0; i < 50; i++) ann.send(frameOf("send-message", message));
    await ann.take(50);
    const [line = ""] = await told(server, /^parley_outbox_bytes_max/);
    waitedMax = Math.max(waitedMax, Number(line.split(" ")[1]));
    const [dropped] = await told(server, /^parley_slow_readers/);
    if (dropped?.endsWith(" 1")) break;
  }

  assertEquals(waitedMax > 0 && waitedMax <= 1_000_000, true, `${waitedMax}`);
  assertEquals(await told(server, /^parley_sockets_closed_total/), [
    'parley_sockets_closed_total{by="server",code="1013"} 1',
  ]);
});

Deno.test("a socket at / is counted by what it turns out to speak", async () => {
  await using server = await LocalServer.open();
  await using ann = await WsClient.open(server.url);
  ann.send(frameOf("join-room"));
  await ann.next();

  assertEquals(await told(server, /^parley_sockets_open\{/), [
    'parley_sockets_open{dialect="chat-ws"} 1',
  ]);
});

Deno.test("frames above the rate are counted", async () => {
  await using server = await LocalServer.open({
    limits: { MESSAGES_BURST_MAX: 2, MESSAGES_PER_SECOND_MAX: 1 },
  });
  const ann = await server.connect("chat-ws");
  for (let i = 0; i < 5; i++) ann.send("{");
  await ann.take(5);

  const found = await told(server, /^parley_(frames_rate|refusals)/);

  assertEquals(found, [
    "parley_frames_rate_limited_total 3",
    'parley_refusals_total{code="bad_frame"} 2',
    'parley_refusals_total{code="rate_limited"} 3',
  ]);
});

Deno.test("Socket.IO's connections are counted with the sockets, on either transport", async () => {
  await using server = await LocalServer.open();
  const path = "/socket.io/?EIO=4&transport=";
  await (await fetch(`${server.url}${path}polling`)).body?.cancel();
  const ann = await WsClient.open(`${server.url}${path}websocket`);
  await ann.nextText();

  const open = await told(server, /^parley_sockets_(open|closed)/);
  await ann.close();
  await until("one is closed", async () => {
    return (await told(server, /^parley_sockets_closed_total/)).length === 1;
  });
  const closed = await told(server, /^parley_sockets_(open|closed)/);

  assertEquals([open, closed], [
    [
      "parley_sockets_opened_total 2",
      'parley_sockets_open{dialect="nest-chat"} 2',
    ],
    [
      "parley_sockets_opened_total 2",
      'parley_sockets_closed_total{by="client",code="none"} 1',
      'parley_sockets_open{dialect="nest-chat"} 1',
    ],
  ]);
});
