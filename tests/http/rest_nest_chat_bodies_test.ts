import { assertEquals } from "@std/assert";
import type { Profile } from "../../src/dialects/dialect.ts";
import type { RoomId } from "../../src/core/types.ts";
import { HandlerKit } from "./handler_kit.ts";
import {
  type Answer,
  answered,
  cannotRead,
  CREATED,
  refusal,
  room,
} from "./rest_nest_chat_kit.ts";

const NEITHER = refusal(400, [
  "roomId should not be empty",
  "creatorUsername should not be empty",
], "Bad Request");
const INVALID_JSON = cannotRead("Invalid JSON");
const BOTH = '{"roomId":"r","creatorUsername":"Dhoni"}';
const FORM = "application/x-www-form-urlencoded";

function wrong(...lines: string[]): Answer {
  return refusal(400, lines, "Bad Request");
}

type BodyRow = [
  body: string | Uint8Array<ArrayBuffer>,
  type: string | null,
  profile: Profile,
  expected: Answer,
];

const LONG = "r".repeat(256);

const BODY_ROWS: BodyRow[] = [
  // The transcript's.
  [BOTH, "application/json", "original", CREATED],
  ["{}", "application/json", "original", NEITHER],
  [
    '{"roomId":"q","creatorUsername":"Dhoni","extra":1}',
    "application/json",
    "original",
    CREATED,
  ],
  [BOTH, FORM, "original", NEITHER],
  ["roomId=form&creatorUsername=Dhoni", FORM, "original", CREATED],
  ["{bad", "application/json", "original", INVALID_JSON],
  [
    '{"roomId":5,"creatorUsername":"n"}',
    "application/json",
    "original",
    CREATED,
  ],
  [BOTH, "text/plain", "original", NEITHER],
  [BOTH, null, "original", NEITHER],
  [
    '{"roomId":{},"creatorUsername":false}',
    "application/json",
    "original",
    CREATED,
  ],
  [
    '{"roomId":null,"creatorUsername":""}',
    "application/json",
    "original",
    NEITHER,
  ],
  // Whatever the content type.
  [BOTH, "application/json", "document", CREATED],
  [BOTH, "application/json; charset=utf-8", "document", CREATED],
  [BOTH, FORM, "document", CREATED],
  [`\r\n ${BOTH}`, FORM, "document", CREATED],
  [BOTH, "text/plain;charset=UTF-8", "document", CREATED],
  [BOTH, "", "document", CREATED],
  [BOTH, null, "document", CREATED],
  [`\ufeff${BOTH}`, null, "document", CREATED],
  ["roomId=form&creatorUsername=Dhoni", FORM, "document", CREATED],
  ["roomId=a+b%26c&creatorUsername=%C3%A9", FORM, "document", CREATED],
  // Fields that are missing, empty or of another type.
  ["", "application/json", "document", NEITHER],
  ["{}", "application/json", "document", NEITHER],
  ["", null, "document", NEITHER],
  [
    '{"roomId":"","creatorUsername":""}',
    null,
    "document",
    NEITHER,
  ],
  ['{"roomId":null}', null, "document", NEITHER],
  ["roomId=&x=1", FORM, "document", NEITHER],
  [
    '{"roomId":"r"}',
    null,
    "document",
    wrong(
      "creatorUsername should not be empty",
    ),
  ],
  [
    '{"creatorUsername":"x"}',
    null,
    "document",
    wrong(
      "roomId should not be empty",
    ),
  ],
  [
    '{"roomId":5,"creatorUsername":["x"]}',
    null,
    "document",
    wrong(
      "roomId must be a string",
      "creatorUsername must be a string",
    ),
  ],
  [
    '{"roomId":false,"creatorUsername":""}',
    null,
    "document",
    wrong(
      "roomId must be a string",
      "creatorUsername should not be empty",
    ),
  ],
  // What is not an object of JSON.
  ["{bad", null, "document", INVALID_JSON],
  ["roomId=r", null, "document", INVALID_JSON],
  ['{"roomId":"r",}', null, "document", INVALID_JSON],
  ['{"roomId":NaN}', null, "document", INVALID_JSON],
  ['{"roomId":"r"} {}', null, "document", INVALID_JSON],
  ["{bad", FORM, "document", INVALID_JSON],
  ...["null", "true", "7", '"x"', "[]", `[${BOTH}]`].map((body): BodyRow => [
    body,
    "application/json",
    "document",
    cannotRead("not a JSON object"),
  ]),
  [
    `{"roomId":${"[".repeat(32)}${"]".repeat(32)}}`,
    null,
    "document",
    cannotRead("more than 32 levels of nesting"),
  ],
  [
    '{"roomId":"r","__proto__":{}}',
    null,
    "document",
    cannotRead(
      "__proto__ is not allowed",
    ),
  ],
  [
    new Uint8Array([0x7b, 0xff]),
    null,
    "document",
    cannotRead(
      "not valid UTF-8",
    ),
  ],
  // What no room can be called, and nobody.
  [room(LONG), null, "document", wrong("Cannot use room: 256 of 255 bytes")],
  [
    room("a\0b"),
    null,
    "document",
    wrong(
      "Cannot use room: control character in its id",
    ),
  ],
  [
    room("@dm/a/b"),
    null,
    "document",
    wrong(
      'Cannot use room: ids in "@dm/" are reserved',
    ),
  ],
  [
    '{"roomId":"\\ud800","creatorUsername":"x"}',
    null,
    "document",
    wrong(
      "Cannot use room: not well-formed Unicode",
    ),
  ],
  [
    room("r", "nimda\u202e"),
    null,
    "document",
    wrong(
      "Cannot use name: invisible character in it",
    ),
  ],
  [
    room("r", "n".repeat(129)),
    null,
    "document",
    wrong(
      "Cannot use name: 129 of 128 bytes",
    ),
  ],
  // Harmless: names are data.
  [room("__proto__"), null, "document", CREATED],
  [room("<img onerror=alert(1)>", "</script>"), null, "document", CREATED],
  [
    '{"roomId":"a","roomId":"b","creatorUsername":"x"}',
    null,
    "document",
    CREATED,
  ],
];

for (const [body, type, profile, expected] of BODY_ROWS) {
  const shown = typeof body === "string" ? body.slice(0, 50) : "bytes";
  const name = `${JSON.stringify(shown)} as ${type}, ${profile}`;
  Deno.test(`POST /api/v1/rooms answers ${expected.status} to ${name}`, async () => {
    using kit = await HandlerKit.open({ profile });
    // A text has a type of its own, bytes have none.
    const bytes = typeof body === "string"
      ? new TextEncoder().encode(body)
      : body;

    const answer = await answered(kit, "/api/v1/rooms", {
      method: "POST",
      body: bytes,
      ...type !== null && { headers: { "content-type": type } },
    });

    assertEquals(answer, expected);
    const made = (await kit.kit.chat.listings()).length;
    assertEquals(made, expected.status === 201 ? 1 : 0);
  });
}

Deno.test("a room made by POST has the id, the maker and the dialect", async () => {
  using kit = await HandlerKit.open();

  await answered(kit, "/api/v1/rooms", {
    method: "POST",
    headers: { "content-type": FORM },
    body: "roomId=a+b%26c&creatorUsername=%C3%A9",
  });

  const [listing] = await kit.kit.chat.listings();
  assertEquals(listing?.record, {
    id: "a b&c" as RoomId,
    number: 4,
    title: "a b&c",
    kind: "public",
    via: "nest-chat",
    createdBy: "é",
    createdAt: 1_700_000_000_000,
    epoch: 1,
  });
});

Deno.test("original: a value of another type is taken as its JSON text", async () => {
  using kit = await HandlerKit.open({ profile: "original" });

  await answered(kit, "/api/v1/rooms", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"roomId":5,"creatorUsername":{"a":1}}',
  });

  const [listing] = await kit.kit.chat.listings();
  assertEquals([listing?.record.id, listing?.record.createdBy], [
    "5" as RoomId,
    '{"a":1}',
  ]);
});
