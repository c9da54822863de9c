import { assertEquals } from "@std/assert";
import { resolveLimits } from "../../src/core/limits.ts";
import { decode } from "../../src/dialects/chat_ws.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";

type Decoded = ReturnType<typeof decode>;

const LIMITS = resolveLimits({ JSON_DEPTH_MAX: 4 });

/** The frames of seeds/chat-ws.txt as they stand there, layout included. */
const DOCUMENT_JOIN = `{
    "type": "join-room",
    "room_id": "general",
    "from": "Will Hall"
}`;
const DOCUMENT_LEAVE = `{
    "type": "leave-room",
    "room_id": "general",
    "from": "Will Hall"
}`;
const DOCUMENT_SEND = `{
    "type": "send-message",
    "room_id": "general",
    "from": "Will Hall",
    "message": "Hello world!"
}`;

/** Frames that both profiles read alike. */
const DECODE_BOTH: readonly [frame: string, expected: Decoded][] = [
  [
    DOCUMENT_JOIN,
    {
      ok: true,
      value: {
        type: "join-room",
        room: "general",
        name: "Will Hall",
        request: {
          type: "join-room",
          room_id: "general",
          from: "Will Hall",
        },
      },
    },
  ],
  [
    DOCUMENT_LEAVE,
    {
      ok: true,
      value: {
        type: "leave-room",
        room: "general",
        name: "Will Hall",
        request: {
          type: "leave-room",
          room_id: "general",
          from: "Will Hall",
        },
      },
    },
  ],
  [
    DOCUMENT_SEND,
    {
      ok: true,
      value: {
        type: "send-message",
        room: "general",
        name: "Will Hall",
        text: "Hello world!",
        request: {
          type: "send-message",
          room_id: "general",
          from: "Will Hall",
          message: "Hello world!",
        },
      },
    },
  ],
  [
    '{"extra":{"k":[1]},"from":"","room_id":"غرفة","type":"join-room"}',
    {
      ok: true,
      value: {
        type: "join-room",
        room: "غرفة",
        name: "",
        request: {
          extra: { k: [1] },
          from: "",
          room_id: "غرفة",
          type: "join-room",
        },
      },
    },
  ],
  [
    '{"type":"send-message","room_id":"r","from":"A","from":"B","message":""}',
    {
      ok: true,
      value: {
        type: "send-message",
        room: "r",
        name: "B",
        text: "",
        request: {
          type: "send-message",
          room_id: "r",
          from: "B",
          message: "",
        },
      },
    },
  ],
  ['{"type":"nope"}', { ok: true, value: { type: "unknown" } }],
  ['{"type":"receive-message"}', { ok: true, value: { type: "unknown" } }],
  ['{"type":"toString"}', { ok: true, value: { type: "unknown" } }],
  ['{"type":["join-room"]}', { ok: true, value: { type: "unknown" } }],
  ["{}", { ok: true, value: { type: "unknown" } }],
  ["", { ok: false, why: "Invalid JSON" }],
  ["hello", { ok: false, why: "Invalid JSON" }],
  ['{"type":"join-room"', { ok: false, why: "Invalid JSON" }],
  ["\uFEFF{}", { ok: false, why: "Invalid JSON" }],
  ["null", { ok: false, why: "not a JSON object" }],
  ["7", { ok: false, why: "not a JSON object" }],
  ['"join-room"', { ok: false, why: "not a JSON object" }],
  ["[]", { ok: false, why: "not a JSON object" }],
  ['{"__proto__":1}', { ok: false, why: "__proto__ is not allowed" }],
  [
    '{"a":[{"__proto__":1}]}',
    { ok: false, why: "__proto__ is not allowed" },
  ],
  ['{"a":[[[1]]]}', { ok: true, value: { type: "unknown" } }],
  ['{"a":[[[[1]]]]}', { ok: false, why: "more than 4 levels of nesting" }],
  ['{"a":"[[[[[\\"[["}', { ok: true, value: { type: "unknown" } }],
  [
    '{"type":"join-room","from":"Cat"}',
    { ok: false, why: "room_id not provided" },
  ],
  [
    '{"type":"leave-room","room_id":"","from":"Cat"}',
    { ok: false, why: "room_id not provided" },
  ],
  [
    '{"type":"send-message","room_id":7,"from":"Cat","message":"m"}',
    { ok: false, why: "room_id must be a string" },
  ],
  [
    '{"type":"join-room","room_id":null,"from":"Cat"}',
    { ok: false, why: "room_id must be a string" },
  ],
];

/** Frames that only the original took. */
const DECODE_ORIGINAL: readonly [
  frame: string,
  original: Decoded,
  why: string,
][] = [
  [
    '{"type":"join-room","room_id":"r"}',
    {
      ok: true,
      value: {
        type: "join-room",
        room: "r",
        name: "",
        request: { type: "join-room", room_id: "r" },
      },
    },
    "from not provided",
  ],
  [
    '{"type":"leave-room","room_id":"r","from":{"id":7}}',
    {
      ok: true,
      value: {
        type: "leave-room",
        room: "r",
        name: '{"id":7}',
        request: { type: "leave-room", room_id: "r", from: { id: 7 } },
      },
    },
    "from must be a string",
  ],
  [
    '{"type":"send-message","room_id":"r","message":"nofrom"}',
    {
      ok: true,
      value: {
        type: "send-message",
        room: "r",
        name: "",
        text: "nofrom",
        request: { type: "send-message", room_id: "r", message: "nofrom" },
      },
    },
    "from not provided",
  ],
  [
    '{"type":"send-message","room_id":"r","from":"Bob"}',
    {
      ok: true,
      value: {
        type: "send-message",
        room: "r",
        name: "Bob",
        text: "",
        request: { type: "send-message", room_id: "r", from: "Bob" },
      },
    },
    "message not provided",
  ],
  [
    '{"type":"send-message","room_id":"r","from":"Bob","message":42}',
    {
      ok: true,
      value: {
        type: "send-message",
        room: "r",
        name: "Bob",
        text: "42",
        request: {
          type: "send-message",
          room_id: "r",
          from: "Bob",
          message: 42,
        },
      },
    },
    "message must be a string",
  ],
  [
    '{"type":"send-message","room_id":"r","from":null,"message":false}',
    {
      ok: true,
      value: {
        type: "send-message",
        room: "r",
        name: "null",
        text: "false",
        request: {
          type: "send-message",
          room_id: "r",
          from: null,
          message: false,
        },
      },
    },
    "from must be a string",
  ],
];

for (const profile of PROFILES) {
  for (const [frame, expected] of DECODE_BOTH) {
    pure(
      `chat-ws decode() reads in ${profile} ${JSON.stringify(frame)}`,
      () => {
        const decoded = decode(frame, profile, LIMITS);

        assertEquals(decoded, expected);
      },
    );
  }
}

for (const [frame, original, why] of DECODE_ORIGINAL) {
  pure(`chat-ws decode() reads in original alone ${frame}`, () => {
    const asOriginal = decode(frame, "original", LIMITS);
    const asDocument = decode(frame, "document", LIMITS);

    assertEquals(asOriginal, original);
    assertEquals(asDocument, { ok: false, why });
  });
}

/** A test that may touch nothing outside. */
function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}
