/**
 * What a session hears of a room. Dialects decide about every kind: none of
 * them has a default case, so a new kind does not compile until all have.
 *
 * @module
 */
import type { Author, Entry, Extra, Member, RoomId } from "./types.ts";

/** What every signal has. */
export interface SignalBase {
  readonly room: RoomId;
  /** ms since the epoch. */
  readonly at: number;
  /** The dialect in which it happened. */
  readonly via: string;
}

/** A session became a member. */
export interface JoinedSignal extends SignalBase {
  readonly kind: "joined";
  /** It was one already, and says so again. */
  readonly again: boolean;
  readonly member: Member;
  /** What the joiner sent beside the fields that every dialect knows. */
  readonly extra?: Extra;
}

/** A session is no longer a member; it does not hear this itself. */
export interface LeftSignal extends SignalBase {
  readonly kind: "left";
  readonly member: Member;
  /** The socket is gone, as opposed to a member that said it leaves. */
  readonly gone: boolean;
  readonly extra?: Extra;
}

/** A member goes by another name. */
export interface RenamedSignal extends SignalBase {
  readonly kind: "renamed";
  /** With the new name. */
  readonly member: Member;
  readonly oldName: string;
  readonly extra?: Extra;
}

/**
 * Who is in the room, for dialects that show that whole: whenever it changes,
 * or a member says something else of itself, but gathered (`RosterNews`).
 */
export interface RosterSignal extends SignalBase {
  readonly kind: "roster";
  readonly members: readonly Member[];
  /** Who is no member any more since the last time. */
  readonly gone: readonly Member[];
}

/** A user is in the room who was not, by whichever sessions and dialects. */
export interface ArrivedSignal extends SignalBase {
  readonly kind: "arrived";
  readonly user: Author;
  /** Users in the room now. */
  readonly memberCount: number;
}

/**
 * The last session of a user left the room; where its socket was lost, some
 * time ago, and the user has not come back.
 */
export interface DepartedSignal extends SignalBase {
  readonly kind: "departed";
  readonly user: Author;
  readonly memberCount: number;
}

/** In large rooms instead of arrivals and departures, now and then. */
export interface CountedSignal extends SignalBase {
  readonly kind: "counted";
  readonly memberCount: number;
}

/** A member began to type, or ceased to. */
export interface TypingSignal extends SignalBase {
  readonly kind: "typing";
  readonly user: Author;
  readonly on: boolean;
}

/** A user has read up to here: told to its other sessions alone. */
export interface ReadSignal extends SignalBase {
  readonly kind: "read";
  readonly seq: number;
  /** Messages behind that. */
  readonly unread: number;
}

/** What is not kept in the log. */
export type Signal =
  | JoinedSignal
  | LeftSignal
  | RenamedSignal
  | RosterSignal
  | ArrivedSignal
  | DepartedSignal
  | CountedSignal
  | TypingSignal
  | ReadSignal;

/** A room as the list of rooms shows it. */
export interface RoomView {
  readonly id: RoomId;
  readonly number: number;
  readonly title: string;
  readonly members: readonly Member[];
}

/** The list of rooms, told to those who follow it. */
export interface RoomsEvent {
  readonly kind: "rooms";
  readonly rooms: readonly RoomView[];
  /** ms since the epoch. */
  readonly at: number;
}

/** An entry of the log, with the room that it is in. */
export type EntryEvent = Entry & { readonly room: RoomId };

/** A message, as its room's sessions hear it. */
export type MessageEvent = Extract<EntryEvent, { kind: "message" }>;

/** A change of a message's text, as its room's sessions hear it. */
export type EditedEvent = Extract<EntryEvent, { kind: "edited" }>;

/** Anything that a session hears. */
export type ChatEvent = EntryEvent | Signal | RoomsEvent;

/** An edit as dialects say it that have no name for a message: as a new one. */
export function saidAgain(edited: EditedEvent): MessageEvent {
  const { target: _target, deletedAt: _deletedAt, ...said } = edited;
  return { ...said, kind: "message", text: `* ${edited.text}` };
}
