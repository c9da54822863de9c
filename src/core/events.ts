/**
 * What a session hears of a room. Dialects decide about every kind: none of
 * them has a default case, so a new kind does not compile until all have.
 *
 * @module
 */
import type {
  ClosedEntry,
  Extra,
  Member,
  MessageEntry,
  RoomId,
} from "./types.ts";

/** What every signal has. */
export interface SignalBase {
  readonly room: RoomId;
  /** ms since the epoch. */
  readonly at: number;
  /** The dialect in which it happened. */
  readonly via: string;
  /** Who is a member now; each call walks the room. */
  readonly roster: () => readonly Member[];
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

/** What is not kept in the log. */
export type Signal = JoinedSignal | LeftSignal | RenamedSignal;

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
export type EntryEvent =
  & (MessageEntry | ClosedEntry)
  & { readonly room: RoomId };

/** Anything that a session hears. */
export type ChatEvent = EntryEvent | Signal | RoomsEvent;
