import { assertEquals } from "@std/assert";
import { DISCONNECTS } from "../../src/core/errors.ts";
import { SocketCount } from "../../src/http/socket_count.ts";
import { makeMeter } from "../../src/ops/meter.ts";
import { Metrics } from "../../src/ops/metrics.ts";

const ROWS: [
  name: string,
  happen: (count: SocketCount) => void,
  labels: string,
][] = [
  [
    "the server's code",
    (count) => count.endedByServer(DISCONNECTS.goingAway),
    'by="server",code="1001"',
  ],
  [
    "the server's code as a dialect has it",
    (count) => count.endedByServer(DISCONNECTS.goingAway, 4000),
    'by="server",code="4000"',
  ],
  [
    "what the client answers the server is no end of its own",
    (count) => {
      count.endedByServer(DISCONNECTS.goingAway);
      count.endedByClient(1000);
    },
    'by="server",code="1001"',
  ],
  [
    "the client's code",
    (count) => count.endedByClient(1000),
    'by="client",code="1000"',
  ],
  [
    "a code of the client's own making",
    (count) => count.endedByClient(4711),
    'by="client",code="other"',
  ],
  [
    "a client that went without a word",
    (count) => count.endedByClient(0),
    'by="client",code="1006"',
  ],
  ["an end without an event", () => {}, 'by="client",code="1006"'],
  [
    "a connection without codes",
    (count) => count.endedByClient(),
    'by="client",code="none"',
  ],
];

for (const [name, happen, labels] of ROWS) {
  Deno.test(`an end is counted once: ${name}`, () => {
    const metrics = new Metrics();
    const count = new SocketCount(makeMeter(metrics));

    happen(count);
    count.end();
    count.end();

    const lines = metrics.text().split("\n")
      .filter((line) => /^parley_sockets_(opened|closed)_total/.test(line));
    assertEquals(lines, [
      "parley_sockets_opened_total 1",
      `parley_sockets_closed_total{${labels}} 1`,
    ]);
  });
}
