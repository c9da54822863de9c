import { assertEquals } from "@std/assert";
import type { LimitName } from "../../src/core/limits.ts";
import { type LocalServer, LogGate } from "../http/local_server.ts";
import { ending, until } from "../http/until.ts";
import { RawClient, upgradeRequest } from "../support/raw_client.ts";
import type { WsClient } from "../support/ws_client.ts";
import {
  accepts,
  heard,
  join,
  type LimitCase,
  member,
  send,
  take,
} from "./limits_kit.ts";

const NOTHING = JSON.stringify({ type: "nothing" });
const FLOODED = { code: 1008, reason: "too many unhandled frames" };

/** Asks for one more socket. */
async function handshake(
  { port }: LocalServer,
): Promise<{ status: number; retryAfter: string | null; body: string }> {
  using client = await RawClient.connect(port);
  await client.write(upgradeRequest());
  const { status, headers, body } = await client.response();
  return { status, retryAfter: headers.get("retry-after"), body };
}

/** Both limits on sockets behave alike; `full` is the answer past it. */
function socketCase(name: LimitName, full: string): LimitCase {
  return {
    set: { SOCKETS_MAX: 0, SOCKETS_PER_ADDRESS_MAX: 0, [name]: 2 },
    async reach(server) {
      const ann = await member(server, "a");
      const bob = await server.connect();
      await ann.close();
      await until(
        "there is room for another",
        async () => (await handshake(server)).status === 101,
      );
      await accepts(bob, join("b"));
    },
    async exceed(server) {
      const ann = await member(server, "a");
      await server.connect();
      assertEquals(await handshake(server), {
        status: 503,
        retryAfter: "5",
        body: JSON.stringify({ error: `Cannot open socket: ${full}` }),
      });
      await accepts(ann, send("a", "still here"));
    },
    async lift(server) {
      for (let i = 0; i < 20; i++) await member(server, `room ${i}`);
    },
  };
}

/** Sends frames that are not answered. */
function spend(client: WsClient, frames: number): void {
  for (let i = 0; i < frames; i++) client.send(NOTHING);
}

function tooFast(waitMs: number): { error: string } {
  return {
    error:
      `Cannot handle frame: more than 2 per second, try again in ${waitMs} ms`,
  };
}

/** A member whose first message is held at the log, and the second behind it. */
async function blocked(
  server: LocalServer,
): Promise<{ ann: WsClient; gate: LogGate }> {
  const ann = await member(server, "slow");
  const gate = new LogGate(server.kit.store.log);
  ann.send(send("slow", "1"));
  await until("the log is asked", () => gate.events.length === 1);
  ann.send(send("slow", "2"));
  return { ann, gate };
}

/** `waiting` messages wait behind two; all are heard when the log goes on. */
async function waitsFor(server: LocalServer, waiting: number): Promise<void> {
  const { ann, gate } = await blocked(server);
  const texts = Array.from({ length: waiting }, (_, i) => `${i + 3}`);
  for (const text of texts) ann.send(send("slow", text));
  await settled(server);
  gate.open();
  assertEquals(
    await take(ann, waiting + 2),
    ["1", "2", ...texts].map((text) => heard("slow", text)),
  );
}

/** One message too many waits: the socket ends, with a code that says why. */
async function floodsAt(server: LocalServer, waiting: number): Promise<void> {
  const { ann, gate } = await blocked(server);
  const bob = await member(server, "calm", "Bob");
  for (let i = 0; i < waiting; i++) ann.send(send("slow", `${i + 3}`));
  assertEquals(await ending(ann), FLOODED);
  gate.open();
  await accepts(bob, send("calm", "still here", "Bob"));
}

/** What was sent before a socket was opened has come by the time that it is. */
async function settled(server: LocalServer): Promise<void> {
  await member(server, "later");
}

const SMALL_INBOX = { SENDS_IN_FLIGHT_MAX: 1, MESSAGES_PER_SECOND_MAX: 0 };

/** Bytes of one message of `waitsFor` and `floodsAt`. */
const MESSAGE_BYTES = JSON.stringify(send("slow", "3")).length;

/** The limits on sockets and on what one of them may ask for. */
export const SOCKET_CASES = {
  SOCKETS_PER_ADDRESS_MAX: socketCase(
    "SOCKETS_PER_ADDRESS_MAX",
    "2 are open from this address",
  ),
  SOCKETS_MAX: socketCase("SOCKETS_MAX", "2 are open"),
  MESSAGES_BURST_MAX: {
    set: { MESSAGES_BURST_MAX: 4, MESSAGES_PER_SECOND_MAX: 2 },
    async reach(server) {
      const ann = await server.connect();
      spend(ann, 3);
      await accepts(ann, join("a"));
    },
    async exceed(server) {
      const ann = await server.connect();
      spend(ann, 4);
      ann.send(join("a"));
      assertEquals(await take(ann, 1), [tooFast(500)]);
      await member(server, "of somebody else");
    },
    async lift(server) {
      const ann = await server.connect();
      spend(ann, 1_000);
      await accepts(ann, join("a"));
    },
  },
  MESSAGES_PER_SECOND_MAX: {
    set: { MESSAGES_BURST_MAX: 4, MESSAGES_PER_SECOND_MAX: 2 },
    async reach(server) {
      const ann = await server.connect();
      spend(ann, 3);
      await accepts(ann, join("a"));
      for (const text of ["1", "2", "3"]) {
        server.kit.nowMs += 500;
        await accepts(ann, send("a", text));
      }
    },
    async exceed(server) {
      const ann = await server.connect();
      spend(ann, 3);
      await accepts(ann, join("a"));
      server.kit.nowMs += 750;
      await accepts(ann, send("a", "1"));
      ann.send(send("a", "2"));
      assertEquals(await take(ann, 1), [tooFast(250)]);
      server.kit.nowMs += 250;
      await accepts(ann, send("a", "3"));
    },
    async lift(server) {
      const ann = await server.connect();
      spend(ann, 1_000);
      await accepts(ann, join("a"));
    },
  },
  INBOX_FRAMES_MAX: {
    set: { ...SMALL_INBOX, INBOX_FRAMES_MAX: 3 },
    reach: (server) => waitsFor(server, 3),
    exceed: (server) => floodsAt(server, 4),
    lift: (server) => waitsFor(server, 1_100),
  },
  INBOX_BYTES_MAX: {
    set: { ...SMALL_INBOX, INBOX_BYTES_MAX: 3 * MESSAGE_BYTES },
    reach: (server) => waitsFor(server, 3),
    exceed: (server) => floodsAt(server, 4),
    lift: (server) => waitsFor(server, 100),
  },
  SENDS_IN_FLIGHT_MAX: {
    set: { SENDS_IN_FLIGHT_MAX: 2 },
    reach: (server) => sendsAtOnce(server, ["1", "2"]),
    async exceed(server) {
      // The third waits for one of the first two; nothing is refused.
      const events = await sendEvents(server, ["1", "2", "3"], 2);
      const third = events.indexOf("asked 3");
      assertEquals(events.slice(0, 2), ["asked 1", "asked 2"]);
      assertEquals(events[third - 1]?.startsWith("stored"), true);
    },
    lift: (server) =>
      sendsAtOnce(server, Array.from({ length: 100 }, (_, i) => `${i}`)),
  },
} satisfies Partial<Record<LimitName, LimitCase>>;

/** All of them are handed to the log before any of them is stored. */
async function sendsAtOnce(
  server: LocalServer,
  texts: readonly string[],
): Promise<void> {
  const events = await sendEvents(server, texts, texts.length);
  assertEquals(
    events.slice(0, texts.length),
    texts.map((text) => `asked ${text}`),
  );
}

/** What the log is asked, and what it stores, in that order. */
async function sendEvents(
  server: LocalServer,
  texts: readonly string[],
  atOnce: number,
): Promise<readonly string[]> {
  const ann = await member(server, "busy");
  const gate = new LogGate(server.kit.store.log);
  for (const text of texts) ann.send(send("busy", text));
  await settled(server);
  await until("the log is asked", () => gate.events.length >= atOnce);
  gate.open();
  assertEquals(
    await take(ann, texts.length),
    texts.map((text) => heard("busy", text)),
  );
  return gate.events;
}
