import { assertEquals } from "@std/assert";
import type { Link } from "../../src/core/ports.ts";
import {
  frameBytes,
  OPCODES,
  RawClient,
  upgradeRequest,
} from "../support/raw_client.ts";
import { WsClient } from "../support/ws_client.ts";
import { event, SocketIoServer } from "./socket_io_kit.ts";
import { ending, until } from "./until.ts";

const GOING_AWAY = { code: 1001, reason: "server is stopping" };

/** A session that waits with its frames until it is let go on. */
function gated(): {
  open: () => void;
  behave: () => { receive(): Promise<void> };
} {
  const gate = Promise.withResolvers<void>();
  return {
    open: () => gate.resolve(),
    behave: () => ({ receive: () => gate.promise }),
  };
}

/** Whether a promise is still pending after some turns of the event loop. */
async function isPending(promise: Promise<void>): Promise<boolean> {
  let pending = true;
  promise.then(() => pending = false);
  await new Promise((resolve) => setTimeout(resolve, 10));
  return pending;
}

Deno.test("a session that closes its link handles nothing more", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = await SocketIoServer.open({
    behave: (link) => ({
      async receive() {
        await gate.promise;
        link.close(1008, "go");
      },
    }),
  });
  const client = await server.connect();

  client.send("421");
  client.send("422");
  // Behind both, on the same socket.
  client.send("40/x,");
  await client.nextText();
  gate.resolve();

  assertEquals(await client.nextText(), "41");
  await until("it has ended", () => server.ended === 1);
  assertEquals(server.frames, ["421"]);
});

Deno.test("a stop leaves unhandled what waits", async () => {
  const { open, behave } = gated();
  await using server = await SocketIoServer.open({ behave });
  const client = await server.connect();
  client.send("421");
  client.send("422");
  // Behind both, on the same socket.
  client.send("40/x,");
  await client.nextText();

  server.socketIo.stop(GOING_AWAY);
  open();
  await ending(client);
  await until("it has ended", () => server.ended === 1);

  assertEquals(server.frames, ["421"]);
});

Deno.test("a connection that opens while the server stops is ended", async () => {
  await using server = await SocketIoServer.open();
  server.answered = () => server.socketIo.stop(GOING_AWAY);

  await using client = await WsClient.open(server.url(3, "websocket"));

  assertEquals(await ending(client), GOING_AWAY);
  assertEquals([server.admission.size, server.ended], [0, server.opened]);
});

Deno.test("who comes back has a session, though the last one is busy", async () => {
  const { open, behave } = gated();
  await using server = await SocketIoServer.open({ behave });
  const client = await server.connect();
  client.send("421");
  client.send("41");
  // Behind both, on the same socket.
  client.send("40/x,");
  await client.nextText();

  client.send("40");

  assertEquals((await client.nextText()).slice(0, 3), "40{");
  assertEquals([server.opened, server.ended], [2, 0]);
  open();
  await until("the first has ended", () => server.ended === 1);
});

Deno.test("an upgraded connection ends with its socket, whatever the peer does", async () => {
  await using server = await SocketIoServer.open({
    limits: { INBOX_BYTES_MAX: 1_000 },
  });
  const poller = await server.poller();
  const { pathname, search } = new URL(
    server.url(4, "websocket", `&sid=${poller.sid}`),
  );
  using client = await RawClient.connect(server.port);
  const line = `GET ${pathname}${search} HTTP/1.1`;
  await client.write(upgradeRequest({ line }));
  await client.response();

  for (const packet of ["2probe", "5", "x".repeat(1_001)]) {
    await client.write(frameBytes(OPCODES.text, packet));
  }

  await until("it has ended", () => server.ended === 1);
  assertEquals([server.socketIo.size, server.admission.size], [0, 0]);
});

Deno.test("what a poll took makes room for more", async () => {
  const links: Link[] = [];
  await using server = await SocketIoServer.open({
    limits: { OUTBOX_BYTES_MAX: 10_000 },
    behave: (link) => ({ start: () => void links.push(link) }),
  });
  const poller = await server.poller();

  for (let i = 0; i < 20; i++) {
    links[0]?.send(event("say", "x".repeat(1_000)));
    assertEquals((await poller.poll()).length, 1);
  }

  assertEquals(server.ended, 0);
});

Deno.test("a link that polls is drained by a poll, or by its end", async () => {
  const links: Link[] = [];
  await using server = await SocketIoServer.open({
    behave: (link) => ({ start: () => void links.push(link) }),
  });
  const poller = await server.poller();
  const link = links[0];
  if (!link) throw new Error("no session");

  const atFirst = await isPending(link.drained());
  link.send(event("say"));
  const drained = link.drained();
  const before = await isPending(drained);
  await poller.poll();
  const after = await isPending(drained);
  link.send(event("say"));
  const last = link.drained();
  server.socketIo.stop(GOING_AWAY);

  assertEquals([atFirst, before, after], [false, true, false]);
  await last;
});

Deno.test("a link on a WebSocket is drained when its reader has caught up", async () => {
  const links: Link[] = [];
  await using server = await SocketIoServer.open({
    limits: { OUTBOX_BYTES_MAX: 0 },
    behave: (link) => ({ start: () => void links.push(link) }),
  });
  using slow = await server.connectRaw();
  // More than a system buffers.
  const count = 512;

  for (let i = 0; i < count; i++) {
    links[0]?.send(event("say", "x".repeat(16_384)));
  }
  const drained = links[0]?.drained() ?? Promise.resolve();
  const before = await isPending(drained);
  for (let i = 0; i < count; i++) await slow.frame();

  await drained;
  assertEquals(before, true);
});
