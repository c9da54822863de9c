/**
 * What a session may ask of the chat.
 *
 * @module
 */
import type { PageTaker } from "./replay.ts";
import type { Extra, MessageEntry } from "./types.ts";

/** A public room by its id, or the room of two users by the other one's id. */
export type Place = string | { readonly direct: string };

/** A wish to become a member. */
export interface JoinRequest {
  readonly room: Place;
  readonly name: string;
  /** How many stored messages to hear first, newest kept. */
  readonly replay: number;
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
  /** The client's idempotency key. */
  readonly key?: string;
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
