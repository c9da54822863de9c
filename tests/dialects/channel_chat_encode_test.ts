import { assertEquals } from "@std/assert";
import type { ChatEvent } from "../../src/core/events.ts";
import type {
  Author,
  Extra,
  Member,
  RoomId,
  SessionId,
} from "../../src/core/types.ts";
import { encode } from "../../src/dialects/channel_chat.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";

const FISHING = "fishing" as RoomId;
const BEAST: Author = {
  id: "5224ec4b-dc65-48f3-bda9-ed9d7c259807",
  number: 7,
  name: "fishing_beast_5000",
  verified: false,
};
const NOBODY: Author = { ...BEAST, name: "" };
const MEMBER: Member = { session: BEAST.id as SessionId, author: BEAST };
const SIGNAL = {
  room: FISHING,
  at: 1_652_997_756_903,
  via: "chat-ws",
};

function message(
  fields: {
    author?: Author;
    at?: number;
    text?: string;
    via?: string;
    extra?: Extra;
  } = {},
): ChatEvent {
  return {
    kind: "message",
    room: FISHING,
    id: "01JBXJ1P3Y0000000000000000",
    epoch: 1,
    seq: 1,
    at: 1_652_997_756_903,
    order: 1,
    author: BEAST,
    text: "hi",
    via: "channel-chat",
    ...fields,
  };
}

const ENCODE_ROWS: readonly {
  what: string;
  event: ChatEvent;
  document: string | null;
  original: string | null;
}[] = [
  {
    what: "the document's message, in seconds or in ms",
    event: message({
      text: "I heard you have the best luck fishing in the morning",
    }),
    document:
      '{"type":"message","text":"I heard you have the best luck fishing in the morning","timestamp":1652997756,"user":"fishing_beast_5000"}',
    original:
      '{"type":"message","text":"I heard you have the best luck fishing in the morning","timestamp":1652997756903,"user":"fishing_beast_5000"}',
  },
  {
    what: "who has no name as the empty one",
    event: message({ author: NOBODY }),
    document: '{"type":"message","text":"hi","timestamp":1652997756,"user":""}',
    original:
      '{"type":"message","text":"hi","timestamp":1652997756903,"user":""}',
  },
  {
    what: "text with quotes, line breaks and other scripts",
    event: message({ text: '"a"\n\u2028 नमस्ते 👨‍👩‍👧‍👦' }),
    document:
      '{"type":"message","text":"\\"a\\"\\n\u2028 नमस्ते 👨‍👩‍👧‍👦","timestamp":1652997756,"user":"fishing_beast_5000"}',
    original:
      '{"type":"message","text":"\\"a\\"\\n\u2028 नमस्ते 👨‍👩‍👧‍👦","timestamp":1652997756903,"user":"fishing_beast_5000"}',
  },
  {
    what: "the client's fields in their order, but for what is the server's",
    event: message({
      text: "anon",
      extra: {
        isRaw: false,
        fields: {
          a: [1],
          timestamp: "",
          text: "",
          type: "message",
          user: "",
          b: { c: null },
        },
      },
    }),
    document:
      '{"a":[1],"timestamp":1652997756,"text":"anon","type":"message","user":"fishing_beast_5000","b":{"c":null}}',
    original:
      '{"a":[1],"timestamp":1652997756903,"text":"anon","type":"message","user":"fishing_beast_5000","b":{"c":null}}',
  },
  {
    what: "a number that was said, as a string or as it was given",
    event: message({
      text: "5",
      extra: { isRaw: true, fields: { type: "message", text: 5 } },
    }),
    document:
      '{"type":"message","text":"5","timestamp":1652997756,"user":"fishing_beast_5000"}',
    original:
      '{"type":"message","text":5,"timestamp":1652997756903,"user":"fishing_beast_5000"}',
  },
  {
    what: "nothing that was said, as an empty text or not at all",
    event: message({
      text: "",
      extra: { isRaw: true, fields: { type: "message" } },
    }),
    document:
      '{"type":"message","text":"","timestamp":1652997756,"user":"fishing_beast_5000"}',
    original:
      '{"type":"message","timestamp":1652997756903,"user":"fishing_beast_5000"}',
  },
  {
    what: "a user that is a number, as a string or as it was given",
    event: message({
      author: { ...BEAST, name: "7" },
      extra: {
        isRaw: false,
        fields: { type: "message", text: "" },
        raw: { user: 7 },
      },
    }),
    document:
      '{"type":"message","text":"hi","timestamp":1652997756,"user":"7"}',
    original:
      '{"type":"message","text":"hi","timestamp":1652997756903,"user":7}',
  },
  {
    what: "a user that was not given, as the empty one or not at all",
    event: message({
      author: NOBODY,
      extra: {
        isRaw: false,
        fields: { type: "message", text: "", user: "" },
        raw: {},
      },
    }),
    document: '{"type":"message","text":"hi","user":"","timestamp":1652997756}',
    original: '{"type":"message","text":"hi","timestamp":1652997756903}',
  },
  {
    what: "another dialect's extra fields not at all",
    event: message({
      via: "wschat",
      extra: { isRaw: true, fields: { a: 1 }, raw: { user: 7 } },
    }),
    document:
      '{"type":"message","text":"hi","timestamp":1652997756,"user":"fishing_beast_5000"}',
    original:
      '{"type":"message","text":"hi","timestamp":1652997756903,"user":"fishing_beast_5000"}',
  },
  {
    what: "nothing of a closed room",
    event: {
      kind: "closed",
      room: FISHING,
      id: "01JBXJ1P3Y0000000000000001",
      epoch: 1,
      seq: 2,
      at: 1_652_997_756_903,
      order: 1,
      author: BEAST,
      reopens: true,
    },
    document: null,
    original: null,
  },
  {
    what: "nothing of who joins",
    event: { kind: "joined", again: false, ...SIGNAL, member: MEMBER },
    document: null,
    original: null,
  },
  {
    what: "nothing of who leaves",
    event: { kind: "left", gone: false, ...SIGNAL, member: MEMBER },
    document: null,
    original: null,
  },
  {
    what: "nothing of another name",
    event: { kind: "renamed", ...SIGNAL, member: MEMBER, oldName: "" },
    document: null,
    original: null,
  },
  {
    what: "nothing of the list of rooms",
    event: { kind: "rooms", rooms: [], at: 1_652_997_756_903 },
    document: null,
    original: null,
  },
];

for (const profile of PROFILES) {
  for (const row of ENCODE_ROWS) {
    Deno.test({
      name: `channel-chat encode() writes in ${profile} ${row.what}`,
      permissions: "none",
      fn() {
        const frame = encode(row.event, profile);

        assertEquals(frame, row[profile]);
      },
    });
  }
}
