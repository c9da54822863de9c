import type { Json } from "../../src/core/types.ts";
import type { Frame } from "../support/person.ts";
import {
  type BadRow,
  fresh,
  redisError,
  row as rowOf,
  said,
  UUID_OF_MAL,
} from "./dialect_bad_input_kit.ts";

/** A row of redis-chat, which alone has accounts. */
function row(
  id: string,
  name: string,
  frames: readonly Json[],
  hears: BadRow["hears"],
): BadRow {
  return rowOf("redis-chat", [id, name], frames, hears);
}

/** A frame with its block. */
function frame(type: string, block: Json): Frame {
  return { type, [type]: block };
}

function signUp(username: string, password = "pw"): Frame {
  return frame("signUp", { username, password });
}

function signIn(username: string, password = "pw"): Frame {
  return frame("signIn", { username, password });
}

const AUTHORIZED = { type: "authorized" };
const SIGNED_IN = { type: "sys" };
const FIRST = redisError(100, "Cannot use channel: sign in first");
const NO_STRING = "Invalid input: expected string, received";
const NO_RECIPIENT = "must be a string or 0";
const PAGE = { recipientUUID: "0" };

/** By field: what may not be there, and what is said of it. */
const FIELDS: readonly (readonly [
  type: string,
  field: string,
  rest: Frame,
  answers: readonly (readonly [value: Json, code: number, why: string])[],
])[] = [
  ...["signIn", "signUp"].flatMap((type) =>
    ["username", "password"].map((field) =>
      [type, field, { username: "u", password: "p" }, noStrings()] as const
    )
  ),
  ["channelMessage", "message", { recipientUUID: "0" }, noStrings()],
  ...["channelJoin", "channelMessages", "channelLeave"].map((type) =>
    [type, "recipientUUID", {}, noRecipients()] as const
  ),
  ["channelMessage", "recipientUUID", { message: "x" }, noRecipients()],
  ["channelMessages", "offset", PAGE, noCounts("0 to 9007199254740991")],
  ["channelMessages", "limit", PAGE, [
    ...noCounts("1 to 99"),
    [0, 0, "must be a whole number from 1 to 99"],
    [100, 0, "must be a whole number from 1 to 99"],
  ]],
];

function noStrings(): [Json, number, string][] {
  return [
    [true, 1, `${NO_STRING} boolean`],
    [7, 1, `${NO_STRING} number`],
    [["x"], 1, `${NO_STRING} array`],
    [{ a: 1 }, 1, `${NO_STRING} object`],
  ];
}

function noRecipients(): [Json, number, string][] {
  const values: Json[] = [true, 7, ["x"], { a: 1 }];
  return values.map((value) => [value, 1, NO_RECIPIENT]);
}

function noCounts(range: string): [Json, number, string][] {
  const rule = `must be a whole number from ${range}`;
  return [
    ["5", 1, "Invalid input: expected number, received string"],
    [true, 1, "Invalid input: expected number, received boolean"],
    [-1, 0, rule],
    [1.5, 0, rule],
  ];
}

const FIELD_ROWS: readonly BadRow[] = FIELDS.map((
  [type, field, rest, answers],
) =>
  row(
    type === "channelMessages" ? "B63" : "B41",
    `${field} of ${type}`,
    answers.map(([value]) => frame(type, { ...rest, [field]: value })),
    answers.map(([, code, why]) =>
      redisError(code, `${type}.${field}: ${why}`)
    ),
  )
);

const BLOCK_TYPES = [
  "signIn",
  "signUp",
  "channelJoin",
  "channelMessage",
  "channelMessages",
  "channelLeave",
];

const BLOCK_ROWS: readonly BadRow[] = BLOCK_TYPES.map((type) =>
  row("B62", `no block of ${type}, or another than an object`, [
    { type },
    frame(type, null),
    frame(type, []),
    frame(type, "x"),
  ], [
    redisError(0, `${type} is missing`),
    redisError(0, `${type} is missing`),
    redisError(1, `${type} must be an object`),
    redisError(1, `${type} must be an object`),
  ])
);

const CHANNEL_TYPES = ["channelJoin", "channelMessages", "channelLeave"];
const SAID = frame("channelMessage", { recipientUUID: "0", message: "x" });

const CHANNEL_ROWS: readonly BadRow[] = [
  fresh(row("B56", "channels before the sign-in", [
    ...CHANNEL_TYPES.map((type) => frame(type, { recipientUUID: "0" })),
    SAID,
  ], [FIRST, FIRST, FIRST, FIRST])),
  fresh(row("B57", "joining and leaving twice", [
    signUp("Twice"),
    frame("channelJoin", { recipientUUID: "nobody" }),
    frame("channelJoin", { recipientUUID: "nobody" }),
    frame("channelLeave", { recipientUUID: "nobody" }),
    frame("channelLeave", { recipientUUID: "nobody" }),
  ], [
    AUTHORIZED,
    { kind: "joined", who: "Twice" },
    { kind: "joined", who: "Twice" },
    { type: "channelLeave" },
    redisError(0, "channel not found"),
  ])),
  row("B63", "leaving the public channel", [
    frame("channelLeave", { recipientUUID: "0" }),
  ], [redisError(0, "Cannot leave the public channel")]),
  row("B78", "fields that are the server's to say", [
    {
      ...frame("channelMessage", {
        recipientUUID: "0",
        message: "mine",
        UUID: "1",
        SenderUUID: "1",
        Sender: { UUID: "1", Username: "Admin" },
      }),
      userUUID: "1",
      SUUID: "1",
      user: { Username: "Admin", role: "admin" },
    },
  ], [said("mine")]),
];

const ACCOUNT_ROWS: readonly BadRow[] = [
  fresh(row("B36", "__proto__ as name", [
    signUp("__proto__"),
    frame("channelMessage", { recipientUUID: "nobody", message: "x" }),
  ], [AUTHORIZED, said("x", "__proto__")])),
  ...["MAL", "Ｍａｌ", " mal ", "M\u00adal"].map((name) =>
    fresh(row("B49", `a name like another one: ${name}`, [signUp(name)], [
      redisError(5, "Cannot sign up: the name is taken"),
    ]))
  ),
  fresh(row("B50", "a name that its normal form makes long", [
    signUp("\ufdfa".repeat(32)),
  ], [redisError(0, "Cannot use name: 1056 of 128 bytes")])),
  fresh(row("B62", "signing out without having signed in", [
    { type: "signOut" },
    frame("signOut", { uuid: UUID_OF_MAL }),
  ], [
    redisError(6, "Cannot sign out: not signed in"),
    redisError(6, "Cannot sign out: not signed in"),
  ])),
  fresh(row("B70", "a wrong password, then the right one", [
    signUp("Victim"),
    signIn("Victim", "wrong"),
    signIn("Victim", ""),
    signIn("Victim"),
  ], [
    AUTHORIZED,
    redisError(4, "wrong password"),
    redisError(4, "wrong password"),
    AUTHORIZED,
    SIGNED_IN,
  ])),
  fresh(row("B71", "a name that is taken", [signUp("Mal", "mine")], [
    redisError(5, "Cannot sign up: the name is taken"),
  ])),
  fresh(row("B72", "somebody else's id, without a key and with a wrong one", [
    { ...SAID, userUUID: UUID_OF_MAL },
    { ...SAID, userUUID: UUID_OF_MAL, userAccessKey: "" },
    { ...SAID, userUUID: UUID_OF_MAL, userAccessKey: "wrong" },
    {
      ...frame("channelJoin", { recipientUUID: "0" }),
      userUUID: UUID_OF_MAL,
      accessKey: UUID_OF_MAL,
    },
  ], [FIRST, FIRST, FIRST, FIRST])),
  fresh(row("B73", "passwords of 128 and 129 characters", [
    signUp("Long", "x".repeat(128)),
    signUp("Longer", "x".repeat(129)),
    signUp("Longest", "x".repeat(60_000)),
  ], [
    AUTHORIZED,
    redisError(0, "Cannot use password: 129 of 128 characters"),
    redisError(0, "Cannot use password: 60000 of 128 characters"),
  ])),
  fresh(row("B73", "a password with NUL, and half of it", [
    signUp("Null", "a\u0000b"),
    signIn("Null", "a"),
  ], [AUTHORIZED, redisError(4, "wrong password")])),
];

/** What is said of redis-chat's requests. */
export const ACCOUNTS: readonly BadRow[] = [
  ...FIELD_ROWS,
  ...BLOCK_ROWS,
  ...CHANNEL_ROWS,
  ...ACCOUNT_ROWS,
];
