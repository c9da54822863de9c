/**
 * What a session may ask of the chat.
 *
 * @module
 */
import type { PageTaker } from "./replay.ts";
import type { JoinStart } from "./resume.ts";
import type { Extra, MessageEntry, Position } from "./types.ts";

/** A public room by its id, or the room of two users by the other one's id. */
export type Place = string | { readonly direct: string };

/** A wish to become a member. */
export interface JoinRequest {
  readonly room: Place;
  readonly name: string;
  /** How many stored messages to hear first, newest kept. */
  readonly replay: number;
  /** Instead, if that is possible: all that is behind this entry. */
  readonly after?: Position | undefined;
  /** It was one before its connection was lost, and is not told that it is again. */
  readonly isResumed?: boolean;
  /** Called before anything that is stored, once it is known where it begins. */
  readonly begins?: (start: JoinStart) => void;
  /** Takes them; by default they are sent as they would be live. */
  readonly take?: PageTaker;
  /** A room made by this goes away when nobody is left and nothing was said. */
  readonly isFleeting?: boolean;
  /** Called in the turn in which the session becomes a member, before anyone is told. */
  readonly ready?: () => void;
  readonly extra?: Extra;
  /** What the member says of itself beside its name, kept as long as it is one. */
  readonly about?: Extra;
}

/** A wish to say something. */
export interface SendRequest {
  readonly room: Place;
  readonly name: string;
  readonly text: string;
  readonly extra?: Extra;
  /** Seq of the message that it answers. */
  readonly replyTo?: number | undefined;
  readonly data?: Extra | undefined;
  /** The client's idempotency key. */
  readonly key?: string | undefined;
}

/** Which message is to be changed, and the client's idempotency key. */
export interface RevisionRequest {
  readonly room: Place;
  readonly seq: number;
  readonly key?: string | undefined;
}

/** Which messages of a room are wanted. */
export interface HistoryRequest {
  /** So many of the newest are left out. */
  readonly skip?: number;
  /** Only those of a lower order. */
  readonly before?: number;
  /** So many at most. */
  readonly limit: number;
  /** Called with each, newest first; the first that does not fit ends the page. */
  readonly fits?: (message: MessageEntry) => boolean;
}

/** Some messages of a room, newest first. */
export interface HistoryPage {
  /** There is such a room, and it is not closed. */
  readonly open: boolean;
  /** Messages in the room's log. */
  readonly total: number;
  readonly messages: readonly MessageEntry[];
}
