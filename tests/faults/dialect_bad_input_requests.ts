// The wire's own names.
// deno-lint-ignore-file camelcase
import type { Json } from "../../src/core/types.ts";
import {
  type BadRow,
  fresh,
  identity,
  row,
  said,
} from "./dialect_bad_input_kit.ts";

const CHAT_WS_REQUESTS: Readonly<Record<string, readonly string[]>> = {
  "join-room": ["room_id", "from"],
  "leave-room": ["room_id", "from"],
  "send-message": ["room_id", "from", "message"],
};

/** No strings. */
const OTHERS: readonly Json[] = [null, true, 7, [], ["x"], { a: 1 }];

const CHAT_WS_FIELDS: readonly BadRow[] = Object.entries(CHAT_WS_REQUESTS)
  .flatMap(([type, fields]) =>
    fields.map((field) => {
      const whole = { type, room_id: "pit", from: "Mal", message: "x" };
      const { [field as "from"]: _, ...without } = whole;
      return row("chat-ws", ["B41", `${field} of ${type}`], [
        without,
        ...OTHERS.map((value) => ({ ...whole, [field]: value })),
      ], [
        { error: `${field} not provided` },
        ...OTHERS.map(() => ({ error: `${field} must be a string` })),
      ]);
    })
  );

const CHAT_WS_ROWS: readonly BadRow[] = [
  ...CHAT_WS_FIELDS,
  ...[
    ["B46", "x".repeat(256), "256 of 255 bytes"],
    ["B47", "a\u0000b", "control character in its id"],
    ["B47", "a\nb", "control character in its id"],
    ["B39", "pit\ud800", "not well-formed Unicode"],
    ["B47", "@dm/a/b", 'ids in "@dm/" are reserved'],
  ].map(([id = "", room_id = "", why = ""]) =>
    row(
      "chat-ws",
      [id, `the room ${JSON.stringify(room_id.slice(0, 8))}: ${why}`],
      [{ type: "join-room", room_id, from: "Mal" }],
      [{ error: `Cannot use room: ${why}` }],
    )
  ),
  ...["..", "/", "a/../b", "%2f", " pit ", "__proto__", "é".repeat(127)].map((
    room_id,
  ) =>
    row("chat-ws", ["B47", `an odd room that can be: ${room_id}`], [
      { type: "join-room", room_id, from: "Mal" },
      { type: "leave-room", room_id, from: "Mal" },
    ], [{ kind: "joined", who: "Mal" }, { kind: "left", who: "Mal" }])
  ),
  row("chat-ws", ["B36", "__proto__ as room and name"], [
    { type: "join-room", room_id: "__proto__", from: "__proto__" },
    { type: "leave-room", room_id: "__proto__", from: "__proto__" },
  ], [
    { kind: "joined", who: "__proto__" },
    { kind: "left", who: "__proto__" },
  ]),
  fresh(row("chat-ws", ["B56", "a message before joining is taken"], [
    { type: "send-message", room_id: "pit 3", from: "Mal", message: "x" },
  ])),
  row("chat-ws", ["B57", "joining twice, leaving twice"], [
    { type: "join-room", room_id: "pit", from: "Mal" },
    { type: "join-room", room_id: "pit 4", from: "Mal" },
    { type: "leave-room", room_id: "pit 4", from: "Mal" },
    { type: "leave-room", room_id: "pit 4", from: "Mal" },
    { type: "leave-room", room_id: "never joined", from: "Mal" },
  ], [{ kind: "joined", who: "Mal" }, { kind: "left", who: "Mal" }]),
  row("chat-ws", ["B78", "fields that are the server's to say"], [
    {
      type: "send-message",
      room_id: "pit",
      from: "Mal",
      message: "mine",
      sent_at: 1,
      verified: true,
    },
  ], [said("mine")]),
];

const CHANNEL_CHAT_ROWS: readonly BadRow[] = [
  row(
    "channel-chat",
    ["B41", "user of identity"],
    [
      { type: "identity" },
      ...OTHERS.map((user) => ({ type: "identity", user })),
    ],
    [identity("false"), ...OTHERS.map(() => identity("false"))],
  ),
  row("channel-chat", ["B41", "text of message"], [
    { type: "message" },
    ...OTHERS.map((text) => ({ type: "message", text })),
  ]),
  fresh(row("channel-chat", ["B36", "__proto__ as name"], [
    { type: "identity", user: "__proto__" },
    { type: "message", text: "x" },
  ], [identity("true"), said("x", "__proto__")])),
  fresh(row("channel-chat", ["B56", "a message without a name is taken"], [
    { type: "message", text: "x" },
  ], [said("x", "")])),
  row("channel-chat", ["B59", "its own name again"], [
    { type: "identity", user: "Mal" },
  ], [identity("false")]),
  row("channel-chat", ["B78", "fields that are the server's to say"], [
    { type: "message", text: "mine", user: "Admin", timestamp: 1 },
  ], [said("mine")]),
];

/** By field: what no request may have there. */
const WSCHAT_FIELDS: readonly (readonly [
  type: string,
  field: string,
  values: readonly Json[],
])[] = [
  ["enter_room", "roomId", ["x", "", "1.5", "-1", ...no(["a number"])]],
  ["text", "text", no(["a string"])],
  ["gif", "gifId", ["../../x", "", "3;", ...no(["a number"])]],
  ["create_room", "title", ["", ...no(["a string"])]],
  ["change_name", "name", no(["a string"])],
];

const WSCHAT_ROWS: readonly BadRow[] = [
  ...WSCHAT_FIELDS.map(([type, field, values]) =>
    row("wschat", [type === "gif" ? "B54" : "B41", `${field} of ${type}`], [
      { type },
      ...values.map((value) => ({ type, [field]: value })),
    ])
  ),
  {
    ...row("wschat", ["B38", "numbers that are no ids"], []),
    frames: ["1e999", "-1", "1.5", "9007199254740993e3"].map((number) =>
      `{"type":"enter_room","roomId":${number}}`
    ),
  },
  row("wschat", ["B54", "a gif's id that is a large number or digits"], [
    { type: "gif", gifId: 1e9 },
    { type: "gif", gifId: "3" },
  ], [said("[gif 1000000000]"), said("[gif 3]")]),
  row("wschat", ["B36", "__proto__ as name and title"], [
    { type: "change_name", name: "__proto__" },
    { type: "create_room", title: "__proto__" },
    { type: "change_name", name: "Mal" },
  ], [
    { kind: "renamed", from: "Mal", to: "__proto__" },
    { kind: "renamed", from: "__proto__", to: "Mal" },
  ]),
  row("wschat", ["B47", "titles that cannot be"], [
    { type: "create_room", title: "a\nb" },
    { type: "create_room", title: "@dm/a/b" },
    { type: "create_room", title: "x".repeat(256) },
    { type: "create_room", title: "a\ud800" },
  ]),
  fresh(row("wschat", ["B56", "a text and a gif outside of a room"], [
    { type: "text", text: "x" },
    { type: "gif", gifId: 3 },
  ])),
  row("wschat", ["B57", "entering a room again"], [
    { type: "enter_room", roomId: "1" },
  ], [{ kind: "joined", who: "Mal" }]),
  fresh(row("wschat", ["B58", "leaving outside, entering what is not"], [
    { type: "leave_room" },
    { type: "enter_room", roomId: 99_999 },
    { type: "enter_room", roomId: "0" },
    { type: "leave_room" },
  ])),
  row("wschat", ["B78", "fields that are the server's to say"], [
    { type: "text", text: "mine", from: { id: 1, name: "Admin" }, id: 1 },
  ], [said("mine")]),
];

/** What no request of the others has: no string, no number. */
function no(kinds: readonly ("a string" | "a number")[]): Json[] {
  const others: Json[] = [null, true, [], ["x"], { a: 1 }];
  return kinds.includes("a string") ? [7, ...others] : others;
}

/** What is said of requests in dialects without accounts. */
export const REQUESTS: readonly BadRow[] = [
  ...CHAT_WS_ROWS,
  ...CHANNEL_CHAT_ROWS,
  ...WSCHAT_ROWS,
];
