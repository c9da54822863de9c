/**
 * How fast a client is caught up that missed many messages: parley's native
 * dialect alone can tell.
 *
 * @module
 */
import type { RunningServer } from "./bench_process.ts";

/** Messages that are missed. */
export const MISSED_MESSAGES = 10_000;

/** As long as those of the load generator. */
const TEXT = ".".repeat(100);

const ROOM = "bench-room";

/** Fills a room, and then lets a client join it from its beginning. */
export async function measureCatchUpMs(server: RunningServer): Promise<number> {
  const writer = await open(server.url);
  for (let i = 0; i < MISSED_MESSAGES; i++) {
    const isLast = i === MISSED_MESSAGES - 1;
    writer.send(request("send", { room: ROOM, text: TEXT }, isLast));
  }
  await until(writer, ({ data }) => isReply(data));
  writer.close();
  const reader = await open(server.url);
  const after = { epoch: "1", seq: 0 };
  const startedAtMs = performance.now();
  reader.send(request("join", { room: ROOM, after }));
  let entries = 0;
  await until(reader, ({ data }) => {
    // Counted without being parsed: a client's parsing is not measured.
    for (let at = 0; (at = data.indexOf('"seq":', at) + 1) > 0;) entries++;
    return data.startsWith('{"type":"caught_up"');
  });
  const ms = performance.now() - startedAtMs;
  reader.close();
  if (entries > MISSED_MESSAGES) return ms;
  throw new Error(`Cannot catch up: ${entries} of ${MISSED_MESSAGES} came`);
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await until(socket, () => true);
  return socket;
}

function request(type: string, fields: object, asks = false): string {
  return JSON.stringify({ type, ...asks && { id: "asked" }, ...fields });
}

function isReply(text: string): boolean {
  return text.startsWith('{"type":"ok","id":"asked"');
}

function until(
  socket: WebSocket,
  isIt: (event: MessageEvent<string>) => boolean,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.onmessage = (event) => {
    if (isIt(event)) resolve();
  };
  socket.onclose = () => reject(new Error("the server closed the socket"));
  return promise;
}
