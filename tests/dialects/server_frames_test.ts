/**
 * What the server writes in the five foreign dialects is what their schemas (and
 * so the documents) say. parley.v1's frames are held against theirs in
 * parley_v1_kit.ts.
 */
import { assertEquals } from "@std/assert";
import type { z } from "zod";
import { SERVER_FRAMES as CHANNEL_CHAT } from "../../src/dialects/channel_chat_frames.ts";
import { SERVER_FRAMES as CHAT_WS } from "../../src/dialects/chat_ws_frames.ts";
import { SERVER_PAYLOADS as NEST_CHAT } from "../../src/dialects/nest_chat/frames.ts";
import { SERVER_FRAMES as REDIS_CHAT } from "../../src/dialects/redis_chat/frames.ts";
import { SERVER_FRAMES as WSCHAT } from "../../src/dialects/wschat_frames.ts";
import type { Json } from "../../src/core/types.ts";
import { LocalServer } from "../http/local_server.ts";
import { Person, type Wire } from "../support/person.ts";
import { speakerOf, SPEAKERS } from "../support/speakers.ts";
import { WsClient } from "../support/ws_client.ts";

const ROOM = "general";

type Schemas = { readonly [type: string]: z.ZodType };

/** What a person asks for besides, and the type of what answers it. */
type Question = readonly [frame: Json, answer: string];

const DM = { recipientUUID: "0" };

const DIALECTS: Readonly<
  Record<string, { schemas: Schemas; questions: readonly Question[] }>
> = {
  "chat-ws": {
    schemas: CHAT_WS,
    questions: [
      [{ type: "join-room", mood: "fine" }, ""],
      [{ type: "leave-room", "room_id": ROOM, from: "Eve" }, "leave-room"],
    ],
  },
  "channel-chat": {
    schemas: CHANNEL_CHAT,
    questions: [[{ type: "message", text: "hm", mood: "fine" }, "message"]],
  },
  "wschat": {
    schemas: WSCHAT,
    questions: [
      [{ type: "gif", gifId: 3 }, "gif"],
      [{ type: "list_rooms" }, "list_rooms"],
      [{ type: "change_name", name: "Eva" }, "change_name"],
      [{ type: "leave_room" }, "leave_room"],
    ],
  },
  "redis-chat": {
    schemas: REDIS_CHAT,
    questions: [
      [{ type: "users" }, "users"],
      [{ type: "channelMessages", channelMessages: DM }, "channelRead"],
      [{ type: "channelMessages", channelMessages: 1 }, "error"],
      [{ type: "signOut" }, "unauthorized"],
      [
        { type: "signIn", signIn: { username: "Eve", password: "pw" } },
        "sys",
      ],
    ],
  },
  "nest-chat": {
    schemas: NEST_CHAT,
    questions: [[{ type: "exchanges", payload: {} }, "exception"]],
  },
};

/** Somebody of whose frames none is missed. */
class Witness {
  readonly frames: Json[] = [];

  async join(url: string, dialect: string): Promise<Person> {
    const speaker = speakerOf(dialect);
    const connect = async (target: URL): Promise<Wire> => {
      const wire = await (speaker.connect ?? WsClient.open)(target);
      return {
        send: (text) => wire.send(text),
        close: () => wire.close(),
        nextText: async () => {
          const text = await wire.nextText();
          this.frames.push(JSON.parse(text));
          return text;
        },
      };
    };
    return await Person.join(url, { ...speaker, connect }, {
      name: "Eve",
      room: ROOM,
      profile: "document",
    });
  }
}

for (const [dialect, { schemas, questions }] of Object.entries(DIALECTS)) {
  Deno.test(`${dialect}'s server frames are as its schemas say`, async () => {
    await using server = await LocalServer.open();
    const url = server.url;
    // Rosters of nest-chat are gathered for a while.
    using _clock = ticking(() => server.kit.timers.tick(1_000));
    const witness = new Witness();
    await using eve = await witness.join(url, dialect);

    for (const speaker of SPEAKERS) {
      const name = `Bob ${speaker.dialect}`;
      const options = { name, room: ROOM, profile: "document" } as const;
      const bob = await Person.join(url, speaker, options);
      bob.say(`hello from ${name}`);
      await eve.until((frame) => JSON.stringify(frame).includes(`hello from`));
      await bob.close();
    }
    for (const [frame, answer] of questions) {
      eve.send(frame);
      await eve.until(({ type = "" }) => type === answer);
    }

    const seen = new Set<string>();
    for (const frame of witness.frames) {
      const { type = "", list, message } = frame as Record<string, Json>;
      const isNest = dialect === "nest-chat";
      const payload = isNest ? list ?? message : frame;
      const schema = schemas[String(type)];
      if (!schema) throw new Error(`no schema: ${JSON.stringify(frame)}`);
      schema.parse(payload);
      seen.add(String(type));
    }
    const unseen = Object.keys(schemas).filter((type) => !seen.has(type));
    assertEquals(unseen, UNSEEN[dialect] ?? []);
  });
}

function ticking(tick: () => void): Disposable {
  const timer = setInterval(tick, 10);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/**
 * What this server does not send, or in private channels only:
 * channel_chat_document_test.ts, redis_chat_private_test.ts.
 */
const UNSEEN: Readonly<Record<string, readonly string[]>> = {
  "channel-chat": ["heartbeat"],
  "redis-chat": ["channelLeave"],
};
