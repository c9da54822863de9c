import { assertEquals } from "@std/assert";
import type { LimitName } from "../../src/core/limits.ts";
import type { LocalServer } from "../http/local_server.ts";
import type { LimitCase } from "./limits_kit.ts";

const BODY = '{"roomId":"r","creatorUsername":"Ann"}';

/** POSTs a room in a body of so many bytes. */
async function post({ url }: LocalServer, bytes: number): Promise<number> {
  const body = BODY.padEnd(bytes);
  const response = await fetch(`${url}/api/v1/rooms`, { method: "POST", body });
  await response.body?.cancel();
  return response.status;
}

async function say(server: LocalServer, count: number): Promise<void> {
  const { kit } = server;
  const { who } = kit.admit();
  for (let i = 0; i < count; i++) await kit.say(who, "r", "x".repeat(100));
}

/** The orders of the messages that are listed. */
async function listed({ url }: LocalServer): Promise<number[]> {
  const response = await fetch(`${url}/api/v1/rooms/r/messages`);
  const rows: { order: number }[] = await response.json();
  return rows.map(({ order }) => order);
}

/** The limits on what is asked for and answered over HTTP. */
export const HTTP_CASES: Partial<Record<LimitName, LimitCase>> = {
  BODY_BYTES_MAX: {
    set: { BODY_BYTES_MAX: 100 },
    async reach(server) {
      assertEquals(await post(server, 100), 201);
    },
    async exceed(server) {
      assertEquals(await post(server, 101), 413);
    },
    async lift(server) {
      assertEquals(await post(server, 100_000), 201);
    },
  },
  MESSAGES_LISTED_MAX: {
    set: { MESSAGES_LISTED_MAX: 2 },
    async reach(server) {
      await say(server, 2);
      assertEquals(await listed(server), [1, 2]);
    },
    async exceed(server) {
      await say(server, 3);
      assertEquals(await listed(server), [2, 3]);
    },
    async lift(server) {
      await say(server, 1_001);
      assertEquals((await listed(server)).length, 1_001);
    },
  },
  ANSWER_BYTES_MAX: {
    // A message is listed in 175 bytes.
    set: { ANSWER_BYTES_MAX: 400 },
    async reach(server) {
      await say(server, 2);
      assertEquals(await listed(server), [1, 2]);
    },
    async exceed(server) {
      await say(server, 3);
      assertEquals(await listed(server), [2, 3]);
    },
    async lift(server) {
      await say(server, 3);
      assertEquals(await listed(server), [1, 2, 3]);
    },
  },
  ANSWERS_UNREAD_BYTES_MAX: {
    set: {
      ANSWERS_UNREAD_BYTES_MAX: 100_000,
      ANSWER_BYTES_MAX: 0,
      MESSAGES_LISTED_MAX: 0,
    },
    async reach(server) {
      await sayMuch(server);
      assertEquals((await listed(server)).length, LONG_MESSAGES);
      assertEquals(await unread(server, 1), [200]);
    },
    async exceed(server) {
      await sayMuch(server);
      assertEquals(await unread(server, 2), [200, 503]);
    },
    async lift(server) {
      await sayMuch(server);
      assertEquals(await unread(server, 2), [200, 200]);
    },
  },
};

/** As many as the system does not take off the server's hands unread. */
const LONG_MESSAGES = 3_000;

async function sayMuch({ kit }: LocalServer): Promise<void> {
  const { who } = kit.admit();
  const text = "x".repeat(4_000);
  await Promise.all(
    Array.from({ length: LONG_MESSAGES }, () => kit.say(who, "r", text)),
  );
}

/** The statuses of lists that are asked for one after the other, and not read. */
async function unread({ url }: LocalServer, count: number): Promise<number[]> {
  const responses: Response[] = [];
  while (responses.length < count) {
    responses.push(await fetch(`${url}/api/v1/rooms/r/messages`));
  }
  for (const { body } of responses) await body?.cancel();
  return responses.map(({ status }) => status);
}
