import { assertEquals } from "@std/assert";
import { resolveLimits } from "../../src/core/limits.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";
import { decode } from "../../src/dialects/redis_chat/wire.ts";

type Read = ReturnType<typeof decode>;
type Type = Extract<Read, { ok: true }>["frame"]["type"];

const LIMITS = resolveLimits({ JSON_DEPTH_MAX: 4 });

/** The requests of seeds/redis-chat.txt, its missing quotes and commas mended. */
const DOCUMENT_SIGN_IN = `{
"SUUID": "Session UUID",
"type": "signIn",
"signId": {
"username": "User name",
"password": "User password"
}
}`;
const DOCUMENT_SIGN_UP = `{
"SUUID":"Session UUID",
"type": "signUp",
"signUp": {
"username": "User name",
"password": "User password"
}
}`;
const DOCUMENT_SIGN_OUT = `{
"SUUID": "Session UUID",
"type": "signOut",
"userUUID": "User UUID",
"userAccessKey": "User Access Key"
}`;
const DOCUMENT_USERS = `{
"SUUID": "Session UUID",
"type": "users",
"userUUID": "User UUID",
"userAccessKey": "User Access Key"
}`;
const DOCUMENT_JOIN = `{
"SUUID": "Session UUID",
"userUUID": "User UUID",
"userAccessKey": "User Access Key",
"type": "channelJoin",
"channelJoin": {
"recipientUUID": "User UUID"
}
}`;
const DOCUMENT_MESSAGE = `{
"SUUID": "Session UUID",
"userUUID": "User UUID",
"userAccessKey": "User Access Key",
"type": "channelMessage",
"channelMessage": {
"recipientUUID": "User UUID",
"message": "Message text"
}
}`;
const DOCUMENT_MESSAGES = `{
"SUUID": "Session UUID",
"userUUID": "User UUID",
"userAccessKey": "User Access Key",
"type": "channelMessages",
"channelMessages": {
"recipientUUID": "User UUID",
"offset": 1,
"limit": 1
}
}`;
const DOCUMENT_LEAVE = `{
"SUUID": "Session UUID",
"userUUID": "User UUID",
"userAccessKey": "User Access Key",
"type": "channelLeave",
"channelLeave": {
"recipientUUID": "User UUID"
}
}`;

const NOBODY = { userUUID: "", accessKey: "" };
const SOMEBODY = { userUUID: "User UUID", accessKey: "User Access Key" };
const CREDENTIALS = { username: "User name", password: "User password" };

/** Frames that both profiles read alike. */
const READ_BOTH: readonly [frame: string, expected: Read][] = [
  [DOCUMENT_SIGN_IN, read("signIn", NOBODY, CREDENTIALS)],
  [DOCUMENT_SIGN_UP, read("signUp", NOBODY, CREDENTIALS)],
  [DOCUMENT_SIGN_OUT, read("signOut", SOMEBODY, {})],
  [DOCUMENT_USERS, read("users", SOMEBODY, {})],
  [
    DOCUMENT_JOIN,
    read("channelJoin", SOMEBODY, { recipientUUID: "User UUID" }),
  ],
  [
    DOCUMENT_MESSAGE,
    read("channelMessage", SOMEBODY, {
      recipientUUID: "User UUID",
      message: "Message text",
    }),
  ],
  [
    DOCUMENT_MESSAGES,
    read("channelMessages", SOMEBODY, {
      recipientUUID: "User UUID",
      offset: 1,
      limit: 1,
    }),
  ],
  [
    DOCUMENT_LEAVE,
    read("channelLeave", SOMEBODY, { recipientUUID: "User UUID" }),
  ],
  // What the original's own web client sends.
  [
    '{"SUUID":"s","type":"signIn","signIn":{"username":"Pablo","password":"p"}}',
    read("signIn", NOBODY, { username: "Pablo", password: "p" }),
  ],
  [
    '{"SSUID":"s","type":"users","userUUID":"u","accessKey":"k"}',
    read("users", { userUUID: "u", accessKey: "k" }, {}),
  ],
  [
    '{"type":"channelJoin","userUUID":"","accessKey":"","channelJoin":{"recipientUUID":""}}',
    read("channelJoin", NOBODY, { recipientUUID: "" }),
  ],
  // Letter case of keys does not matter, that of types does.
  [
    '{"TYPE":"signIn","SIGNIN":{"UserName":"A","PASSWORD":"b"}}',
    read("signIn", NOBODY, { username: "A", password: "b" }),
  ],
  [
    '{"Type":"users","USERuuid":"u","UserAccessKey":"k","ACCESSKEY":"other"}',
    read("users", { userUUID: "u", accessKey: "k" }, {}),
  ],
  [
    '{"type":"channelMessage","CHANNELMESSAGE":{"RecipientUUID":"0","Message":"m"}}',
    read("channelMessage", NOBODY, { recipientUUID: "0", message: "m" }),
  ],
  // The original takes sign-out's uuid.
  [
    '{"type":"signOut","signOut":{"uuid":"echo-me"}}',
    read("signOut", NOBODY, { uuid: "echo-me" }),
  ],
  // The public channel, in every way.
  ['{"type":"channelJoin","channelJoin":{}}', read("channelJoin", NOBODY, {})],
  [
    '{"type":"channelJoin","channelJoin":{"recipientUUID":null}}',
    read("channelJoin", NOBODY, {}),
  ],
  [
    '{"type":"channelJoin","channelJoin":{"recipientUUID":0}}',
    read("channelJoin", NOBODY, { recipientUUID: 0 }),
  ],
  // Defaults and bounds of a page.
  [
    '{"type":"channelMessages","channelMessages":{}}',
    read("channelMessages", NOBODY, { offset: 0, limit: 10 }),
  ],
  [
    '{"type":"channelMessages","channelMessages":{"limit":99,"offset":1e9}}',
    read("channelMessages", NOBODY, { offset: 1_000_000_000, limit: 99 }),
  ],
  // What a client may not decide is dropped.
  [
    '{"type":"channelMessage","user":{"UUID":"x"},"channelMessage":{"message":"","UUID":"x","SenderUUID":"x","CreatedAt":"x"}}',
    read("channelMessage", NOBODY, { message: "" }),
  ],
  // Claims of another type are none: the document shows a user's id as 1.
  [
    '{"type":"users","userUUID":1,"userAccessKey":{},"users":{}}',
    read("users", NOBODY, {}),
  ],
  // Refusals.
  ["", refused(1, "Invalid JSON")],
  ["hello", refused(1, "Invalid JSON")],
  ["\uFEFF{}", refused(1, "Invalid JSON")],
  ["[1]", refused(1, "not a JSON object")],
  ["null", refused(1, "not a JSON object")],
  ['"users"', refused(1, "not a JSON object")],
  ['{"__proto__":{}}', refused(1, "__proto__ is not allowed")],
  ['{"a":[[[[1]]]]}', refused(1, "more than 4 levels of nesting")],
  ["{}", refused(0, "unknow request data type: ")],
  ['{"type":null}', refused(0, "unknow request data type: ")],
  ['{"type":"nope","a":1}', refused(0, "unknow request data type: nope")],
  ['{"TYPE":"SIGNIN"}', refused(0, "unknow request data type: SIGNIN")],
  [
    '{"type":"toString"}',
    refused(0, "unknow request data type: toString"),
  ],
  ['{"type":7}', refused(1, "type must be a string")],
  ['{"type":["users"]}', refused(1, "type must be a string")],
  ['{"type":"signIn"}', refused(0, "signIn is missing")],
  ['{"type":"signIn","signIn":null}', refused(0, "signIn is missing")],
  ['{"type":"signUp"}', refused(0, "signUp is missing")],
  [
    '{"type":"signUp","signId":{"username":"a","password":"b"}}',
    refused(0, "signUp is missing"),
  ],
  ['{"type":"channelJoin"}', refused(0, "channelJoin is missing")],
  ['{"type":"channelMessage"}', refused(0, "channelMessage is missing")],
  ['{"type":"channelMessages"}', refused(0, "channelMessages is missing")],
  ['{"type":"channelLeave"}', refused(0, "channelLeave is missing")],
  ['{"type":"signIn","signIn":[]}', refused(1, "signIn must be an object")],
  ['{"type":"signOut","signOut":"x"}', refused(1, "signOut must be an object")],
  ['{"type":"users","users":7}', refused(1, "users must be an object")],
  [
    '{"type":"signIn","signIn":{"username":"a","password":12345}}',
    refused(
      1,
      "signIn.password: Invalid input: expected string, received number",
    ),
  ],
  [
    '{"type":"channelMessage","channelMessage":{"message":["m"]}}',
    refused(
      1,
      "channelMessage.message: Invalid input: expected string, received array",
    ),
  ],
  [
    '{"type":"channelMessage","channelMessage":{"recipientUUID":7,"message":"m"}}',
    refused(1, "channelMessage.recipientUUID: must be a string or 0"),
  ],
  [
    '{"type":"channelMessages","channelMessages":{"limit":"5"}}',
    refused(
      1,
      "channelMessages.limit: Invalid input: expected number, received string",
    ),
  ],
  ...[0, 100, 1.5, -1, 1e300].map((limit): [string, Read] => [
    `{"type":"channelMessages","channelMessages":{"limit":${limit}}}`,
    refused(0, "channelMessages.limit: must be a whole number from 1 to 99"),
  ]),
  [
    '{"type":"channelMessages","channelMessages":{"offset":-1}}',
    refused(
      0,
      "channelMessages.offset: must be a whole number from 0 to 9007199254740991",
    ),
  ],
];

/** Frames in which a text is absent, which only the original took. */
const READ_ORIGINAL: readonly [frame: string, original: Read, why: string][] = [
  [
    '{"type":"signIn","signIn":{}}',
    read("signIn", NOBODY, { username: "", password: "" }),
    "signIn.username is missing",
  ],
  [
    '{"type":"signUp","signUp":{"username":"a","password":null}}',
    read("signUp", NOBODY, { username: "a", password: "" }),
    "signUp.password is missing",
  ],
  [
    '{"type":"channelMessage","channelMessage":{"recipientUUID":"u"}}',
    read("channelMessage", NOBODY, { recipientUUID: "u", message: "" }),
    "channelMessage.message is missing",
  ],
];

for (const profile of PROFILES) {
  for (const [frame, expected] of READ_BOTH) {
    pure(`redis-chat decode() reads in ${profile} ${inName(frame)}`, () => {
      assertEquals(decode(frame, profile, LIMITS), expected);
    });
  }
}

for (const [frame, original, why] of READ_ORIGINAL) {
  pure(`redis-chat decode() reads in original alone ${frame}`, () => {
    assertEquals(decode(frame, "original", LIMITS), original);
    assertEquals(decode(frame, "document", LIMITS), refused(0, why));
  });
}

pure("redis-chat decode() never repeats a password that it refuses", () => {
  const secret = "hunter2-hunter2";
  const frames = [
    `{"type":"signIn","signIn":{"username":7,"password":"${secret}"}}`,
    `{"type":"signIn","signIn":{"username":"a","password":["${secret}"]}}`,
    `{"type":"signIn","signIn":["${secret}"]}`,
    `{"type":"signIn","signIn":{"username":"a","password":"${secret}"}`,
    `["${secret}"]`,
  ];

  const answers = frames.map((frame) => decode(frame, "document", LIMITS));

  assertEquals(answers.map(({ ok }) => ok), Array(5).fill(false));
  assertEquals(JSON.stringify(answers).includes(secret), false);
});

function read(
  type: Type,
  claim: { userUUID: string; accessKey: string },
  block: Record<string, unknown>,
): Read {
  return { ok: true, frame: { type, claim, block } } as Read;
}

function refused(code: number, text: string): Read {
  return { ok: false, refused: { code, text } };
}

function inName(frame: string): string {
  return JSON.stringify(frame.replaceAll("\n", ""));
}

/** A test that may touch nothing outside. */
function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}
