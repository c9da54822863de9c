import { assertEquals } from "@std/assert";
import type { ChatEvent } from "../../src/core/events.ts";
import { resolveLimits } from "../../src/core/limits.ts";
import type { RoomId } from "../../src/core/types.ts";
import { DISCONNECTS } from "../../src/core/errors.ts";
import { encoder } from "../../src/dialects/parley_v1/encode.ts";
import { ending } from "../../src/dialects/parley_v1/endings.ts";
import { decode } from "../../src/dialects/parley_v1/wire.ts";

const limits = resolveLimits({ JSON_DEPTH_MAX: 5 });
const UUID = "5224ec4b-dc65-48f3-bda9-ed9d7c259807";

/** Requests that are read, as they are read. */
const GOOD: readonly [frame: string, request?: unknown][] = [
  ['{"type":"hello"}'],
  ['{"type":"hello","id":1,"token":"t","name":"Ann"}'],
  ['{"type":"hello","sign_in":{"name":"a","password":""}}'],
  ['{"type":"join","room":"r","after":{"epoch":"x","seq":0},"history":0}'],
  [`{"type":"join","direct":"${UUID}"}`],
  ['{"type":"leave","id":"","room":"r"}'],
  [
    '{"type":"send","id":-1,"room":"r","text":"","more":1}',
    { type: "send", id: -1, room: "r", text: "" },
  ],
  [
    '{"type":"send","room":"r","text":"x","key":"k","reply_to":1,"data":{"a":[1]}}',
  ],
  ['{"type":"edit","room":"r","seq":1,"text":"x"}'],
  ['{"type":"delete","room":"r","seq":1}'],
  ['{"type":"react","room":"r","seq":1,"reaction":"👍","remove":true}'],
  ['{"type":"history","room":"r","around":3,"limit":1}'],
  ['{"type":"typing","room":"r","on":false}'],
  ['{"type":"read","room":"r","seq":9007199254740991}'],
  ['{"type":"users","search":""}'],
];

/** Frames that are refused: the id, the code and the words. */
const BAD: readonly [frame: string, id: unknown, code: string, why: string][] =
  [
    ["", null, "bad_frame", "Invalid JSON"],
    ["[]", null, "bad_frame", "not a JSON object"],
    ["null", null, "bad_frame", "not a JSON object"],
    ["[[[[[[]]]]]]", null, "bad_frame", "more than 5 levels of nesting"],
    ['{"__proto__":1}', null, "bad_frame", "__proto__ is not allowed"],
    ["{}", null, "bad_frame", "unknown type"],
    ['{"type":7,"id":7}', 7, "bad_frame", "unknown type"],
    ['{"type":"toString","id":"a"}', "a", "bad_frame", "unknown type"],
    ['{"type":"Send","id":"a"}', "a", "bad_frame", "unknown type"],
    [
      '{"type":"ping","id":1.5}',
      null,
      "bad_frame",
      "id must be a whole number or up to 64 characters",
    ],
    [
      `{"type":"ping","id":"${"x".repeat(65)}"}`,
      null,
      "bad_frame",
      "id must be a whole number or up to 64 characters",
    ],
    [
      '{"type":"ping","id":null}',
      null,
      "bad_frame",
      "id must be a whole number or up to 64 characters",
    ],
    [
      '{"type":"send","id":1,"room":"r"}',
      1,
      "bad_field",
      "text is missing",
    ],
    [
      '{"type":"send","id":1,"room":"r","text":7}',
      1,
      "bad_field",
      "text must be a string",
    ],
    [
      '{"type":"send","id":1,"text":"x"}',
      1,
      "bad_field",
      "exactly one of room, direct",
    ],
    [
      `{"type":"join","id":1,"room":"r","direct":"${UUID}"}`,
      1,
      "bad_field",
      "exactly one of room, direct",
    ],
    [
      '{"type":"hello","id":1,"token":"t","jwt":"j"}',
      1,
      "bad_field",
      "at most one of token, sign_in, sign_up, jwt",
    ],
    [
      '{"type":"history","id":1,"room":"r","before":1,"after":1}',
      1,
      "bad_field",
      "at most one of before, after, around",
    ],
    [
      '{"type":"edit","id":1,"room":"r","seq":-1,"text":"x"}',
      1,
      "bad_field",
      "seq must be 0 or more",
    ],
    [
      '{"type":"edit","id":1,"room":"r","seq":1.5,"text":"x"}',
      1,
      "bad_field",
      "seq must be a whole number",
    ],
    [
      '{"type":"join","id":1,"room":"r","after":{"epoch":1,"seq":1}}',
      1,
      "bad_field",
      "after.epoch must be a string",
    ],
    [
      '{"type":"read","id":1,"room":"r","seq":9007199254740992}',
      1,
      "bad_field",
      "seq must be 9007199254740991 or less",
    ],
    [
      '{"type":"read","id":1,"room":"r","seq":"1"}',
      1,
      "bad_field",
      "seq must be a whole number",
    ],
    [
      '{"type":"join","id":1,"direct":"Bob"}',
      1,
      "bad_field",
      "direct must be a user's id",
    ],
    [
      '{"type":"typing","id":1,"room":"r","on":1}',
      1,
      "bad_field",
      "on must be true or false",
    ],
    [
      '{"type":"hello","id":1,"sign_in":"Ann"}',
      1,
      "bad_field",
      "sign_in must be an object",
    ],
    [
      '{"type":"hello","id":1,"sign_in":{"name":"Ann"}}',
      1,
      "bad_field",
      "sign_in.password is missing",
    ],
    [
      '{"type":"send","id":1,"room":"r","text":"","data":[]}',
      1,
      "bad_field",
      "data must be an object",
    ],
  ];

for (const [frame, request = JSON.parse(frame)] of GOOD) {
  Deno.test({
    name: `parley.v1 decode() reads ${frame}`,
    permissions: "none",
    fn() {
      assertEquals(decode(frame, limits), { ok: true, request } as unknown);
    },
  });
}

for (const [frame, id, code, why] of BAD) {
  Deno.test({
    name: `parley.v1 decode() refuses ${frame.slice(0, 60)}`,
    permissions: "none",
    fn() {
      const refused = { ok: false, id, code, why: `Cannot read frame: ${why}` };
      assertEquals(decode(frame, limits), refused as unknown);
    },
  });
}

/** An entry of a room, at a place. */
function said(room: string, epoch: number, seq: number): ChatEvent {
  return {
    kind: "message",
    room: room as RoomId,
    id: `id${seq}`,
    epoch,
    seq,
    at: 1,
    order: seq,
    author: { id: "a", number: 1, name: "Ann", verified: false },
    text: `${seq}`,
    via: "parley.v1",
  };
}

Deno.test({
  name: "parley.v1 encodes what follows each other in one frame, a gap never",
  permissions: "none",
  fn() {
    const frames = encoder.encode([
      said("r", 1, 1),
      said("r", 1, 2),
      said("r", 2, 1),
      said("r", 2, 3),
      said("s", 2, 4),
      {
        kind: "counted",
        room: "s" as RoomId,
        at: 1,
        via: "x",
        memberCount: 7,
      },
      said("s", 2, 5),
    ]).map((text) => JSON.parse(text));

    const shapes = frames.map(({ type, room, epoch, after, entries }) => [
      type,
      room,
      epoch,
      after,
      entries?.map(({ seq }: { seq: number }) => seq),
    ]);
    assertEquals(shapes, [
      ["events", "r", "1", 0, [1, 2]],
      ["events", "r", "2", 0, [1]],
      ["events", "r", "2", 2, [3]],
      ["events", "s", "2", 3, [4]],
      ["member_count", "s", undefined, undefined, undefined],
      ["events", "s", "2", 4, [5]],
    ]);
  },
});

Deno.test({
  name: "parley.v1 says by its codes whether to come back",
  permissions: "none",
  fn() {
    const codes = Object.entries(DISCONNECTS).map(([name, disconnect]) => [
      name,
      ending(disconnect).code,
    ]);

    assertEquals(Object.fromEntries(codes), {
      goingAway: 4000,
      policy: 4503,
      flooded: 4029,
      internal: 4011,
      signedOut: 4001,
      slow: 4008,
    });
    const reason = 'Cannot join room "": its id is empty';
    assertEquals(ending({ code: 1008, reason }), { code: 4503, reason });
  },
});
