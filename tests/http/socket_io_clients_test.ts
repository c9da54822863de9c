import { assertEquals, assertNotEquals } from "@std/assert";
import {
  SocketIoClient,
  type Transports,
  type Version,
  VERSIONS,
} from "../support/socket_io_client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";
import { LocalServer } from "./local_server.ts";
import { soon, until } from "./until.ts";

const WAYS: [version: Version, transports: Transports][] = [
  ...VERSIONS.map((one): [Version, Transports] => [one, ["websocket"]]),
  ["4.8", ["polling"]],
  ["2.4", ["polling"]],
  ["4.8", ["polling", "websocket"]],
  ["2.4", ["polling", "websocket"]],
];

for (const [version, transports] of WAYS) {
  const name = `socket.io-client ${version} by ${transports.join(" then ")}`;

  Deno.test(`${name}: events, echo, acknowledgement`, async () => {
    await using server = await LocalServer.open();
    await server.kit.join("room", "Maker");
    await using client = await SocketIoClient.open(server.url, {
      version,
      transports,
    });

    client.emit("participants", { roomId: "room", username: "Ann 🐟" });
    const roster = await client.next();
    client.emit("exchanges", {
      roomId: "room",
      username: "Ann 🐟",
      content: "Grüße",
      createdAt: "2020-01-01",
    });
    const echo = await client.next();
    const answer = await client.ask("exchanges", {
      roomId: "nowhere",
      username: "Ann",
      content: "x",
    });

    assertEquals(roster, ["exchanges", [
      { roomId: "room", username: "Maker", connected: true },
      { roomId: "room", username: "Ann 🐟", connected: true },
    ]]);
    assertEquals(answer, ["Invalid Room ID"]);
    const [event, { socketId, ...rest }] = echo as [
      string,
      Record<string, unknown>,
    ];
    assertEquals([event, rest], ["exchanges", {
      roomId: "room",
      username: "Ann 🐟",
      content: "Grüße",
      createdAt: "2020-01-01",
      order: 1,
    }]);
    // With version 2 it would be a key to a connection that polls.
    if (version !== "2.4" || transports[0] === "websocket") {
      assertEquals(socketId, client.id);
    } else if (transports.length === 1) assertNotEquals(socketId, client.id);
    assertEquals(server.kit.bugs, []);
  });
}

for (const version of ["4.8", "2.4"] as const) {
  Deno.test(`socket.io-client ${version} moves from polling to websocket`, async () => {
    await using server = await LocalServer.open();
    await server.kit.join("room", "Maker");
    await using client = await SocketIoClient.open(server.url, {
      version,
      transports: ["polling", "websocket"],
    });

    await until("it is upgraded", () => client.transport === "websocket");
    const answer = await client.ask("exchanges", {
      roomId: "nowhere",
      username: "Ann",
      content: "x",
    });

    assertEquals(answer, ["Invalid Room ID"]);
    assertEquals(client.connected, true);
  });
}

/** Makes a room that outlives the server, and stays while it is empty. */
async function makeRoom(server: TestServer): Promise<void> {
  await using maker = await WsClient.open(`${server.url}/?dialect=chat-ws`);
  const frame = { ["room_id"]: "room", from: "Maker" };
  maker.send({ type: "join-room", ...frame });
  maker.send({ type: "send-message", message: "first", ...frame });
  await maker.take(2);
}

for (const [version, transports] of WAYS) {
  const name = `socket.io-client ${version} by ${transports.join(" then ")}`;

  Deno.test(`${name} comes back to a server that was killed`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "parley-test-" });
    const kv = `${folder}/parley.kv`;
    try {
      await using first = await startServer({ kv });
      await makeRoom(first);
      await using client = await SocketIoClient.open(first.url, {
        version,
        transports,
      });
      if (transports.length > 1) {
        await until("it is upgraded", () => client.transport === "websocket");
      }

      await first.kill();
      await using second = await startServer({ kv, port: first.port });
      await soon("it has come back", client.state("connect"));
      client.emit("exchanges", {
        roomId: "room",
        username: "Ann",
        content: "second",
      });
      const echo = await client.next() as [string, { order: number }];

      assertEquals([echo[0], echo[1].order], ["exchanges", 2]);
      // Else it would try to come back once more.
      await client.close();
      assertEquals(await second.stop(), 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
