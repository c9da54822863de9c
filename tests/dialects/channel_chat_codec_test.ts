import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import { resolveLimits } from "../../src/core/limits.ts";
import type { Extra } from "../../src/core/types.ts";
import { decode, extraOf } from "../../src/dialects/channel_chat.ts";
import type { ClientFrame } from "../../src/dialects/channel_chat_frames.ts";
import { channelOf } from "../../src/dialects/channel_path.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";

type Decoded = ReturnType<typeof decode>;
type MessageFrame = Extract<ClientFrame, { type: "message" }>;

const LIMITS = resolveLimits({ JSON_DEPTH_MAX: 4, EXTRA_BYTES_MAX: 20 });

/** The frames of seeds/channel-chat.txt as they stand there, layout included. */
const DOCUMENT_HEARTBEAT = `{
  "type": "heartbeat"
}`;
const DOCUMENT_IDENTITY = `{
  "type": "identity",
  "user": "fishing_beast_5000"
}`;
const DOCUMENT_MESSAGE = `{
  "type": "message",
  "text": "I heard you have the best luck fishing in the morning"
}`;

/** Frames that both profiles read alike. */
const DECODE_BOTH: readonly [frame: string, expected: Decoded][] = [
  [DOCUMENT_HEARTBEAT, { ok: true, value: { type: "heartbeat" } }],
  [
    DOCUMENT_IDENTITY,
    { ok: true, value: { type: "identity", name: "fishing_beast_5000" } },
  ],
  [
    DOCUMENT_MESSAGE,
    {
      ok: true,
      value: {
        type: "message",
        text: "I heard you have the best luck fishing in the morning",
        isRaw: false,
        fields: { type: "message", text: "" },
      },
    },
  ],
  ['{"type":"heartbeat","x":1}', { ok: true, value: { type: "heartbeat" } }],
  [
    '{"type":"identity","user":""}',
    { ok: true, value: { type: "identity", name: "" } },
  ],
  [
    '{"type":"identity","user":"Ann","user":"عُمَر"}',
    { ok: true, value: { type: "identity", name: "عُمَر" } },
  ],
  [
    '{"type":"message","text":"anon","extra":1,"user":"spoof","timestamp":1}',
    {
      ok: true,
      value: {
        type: "message",
        text: "anon",
        isRaw: false,
        fields: {
          type: "message",
          text: "",
          extra: 1,
          user: "",
          timestamp: "",
        },
      },
    },
  ],
  ['{"type":"connection","id":"x"}', { ok: false, why: "unknown type" }],
  ['{"type":"nope"}', { ok: false, why: "unknown type" }],
  ['{"type":"toString"}', { ok: false, why: "unknown type" }],
  ['{"type":["message"],"text":"x"}', { ok: false, why: "unknown type" }],
  ["{}", { ok: false, why: "unknown type" }],
  ["", { ok: false, why: "Invalid JSON" }],
  ["nope", { ok: false, why: "Invalid JSON" }],
  ['{"type":"message"', { ok: false, why: "Invalid JSON" }],
  ["\uFEFF{}", { ok: false, why: "Invalid JSON" }],
  ["null", { ok: false, why: "not a JSON object" }],
  ['"heartbeat"', { ok: false, why: "not a JSON object" }],
  ['[{"type":"heartbeat"}]', { ok: false, why: "not a JSON object" }],
  [
    '{"type":"message","text":"x","a":{"__proto__":1}}',
    { ok: false, why: "__proto__ is not allowed" },
  ],
  [
    '{"type":"heartbeat","a":[[[[1]]]]}',
    { ok: false, why: "more than 4 levels of nesting" },
  ],
];

/** Frames of other types than the document's, which only the original took. */
const DECODE_BY_PROFILE: readonly {
  frame: string;
  original: Decoded;
  document: Decoded;
}[] = [
  {
    frame: '{"type":"identity"}',
    original: { ok: true, value: { type: "identity", name: "", raw: {} } },
    document: { ok: true, value: { type: "identity" } },
  },
  {
    frame: '{"type":"identity","user":7}',
    original: {
      ok: true,
      value: { type: "identity", name: "7", raw: { user: 7 } },
    },
    document: { ok: true, value: { type: "identity" } },
  },
  {
    frame: '{"type":"identity","user":{"a":null}}',
    original: {
      ok: true,
      value: {
        type: "identity",
        name: '{"a":null}',
        raw: { user: { a: null } },
      },
    },
    document: { ok: true, value: { type: "identity" } },
  },
  {
    frame: '{"type":"message"}',
    original: {
      ok: true,
      value: {
        type: "message",
        text: "",
        isRaw: true,
        fields: { type: "message" },
      },
    },
    document: { ok: false, why: "bad text" },
  },
  {
    frame: '{"text":5,"type":"message"}',
    original: {
      ok: true,
      value: {
        type: "message",
        text: "5",
        isRaw: true,
        fields: { text: 5, type: "message" },
      },
    },
    document: { ok: false, why: "bad text" },
  },
  {
    frame: '{"type":"message","text":null}',
    original: {
      ok: true,
      value: {
        type: "message",
        text: "null",
        isRaw: true,
        fields: { type: "message", text: null },
      },
    },
    document: { ok: false, why: "bad text" },
  },
];

for (const profile of PROFILES) {
  for (const [frame, expected] of DECODE_BOTH) {
    pure(
      `channel-chat decode() reads in ${profile} ${JSON.stringify(frame)}`,
      () => {
        const decoded = decode(frame, profile, LIMITS);

        assertEquals(decoded, expected);
      },
    );
  }

  for (const row of DECODE_BY_PROFILE) {
    pure(`channel-chat decode() reads as ${profile} ${row.frame}`, () => {
      const decoded = decode(row.frame, profile, LIMITS);

      assertEquals(decoded, row[profile]);
    });
  }
}

const CHANNELS: readonly [path: string, document: string, original: string][] =
  [
    ["/fishing", "fishing", ""],
    ["/fishing/", "fishing", ""],
    ["/", "", ""],
    ["/a/b", "a/b", ""],
    ["/a/b/", "a/b", ""],
    ["/a/b/fishing", "a/b/fishing", "fishing"],
    ["/a/b/fishing/", "a/b/fishing", "fishing"],
    ["/a/b/c/d", "a/b/c/d", "c/d"],
    ["/a//b", "a//b", "b"],
    ["/a/b/fish%20ing", "a/b/fish ing", "fish ing"],
    ["/x/y/%E9%92%93%E9%B1%BC", "x/y/钓鱼", "钓鱼"],
    ["/x/y/%F0%9F%8E%A3", "x/y/🎣", "🎣"],
    ["/x/y/100%25", "x/y/100%", "100%"],
    ["/x/y/c%2Fd", "x/y/c/d", "c/d"],
    ["/x/y/%zz%20", "x/y/%zz%20", "%zz%20"],
    ["/x/y/%FF", "x/y/%FF", "%FF"],
  ];

for (const [path, document, original] of CHANNELS) {
  pure(`channel-chat channelOf() finds the channel of ${path}`, () => {
    const byDocument = channelOf(path, "document");
    const byOriginal = channelOf(path, "original");

    assertEquals(byDocument, document);
    assertEquals(byOriginal, original);
  });
}

const EXTRAS: readonly [
  what: string,
  frame: Omit<MessageFrame, "type">,
  expected: Extra | undefined,
][] = [
  [
    "nothing with the document's message",
    { text: "hi", isRaw: false, fields: { type: "message", text: "" } },
    undefined,
  ],
  [
    "the order of the fields, if it is another",
    { text: "hi", isRaw: false, fields: { text: "", type: "message" } },
    { fields: { text: "", type: "message" }, isRaw: false },
  ],
  [
    "20 bytes of unknown fields",
    {
      text: "hi",
      isRaw: false,
      fields: {
        type: "message",
        text: "",
        user: "",
        timestamp: "",
        abc: "xxxxxxxxxx",
      },
    },
    {
      fields: {
        type: "message",
        text: "",
        user: "",
        timestamp: "",
        abc: "xxxxxxxxxx",
      },
      isRaw: false,
    },
  ],
  [
    "a text that is none",
    { text: "5", isRaw: true, fields: { type: "message", text: 5 } },
    { fields: { type: "message", text: 5 }, isRaw: true },
  ],
];

for (const [what, frame, expected] of EXTRAS) {
  pure(`channel-chat extraOf() keeps ${what}`, () => {
    const extra = extraOf({ type: "message", ...frame }, undefined, LIMITS);

    assertEquals(extra, expected);
    assertEquals(JSON.stringify(extra), JSON.stringify(expected));
  });
}

pure("channel-chat extraOf() keeps a user that is no string", () => {
  const fields = { type: "message", text: "" };
  const frame: MessageFrame = {
    type: "message",
    text: "",
    isRaw: false,
    fields,
  };

  const extra = extraOf(frame, { user: 7 }, LIMITS);

  assertEquals(extra, { fields, isRaw: false, raw: { user: 7 } });
});

const TOO_LONG: readonly Omit<MessageFrame, "type" | "text">[] = [
  {
    isRaw: false,
    fields: { type: "message", text: "", abc: "xxxxxxxxxxx" },
  },
  { isRaw: true, fields: { type: "message", text: ["xxxxxxxx"] } },
];

for (const frame of TOO_LONG) {
  const { fields } = frame;
  pure(`channel-chat extraOf() refuses ${JSON.stringify(fields)}`, () => {
    const error = assertThrows(
      () => extraOf({ type: "message", text: "", ...frame }, undefined, LIMITS),
      ChatError,
    );

    assertEquals(error.code, "too_long");
  });
}

/** A test that may touch nothing outside. */
function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}
