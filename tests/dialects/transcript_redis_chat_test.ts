import { ROOT, startServer } from "../support/server.ts";
import { replay, type Wire } from "../support/transcript.ts";
import { PROBE, UUID } from "./redis_chat_kit.ts";

const FOLDER = `${ROOT}tests/transcripts/redis-chat/`;

/** Files that were recorded from one server, one after the other. */
const RECORDINGS: Readonly<Record<string, readonly string[]>> = {
  "two users": [
    "redis-chat.jsonl",
    "redis-chat-leave.jsonl",
    "redis-chat-history.jsonl",
    "redis-chat-multi.jsonl",
  ],
  "what crashed the original": [1, 2, 3, 4, 5, 6].map((number) =>
    `redis-chat-crash${number}.jsonl`
  ),
  "the original's web client": [
    "redis-chat-react-client.jsonl",
    "redis-chat-react-client-private.jsonl",
    "redis-chat-online.jsonl",
  ],
};

/** What clients name that is no id; it comes back as it was. */
const NAMED = ["", "room-x", "no-such-user", "echo-me"];

/** Of the ledger in src/dialects/redis_chat/session.ts. */
const ROWS = [
  "sign-in block",
  "error text",
  "signOut request",
  "users[].Password",
  "public channel",
  "channelMessages, channelLeave",
  "echo to the sender",
  "identity",
  "signUp of an existing name",
  "frames sent without waiting",
  "block missing",
  "sys/signIn",
  "OnLine",
  "users of a channel",
  "another identity",
];

for (const [recording, files] of Object.entries(RECORDINGS)) {
  Deno.test(`redis-chat transcripts of ${recording} are what the original profile does`, async (t) => {
    await using server = await startServer();
    const wire = wireSince(Date.now());

    for (const file of files) {
      await t.step(file, async () => {
        const transcript = await Deno.readTextFile(FOLDER + file);

        await replay(transcript, server.url, wire);
      });
    }
  });
}

function wireSince(start: number): Wire {
  const id = {
    kind: "id",
    isValid: (value) => UUID.test(String(value)),
  } as const satisfies Wire["made"][string];
  const named = {
    kind: "id",
    isValid: (value) =>
      UUID.test(String(value)) || NAMED.includes(String(value)),
  } as const satisfies Wire["made"][string];
  return {
    socketQuery: { dialect: "redis-chat", profile: "original" },
    httpQuery: {},
    made: {
      sessionUUID: id,
      SUUID: id,
      userUUID: id,
      UUID: id,
      SenderUUID: id,
      "signIn.uuid": id,
      "signOut.uuid": named,
      "authorized.accessKey": named,
      RecipientUUID: named,
      "Recipient.UUID": named,
      recipientUUID: named,
      CreatedAt: {
        kind: "time",
        isValid: (time) => {
          const ms = Date.parse(String(time));
          return ms >= start && ms <= Date.now();
        },
      },
    },
    probe: PROBE,
    rows: ROWS,
  };
}
