/**
 * Refusals and endings.
 *
 * A refusal (`ChatError`) answers one frame and the socket stays; an ending
 * (`Disconnect`) closes the socket, and its code says whether to come back.
 * Anything else that is thrown is a bug.
 *
 * @module
 */

/** Every refusal, and whether the same request may succeed later. */
export const ERROR_CODES = {
  bad_frame: { retryable: false },
  bad_field: { retryable: false },
  too_long: { retryable: false },
  limit_rooms: { retryable: false },
  limit_accounts: { retryable: false },
  rate_limited: { retryable: true },
  room_closed: { retryable: false },
  room_missing: { retryable: false },
  conflict: { retryable: false },
  not_yours: { retryable: false },
  not_member: { retryable: false },
  gone: { retryable: false },
  bad_token: { retryable: false },
  limit_reactions: { retryable: false },
  sign_in_first: { retryable: false },
  wrong_password: { retryable: false },
  name_taken: { retryable: false },
  busy: { retryable: true },
  storage_full: { retryable: true },
  storage_failed: { retryable: true },
} as const;

/** A stable name of a refusal; never renamed. */
export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * A refusal that the client may read: `Cannot <act> <what>: <state>`.
 *
 * Nothing was changed, unless the code is `busy` or `storage_failed`: then the
 * write may or may not have happened, and a send key makes the retry safe.
 */
export class ChatError extends Error {
  readonly code: ErrorCode;
  /** The ms after which it is worth another try, where that is known. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly retryAfterMs?: number } = {},
  ) {
    super(message);
    this.name = "ChatError";
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** The refusal to do something in a room that there is not. */
export function roomMissing(act: string, room: string): ChatError {
  const message = `Cannot ${act} room "${room}": there is none`;
  return new ChatError("room_missing", message);
}

/** The refusal to do something in a room that was closed. */
export function roomClosed(act: string, room: string): ChatError {
  const message = `Cannot ${act} room "${room}": it is closed`;
  return new ChatError("room_closed", message);
}

/** The refusal to change a message that was deleted, or with its log. */
export function messageGone(seq: number): ChatError {
  return new ChatError("gone", `Cannot change message ${seq}: it is gone`);
}

/** Why a socket ends, RFC 6455 section 7.4 for the codes below 3000. */
export const DISCONNECTS = {
  /** The server stops; come back. */
  goingAway: { code: 1001, reason: "server is stopping" },
  /** A rule of the room or the server, said in words. */
  policy: { code: 1008, reason: "not allowed" },
  /** What it lived by was revoked. */
  signedOut: { code: 1008, reason: "signed out" },
  /** More frames in flight than a session may have. */
  flooded: { code: 1008, reason: "too many unhandled frames" },
  /** A bug of ours; come back. */
  internal: { code: 1011, reason: "internal error" },
  /** The socket does not read what it is sent; come back and catch up. */
  slow: { code: 1013, reason: "reads too slowly" },
} as const;

/** One way for a socket to end. */
export type Disconnect = { readonly code: number; readonly reason: string };
