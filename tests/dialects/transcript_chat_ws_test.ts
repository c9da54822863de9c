import { replay, type Wire } from "../support/transcript.ts";
import { ROOT, startServer } from "../support/server.ts";
import { PROBE } from "./chat_ws_kit.ts";

const FOLDER = `${ROOT}tests/transcripts/chat-ws/`;

const FILES = [
  "chat-ws.jsonl",
  "chat-ws-bad.jsonl",
  "chat-ws-close.jsonl",
  "chat-ws-leave.jsonl",
];

/** Of protocols/chat-ws.md: the ledger, and `HTTP` of the table before it. */
const ROWS = ["HTTP", "leave-room", "errors over the socket", "disconnect"];

for (const file of FILES) {
  Deno.test(`chat-ws transcript ${file} is what the original profile does`, async () => {
    await using server = await startServer();
    const transcript = await Deno.readTextFile(FOLDER + file);
    const wire = wireSince(Date.now());

    await replay(transcript, server.url, wire);
  });
}

function wireSince(start: number): Wire {
  return {
    socketQuery: { dialect: "chat-ws", profile: "original" },
    httpQuery: { profile: "original" },
    made: {
      sent_at: {
        kind: "time",
        isValid: (ms) =>
          Number.isInteger(ms) && Number(ms) >= start &&
          Number(ms) <= Date.now(),
      },
    },
    probe: PROBE,
    rows: ROWS,
  };
}
