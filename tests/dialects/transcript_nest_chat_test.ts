import type { Json } from "../../src/core/types.ts";
import { ROOT, startServer } from "../support/server.ts";
import { replay, type Wire } from "../support/transcript.ts";

const FOLDER = `${ROOT}tests/transcripts/nest-chat/`;

const FILES = [
  "nest-chat.jsonl",
  "nest-chat-raw.jsonl",
  "nest-chat-raw2.jsonl",
  "nest-chat-recreate.jsonl",
];

/** Of the ledgers in src/dialects/nest_chat/session.ts and src/http/rest_nest_chat.ts. */
const ROWS = [
  "Socket.IO versions",
  "heartbeat",
  "delivery",
  "several rooms",
  "participants of an unknown room",
  "packet that cannot be read",
  "GET /api/v1/rooms/room-info",
  "malformed JSON",
  "unknown paths outside of /api",
];

/** Answered once all that was said before has had its effect. */
const PROBE = '42999["exchanges",{"roomId":"@dm/probe"}]';

for (const file of FILES) {
  Deno.test(`nest-chat transcript ${file} is what the original profile does`, async () => {
    // The original has no other transport.
    const args = ["--profile", "original", "--socket-io-transports=websocket"];
    await using server = await startServer({ args });
    const transcript = await Deno.readTextFile(FOLDER + file);
    // A room that the recorder had made before.
    if (file.includes("raw")) await makeRoom(server.url, "q");

    await replay(transcript, server.url, WIRE);
  });
}

const WIRE: Wire = {
  socketQuery: { profile: "original" },
  httpQuery: {},
  made: {
    sid: { kind: "id", isValid: isId },
    socketId: { kind: "id", isValid: isId },
  },
  probe: {
    frame: PROBE,
    isAnswer: (frame) =>
      JSON.stringify(frame) === '{"43999":["Invalid Room ID"]}',
  },
  parse: readPacket,
  isLast: (frame) => frame === "41",
  rows: ROWS,
};

function isId(value: Json): boolean {
  return /^[\w-]{20}$/.test(String(value));
}

/** A packet with what it holds, by its type. */
function readPacket(text: string): Json {
  const [, type = "", body = ""] = /^(\d+)([[{].*)$/s.exec(text) ?? [];
  if (type !== "") return { [type]: JSON.parse(body) };
  // The answer to a request over HTTP, or a packet without a body.
  return text;
}

async function makeRoom(url: string, roomId: string): Promise<void> {
  const body = JSON.stringify({ roomId, creatorUsername: "recorder" });
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body };
  const response = await fetch(`${url}/api/v1/rooms`, init);
  await response.body?.cancel();
}
