import { replay, type Wire } from "../support/transcript.ts";
import { ROOT, startServer } from "../support/server.ts";
import { Guest, PROBE, socketUrl } from "./wschat_kit.ts";

const FOLDER = `${ROOT}tests/transcripts/wschat/`;

/** Each with the users that the original had numbered before the recording. */
const FILES = {
  "wschat.jsonl": 0,
  "wschat-bad.jsonl": 0,
  "wschat-entermissing.jsonl": 0,
  "wschat-leavenone.jsonl": 4,
  "wschat-html-client.jsonl": 0,
};

/** Of the ledger in src/dialects/wschat.ts. */
const ROWS = [
  "HTTP",
  "empty room",
  "enter a second room",
  "enter unknown room, leave outside a room",
  "bad JSON",
  "title of another type",
];

const USER = { kind: "id", isValid: Number.isInteger, of: "user" } as const;
const ROOM = { kind: "id", isValid: Number.isInteger, of: "room" } as const;

const WIRE: Wire = {
  socketQuery: { dialect: "wschat", profile: "original" },
  httpQuery: {},
  made: {
    "user.id": USER,
    "from.id": USER,
    "users.*.id": USER,
    "rooms.*.id": ROOM,
  },
  keyed: { "rooms": ROOM, "users": USER },
  sent: { roomId: "room" },
  probe: PROBE,
  rows: ROWS,
};

for (const [file, usersBefore] of Object.entries(FILES)) {
  Deno.test(`wschat transcript ${file} is what the original profile does`, async () => {
    await using server = await startServer();
    const transcript = await Deno.readTextFile(FOLDER + file);
    for (let i = 0; i < usersBefore; i++) {
      await using _user = await Guest.open(socketUrl(server));
    }

    await replay(transcript, server.url, WIRE);
  });
}
