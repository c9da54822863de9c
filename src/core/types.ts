/**
 * The nouns of the chat: rooms, authors and the entries of a room's log.
 *
 * @module
 */

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** A room's id: 1 to `ROOM_ID_BYTES_MAX` bytes of any script, kept as given. */
export type RoomId = Branded<string, "RoomId">;

/** A session's id, a UUID v4: one socket speaking one dialect. */
export type SessionId = Branded<string, "SessionId">;

/** A value that JSON can carry. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Fields of a frame that only some dialects know; kept and relayed as given. */
export type Extra = { readonly [key: string]: Json };

/**
 * Who said something.
 *
 * `id` is the UUID of the account, or else of the session; `number` belongs to
 * the id for ever. `verified` is false for a name that anybody could have
 * typed: dialects without accounts have no other.
 */
export interface Author {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly verified: boolean;
}

/** A place in a room: seqs count 1, 2, 3, … within one life (epoch) of its log. */
export interface Position {
  readonly epoch: number;
  readonly seq: number;
}

interface EntryBase {
  /** A ULID, made before the first try to append and kept over retries. */
  readonly id: string;
  readonly epoch: number;
  readonly seq: number;
  /** When the server took it, ms since the epoch. */
  readonly at: number;
  /** How many messages the log holds up to and with this entry. */
  readonly order: number;
  readonly author: Author;
}

/**
 * Something said in a room.
 *
 * The last three are no part of the log: whoever reads it is told of the
 * message as it is by then (`RoomLog`).
 */
export interface MessageEntry extends EntryBase {
  readonly kind: "message";
  /** Empty once it was deleted. */
  readonly text: string;
  /** The dialect that it was said in. */
  readonly via: string;
  /** What only that dialect understands; gone once it was edited or deleted. */
  readonly extra?: Extra;
  /** Seq of the message that it answers. */
  readonly replyTo?: number;
  /** What its author's program adds; only the native dialect shows it. */
  readonly data?: Extra;
  /** When its text was last replaced, ms since the epoch. */
  readonly editedAt?: number;
  /** When it was deleted, ms since the epoch. */
  readonly deletedAt?: number;
  readonly reactions?: Reactions;
}

/** The ids of the users who react with each text, in order of their coming. */
export type Reactions = ReadonlyMap<string, readonly string[]>;

/** The message that a later entry is about; what dialects know it by. */
export interface Target {
  readonly seq: number;
  readonly id: string;
  readonly order: number;
  /** ms since the epoch. */
  readonly at: number;
}

interface RevisionBase extends EntryBase {
  readonly target: Target;
  /** The dialect that it was done in. */
  readonly via: string;
}

/** Its author gave a message another text. */
export interface EditedEntry extends RevisionBase {
  readonly kind: "edited";
  /** Empty once the message was deleted. */
  readonly text: string;
  /** When the message was deleted, as of reading. */
  readonly deletedAt?: number;
}

/** Its author took a message back. */
export interface DeletedEntry extends RevisionBase {
  readonly kind: "deleted";
}

/** Somebody reacted to a message, or took that back. */
export interface ReactedEntry extends RevisionBase {
  readonly kind: "reacted";
  readonly reaction: string;
  readonly removed: boolean;
}

/** The last entry of an epoch: the room was closed here. */
export interface ClosedEntry extends EntryBase {
  readonly kind: "closed";
  /** The room goes on at once in the next epoch, empty. */
  readonly reopens: boolean;
}

/** What changes what a message is. */
export type RevisionEntry = EditedEntry | DeletedEntry | ReactedEntry;

/** One entry of a room's log. */
export type Entry = MessageEntry | RevisionEntry | ClosedEntry;

/** An entry that has no place in the log yet. */
export type Draft = RevisionDraft | DraftOf<MessageEntry | ClosedEntry>;

/** A change of a message that has no place in the log yet. */
export type RevisionDraft = DraftOf<RevisionEntry> & {
  /** The life of the log that the message is of: it can be changed in no other. */
  readonly epoch: number;
};

/** One by one: `Omit` of a union has only what all of them have. */
type DraftOf<E extends Entry> = E extends Entry
  ? Omit<E, "epoch" | "seq" | "order">
  : never;

/** Whether a message was taken back. */
export function isDeleted(entry: Entry): boolean {
  return "deletedAt" in entry && entry.deletedAt !== undefined;
}

/** What is known of a room besides its log. */
export interface RoomRecord {
  readonly id: RoomId;
  /** Unique for ever; dialects that count their rooms show it. */
  readonly number: number;
  readonly title: string;
  readonly kind: "public" | "direct";
  /** The dialect that made it. */
  readonly via: string;
  readonly createdBy: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  /** ms since the epoch; absent while the room is open. */
  readonly closedAt?: number;
  /** Counts the lives of the log, from 1. */
  readonly epoch: number;
  /** It goes away when nobody is left in it and nothing was said. */
  readonly isFleeting?: boolean;
}

/** A user in a room, by one session. */
export interface Member {
  readonly session: SessionId;
  /** As the room knows it: a session may bear another name in each room. */
  readonly author: Author;
  /** What it says of itself besides; only its own dialect knows it. */
  readonly about?: Extra;
}
