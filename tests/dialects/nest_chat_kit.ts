import type { Json, RoomId } from "../../src/core/types.ts";
import type { Profile } from "../../src/dialects/dialect.ts";
import { nestChat } from "../../src/dialects/nest_chat/session.ts";
import type { SessionKit, Visit } from "../support/session_kit.ts";

/** An event as it is on the wire; `ack`: the number of an acknowledgement. */
export function packet(
  event: string,
  payload?: Json,
  ack: number | "" = "",
): string {
  const args = payload === undefined ? [event] : [event, payload];
  return `42${ack}${JSON.stringify(args)}`;
}

/** A message as a client sends it. */
export function exchange(
  roomId: string,
  username: string,
  content: string,
): string {
  return packet("exchanges", { roomId, username, content });
}

/** Somebody who has connected as this Socket.IO socket. */
export async function visit(
  kit: SessionKit,
  connectionId: string,
  profile: Profile = "document",
): Promise<Visit> {
  return await kit.open(nestChat, { profile, connectionId });
}

/** How long news of who is there are gathered, in ms. */
const GATHERED_MS = 100;

/** Says something and waits until all of it is on disk and heard. */
export async function tell(
  kit: SessionKit,
  visit: Visit,
  frame: string,
): Promise<void> {
  await visit.say(frame);
  await kit.settled();
  await kit.elapse(GATHERED_MS);
}

/** Makes a room, as a POST does. */
export async function post(kit: SessionKit, id: string): Promise<void> {
  const maker = { via: "nest-chat", name: "Dhoni" };
  await kit.kit.chat.rooms.createExactly(id as RoomId, maker);
}

/** Closes a room, as a DELETE does. */
export async function close(kit: SessionKit, id: string): Promise<void> {
  const author = { id: "x", number: 0, name: "", verified: false };
  await kit.kit.chat.rooms.close(id as RoomId, author);
  await kit.settled();
}

/** Somebody registered in a room, who has read the roster. */
export async function registered(
  kit: SessionKit,
  room: string,
  name: string,
): Promise<Visit> {
  const one = await visit(kit, `socket-of-${name}`);
  const payload = { roomId: room, username: name };
  await tell(kit, one, packet("participants", payload));
  one.heardTexts();
  return one;
}
