import { assertEquals } from "@std/assert";
import type { ChatEvent, JoinedSignal } from "../../src/core/events.ts";
import type {
  Author,
  Extra,
  Member,
  RoomId,
  SessionId,
} from "../../src/core/types.ts";
import { encode } from "../../src/dialects/chat_ws.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";

const GENERAL = "general" as RoomId;
const WILL: Author = {
  id: "5224ec4b-dc65-48f3-bda9-ed9d7c259807",
  number: 7,
  name: "Will Hall",
  verified: false,
};
const MEMBER: Member = { session: WILL.id as SessionId, author: WILL };

function message(
  fields: { at?: number; text?: string; via?: string; extra?: Extra } = {},
): ChatEvent {
  return {
    kind: "message",
    room: GENERAL,
    id: "01JBXJ1P3Y0000000000000000",
    epoch: 1,
    seq: 1,
    at: 1_730_758_663_598,
    order: 1,
    author: WILL,
    text: "Hello world!",
    via: "chat-ws",
    ...fields,
  };
}

function joined(via: string, extra?: Extra): JoinedSignal {
  return {
    kind: "joined",
    again: false,
    room: GENERAL,
    at: 1_730_758_663_598,
    via,
    member: MEMBER,
    ...extra && { extra },
  };
}

function left(via: string, extra?: Extra): ChatEvent {
  const { again: _, ...same } = joined(via, extra);
  return { ...same, kind: "left", gone: extra === undefined };
}

function closed(reopens: boolean): ChatEvent {
  return {
    kind: "closed",
    room: GENERAL,
    id: "01JBXJ1P3Y0000000000000001",
    epoch: 1,
    seq: 2,
    at: 1_730_758_663_598,
    order: 1,
    author: WILL,
    reopens,
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
    event: message(),
    document:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":"Hello world!","sent_at":1730758663.598}',
    original:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":"Hello world!","sent_at":1730758663598}',
  },
  {
    what: "a full second, still with a fraction",
    event: message({ at: 1_730_758_663_000 }),
    document:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":"Hello world!","sent_at":1730758663.000}',
    original:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":"Hello world!","sent_at":1730758663000}',
  },
  {
    what: "7 ms as .007",
    event: message({ at: 1_730_758_663_007 }),
    document:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":"Hello world!","sent_at":1730758663.007}',
    original:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":"Hello world!","sent_at":1730758663007}',
  },
  {
    what: "text with quotes, line breaks and other scripts",
    event: message({ text: '"a"\n\u2028 नमस्ते 👨‍👩‍👧‍👦' }),
    document:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":"\\"a\\"\\n\u2028 नमस्ते 👨‍👩‍👧‍👦","sent_at":1730758663.598}',
    original:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":"\\"a\\"\\n\u2028 नमस्ते 👨‍👩‍👧‍👦","sent_at":1730758663598}',
  },
  {
    what: "a number that was said, as a string or as it was given",
    event: message({
      text: "42",
      extra: { given: { from: "Will Hall", message: 42 } },
    }),
    document:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":"42","sent_at":1730758663.598}',
    original:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":42,"sent_at":1730758663598}',
  },
  {
    what: "nothing that was said, as an empty text or not at all",
    event: message({ text: "", extra: { given: {} } }),
    document:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":"","sent_at":1730758663.598}',
    original:
      '{"type":"receive-message","room_id":"general","sent_at":1730758663598}',
  },
  {
    what: "another dialect's extra fields not at all",
    event: message({ via: "channel-chat", extra: { given: { from: 1 } } }),
    document:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":"Hello world!","sent_at":1730758663.598}',
    original:
      '{"type":"receive-message","room_id":"general","from":"Will Hall","message":"Hello world!","sent_at":1730758663598}',
  },
  {
    what: "the document's join",
    event: joined("chat-ws"),
    document: '{"type":"join-room","room_id":"general","from":"Will Hall"}',
    original: '{"type":"join-room","room_id":"general","from":"Will Hall"}',
  },
  {
    what: "a join as it was requested, fields in their order",
    event: joined("chat-ws", {
      request: {
        extra: { k: 1 },
        type: "join-room",
        from: "Will Hall",
        room_id: "general",
      },
    }),
    document:
      '{"extra":{"k":1},"type":"join-room","from":"Will Hall","room_id":"general"}',
    original:
      '{"extra":{"k":1},"type":"join-room","from":"Will Hall","room_id":"general"}',
  },
  {
    what: "a join without a name, as a string or as it was requested",
    event: joined("chat-ws", {
      request: { type: "join-room", room_id: "general" },
    }),
    document: '{"type":"join-room","room_id":"general","from":"Will Hall"}',
    original: '{"type":"join-room","room_id":"general"}',
  },
  {
    what: "a join in another dialect, without that dialect's fields",
    event: joined("nest-chat", { request: { type: "x", avatar: "y" } }),
    document: '{"type":"join-room","room_id":"general","from":"Will Hall"}',
    original: '{"type":"join-room","room_id":"general","from":"Will Hall"}',
  },
  {
    what: "the document's leave",
    event: left("chat-ws"),
    document: '{"type":"leave-room","room_id":"general","from":"Will Hall"}',
    original: '{"type":"leave-room","room_id":"general","from":"Will Hall"}',
  },
  {
    what: "a leave as it was requested",
    event: left("chat-ws", {
      request: { type: "leave-room", room_id: "general", from: 7, why: "bye" },
    }),
    document:
      '{"type":"leave-room","room_id":"general","from":"Will Hall","why":"bye"}',
    original: '{"type":"leave-room","room_id":"general","from":7,"why":"bye"}',
  },
  {
    what: "a room that was closed for good",
    event: closed(false),
    document: '{"error":"Room \\"general\\" was closed"}',
    original: '{"error":"Room \\"general\\" was closed"}',
  },
  {
    what: "a room that goes on empty",
    event: closed(true),
    document: '{"error":"Room \\"general\\" was emptied"}',
    original: '{"error":"Room \\"general\\" was emptied"}',
  },
  {
    what: "nothing of a member that joins again",
    event: { ...joined("wschat"), again: true },
    document: null,
    original: null,
  },
  {
    what: "nothing of another name",
    event: {
      kind: "renamed",
      room: GENERAL,
      at: 1_730_758_663_598,
      via: "wschat",
      member: MEMBER,
      oldName: "User 7",
    },
    document: null,
    original: null,
  },
  {
    what: "nothing of the list of rooms",
    event: { kind: "rooms", rooms: [], at: 1_730_758_663_598 },
    document: null,
    original: null,
  },
];

for (const profile of PROFILES) {
  for (const row of ENCODE_ROWS) {
    Deno.test({
      name: `chat-ws encode() writes in ${profile} ${row.what}`,
      permissions: "none",
      fn() {
        const frame = encode(row.event, profile);

        assertEquals(frame, row[profile]);
      },
    });
  }
}
