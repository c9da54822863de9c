import { assert, assertEquals } from "@std/assert";
import type { LimitName } from "../../src/core/limits.ts";
import type { Json } from "../../src/core/types.ts";
import type { LocalServer } from "../http/local_server.ts";
import { frameBytes, OPCODES, type RawClient } from "../support/raw_client.ts";
import type { WsClient } from "../support/ws_client.ts";
import { join, leave, type LimitCase, member, send } from "./limits_kit.ts";

/** Few are needed of these to fill what the system buffers. */
const TEXT_BYTES = 16_384;

/** Messages that the sender has on their way at a time. */
const AT_ONCE = 16;

/** 64 MiB: more than any system buffers of one socket. */
const MESSAGES_MAX = 4_096;

const SLOW = { code: 1013, reason: "reads too slowly" };

/** A member that reads nothing of what it is sent, but its own join. */
async function slowMember(
  server: LocalServer,
  witness: WsClient,
): Promise<RawClient> {
  const slow = await server.connectRaw();
  const frame = join("crowd", "Slow");
  await slow.write(frameBytes(OPCODES.text, JSON.stringify(frame)));
  assertEquals(await witness.next(), frame);
  assertEquals(JSON.parse((await slow.frame()).text), frame);
  return slow;
}

/** The number of a message, or -1 of another frame. */
function numberOf(frame: Json): number {
  if (typeof frame !== "object" || frame === null) return -1;
  if (!("message" in frame)) return -1;
  return Number(String(frame.message).trimStart());
}

/** Says some numbers and returns all that the sender hears meanwhile. */
async function say(
  client: WsClient,
  { from, count }: { from: number; count: number },
): Promise<Json[]> {
  for (let i = from; i < from + count; i++) {
    client.send(send("crowd", String(i).padStart(TEXT_BYTES)));
  }
  const heard: Json[] = [];
  while (heard.filter((frame) => numberOf(frame) >= 0).length < count) {
    heard.push(await client.next());
  }
  return heard;
}

/** Says numbers until a member has left; returns all that was heard. */
async function sayUntilLeft(client: WsClient): Promise<Json[]> {
  const heard: Json[] = [];
  const hasLeft = () => heard.some((frame) => numberOf(frame) < 0);
  while (!hasLeft() && heard.length < MESSAGES_MAX) {
    const range = { from: heard.length, count: AT_ONCE };
    heard.push(...await say(client, range));
  }
  return heard;
}

/** Says some, lets the slow one read only then, and expects it to hear all. */
async function readsLate(server: LocalServer, count: number): Promise<void> {
  const ann = await member(server, "crowd");
  const slow = await slowMember(server, ann);

  for (let from = 0; from < count; from += AT_ONCE) {
    await say(ann, { from, count: AT_ONCE });
  }

  for (let i = 0; i < count; i++) {
    const { opcode, text } = await slow.frame();
    assertEquals([opcode, numberOf(JSON.parse(text))], [OPCODES.text, i]);
  }
}

/** Reads what was handed over, from 0 on, and how it ends. */
async function readToTheEnd(
  slow: RawClient,
): Promise<{ messages: number; code: number; reason: string }> {
  for (let messages = 0;; messages++) {
    const { opcode, text, payload } = await slow.frame();
    if (opcode === OPCODES.close) {
      const [high = 0, low = 0] = payload;
      const reason = new TextDecoder().decode(payload.subarray(2));
      return { messages, code: high * 256 + low, reason };
    }
    assertEquals(numberOf(JSON.parse(text)), messages);
  }
}

/** The limit on what waits for a socket that reads too slowly. */
export const READER_CASES = {
  OUTBOX_BYTES_MAX: {
    set: {
      OUTBOX_BYTES_MAX: 1_000_000,
      TEXT_BYTES_MAX: TEXT_BYTES,
      MESSAGES_PER_SECOND_MAX: 0,
    },
    reach: (server) => readsLate(server, 48),
    async exceed(server) {
      const ann = await member(server, "crowd");
      const slow = await slowMember(server, ann);
      const bob = await server.connect();
      bob.send(join("crowd", "Bob"));
      await ann.next();
      await bob.next();

      const heard = await sayUntilLeft(ann);

      const numbers = heard.map(numberOf).filter((number) => number >= 0);
      assertEquals(numbers, numbers.map((_, i) => i));
      assertEquals(
        heard.filter((frame) => numberOf(frame) < 0),
        [leave("crowd", "Slow")],
      );
      assertEquals(
        (await bob.take(heard.length)).map(numberOf),
        heard.map(numberOf),
      );
      await slow.frame();
      const { messages, ...ending } = await readToTheEnd(slow);
      assertEquals(ending, SLOW);
      assert(messages < numbers.length, "the slow one has heard all");
    },
    lift: (server) => readsLate(server, 512),
  },
} satisfies Partial<Record<LimitName, LimitCase>>;
