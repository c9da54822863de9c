import type { Json } from "../../src/core/types.ts";
import type { Frame, Heard } from "../support/person.ts";
import {
  type BadRow,
  everywhere,
  fresh,
  identity,
  nativeError,
  redisError,
  refusedEverywhere,
  row,
  said,
} from "./dialect_bad_input_kit.ts";

const SYNTAX_ROWS: readonly BadRow[] = [
  ["an empty frame", ""],
  ["one brace", "{"],
  ["a byte order mark", "\ufeff{}"],
  ["NaN", "NaN"],
  ["a trailing comma", '{"type":"text",}'],
  ["a comment", '{/* */"type":"text"}'],
].flatMap(([name = "", frame = ""]) =>
  refusedEverywhere("B33", name, frame, { why: "Invalid JSON", code: 1 })
);

const SHAPE_ROWS: readonly BadRow[] = [
  ["B34", "null", "null"],
  ["B34", "true", "true"],
  ["B34", "a number", "7"],
  ["B34", "a string", '"text"'],
  ["B34", "an array", "[]"],
  ["B43", "a batch", '[{"type":"text","text":"x"}]'],
].flatMap(([id = "", name = "", frame = ""]) =>
  refusedEverywhere(id, name, frame, { why: "not a JSON object", code: 1 })
);

const DEEP = { why: "more than 32 levels of nesting", code: 1 };
const PROTO = { why: "__proto__ is not allowed", code: 1 };

const DEPTH_ROWS: readonly BadRow[] = [
  ...refusedEverywhere("B35", "33 levels", nested(33), DEEP),
  ...refusedEverywhere("B35", "10,000 levels", nested(10_000), DEEP),
  ...refusedEverywhere("B35", "60,000 open ones", "[".repeat(60_000), DEEP),
  ...refusedEverywhere(
    "B36",
    "__proto__ as a key",
    '{"type":"text","text":"x","__proto__":{"a":1}}',
    PROTO,
  ),
  ...refusedEverywhere(
    "B36",
    "__proto__ as a key inside",
    '{"type":"message","text":"x","a":[{"__proto__":null}]}',
    PROTO,
  ),
];

const UNKNOWN_TYPE = nativeError(
  "bad_frame",
  "Cannot read frame: unknown type",
);

const TYPE_ROWS: readonly BadRow[] = [
  ...["dance", "", "__proto__", "constructor", "toString", "TEXT"].flatMap((
    type,
  ) =>
    everywhere("B42", `the type "${type}"`, JSON.stringify({ type }), {
      "redis-chat": [redisError(0, `unknow request data type: ${type}`)],
      "parley.v1": [UNKNOWN_TYPE],
    })
  ),
  ...everywhere("B42", "no type", "{}", {
    "redis-chat": [redisError(0, "unknow request data type: ")],
    "parley.v1": [UNKNOWN_TYPE],
  }),
  ...[7, true, ["text"], { text: 1 }].flatMap((type) =>
    everywhere(
      "B42",
      `the type ${JSON.stringify(type)}`,
      JSON.stringify({ type }),
      {
        "redis-chat": [redisError(1, "type must be a string")],
        "parley.v1": [UNKNOWN_TYPE],
      },
    )
  ),
];

/** Frames that say a text, with fields beside it, by dialect. */
const SAYING: Readonly<Record<string, (text: string, more?: Frame) => Frame>> =
  {
    "chat-ws": (message, more) => ({
      type: "send-message",
      room_id: "pit",
      from: "Mal",
      message,
      ...more,
    }),
    "channel-chat": (text, more) => ({ type: "message", text, ...more }),
    wschat: (text, more) => ({ type: "text", text, ...more }),
    "redis-chat": (message, more) => ({
      type: "channelMessage",
      channelMessage: { recipientUUID: "0", message, ...more },
    }),
    "parley.v1": (text, more) => ({
      type: "send",
      room: "den",
      text,
      ...more,
    }),
  };

const LONG = `Cannot send message: 4097 of 4096 bytes`;
const HALF = "Cannot send message: not well-formed Unicode";
const LARGE = "Cannot handle frame: 65537 of 65536 bytes";

/** Texts that are told as they came. */
const TOLD: readonly (readonly [id: string, name: string, text: string])[] = [
  ["B44", "a text of 4,096 bytes", "é".repeat(2_048)],
  ["B44", "an empty text", ""],
  ["B44", "only blanks", "   "],
  ["B44", "only what has no width", "\u200b\u200d"],
  ["B51", "emoji, Hindi and Arabic", "👩‍👩‍👧 नमस्ते السلام 𐍈"],
  ["B52", "HTML", '<img src=x onerror="alert(1)"></script>javascript:x'],
  ["B53", "ANSI escapes and line breaks", "\u001b[31m\r\n\u2028\u0000x"],
];

const TEXT_ROWS: readonly BadRow[] = Object.entries(SAYING).flatMap((
  [dialect, say],
) => [
  ...TOLD.map(([id, name, text]) =>
    row(dialect, [id, name], [say(text)], [said(text)])
  ),
  row(
    dialect,
    ["B44", "a text of 4,097 bytes"],
    [say("x".repeat(4_097))],
    refusal(dialect, LONG),
  ),
  row(
    dialect,
    ["B39", "a lone surrogate in a text"],
    [say("a\ud800b")],
    refusal(dialect, HALF),
  ),
  row(
    dialect,
    ["B45", "a frame of 65,537 bytes"],
    [sized(say, 65_537)],
    refusal(dialect, LARGE),
  ),
  {
    ...row(dialect, ["B37", "a key twice: the last counts"], [], [said("2")]),
    frames: [
      JSON.stringify(say("#")).replace(/"(\w+)":"#"/, '"$1":1,"$1":"2"'),
    ],
  },
  row(
    dialect,
    ["B69", "100 texts at once, in order"],
    counted(100).map((text) => say(text)),
    counted(100).map((text) => said(text)),
  ),
  row(
    dialect,
    ["B40", "5,000 keys that nobody knows"],
    [say("many keys", manyKeys())],
    // Only channel-chat relays them, and not so many.
    dialect === "channel-chat" ? [] : [said("many keys")],
  ),
]);

/** Names that cannot be, and why. */
const NAMES: readonly (readonly [
  id: string,
  what: string,
  name: string,
  why: string,
])[] = [
  ["B39", "a lone surrogate", "a\udc00", "not well-formed Unicode"],
  ["B48", "right-to-left override", "\u202eMal", "invisible character in it"],
  ["B48", "a Hangul filler", "\u3164", "invisible character in it"],
  ["B48", "a line break", "Mal\r\n", "invisible character in it"],
  ["B48", "129 bytes", "x".repeat(129), "129 of 128 bytes"],
];

const NAME_ROWS: readonly BadRow[] = NAMES.flatMap(([id, what, name, why]) => {
  const id2 = [id, `${what} in a name`] as const;
  const error = `Cannot use name: ${why}`;
  const signUp = { username: name, password: "pw" };
  return [
    row("chat-ws", id2, [
      { type: "join-room", room_id: "pit 2", from: name },
      { type: "send-message", room_id: "pit", from: name, message: "x" },
    ], [{ error }, { error }]),
    row("channel-chat", id2, [{ type: "identity", user: name }], [
      identity("false"),
    ]),
    row("wschat", id2, [{ type: "change_name", name }]),
    fresh(row("redis-chat", id2, [{ type: "signUp", signUp }], [
      redisError(0, error),
    ])),
    row("parley.v1", id2, [{ type: "rename", name }], [
      nativeError(why.includes("bytes") ? "too_long" : "bad_field", error),
    ]),
  ];
});

/** What is said of texts, whatever the dialect. */
export const TEXTS: readonly BadRow[] = [
  ...SYNTAX_ROWS,
  ...SHAPE_ROWS,
  ...DEPTH_ROWS,
  ...TYPE_ROWS,
  ...TEXT_ROWS,
  ...NAME_ROWS,
];

function refusal(dialect: string, why: string): (Frame | Heard)[] {
  if (dialect === "chat-ws") return [{ error: why }];
  if (dialect === "parley.v1") {
    const code = why === HALF ? "bad_field" : "too_long";
    return [nativeError(code, why)];
  }
  return dialect === "redis-chat" ? [redisError(0, why)] : [];
}

/** An object in an object in an object. */
function nested(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
}

/** That frame with so long a text that it has so many bytes. */
function sized(say: (text: string) => Frame, bytes: number): Frame {
  return say("x".repeat(bytes - JSON.stringify(say("")).length));
}

function counted(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `text ${i}`);
}

function manyKeys(): Frame {
  const keys = Array.from({ length: 2_500 }, (_, i) => [`key${i}`, i as Json]);
  return Object.fromEntries(keys);
}
