/**
 * What a dialect is to the rest of parley.
 *
 * @module
 */
import type { Chat } from "../core/chat.ts";
import type { ChatError } from "../core/errors.ts";
import type { Link } from "../core/ports.ts";

/**
 * Whom a dialect follows where its document and the original's running code
 * differ: `document` sends what the document shows, `original` what the code
 * sent, byte shapes included.
 */
export const PROFILES = ["document", "original"] as const;

/** One of `PROFILES`. */
export type Profile = typeof PROFILES[number];

/** Whether a setting or query parameter names a profile. */
export function isProfile(name: string): name is Profile {
  return (PROFILES as readonly string[]).includes(name);
}

/** What a socket asked for when it was opened. */
export interface OpenRequest {
  /** The URL's path, percent-encoded as it came. */
  readonly path: string;
  readonly profile: Profile;
}

/** One wire protocol. Stateless: `open()` makes a session per socket. */
export interface Dialect {
  readonly name: string;
  open(link: Link, chat: Chat, request: OpenRequest): Session;
}

/** One socket speaking one dialect. */
export interface Session {
  /**
   * Handles one text frame; the shell waits for it before the next one.
   *
   * Rejects only on a bug, and the shell then closes the socket with 1011.
   */
  receive(frame: string): Promise<void> | void;
  /** Says, as the dialect can, that a frame was not handled. */
  refuse(error: ChatError): void;
  /** The socket is gone: leave every room. Called exactly once. */
  end(): void;
}

/** A frame that was read, or why it could not be. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };
