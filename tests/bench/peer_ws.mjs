/**
 * The peer that parley is measured against: rooms in memory on npm `ws`,
 * speaking chat-ws, as one who knows `ws` would write it. It stores nothing.
 *
 *   node peer_ws.mjs --port 4000 --modules <folder with ws installed>
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

const { values: args } = parseArgs({
  options: { port: { type: "string" }, modules: { type: "string" } },
});
const { WebSocketServer } = createRequire(`${args.modules}/`)("ws");

const FRAME_BYTES_MAX = 65_536;

/** Shared, so that a send makes no object of its own. */
const AS_TEXT = { binary: false };

const rooms = new Map();

function broadcast(members, event) {
  const data = Buffer.from(JSON.stringify(event)); // Once, not per member.
  for (const socket of members) socket.send(data, AS_TEXT);
}

function receive(socket, frame) {
  let members = rooms.get(frame.room_id);
  if (frame.type === "join-room") {
    if (members === undefined) rooms.set(frame.room_id, members = new Set());
    if (members.has(socket)) return;
    members.add(socket);
    socket.joined.push(members);
    broadcast(members, frame);
  } else if (frame.type === "send-message" && members !== undefined) {
    broadcast(members, {
      type: "receive-message",
      "room_id": frame.room_id,
      from: frame.from,
      message: frame.message,
      "sent_at": Date.now(),
    });
  }
}

const http = createServer((_request, response) => response.end("ok"));
const sockets = new WebSocketServer({
  server: http,
  clientTracking: false,
  perMessageDeflate: false,
  skipUTF8Validation: true,
  maxPayload: FRAME_BYTES_MAX,
});
sockets.on("connection", (socket) => {
  socket.joined = [];
  socket.on("message", (data) => {
    try {
      receive(socket, JSON.parse(data.toString()));
    } catch {
      socket.terminate();
    }
  });
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    for (const members of socket.joined) members.delete(socket);
  });
});
http.listen(Number(args.port), "127.0.0.1");
