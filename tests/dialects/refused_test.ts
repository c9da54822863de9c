import { assertEquals } from "@std/assert";
import { LocalServer } from "../http/local_server.ts";
import { until } from "../http/until.ts";
import { WsClient } from "../support/ws_client.ts";

/** What opens a session, what it cannot read, and what it may not do. */
const ROWS: [
  dialect: string,
  path: string,
  first: string[],
  unreadable: string,
  tooLong: string,
][] = [
  [
    "chat-ws",
    "/?dialect=chat-ws",
    [],
    "{",
    '{"type":"send-message","room_id":"a","from":"x","message":"$"}',
  ],
  [
    "channel-chat",
    "/a",
    [],
    "{",
    '{"type":"message","text":"$"}',
  ],
  [
    "wschat",
    "/?dialect=wschat",
    ['{"type":"enter_room","roomId":1}'],
    "{",
    '{"type":"text","text":"$"}',
  ],
  [
    "redis-chat",
    "/ws",
    ['{"type":"signIn","signIn":{"username":"ann","password":"x"}}'],
    "{",
    '{"type":"channelMessage","channelMessage":{"recipientUUID":"0","message":"$"}}',
  ],
  [
    "nest-chat",
    "/socket.io/?EIO=4&transport=websocket",
    ["40"],
    '42["exchanges",{}]',
    '42["exchanges",{"roomId":"general","username":"x","content":"$"}]',
  ],
  [
    "parley.v1",
    "/parley",
    [],
    "{",
    '{"type":"send","room":"a","text":"$"}',
  ],
];

for (const [dialect, path, first, unreadable, tooLong] of ROWS) {
  Deno.test(`what ${dialect} refuses is counted, also where it has no word for it`, async () => {
    await using server = await LocalServer.open();
    await server.kit.chat.rooms.open();
    await using ann = await WsClient.open(server.url + path);
    const refusals = () =>
      server.kit.metrics.text().split("\n")
        .filter((line) => line.startsWith("parley_refusals_total"));

    for (const frame of first) ann.send(frame);
    ann.send(unreadable);
    ann.send(tooLong.replace("$", "x".repeat(5_000)));

    await until("both are refused", () => refusals().length === 2);
    assertEquals(refusals().sort(), [
      'parley_refusals_total{code="bad_frame"} 1',
      'parley_refusals_total{code="too_long"} 1',
    ]);
  });
}
