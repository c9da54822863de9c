import { assertEquals } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import type { Profile } from "../../src/dialects/dialect.ts";
import type { TestServer } from "../support/server.ts";
import type { Probe } from "../support/transcript.ts";
import { WsClient } from "../support/ws_client.ts";

/** Joining waits for this socket's messages to be on disk; this room is refused. */
export const PROBE: Probe = {
  frame: '{"type":"join-room","room_id":"@dm/","from":"probe"}',
  isAnswer: (frame) => JSON.stringify(frame) === PROBE_ANSWER,
};

const PROBE_ANSWER =
  '{"error":"Cannot use room: ids in \\"@dm/\\" are reserved"}';

/** Where a server speaks chat-ws, whatever else it speaks on that path. */
export function socketUrl({ url }: TestServer, profile?: Profile): string {
  const query = profile === undefined ? "" : `&profile=${profile}`;
  return `${url}/?dialect=chat-ws${query}`;
}

/** A join request, which is also what members hear of it. */
export function join(room: string, from: string): Record<string, Json> {
  return { type: "join-room", room_id: room, from };
}

/** A leave request, which is also what members hear of it. */
export function leave(room: string, from: string): Record<string, Json> {
  return { type: "leave-room", room_id: room, from };
}

/** A request to say something. */
export function send(
  room: string,
  from: string,
  message: string,
): Record<string, Json> {
  return { type: "send-message", room_id: room, from, message };
}

/** A client that has joined a room, and has heard that and all before it. */
export async function joined(
  url: string | URL,
  room: string,
  from: string,
): Promise<WsClient> {
  const client = await WsClient.open(url);
  client.send(join(room, from));
  await nextOf(client, "join-room");
  return client;
}

/** The next frame of a type; what comes before it is dropped. */
export async function nextOf(client: WsClient, type: string): Promise<Json> {
  for (;;) {
    const frame = await client.next();
    if (typeof frame === "object" && frame !== null && "type" in frame) {
      if (frame.type === type) return frame;
    }
  }
}

/** Fails if a client has heard anything that was not read. */
export async function expectSilence(...clients: WsClient[]): Promise<void> {
  // The first round proves that all was handled; the answers of the second
  // come behind whatever that made the server say to others.
  for (let round = 1; round <= 2; round++) {
    for (const client of clients) await expectOnlyAnswer(client);
  }
}

async function expectOnlyAnswer(client: WsClient): Promise<void> {
  client.send(PROBE.frame);
  assertEquals(await client.nextText(), PROBE_ANSWER);
}
