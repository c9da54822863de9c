import { assertEquals } from "@std/assert";
import { resolveLimits } from "../../src/core/limits.ts";
import type { Extra, Json } from "../../src/core/types.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";
import {
  decode,
  isFrameType,
  messageExtra,
  renameExtra,
} from "../../src/dialects/wschat_codec.ts";

type Decoded = ReturnType<typeof decode>;

const LIMITS = resolveLimits({ JSON_DEPTH_MAX: 4 });

/** The frames of seeds/wschat.txt as they stand there. */
const DOCUMENT_FRAMES: readonly [frame: string, expected: Decoded][] = [
  [
    '{ "type": "list_rooms" }',
    { ok: true, value: { type: "list_rooms", fields: { type: "list_rooms" } } },
  ],
  [
    '{ "type": "enter_room", "roomId": "1" }',
    {
      ok: true,
      value: {
        type: "enter_room",
        fields: { type: "enter_room", roomId: "1" },
      },
    },
  ],
  [
    '{ "type": "text", "text": "some message" }',
    {
      ok: true,
      value: { type: "text", fields: { type: "text", text: "some message" } },
    },
  ],
  [
    '{ "type": "gif", "gifId": 3 }',
    { ok: true, value: { type: "gif", fields: { type: "gif", gifId: 3 } } },
  ],
  [
    '{ "type": "leave_room" }',
    { ok: true, value: { type: "leave_room", fields: { type: "leave_room" } } },
  ],
  [
    '{ "type": "create_room", "title": "some new room" }',
    {
      ok: true,
      value: {
        type: "create_room",
        fields: { type: "create_room", title: "some new room" },
      },
    },
  ],
  [
    '{ "type": "change_name", "name": "my new name" }',
    {
      ok: true,
      value: {
        type: "change_name",
        fields: { type: "change_name", name: "my new name" },
      },
    },
  ],
];

/** Frames that both profiles refuse. */
const REFUSED: readonly [frame: string, why: string][] = [
  ['{"type":"enter_room"}', "bad enter_room"],
  ['{"type":"enter_room","roomId":""}', "bad enter_room"],
  ['{"type":"enter_room","roomId":"1.0"}', "bad enter_room"],
  ['{"type":"enter_room","roomId":" 1"}', "bad enter_room"],
  ['{"type":"enter_room","roomId":"Room 1"}', "bad enter_room"],
  ['{"type":"enter_room","roomId":1.5}', "bad enter_room"],
  ['{"type":"enter_room","roomId":1e999}', "bad enter_room"],
  ['{"type":"enter_room","roomId":9007199254740993}', "bad enter_room"],
  ['{"type":"enter_room","roomId":[1]}', "bad enter_room"],
  ['{"type":"enter_room","roomId":null}', "bad enter_room"],
  ['{"type":"welcome","user":{"id":1,"name":"x"}}', "unknown type"],
  ['{"type":"zzz"}', "unknown type"],
  ['{"type":"toString"}', "unknown type"],
  ['{"type":["text"],"text":"x"}', "unknown type"],
  ["{}", "unknown type"],
  ["", "Invalid JSON"],
  ["nope", "Invalid JSON"],
  ['{"type":"text"', "Invalid JSON"],
  ["\uFEFF{}", "Invalid JSON"],
  ["null", "not a JSON object"],
  ['[{"type":"list_rooms"}]', "not a JSON object"],
  ['{"type":"text","text":"x","__proto__":1}', "__proto__ is not allowed"],
  ['{"type":"text","text":[[[[1]]]]}', "more than 4 levels of nesting"],
];

/** Values of other types than the document's, which only the original took. */
const ORIGINAL_ONLY: readonly [frame: string, why: string][] = [
  ['{"type":"text"}', "bad text"],
  ['{"type":"text","text":9}', "bad text"],
  ['{"type":"text","text":["<b>"]}', "bad text"],
  ['{"type":"gif"}', "bad gif"],
  ['{"type":"gif","gifId":"../../x"}', "bad gif"],
  ['{"type":"gif","gifId":1.5}', "bad gif"],
  ['{"type":"gif","gifId":{"id":3}}', "bad gif"],
  ['{"type":"create_room"}', "bad create_room"],
  ['{"type":"create_room","title":""}', "bad create_room"],
  ['{"type":"create_room","title":5}', "bad create_room"],
  ['{"type":"change_name"}', "bad change_name"],
  ['{"type":"change_name","name":null}', "bad change_name"],
];

/** Frames that both profiles take as they are. */
const TAKEN = [
  '{"type":"enter_room","roomId":1}',
  '{"type":"enter_room","roomId":"999999999999999"}',
  '{"type":"enter_room","roomId":-1}',
  '{"type":"text","text":"","extra":[1]}',
  '{"type":"text","text":"<b>hey</b> 聊天 👨‍👩‍👧‍👦"}',
  '{"type":"gif","gifId":"4"}',
  '{"type":"gif","gifId":1000000000}',
  '{"type":"change_name","name":""}',
];

for (const profile of PROFILES) {
  for (const [frame, expected] of DOCUMENT_FRAMES) {
    pure(`wschat decode() reads in ${profile} ${frame}`, () => {
      const decoded = decode(frame, profile, LIMITS);

      assertEquals(decoded, expected);
    });
  }

  for (const frame of TAKEN) {
    pure(`wschat decode() takes in ${profile} ${frame}`, () => {
      const decoded = decode(frame, profile, LIMITS);

      assertTaken(decoded, frame);
    });
  }

  for (const [frame, why] of REFUSED) {
    pure(
      `wschat decode() refuses in ${profile} ${JSON.stringify(frame)}`,
      () => {
        const decoded = decode(frame, profile, LIMITS);

        assertEquals(decoded, { ok: false, why });
      },
    );
  }
}

for (const [frame, why] of ORIGINAL_ONLY) {
  pure(`wschat decode() takes in original alone ${frame}`, () => {
    const asOriginal = decode(frame, "original", LIMITS);
    const asDocument = decode(frame, "document", LIMITS);

    assertTaken(asOriginal, frame);
    assertEquals(asDocument, { ok: false, why });
  });
}

const TYPES: readonly [type: Json | undefined, expected: boolean][] = [
  ["list_rooms", true],
  ["change_name", true],
  ["welcome", false],
  ["join-room", false],
  ["toString", false],
  [["text"], false],
  [undefined, false],
];

for (const [type, expected] of TYPES) {
  pure(`wschat isFrameType() says ${expected} to ${type}`, () => {
    const itIs = isFrameType(type);

    assertEquals(itIs, expected);
  });
}

const MESSAGES: readonly [
  type: "text" | "gif",
  given: Json | undefined,
  expected: Extra | undefined,
][] = [
  ["text", "hi", undefined],
  ["text", 9, { given: { text: 9 } }],
  ["text", undefined, { given: {} }],
  ["gif", 3, { gif: true, given: { gifId: 3 } }],
  ["gif", "4", { gif: true, given: { gifId: "4" } }],
  ["gif", undefined, { gif: true, given: {} }],
];

for (const [type, given, expected] of MESSAGES) {
  pure(`wschat messageExtra() keeps of ${type} ${given}`, () => {
    const extra = messageExtra(type, given);

    assertEquals(extra, expected);
  });
}

const RENAMES: readonly [
  oldName: Json | undefined,
  newName: Json | undefined,
  expected: Extra | undefined,
][] = [
  ["Ann", "Anna", undefined],
  ["Ann", 5, { given: { oldName: "Ann", newName: 5 } }],
  ["Ann", undefined, { given: { oldName: "Ann" } }],
  [undefined, "Ann", { given: { newName: "Ann" } }],
  [undefined, undefined, { given: {} }],
];

for (const [oldName, newName, expected] of RENAMES) {
  pure(`wschat renameExtra() keeps of ${oldName} and ${newName}`, () => {
    const extra = renameExtra(oldName, newName);

    assertEquals(extra, expected);
  });
}

/** It has the frame's own type, and its fields as they came. */
function assertTaken(decoded: Decoded, frame: string): void {
  const fields = JSON.parse(frame);
  assertEquals(decoded, { ok: true, value: { type: fields.type, fields } });
}

/** A test that may touch nothing outside. */
function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}
