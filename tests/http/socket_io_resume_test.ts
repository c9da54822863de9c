import { assertEquals } from "@std/assert";
import {
  SocketIoClient,
  type Transports,
  type Version,
} from "../support/socket_io_client.ts";
import { LocalServer } from "./local_server.ts";

const QUERY = { resume: "one-token-per-client" };

const WAYS: [version: Version, transports: Transports][] = [
  ["4.8", ["websocket"]],
  ["4.8", ["polling"]],
  ["4.8", ["polling", "websocket"]],
  ["2.4", ["websocket"]],
  ["2.4", ["polling"]],
];

for (const [version, transports] of WAYS) {
  const by = transports.join(" then ");
  Deno.test(`socket.io-client ${version} by ${by} is resumed by its query`, async () => {
    await using server = await LocalServer.open();
    const { kit } = server;
    const maker = await kit.join("room", "Maker");
    const options = { version, transports, query: QUERY };
    const first = await SocketIoClient.open(server.url, options);
    first.emit("participants", { roomId: "room", username: "Ann" });
    await first.next();
    await kit.say(maker.who, "room", "one");
    await first.next();
    await first.close();
    await kit.say(maker.who, "room", "two");

    await using second = await SocketIoClient.open(server.url, options);
    const missed = await second.next();
    await kit.say(maker.who, "room", "three");
    const live = await second.next();

    const contents = [missed, live].map((heard) => {
      const [event, { content }] = heard as [string, { content: string }];
      return [event, content];
    });
    assertEquals(contents, [["exchanges", "two"], ["exchanges", "three"]]);
    const names = kit.chat.members.of("room" as never)
      .map(({ author }) => author.name);
    assertEquals(names, ["Maker", "Ann"]);
    assertEquals(kit.bugs, []);
  });
}

for (const path of ["polling", "websocket"]) {
  Deno.test(`a bad resume token is refused with 400, by ${path}`, async () => {
    await using server = await LocalServer.open();
    const query = `EIO=4&transport=${path}&resume=short`;

    const response = await fetch(`${server.url}/socket.io/?${query}`);

    assertEquals(response.status, 400);
    await response.body?.cancel();
  });
}
