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
  RosterSignal,
} from "../../core/events.ts";
import type { Json, Member, RoomId } from "../../core/types.ts";
import type { Profile } from "../dialect.ts";
import { isObject, type JsonObject } from "../json.ts";
import { filled, NAME } from "./wire.ts";

/** The members up to which all of them are shown all of them. */
export const ROSTER_TOLD_MAX = 100;

/**
 * The longest roster that all members are shown, in UTF-16 units; what is sent
 * when many come together grows with the square of it. Of a larger room only
 * the newcomer is shown the members.
 */
const ROSTER_TOLD_UNITS_MAX = 16_384;

/** The longest list of members that a newcomer is shown, in the same units. */
const ROSTER_UNITS_MAX = 131_072;

/** Renders an event; `null` where this protocol has no frame for it. */
export function encode(event: ChatEvent, profile: Profile): string | null {
  switch (event.kind) {
    case "message":
      return packet("exchanges", messageOf(event, profile));
    case "edited":
      return packet("exchanges", messageOf(edited(event), profile));
    case "roster":
      return encodeRoster(event, profile);
    case "closed":
      // The original tells nobody. That nobody is in a room is a thing that
      // its clients understand.
      if (event.reopens || profile === "original") return null;
      return packet(`participants/${event.room}`, []);
    case "joined":
    case "renamed":
    case "left":
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

/** Who is in a room and who has gone, or nothing where that is too much for all. */
function encodeRoster(
  { room, members, gone }: RosterSignal,
  profile: Profile,
): string | null {
  if (members.length + gone.length > ROSTER_TOLD_MAX) return null;
  const show = (member: Member) => participantOf(member, { room, profile });
  const participants = [
    ...members.map(show),
    ...gone.map((member) => ({ ...show(member), connected: false })),
  ];
  const text = gone.length > 0
    ? packet(`participants/${room}`, participants)
    : packet("exchanges", participants);
  return text.length > ROSTER_TOLD_UNITS_MAX ? null : text;
}

/**
 * What a newcomer is shown of a room whose members are too many for all to be
 * shown all: as many as fit, itself among them; `null` where all are.
 */
export function newcomersRoster(
  room: RoomId,
  members: readonly Member[],
  { newcomer, profile }: { newcomer: Member; profile: Profile },
): string | null {
  const kind = { kind: "roster", at: 0, via: NAME, gone: [] } as const;
  if (encodeRoster({ ...kind, room, members }, profile) !== null) return null;
  const show = (member: Member) =>
    JSON.stringify(participantOf(member, { room, profile }));
  const last = show(newcomer);
  let units = last.length;
  const shown: string[] = [];
  for (const member of members) {
    if (member.session === newcomer.session) continue;
    const text = show(member);
    units += text.length;
    if (units > ROSTER_UNITS_MAX) break;
    shown.push(text);
  }
  return `42["exchanges",[${[...shown, last].join()}]]`;
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

function encoderOf(profile: Profile): Encoder {
  const encoder = encodeEach(NAME, (event) => encode(event, profile));
  return { ...encoder, wantsRoster: true };
}

/** How each profile is written to. */
export const ENCODERS: Readonly<Record<Profile, Encoder>> = {
  document: encoderOf("document"),
  original: encoderOf("original"),
};
