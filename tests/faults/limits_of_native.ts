import { assertEquals } from "@std/assert";
import type { LimitName } from "../../src/core/limits.ts";
import type { Json } from "../../src/core/types.ts";
import type { LocalServer } from "../http/local_server.ts";
import type { WsClient } from "../support/ws_client.ts";
import type { Frame, LimitCase } from "./limits_kit.ts";

const room = "talk";

/** Asks, and returns the result, or the refusal in short. */
async function ask(client: WsClient, request: Frame): Promise<Json> {
  client.send({ ...request, id: "asked" });
  for (;;) {
    const frame = await client.next() as Record<string, Json>;
    if (frame.id !== "asked") continue;
    if (frame.type === "ok") return frame.result ?? null;
    return `${frame.code}: ${frame.message}`;
  }
}

/** Fails if a request is refused. */
async function passes(client: WsClient, request: Frame): Promise<void> {
  const result = await ask(client, request);
  assertEquals(typeof result, "object", String(result));
}

function native(server: LocalServer): Promise<WsClient> {
  return server.connect("parley.v1");
}

/** A client that has said one message in the room. */
async function talker(server: LocalServer): Promise<WsClient> {
  const client = await native(server);
  await passes(client, { type: "send", room, text: "a" });
  return client;
}

function withData(bytes: number): Frame {
  // {"d":""} is eight of them.
  return { type: "send", room, text: "a", data: { d: "x".repeat(bytes - 8) } };
}

function withKey(bytes: number): Frame {
  return { type: "send", room, text: "a", key: "k".repeat(bytes) };
}

function reacting(reaction: string): Frame {
  return { type: "react", room, seq: 1, reaction };
}

/** Says some messages, and asks for so many of them. */
async function page(
  server: LocalServer,
  { said, limit }: { said: number; limit: number },
): Promise<Json> {
  const client = await talker(server);
  for (let i = 1; i < said; i++) {
    await passes(client, { type: "send", room, text: "a" });
  }
  const result = await ask(client, { type: "history", room, limit });
  if (typeof result === "string") return result;
  return (result as { messages: Json[] }).messages.length;
}

/** How many of those who are there the last of some members is told. */
async function listed(server: LocalServer, members: number): Promise<Json> {
  for (let i = 0; i < members; i++) {
    await passes(await native(server), { type: "join", room });
  }
  const last = await native(server);
  const joined = await ask(last, { type: "join", room });
  const { members: list, member_count: count } = joined as {
    members?: Json[];
    member_count: number;
  };
  return [list?.length ?? null, count];
}

async function roomsListed(server: LocalServer): Promise<Json> {
  const client = await talker(server);
  const { rooms, more } = await ask(client, { type: "rooms" }) as {
    rooms: Json[];
    more: boolean;
  };
  return [rooms.length, more];
}

/** The limits on what only the native dialect has. */
export const NATIVE_CASES = {
  DATA_BYTES_MAX: {
    reach: async (server) => passes(await native(server), withData(4_096)),
    async exceed(server) {
      const refusal = await ask(await native(server), withData(4_097));
      assertEquals(refusal, "too_long: Cannot send data: 4097 of 4096 bytes");
    },
    async lift(server) {
      const client = await native(server);
      await passes(client, withData(8_192));
      const refusal = await ask(client, withData(8_193));
      assertEquals(refusal, "too_long: Cannot send data: 8193 of 8192 bytes");
    },
  },
  KEY_BYTES_MAX: {
    reach: async (server) => passes(await native(server), withKey(128)),
    async exceed(server) {
      const refusal = await ask(await native(server), withKey(129));
      assertEquals(refusal, "too_long: Cannot use key: 129 of 128 bytes");
    },
    async lift(server) {
      const client = await native(server);
      await passes(client, withKey(512));
      const refusal = await ask(client, withKey(513));
      assertEquals(refusal, "too_long: Cannot use key: 513 of 512 bytes");
    },
  },
  REACTION_BYTES_MAX: {
    reach: async (server) =>
      passes(await talker(server), reacting("😀".repeat(16))),
    async exceed(server) {
      const reaction = `x${"😀".repeat(16)}`;
      const refusal = await ask(await talker(server), reacting(reaction));
      assertEquals(refusal, "too_long: Cannot use reaction: 65 of 64 bytes");
    },
    async lift(server) {
      const client = await talker(server);
      await passes(client, reacting("x".repeat(256)));
      const refusal = await ask(client, reacting("x".repeat(257)));
      assertEquals(refusal, "too_long: Cannot use reaction: 257 of 256 bytes");
    },
  },
  REACTIONS_PER_MESSAGE_MAX: {
    set: { REACTIONS_PER_MESSAGE_MAX: 2 },
    async reach(server) {
      const client = await talker(server);
      for (const reaction of ["1", "2"]) {
        await passes(client, reacting(reaction));
      }
    },
    async exceed(server) {
      const client = await talker(server);
      await passes(client, reacting("1"));
      await passes(await native(server), reacting("1"));
      const refusal = await ask(client, reacting("2"));
      assertEquals(
        refusal,
        "limit_reactions: Cannot react to message 1: there are 2 already",
      );
    },
    async lift(server) {
      const client = await talker(server);
      for (const reaction of ["1", "2", "3"]) {
        await passes(client, reacting(reaction));
      }
    },
  },
  HISTORY_PAGE_MESSAGES_MAX: {
    set: { HISTORY_PAGE_MESSAGES_MAX: 2 },
    reach: async (server) =>
      assertEquals(await page(server, { said: 3, limit: 2 }), 2),
    async exceed(server) {
      const refusal = await page(server, { said: 3, limit: 3 });
      assertEquals(refusal, "bad_field: Cannot read history: limit 3 of 2");
    },
    lift: async (server) =>
      assertEquals(await page(server, { said: 3, limit: 1_000 }), 3),
  },
  MEMBERS_LISTED_MAX: {
    set: { MEMBERS_LISTED_MAX: 2 },
    reach: async (server) => assertEquals(await listed(server, 2), [2, 2]),
    exceed: async (server) => assertEquals(await listed(server, 3), [null, 3]),
    lift: async (server) => assertEquals(await listed(server, 3), [3, 3]),
  },
  ROOMS_LISTED_MAX: {
    set: { ROOMS_LISTED_MAX: 1 },
    async reach(server) {
      assertEquals(await roomsListed(server), [1, false]);
    },
    async exceed(server) {
      await passes(await native(server), { type: "join", room: "other" });
      assertEquals(await roomsListed(server), [1, true]);
    },
    async lift(server) {
      await passes(await native(server), { type: "join", room: "other" });
      assertEquals(await roomsListed(server), [2, false]);
    },
  },
} satisfies Partial<Record<LimitName, LimitCase>>;
