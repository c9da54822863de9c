/**
 * What a dialect is to the rest of parley.
 *
 * @module
 */
import type { Chat } from "../core/chat.ts";
import type { ChatError, Disconnect } from "../core/errors.ts";
import type { Clock, Link, Timers } from "../core/ports.ts";
import type { Resumption } from "../core/resumption.ts";

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

/** Settings that belong to one dialect each. */
export interface DialectSettings {
  /** ms between two heartbeats of channel-chat. */
  readonly channelHeartbeatMs: number;
  /** ms without a client's heartbeat after which channel-chat clears a name. */
  readonly channelTimeoutMs: number;
  /** ms after which channel-chat's `document` calls a named client authenticated. */
  readonly channelIdentityDelayMs: number;
  /** wschat escapes HTML in texts, names and titles. */
  readonly wschatEscape: "none" | "html";
  /** Stored messages that wschat sends after enter_room. */
  readonly wschatHistoryMax: number;
  /** ms of silence after which a client at `/` is welcomed to wschat. */
  readonly rootSilenceMs: number;
  /** Whether redis-chat lists users to those who are not signed in. */
  readonly redisUsers: "everyone" | "members";
}

/** What a socket asked for when it was opened, and what its session may use. */
export interface OpenRequest {
  /** The URL's path, percent-encoded as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly profile: Profile;
  /** Where the socket comes from. */
  readonly address: string;
  /**
   * The id by which the client knows its own connection, if it has one that
   * others may know.
   */
  readonly connectionId?: () => string | undefined;
  /** Where the session is to go on, if it was asked for. */
  readonly resume?: Resumption;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly settings: DialectSettings;
}

/** One wire protocol. Stateless: `open()` makes a session per socket. */
export interface Dialect {
  readonly name: string;
  /**
   * The dialects whose sessions `?resume=` brings back here; absent: its own.
   * None where clients resume by themselves.
   */
  readonly resumes?: readonly string[];
  /** What its frames travel in; absent: each is a WebSocket message. */
  readonly carrier?: "socket.io";
  /** How it says that a socket ends, where it has codes of its own. */
  ending?(disconnect: Disconnect): Disconnect;
  open(link: Link, chat: Chat, request: OpenRequest): Session;
}

/** One socket speaking one dialect. */
export interface Session {
  /** The dialect's name, where it was to be found out and has been. */
  readonly speaks?: string | undefined;
  /**
   * What it does before its first frame, which waits for it.
   *
   * A `ChatError` ends the socket with 1008.
   */
  start(): Promise<void> | void;
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
