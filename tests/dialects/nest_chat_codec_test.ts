import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import { resolveLimits } from "../../src/core/limits.ts";
import type { Json } from "../../src/core/types.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";
import type { JsonObject } from "../../src/dialects/json.ts";
import { decode, fieldsOf, filled } from "../../src/dialects/nest_chat/wire.ts";

type Decoded = ReturnType<typeof decode>;

const LIMITS = resolveLimits({ JSON_DEPTH_MAX: 5, EXTRA_BYTES_MAX: 40 });

const HELLO = { roomId: "3XX", username: "ann", content: "hello" };
const ANN = { roomId: "3XX", username: "ann" };
const MALFORMED: Decoded = { ok: true, value: { type: "malformed" } };
const UNKNOWN: Decoded = { ok: true, value: { type: "unknown" } };

/** An event as it is on the wire. */
function packet(event: string, ...args: Json[]): string {
  return `42${JSON.stringify([event, ...args])}`;
}

/** What both profiles read alike. */
const BOTH: readonly [frame: string, expected: Decoded][] = [
  [
    packet("participants", ANN),
    {
      ok: true,
      value: {
        type: "participants",
        room: "3XX",
        name: "ann",
        payload: ANN,
      },
    },
  ],
  [
    packet("exchanges", HELLO),
    {
      ok: true,
      value: {
        type: "exchanges",
        room: "3XX",
        name: "ann",
        text: "hello",
        payload: HELLO,
      },
    },
  ],
  [
    '4217["exchanges",{"roomId":"3XX","username":"ann","content":"hello"}]',
    {
      ok: true,
      value: {
        type: "exchanges",
        room: "3XX",
        name: "ann",
        text: "hello",
        payload: HELLO,
        ack: "17",
      },
    },
  ],
  [packet("exchanges"), MALFORMED],
  [packet("exchanges", "str"), MALFORMED],
  [packet("exchanges", null), MALFORMED],
  [packet("exchanges", [HELLO]), MALFORMED],
  [packet("participants"), MALFORMED],
  [packet("participants", 7), MALFORMED],
  [packet("zzz", { a: 1 }), UNKNOWN],
  [packet("toString", HELLO), UNKNOWN],
  [packet("__proto__", HELLO), UNKNOWN],
  ["42[]", UNKNOWN],
  ["42[7]", UNKNOWN],
  ["42notjson", { ok: false, why: "not an event" }],
  ['42{"exchanges":1}', { ok: false, why: "not an event" }],
  ['42/admin,["exchanges",{}]', { ok: false, why: "not an event" }],
  ["40", { ok: false, why: "not an event" }],
  ["", { ok: false, why: "not an event" }],
  ["42[", { ok: false, why: "Invalid JSON" }],
  [
    '42["exchanges",{"roomId":"3XX","__proto__":{"x":1}}]',
    { ok: false, why: "__proto__ is not allowed" },
  ],
  [
    packet("exchanges", { ...HELLO, deep: [[[[]]]] }),
    { ok: false, why: "more than 5 levels of nesting" },
  ],
];

for (const [frame, expected] of BOTH) {
  for (const profile of PROFILES) {
    pure(`nest-chat decode() in ${profile} reads ${frame}`, () => {
      assertEquals(decode(frame, profile, LIMITS), expected);
    });
  }
}

/** Values of another type, or none: what `original` makes of them. */
const LAX: readonly [
  payload: JsonObject,
  read: { room: string; name: string; text: string },
][] = [
  [{ ...HELLO, roomId: 5 }, { room: "5", name: "ann", text: "hello" }],
  [{ ...HELLO, username: true }, { room: "3XX", name: "true", text: "hello" }],
  [{ ...HELLO, content: null }, { room: "3XX", name: "ann", text: "null" }],
  [ANN, { room: "3XX", name: "ann", text: "" }],
  [{}, { room: "", name: "", text: "" }],
];

for (const [payload, read] of LAX) {
  const frame = packet("exchanges", payload);

  pure(`nest-chat decode() in original takes ${frame} as it is`, () => {
    const value = { type: "exchanges", ...read, payload } as const;
    assertEquals(decode(frame, "original", LIMITS), { ok: true, value });
  });

  pure(`nest-chat decode() in document calls ${frame} malformed`, () => {
    assertEquals(decode(frame, "document", LIMITS), MALFORMED);
  });
}

const FIELDS: readonly [
  event: "participants" | "exchanges",
  payload: JsonObject,
  fields: JsonObject | undefined,
][] = [
  ["exchanges", HELLO, undefined],
  ["participants", ANN, undefined],
  [
    "exchanges",
    { content: "hello", roomId: "3XX", username: "ann" },
    { content: "", roomId: "", username: "" },
  ],
  [
    "exchanges",
    { ...HELLO, order: 99, createdAt: "now", socketId: "x", connected: 1 },
    {
      roomId: "",
      username: "",
      content: "",
      order: "",
      createdAt: "now",
      socketId: "",
      connected: 1,
    },
  ],
  [
    "participants",
    { ...ANN, avatar: "cat", connected: false, order: 2 },
    { roomId: "", username: "", avatar: "cat", connected: "", order: 2 },
  ],
  [
    "exchanges",
    { ...HELLO, content: 42 },
    { roomId: "", username: "", content: 42 },
  ],
];

for (const [event, payload, fields] of FIELDS) {
  const given = JSON.stringify(payload);
  pure(`nest-chat fieldsOf() keeps what is not known of ${given}`, () => {
    const kept = fieldsOf(event, payload, LIMITS);

    // As text, because the order counts too.
    assertEquals(JSON.stringify(kept), JSON.stringify(fields));
  });
}

pure("nest-chat fieldsOf() refuses more unknown bytes than may be", () => {
  const most = { ...HELLO, note: "x".repeat(40 - '{"note":""}'.length) };
  const more = { ...HELLO, note: `${most.note}x` };

  fieldsOf("exchanges", most, LIMITS);
  const error = assertThrows(
    () => fieldsOf("exchanges", more, LIMITS),
    ChatError,
  );

  assertEquals(error.code, "too_long");
});

pure("nest-chat filled() puts what is known into its places", () => {
  const fields = { content: "", roomId: "", mood: "", username: 7 };
  const known = { roomId: "r", username: "ann", content: "" };

  const document = filled(fields, known, false);
  const original = filled(fields, known, true);

  assertEquals(
    JSON.stringify(document),
    '{"content":"","roomId":"r","mood":"","username":"ann"}',
  );
  assertEquals(
    JSON.stringify(original),
    '{"content":"","roomId":"r","mood":"","username":7}',
  );
});

/** A test that may touch nothing outside. */
function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}
