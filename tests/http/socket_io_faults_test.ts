import { assert, assertEquals, assertLess } from "@std/assert";
import type { Link } from "../../src/core/ports.ts";
import { WsClient } from "../support/ws_client.ts";
import { event, Poller, SocketIoServer } from "./socket_io_kit.ts";
import { ending, soon, until } from "./until.ts";

const SLOW = { code: 1013, reason: "reads too slowly" };
const INTERNAL = { code: 1011, reason: "internal error" };
const GOING_AWAY = { code: 1001, reason: "server is stopping" };

for (const protocol of [3, 4] as const) {
  Deno.test(`Engine.IO ${protocol}: nobody takes over a connection on a WebSocket by its id`, async () => {
    await using server = await SocketIoServer.open();
    const client = await WsClient.open(server.url(protocol, "websocket"));
    const [, sid] = /"sid":"([^"]+)"/.exec(await client.nextText()) ?? [];
    if (protocol === 4) client.send("40");
    await client.nextText();
    const url = server.url(protocol, "websocket", `&sid=${sid}`);
    const refused = new WebSocket(url.replace("http", "ws"));

    const event = await new Promise<Event>((resolve) =>
      refused.onerror = refused.onopen = resolve
    );
    const poll = await fetch(server.url(protocol, "polling", `&sid=${sid}`));

    assertEquals([event.type, poll.status], ["error", 400]);
    await poll.body?.cancel();
    client.send("42still mine");
    assertEquals(await client.nextText(), "42still mine");
    await client.close();
  });
}

Deno.test("a message past the limit closes its WebSocket with 1009", async () => {
  await using server = await SocketIoServer.open({
    limits: { INBOX_BYTES_MAX: 1_000 },
  });
  const [fits, over, bytes] = [
    await server.connect(),
    await server.connect(),
    await server.connect(),
  ];

  fits.send(`42${"é".repeat(499)}`);
  over.send(`42${"é".repeat(499)}x`);
  bytes.send(new Uint8Array(1_001));

  const tooBig = { code: 1009, reason: "message is too long" };
  assertEquals((await fits.nextText()).length, 501);
  assertEquals(await ending(over), tooBig);
  assertEquals(await ending(bytes), tooBig);
});

const GARBAGE_ROWS: [name: string, sent: string | Uint8Array<ArrayBuffer>][] = [
  ["no packet", "x"],
  ["an empty message", ""],
  ["a ping of the client", "2"],
  ["a probe without need", "2probe"],
  ["an event before it was let in", "42x"],
];

for (const [name, sent] of GARBAGE_ROWS) {
  Deno.test(`Engine.IO 4 ends a connection that sends ${name}`, async () => {
    await using server = await SocketIoServer.open();
    const other = await server.connect();
    await using client = await WsClient.open(server.url(4, "websocket"));
    await client.nextText();

    client.send(sent);

    await ending(client);
    other.send("42still here");
    assertEquals(await other.nextText(), "42still here");
    await until("it is counted out", () => server.admission.size === 1);
    assertEquals(server.kit.bugs, []);
  });
}

Deno.test("an upgrade that probes badly leaves the connection where it was", async () => {
  await using server = await SocketIoServer.open();
  const poller = await server.poller();
  const url = server.url(4, "websocket", `&sid=${poller.sid}`);

  for (const packets of [["42x"], ["2"], ["2probe", "2"], ["2probe", "x"]]) {
    await using probe = await WsClient.open(url);
    for (const packet of packets) probe.send(packet);
    await ending(probe);
  }
  await poller.post("42end");
  let heard = await poller.poll();
  while (heard[0] === "6") heard = await poller.poll();

  assertEquals(heard, ["42end"]);
  assertEquals([server.opened, server.admission.size], [1, 1]);
});

Deno.test("who asks for the namespace twice in one breath has one session", async () => {
  await using server = await SocketIoServer.open();
  const poller = await Poller.open(server, 4);

  await poller.post(...Array.from({ length: 30 }, () => "40"));
  const packets = await poller.poll();

  const greetings = packets.filter((packet) => packet.startsWith("40"));
  assertEquals([greetings.length, server.opened], [30, 1]);
  assertEquals(packets.filter((packet) => packet === "41").length, 29);
});

for (const packet of ["4", "4z", "43[]", "431[1]", "40/x,", "45", "b4AA"]) {
  Deno.test(`more of ${packet} than a client needs ends its connection alone`, async () => {
    await using server = await SocketIoServer.open();
    const innocent = await server.connect();
    const poller = await Poller.open(server, 4);
    await poller.post("40", "42first");

    await poller.post(...Array.from({ length: 1_000 }, () => packet));
    await until("one is left", () => server.admission.size === 1);
    innocent.send("42hello");

    assertEquals(await innocent.nextText(), "42hello");
    assertEquals(server.kit.bugs, []);
  });
}

Deno.test("a binary event is heard at once, by its name, and nothing of it is kept", async () => {
  await using server = await SocketIoServer.open();
  const client = await server.connect();

  client.send('452-["drawn",{"_placeholder":true,"num":0}]');
  const heard = await client.nextText();
  client.send(new Uint8Array(1_000));
  client.send(new Uint8Array(1_000));
  client.send("42after");

  assertEquals([heard, await client.nextText()], ['42["drawn"]', "42after"]);
});

Deno.test("leaving and coming back gives no new allowance of frames", async () => {
  await using server = await SocketIoServer.open({
    limits: { MESSAGES_PER_SECOND_MAX: 1, MESSAGES_BURST_MAX: 2 },
  });
  const client = await server.connect();

  client.send("421");
  assertEquals(await client.nextText(), "421");
  client.send("41");
  client.send("40");
  assertEquals((await client.nextText()).slice(0, 4), '40{"');
  client.send("422");
  client.send("423");

  assertEquals(await client.nextText(), "422");
  assertEquals(
    await client.nextText(),
    '42["refused","Cannot handle frame: more than 1 per second, try again in 1000 ms"]',
  );
  assertEquals(server.opened, 2);
});

Deno.test("who polls never is ended when too much waits for it", async () => {
  const links: Link[] = [];
  await using server = await SocketIoServer.open({
    limits: { OUTBOX_BYTES_MAX: 100_000 },
    behave: (link) => ({ start: () => void links.push(link) }),
  });
  await server.poller();
  let sent = 0;

  while (server.ended === 0 && sent < 1_000) {
    links[0]?.send(event("say", "x".repeat(1_000)));
    sent++;
    await Promise.resolve();
  }

  assertLess(sent, 100);
  assert(sent > 50, "it was ended too early");
  assertEquals([server.socketIo.size, server.admission.size], [0, 0]);
});

Deno.test("who polls never cannot make the server answer without end", async () => {
  await using server = await SocketIoServer.open({
    limits: { OUTBOX_BYTES_MAX: 100_000 },
  });
  const poller = await server.poller(3);

  const statuses: number[] = [];
  for (let i = 0; i < 20; i++) {
    statuses.push(await poller.post(...Array(100).fill("2")));
  }

  assertEquals(statuses.at(0), 200);
  assertEquals(statuses.at(-1), 400);
  assertEquals([server.socketIo.size, server.kit.bugs], [0, []]);
});

Deno.test("a WebSocket that reads too slowly is ended with 1013", async () => {
  const links: Link[] = [];
  await using server = await SocketIoServer.open({
    limits: { OUTBOX_BYTES_MAX: 1_000_000 },
    behave: (link) => ({ start: () => void links.push(link) }),
  });
  using slow = await server.connectRaw();
  const frame = event("say", "x".repeat(16_384));

  for (let i = 0; i < 4_096 && server.ended === 0; i++) {
    links[0]?.send(frame);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  assertEquals([server.ended, server.socketIo.size], [1, 0]);
  let last = await slow.frame();
  while (last.opcode === 1) last = await slow.frame();
  const [high = 0, low = 0] = last.payload;
  const reason = new TextDecoder().decode(last.payload.subarray(2));
  assertEquals({ code: high * 256 + low, reason }, SLOW);
});

function boom(): never {
  throw new TypeError("boom");
}

const BUG_ROWS = ["open", "start", "receive", "refuse"] as const;

for (const where of BUG_ROWS) {
  Deno.test(`a session that throws in ${where} costs its connection alone`, async () => {
    let sessions = 0;
    await using server = await SocketIoServer.open({
      limits: { FRAME_BYTES_MAX: 100 },
      behave: () => {
        if (sessions++ !== 1) return {};
        return where === "open" ? boom() : { [where]: boom };
      },
    });
    const other = await server.connect();
    const broken = await WsClient.open(server.url(3, "websocket"));

    broken.send(`42${where === "refuse" ? "x".repeat(100) : "x"}`);

    assertEquals(await ending(broken), INTERNAL);
    assertEquals(server.kit.bugs.map(String), ["TypeError: boom"]);
    other.send("42still here");
    assertEquals(await other.nextText(), "42still here");
    assertEquals([server.socketIo.size, server.admission.size], [1, 1]);
  });
}

Deno.test("a stop ends WebSockets with 1001, answers polls and leaves nothing", async () => {
  await using server = await SocketIoServer.open();
  const client = await server.connect();
  const poller = await server.poller();
  const idle = await server.poller();
  const pending = poller.poll();
  await until("it polls", () => server.pending === 1);

  server.socketIo.stop(GOING_AWAY);

  assertEquals(await ending(client), GOING_AWAY);
  assertEquals(await soon("the poll is answered", pending), ["1"]);
  const gone = await idle.ask();
  assertEquals(await gone.json(), { code: 1, message: "Session ID unknown" });
  await until("all have ended", () => server.ended === 3);
  assertEquals([server.socketIo.size, server.admission.size], [0, 0]);
  const late = await fetch(server.url(4, "polling"));
  assertEquals([late.status, late.headers.get("retry-after")], [503, "5"]);
  assertEquals(await late.json(), { error: "Server is stopping" });
});
