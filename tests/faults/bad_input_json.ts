// The wire's own names.
// deno-lint-ignore-file camelcase
import type { Json } from "../../src/core/types.ts";

/** What a client says and all that it hears of that. */
export interface JsonRow {
  readonly name: string;
  readonly frames: readonly string[];
  readonly hears: readonly Json[];
}

const JOIN = '{"type":"join-room","room_id":"pit","from":"Mal"}';
const DEEP_MESSAGE = "more than 32 levels of nesting";

/** One frame that is answered with an error. */
function refused(name: string, frame: string, error: string): JsonRow {
  return { name, frames: [frame], hears: [{ error }] };
}

/** One frame that is not answered. */
function silent(name: string, frame: string): JsonRow {
  return { name, frames: [frame], hears: [] };
}

/** A request to join that has to be echoed as it is. */
function echoed(name: string, room: string, from: string): JsonRow {
  const frame = { type: "join-room", room_id: room, from };
  return { name, frames: [JSON.stringify(frame)], hears: [frame] };
}

const SYNTAX_ROWS: readonly JsonRow[] = [
  ["an empty frame", ""],
  ["one brace", "{"],
  ["a byte order mark", "\ufeff{}"],
  ["NaN", "NaN"],
  ["a trailing comma", '{"type":"join-room",}'],
  ["a comment", '{/* */"type":"join-room"}'],
  ["single quotes", "{'type':'join-room'}"],
  ["two objects", "{}{}"],
  ["an unclosed array, 30 deep", "[".repeat(30)],
  ["closing brackets only", "]".repeat(100)],
  ["a control character in a string", '{"type":"join\nroom"}'],
].map(([name = "", frame = ""]) => refused(name, frame, "Invalid JSON"));

const SHAPE_ROWS: readonly JsonRow[] = [
  ["null", "null"],
  ["true", "true"],
  ["a number", "7"],
  ["a string", '"join-room"'],
  ["an array", "[]"],
  ["a batch", `[${JOIN}]`],
].map(([name = "", frame = ""]) => refused(name, frame, "not a JSON object"));

const DEEP_ROWS: readonly JsonRow[] = [
  refused("33 levels", `${'{"a":'.repeat(33)}1${"}".repeat(33)}`, DEEP_MESSAGE),
  refused("30,000 levels, closed", nested(30_000), DEEP_MESSAGE),
  refused("60,000 levels, open", "[".repeat(60_000), DEEP_MESSAGE),
  refused(
    "33 levels behind a quoted bracket",
    `{"x":"\\"]","y":${"[".repeat(32)}${"]".repeat(32)}}`,
    DEEP_MESSAGE,
  ),
  silent("brackets in a string", `{"type":"${"[".repeat(5_000)}"}`),
];

const PROTOTYPE_ROWS: readonly JsonRow[] = [
  refused(
    "__proto__ as a key",
    '{"type":"join-room","room_id":"pit","from":"Mal","__proto__":{"a":1}}',
    "__proto__ is not allowed",
  ),
  refused(
    "__proto__ as a key, escaped",
    '{"type":"join-room","room_id":"pit","from":"Mal","__\\u0070roto__":1}',
    "__proto__ is not allowed",
  ),
  refused(
    "__proto__ as a key in an object in an array",
    '{"type":"join-room","x":[[{"y":{"__proto__":null}}]]}',
    "__proto__ is not allowed",
  ),
  silent("toString as type", '{"type":"toString","room_id":"pit"}'),
  silent("constructor as type", '{"type":"constructor","room_id":"pit"}'),
  silent("__proto__ as type", '{"type":"__proto__","room_id":"pit"}'),
  echoed("__proto__ as room and name", "__proto__", "__proto__"),
  echoed("constructor as room and name", "constructor", "constructor"),
  echoed("toString as room, empty name", "toString", ""),
];

const TYPE_ROWS: readonly JsonRow[] = [
  silent("no type", "{}"),
  silent("an unknown type", '{"type":"dance","room_id":"pit","from":"Mal"}'),
  silent("an empty type", '{"type":""}'),
  silent("a type in capitals", '{"type":"JOIN-ROOM","room_id":"pit"}'),
  silent("a number as type", '{"type":7}'),
  silent("an object as type", '{"type":{"join-room":1}}'),
  silent("leave of a room never joined", JOIN.replace("join", "leave")),
  {
    name: "the same join twice",
    frames: [joinOf("twice"), joinOf("twice")],
    hears: [{ type: "join-room", room_id: "twice", from: "Mal" }],
  },
  {
    name: "the same key twice: the last counts",
    frames: [JOIN.replace('"pit"', '"first","room_id":"last"')],
    hears: [{ type: "join-room", room_id: "last", from: "Mal" }],
  },
];

const FIELDS = {
  "join-room": ["room_id", "from"],
  "leave-room": ["room_id", "from"],
  "send-message": ["room_id", "from", "message"],
} as const;

const NO_STRINGS: readonly Json[] = [null, true, 7, [], ["pit"], { a: 1 }];

/** Each field of each request: missing, and of each other type. */
function fieldRows(): JsonRow[] {
  const whole = { room_id: "pit", from: "Mal", message: "hi" };
  return Object.entries(FIELDS).flatMap(([type, fields]) =>
    fields.flatMap((field) => {
      const { [field]: _, ...others } = whole;
      const frame = (value: Json) =>
        JSON.stringify({ type, ...others, [field]: value });
      return [
        refused(
          `${type} without ${field}`,
          JSON.stringify({ type, ...others }),
          `${field} not provided`,
        ),
        ...NO_STRINGS.map((value) =>
          refused(
            `${type} with ${field} ${JSON.stringify(value)}`,
            frame(value),
            `${field} must be a string`,
          )
        ),
        refused(
          `${type} with ${field} 1e999`,
          frame("").replace(`"${field}":""`, `"${field}":1e999`),
          `${field} must be a string`,
        ),
      ];
    })
  );
}

const NOT_WELL_FORMED = "not well-formed Unicode";
const CONTROL_IN_ID = "Cannot use room: control character in its id";
const INVISIBLE = "Cannot use name: invisible character in it";
const RESERVED = 'Cannot use room: ids in "@dm/" are reserved';

/** Frames with one odd string; `JSON.stringify` escapes lone surrogates. */
function joinOf(room: string, from = "Mal"): string {
  return JSON.stringify({ type: "join-room", room_id: room, from });
}

function sendOf(room: string, from: string, message: string): string {
  const type = "send-message";
  return JSON.stringify({ type, room_id: room, from, message });
}

/** A member that leaves under a name that it could not have joined with. */
function leaving(room: string, from: string, error: string): JsonRow {
  const type = "leave-room";
  return {
    name: `a name that is refused, of a member that leaves: ${room}`,
    frames: [joinOf(room), JSON.stringify({ type, room_id: room, from })],
    hears: [{ type: "join-room", room_id: room, from: "Mal" }, { error }],
  };
}

const TEXT_ROWS: readonly JsonRow[] = [
  refused("an empty room id", joinOf(""), "room_id not provided"),
  refused(
    "a lone surrogate in a room id",
    joinOf("pit\ud800"),
    `Cannot use room: ${NOT_WELL_FORMED}`,
  ),
  refused(
    "a lone surrogate in a name",
    joinOf("pit", "\udc00Mal"),
    `Cannot use name: ${NOT_WELL_FORMED}`,
  ),
  refused(
    "a lone surrogate in the name of a sender",
    sendOf("pit", "\ud83d", "hi"),
    `Cannot use name: ${NOT_WELL_FORMED}`,
  ),
  refused(
    "a lone surrogate in a text",
    sendOf("pit", "Mal", "a\ud800b"),
    `Cannot send message: ${NOT_WELL_FORMED}`,
  ),
  leaving("half", "\ud800", `Cannot use name: ${NOT_WELL_FORMED}`),
  leaving("turned", "\u202eMal", INVISIBLE),
  refused("NUL in a room id", joinOf("a\u0000b"), CONTROL_IN_ID),
  refused("a line break in a room id", joinOf("a\nb"), CONTROL_IN_ID),
  refused("a line break in a name", joinOf("pit", "Mal\r\n"), INVISIBLE),
  refused("right-to-left override", joinOf("pit", "\u202eMal"), INVISIBLE),
  refused("a Hangul filler as name", joinOf("pit", "\u3164"), INVISIBLE),
  refused("a line separator in a name", joinOf("pit", "a\u2028b"), INVISIBLE),
  refused("joining a room of two", joinOf("@dm/a/b"), RESERVED),
  refused("sending to a room of two", sendOf("@dm/", "Mal", "hi"), RESERVED),
  {
    name: "HTML, ANSI escapes and emoji, relayed as they came",
    frames: [
      joinOf("zoo"),
      sendOf("zoo", "Mal", "<img onerror=x> \u001b[31m \u2028 👩‍👩‍👧"),
    ],
    hears: [
      { type: "join-room", room_id: "zoo", from: "Mal" },
      {
        type: "receive-message",
        room_id: "zoo",
        from: "Mal",
        message: "<img onerror=x> \u001b[31m \u2028 👩‍👩‍👧",
      },
    ],
  },
];

const SIZE_ROWS: readonly JsonRow[] = [
  refused(
    "a text of 4,097 bytes",
    sendOf("pit", "Mal", "x".repeat(4_097)),
    "Cannot send message: 4097 of 4096 bytes",
  ),
  refused(
    "a room id of 256 bytes",
    joinOf("x".repeat(256)),
    "Cannot use room: 256 of 255 bytes",
  ),
  refused(
    "a name of 129 bytes",
    joinOf("pit", "x".repeat(129)),
    "Cannot use name: 129 of 128 bytes",
  ),
  refused(
    "5,000 unknown keys",
    JOIN.replace("{", `{${Array(5_000).fill('"a":1').map(number).join("")}`),
    "Cannot relay fields: 48939 of 4096 bytes",
  ),
  refused(
    "a frame of 65,537 bytes",
    " ".repeat(65_537),
    "Cannot handle frame: 65537 of 65536 bytes",
  ),
  refused(
    "a frame of 5 MiB",
    "x".repeat(5_242_880),
    "Cannot handle frame: 5242880 of 65536 bytes",
  ),
];

/** Every bad frame that a WebSocket can send as text. */
export const JSON_ROWS: readonly JsonRow[] = [
  ...SYNTAX_ROWS,
  ...SHAPE_ROWS,
  ...DEEP_ROWS,
  ...PROTOTYPE_ROWS,
  ...TYPE_ROWS,
  ...fieldRows(),
  ...TEXT_ROWS,
  ...SIZE_ROWS,
];

function nested(levels: number): string {
  return `${"[".repeat(levels)}${"]".repeat(levels)}`;
}

function number(pair: string, index: number): string {
  return `${pair.replace("a", `a${index}`)},`;
}
