import { assertEquals } from "@std/assert";
import { frame } from "../../src/core/encoder.ts";
import type { Link } from "../../src/core/ports.ts";
import { WsClient } from "../support/ws_client.ts";
import { event, type Protocol, SocketIoServer } from "./socket_io_kit.ts";
import { until } from "./until.ts";

const DEEP = `42["x",${"[".repeat(5_000)}${"]".repeat(5_000)}]`;

/** What a client sends, and the frame that the session is handed. */
const FRAME_ROWS: [name: string, sent: string, handed: string][] = [
  ["an event", '42["exchanges",{"a":1}]', '42["exchanges",{"a":1}]'],
  ["an acknowledgement asked for", '427["x"]', '427["x"]'],
  ["a namespace that is spelled out", '42/,7["x",1]', '427["x",1]'],
  [
    "a key that JSON.parse would take",
    '42["x",{"__proto__":{}}]',
    '42["x",{"__proto__":{}}]',
  ],
  ["a name that is reserved", '42["disconnect"]', '42["disconnect"]'],
  ["no array", '42{"a":1}', '42{"a":1}'],
  ["no JSON", "42notjson", "42notjson"],
  ["nothing", "42", "42"],
  ["nesting", DEEP, DEEP],
];

for (const protocol of [4, 3] as const) {
  for (const [name, sent, handed] of FRAME_ROWS) {
    Deno.test(`Engine.IO ${protocol} hands on the text of an event: ${name}`, async () => {
      await using server = await SocketIoServer.open();
      const client = await server.connect(protocol);

      client.send(sent);
      client.send("42end");

      assertEquals(await client.nextText(), handed);
      assertEquals(await client.nextText(), "42end");
      assertEquals(server.frames, [handed, "42end"]);
      assertEquals(server.kit.bugs, []);
    });
  }
}

/** Packets that are no events of "/": they cost their sender nothing. */
const IGNORED_ROWS: [name: string, sent: string][] = [
  ["an unknown type", "49[]"],
  ["an empty packet", "4"],
  ["an acknowledgement of nothing", '437["x"]'],
  ["an acknowledgement without JSON", "437x"],
  ["attachments without a number", '45-["x"]'],
  ["too many attachments", '4599-["x"]'],
  ["attachments without JSON", "451-x"],
  ["an event with a number in it only", "451-[1"],
];

for (const [name, sent] of IGNORED_ROWS) {
  Deno.test(`a packet that cannot be decoded is ignored: ${name}`, async () => {
    await using server = await SocketIoServer.open();
    const client = await server.connect();

    client.send(sent);
    client.send("42end");

    assertEquals(await client.nextText(), "42end");
    assertEquals(server.frames, ["42end"]);
    assertEquals(server.kit.bugs, []);
  });
}

Deno.test("bytes that belong to no event are ignored", async () => {
  await using server = await SocketIoServer.open();
  const client = await server.connect();

  client.send(new Uint8Array([1, 2, 3]));
  client.send("42end");

  assertEquals(await client.nextText(), "42end");
});

Deno.test("an event with bytes is handed on as its name", async () => {
  await using server = await SocketIoServer.open();
  const client = await server.connect();

  client.send('451-7["exchanges",{"_placeholder":true,"num":0}]');
  client.send(new Uint8Array([1, 2, 3]));

  assertEquals(await client.nextText(), '427["exchanges"]');
});

Deno.test("another namespace than / is refused, and the socket stays", async () => {
  await using server = await SocketIoServer.open();
  const client = await server.connect();

  client.send("40/admin,");
  client.send("42end");

  assertEquals(
    await client.nextText(),
    '44/admin,{"message":"Invalid namespace"}',
  );
  assertEquals(await client.nextText(), "42end");
});

for (const protocol of [4, 3] as const) {
  Deno.test(`Engine.IO ${protocol}: what is said in one breath with the end is heard`, async () => {
    await using server = await SocketIoServer.open();
    const poller = await server.poller(protocol);

    await poller.post('42["last words"]', "41");
    await until("the session has ended", () => server.ended === 1);

    assertEquals(server.frames, ['42["last words"]']);
  });

  Deno.test(`Engine.IO ${protocol}: a poll brings all that was sent, in order`, async () => {
    const links: Link[] = [];
    await using server = await SocketIoServer.open({
      behave: (link) => ({ start: () => void links.push(link) }),
    });
    const poller = await server.poller(protocol);

    for (const text of ["1 ü", "2 🐟", "3"]) links[0]?.send(event("say", text));

    assertEquals(await poller.poll(), [
      '42["say","1 ü"]',
      '42["say","2 🐟"]',
      '42["say","3"]',
    ]);
  });

  Deno.test(`Engine.IO ${protocol}: nothing is lost or overtaken in an upgrade`, async () => {
    const links: Link[] = [];
    await using server = await SocketIoServer.open({
      behave: (link) => ({ start: () => void links.push(link) }),
    });
    const poller = await server.poller(protocol);
    const numbers = { next: 0 };
    const say = () => links[0]?.send(event("say", numbers.next++));
    const heard: string[] = [];

    say();
    heard.push(...await poller.poll());
    say();
    const url = server.url(protocol, "websocket", `&sid=${poller.sid}`);
    await using client = await WsClient.open(url);
    client.send("2probe");
    assertEquals(await client.nextText(), "3probe");
    say();
    heard.push(...await poller.poll());
    say();
    client.send("5");
    client.send("42end");
    while (heard.at(-1) !== "42end") heard.push(await client.nextText());

    assertEquals(heard.filter((packet) => packet !== "6"), [
      '42["say",0]',
      '42["say",1]',
      '42["say",2]',
      '42["say",3]',
      "42end",
    ]);
    assertEquals([server.opened, server.ended], [1, 0]);
  });
}

Deno.test("a session's frames and socket.io's own packets keep their order", async () => {
  await using server = await SocketIoServer.open({
    behave: (link) => ({
      receive() {
        link.send(frame('42["before"]'));
        link.close(1008, "go");
        link.send(frame('42["after"]'));
      },
    }),
  });
  const client = await server.connect();

  client.send('42["x"]');

  assertEquals(await client.nextText(), '42["before"]');
  assertEquals(await client.nextText(), "41");
  client.send("40");
  assertEquals((await client.nextText()).slice(0, 9), '40{"sid":');
  assertEquals([server.opened, server.ended], [2, 1]);
});

const ID_ROWS: [protocol: Protocol, transport: string, known: boolean][] = [
  [4, "websocket", true],
  [4, "polling", true],
  [3, "websocket", true],
  [3, "polling", false],
];

for (const [protocol, transport, known] of ID_ROWS) {
  Deno.test(`Engine.IO ${protocol} by ${transport} ${known ? "has" : "keeps"} the id of its connection`, async () => {
    const ids: (string | undefined)[] = [];
    await using server = await SocketIoServer.open({
      behave: (_link, { connectionId }) => ({
        start: () => void ids.push(connectionId?.()),
      }),
    });

    if (transport === "polling") await server.poller(protocol);
    else await server.connect(protocol);

    assertEquals(ids.map((id) => id !== undefined), [known]);
  });
}

Deno.test("Engine.IO 3 has its id once it is on a WebSocket", async () => {
  const ids: (string | undefined)[] = [];
  await using server = await SocketIoServer.open({
    behave: (link, { connectionId }) => ({
      receive(text) {
        ids.push(connectionId?.());
        link.send(frame(text));
      },
    }),
  });
  const poller = await server.poller(3);
  const url = server.url(3, "websocket", `&sid=${poller.sid}`);
  await using client = await WsClient.open(url);

  await poller.post("421");
  client.send("2probe");
  client.send("5");
  client.send("422");
  await until("both are handled", () => ids.length === 2);

  assertEquals(ids, [undefined, poller.sid]);
});
