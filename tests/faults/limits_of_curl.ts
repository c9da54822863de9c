import { assertEquals } from "@std/assert";
import type { LimitName } from "../../src/core/limits.ts";
import type { LocalServer } from "../http/local_server.ts";
import { plain } from "../support/chat_kit.ts";
import { FakeLink } from "../support/fake_link.ts";
import type { LimitCase } from "./limits_kit.ts";

/** The statuses of so many messages sent at once over HTTP. */
async function send({ url }: LocalServer, count: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) {
    const path = `${url}/api/v1/rooms/r/messages`;
    const response = await fetch(path, { method: "POST", body: `${i}` });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  return statuses;
}

/** Leaves so many sessions behind, each in so many rooms. */
async function leave(
  { kit }: LocalServer,
  { tokens, rooms }: { tokens: number; rooms: number },
): Promise<void> {
  for (let i = 0; i < tokens; i++) {
    const resume = await kit.chat.resumes.open({
      token: `token-number-${i}-of-many`,
      dialects: ["plain"],
      idleTimeoutMs: 0,
    });
    const link = new FakeLink();
    const who = kit.chat.admit({ link, encoder: plain, resume });
    for (let j = 0; j < rooms; j++) {
      const room = `room ${j}`;
      await kit.chat.members.join(who, { room, name: "Ann", replay: 0 });
    }
    kit.chat.dismiss(who);
    await kit.chat.resumes.settled();
  }
}

/** The answer to one more token. */
async function comeWithToken({ url }: LocalServer): Promise<number> {
  const query = "EIO=4&transport=polling&resume=one-token-too-many";
  const response = await fetch(`${url}/socket.io/?${query}`);
  await response.body?.cancel();
  return response.status;
}

/** How many rooms are kept of one session. */
async function kept({ kit }: LocalServer): Promise<number | undefined> {
  const digest = "digest of token-number-0-of-many";
  return (await kit.store.resumes.load(digest))?.rooms.length;
}

/** The limits on chat by curl and on what resume tokens keep. */
export const CURL_CASES: Partial<Record<LimitName, LimitCase>> = {
  HTTP_SENDS_BURST_MAX: {
    set: { HTTP_SENDS_BURST_MAX: 2 },
    async reach(server) {
      assertEquals(await send(server, 2), [201, 201]);
    },
    async exceed(server) {
      assertEquals(await send(server, 3), [201, 201, 429]);
    },
    async lift(server) {
      const statuses = await send(server, 101);
      assertEquals(statuses.filter((status) => status !== 201), []);
    },
  },
  HTTP_SENDS_PER_SECOND_MAX: {
    set: { HTTP_SENDS_PER_SECOND_MAX: 2, HTTP_SENDS_BURST_MAX: 1 },
    async reach(server) {
      await send(server, 1);
      server.kit.nowMs += 500;
      assertEquals(await send(server, 1), [201]);
    },
    async exceed(server) {
      await send(server, 1);
      server.kit.nowMs += 499;
      assertEquals(await send(server, 1), [429]);
    },
    async lift(server) {
      assertEquals(await send(server, 3), [201, 201, 201]);
    },
  },
  RESUME_TOKENS_MAX: {
    set: { RESUME_TOKENS_MAX: 2 },
    async reach(server) {
      await leave(server, { tokens: 1, rooms: 1 });
      assertEquals(await comeWithToken(server), 200);
    },
    async exceed(server) {
      await leave(server, { tokens: 2, rooms: 1 });
      assertEquals(await comeWithToken(server), 503);
    },
    async lift(server) {
      await leave(server, { tokens: 3, rooms: 1 });
      assertEquals(await comeWithToken(server), 200);
    },
  },
  RESUME_BYTES_MAX: {
    // A room is kept in 50 bytes.
    set: { RESUME_BYTES_MAX: 100 },
    async reach(server) {
      await leave(server, { tokens: 1, rooms: 2 });
      assertEquals(await kept(server), 2);
    },
    async exceed(server) {
      await leave(server, { tokens: 1, rooms: 3 });
      assertEquals(await kept(server), 2);
    },
    async lift(server) {
      await leave(server, { tokens: 1, rooms: 3 });
      assertEquals(await kept(server), 3);
    },
  },
};
