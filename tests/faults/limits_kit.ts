import { assertEquals } from "@std/assert";
import type { LimitName } from "../../src/core/limits.ts";
import type { Json } from "../../src/core/types.ts";
import type { LocalServer } from "../http/local_server.ts";
import type { WsClient } from "../support/ws_client.ts";

/** How one limit is tested. */
export interface LimitCase {
  /** What is set instead of the defaults. */
  readonly set?: Partial<Record<LimitName, number>>;
  /** Goes as far as the limit; fails if anything is refused. */
  reach(server: LocalServer): Promise<void>;
  /** Goes one further; fails if it is not refused as it should be. */
  exceed(server: LocalServer): Promise<void>;
  /** With the limit set to 0: goes further; fails if that is refused. */
  lift(server: LocalServer): Promise<void>;
}

/** A frame of the wire. */
export type Frame = Record<string, Json>;

export function join(room: string, from = "Ann"): Frame {
  return { type: "join-room", room_id: room, from };
}

export function leave(room: string, from = "Ann"): Frame {
  return { type: "leave-room", room_id: room, from };
}

export function send(room: string, message: string, from = "Ann"): Frame {
  return { type: "send-message", room_id: room, from, message };
}

/** What members hear of a message, without the time. */
export function heard(room: string, message: string, from = "Ann"): Frame {
  return { type: "receive-message", room_id: room, from, message };
}

/** The next frames, without their times. */
export async function take(client: WsClient, count: number): Promise<Json[]> {
  return (await client.take(count)).map(withoutTime);
}

/** A client that is a member of a room. */
export async function member(
  server: LocalServer,
  room: string,
  from = "Ann",
): Promise<WsClient> {
  const client = await server.connect();
  await accepts(client, join(room, from));
  return client;
}

/** Sends a frame that must be echoed: as it is, or as a message. */
export async function accepts(client: WsClient, frame: Frame): Promise<void> {
  client.send(frame);
  const isMessage = frame.type === "send-message";
  const echo = isMessage ? { ...frame, type: "receive-message" } : frame;
  assertEquals(await take(client, 1), [echo]);
}

/** Sends a frame that must be refused, and one that shows that the socket stays. */
export async function refuses(
  client: WsClient,
  frame: Frame | string,
  error: string,
): Promise<void> {
  client.send(frame);
  assertEquals(await take(client, 1), [{ error }]);
  client.send("{");
  assertEquals(await take(client, 1), [{ error: "Invalid JSON" }]);
}

/** A join request as text, with blanks up to a number of bytes. */
export function padded(room: string, bytes: number): string {
  return JSON.stringify(join(room)).padEnd(bytes);
}

/** `count` levels of nesting, the object around them included. */
export function nested(room: string, levels: number): Frame {
  const inner = `${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}`;
  return { ...join(room), deep: JSON.parse(inner) };
}

/** A join request of so many bytes because of a field that nobody knows. */
export function extended(room: string, bytes: number): Frame {
  const frame = { ...join(room), more: "" };
  const missing = bytes - JSON.stringify(frame).length;
  return { ...frame, more: "x".repeat(missing) };
}

export function withoutTime(frame: Json): Json {
  if (typeof frame !== "object" || frame === null) return frame;
  return Object.fromEntries(
    Object.entries(frame).filter(([key]) => key !== "sent_at"),
  );
}
