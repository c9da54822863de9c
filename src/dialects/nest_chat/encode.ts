/**
 * What nest-chat's clients hear: Socket.IO event packets, encoded once for all
 * sockets of a room (Socket.IO 2 and 4 write them alike).
 *
 * @module
 */
import { encodeEach, type Encoder } from "../../core/encoder.ts";
import type {
  ChatEvent,
  EditedEvent,
  MessageEvent,
} from "../../core/events.ts";
import type { Json, Member, RoomId } from "../../core/types.ts";
import type { Profile } from "../dialect.ts";
import { isObject, type JsonObject } from "../json.ts";
import { filled, NAME } from "./wire.ts";

/**
 * The members up to which all of them are shown all of them whenever one
 * comes or goes; what is sent grows with the cube of it. In a larger room only
 * the newcomer is shown them.
 */
export const ROSTER_TOLD_MAX = 100;

/** Renders an event; `null` where this protocol has no frame for it. */
export function encode(event: ChatEvent, profile: Profile): string | null {
  switch (event.kind) {
    case "message":
      return packet("exchanges", messageOf(event, profile));
    case "edited":
      return packet("exchanges", messageOf(edited(event), profile));
    case "joined":
      if (event.again && event.via !== NAME) return null;
      return encodeRoster(event.room, event.roster(), profile);
    case "renamed":
      return encodeRoster(event.room, event.roster(), profile);
    case "left": {
      const staying = event.roster();
      if (staying.length > ROSTER_TOLD_MAX) return null;
      const { room, member } = event;
      return packet(`participants/${room}`, [
        ...staying.map((one) => participantOf(one, { room, profile })),
        { ...participantOf(member, { room, profile }), connected: false },
      ]);
    }
    case "closed":
      // The original tells nobody. That nobody is in a room is a thing that
      // its clients understand.
      if (event.reopens || profile === "original") return null;
      return packet(`participants/${event.room}`, []);
    case "rooms":
    case "deleted":
    case "reacted":
    case "arrived":
    case "departed":
    case "counted":
    case "typing":
    case "read":
      return null;
  }
}

/** The message that was edited: clients know it by its order. */
function edited({ target, ...edit }: EditedEvent): MessageEvent {
  const { id, order, at } = target;
  return { ...edit, kind: "message", id, order, at };
}

/** The members of a room, or nothing where they are too many to tell all of them. */
function encodeRoster(
  room: RoomId,
  members: readonly Member[],
  profile: Profile,
): string | null {
  if (members.length > ROSTER_TOLD_MAX) return null;
  return rosterPacket(room, members, profile);
}

/** The members of a room, however many. */
export function rosterPacket(
  room: RoomId,
  members: readonly Member[],
  profile: Profile,
): string {
  const participants = members.map((member) =>
    participantOf(member, { room, profile })
  );
  return packet("exchanges", participants);
}

/** Says that something could not be handled. */
export function exceptionPacket(message: string): string {
  return packet("exception", { status: "error", message });
}

/** Answers an event whose acknowledgement was asked for. */
export function ackPacket(ack: string, answer: Json): string {
  return `43${ack}${JSON.stringify([answer])}`;
}

function packet(event: string, payload: Json): string {
  return `42${JSON.stringify([event, payload])}`;
}

function messageOf(
  { room, author, text, at, via, order, extra }: MessageEvent,
  profile: Profile,
): Json {
  const own = via === NAME ? extra : undefined;
  const said = { roomId: room, username: author.name, content: text };
  const isRaw = profile === "original";
  const fields: JsonObject = isObject(own?.fields) ? own.fields : said;
  const socketId = typeof own?.socketId === "string" ? own.socketId : author.id;
  // The original's clients say when; what comes from elsewhere says it anyway.
  const isTimed = !own || !isRaw && fields.createdAt === undefined;
  return {
    ...filled(fields, said, isRaw),
    ...isTimed && { createdAt: new Date(at).toISOString() },
    socketId,
    order,
  };
}

function participantOf(
  { author, about }: Member,
  { room, profile }: { room: RoomId; profile: Profile },
): JsonObject {
  const said = { roomId: room, username: author.name };
  if (!isObject(about?.fields)) return { ...said, connected: true };
  const fields = filled(about.fields, said, profile === "original");
  return { ...fields, connected: true };
}

/** How each profile is written to. */
export const ENCODERS: Readonly<Record<Profile, Encoder>> = {
  document: encodeEach(NAME, (event) => encode(event, "document")),
  original: encodeEach(NAME, (event) => encode(event, "original")),
};
