/**
 * The second peer: the same rooms in memory on npm `socket.io`, WebSocket
 * transport only. The events are named and shaped as in chat-ws.
 *
 *   node peer_socketio.mjs --port 4000 --modules <folder with socket.io>
 *
 * @module
 */
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

const { values: args } = parseArgs({
  options: { port: { type: "string" }, modules: { type: "string" } },
});
const { Server } = createRequire(`${args.modules}/`)("socket.io");

const http = createServer((_request, response) => response.end("ok"));
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  serveClient: false,
});
io.on("connection", (socket) => {
  socket.on("join-room", (frame) => {
    socket.join(frame.room_id);
    io.to(frame.room_id).emit("join-room", frame);
  });
  socket.on("send-message", (frame) => {
    io.to(frame.room_id).emit("receive-message", {
      type: "receive-message",
      "room_id": frame.room_id,
      from: frame.from,
      message: frame.message,
      "sent_at": Date.now(),
    });
  });
});
http.listen(Number(args.port), "127.0.0.1");
