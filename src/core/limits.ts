/**
 * Every limit on what a client may do, with its unit, default and ceiling.
 *
 * Each is a setting; 0 lifts it as far as the ceiling, which is what the store
 * can hold (65,536 bytes per value, 2,048 per key) and not a matter of taste.
 *
 * @module
 */

/** How long a send key is remembered, in ms. */
export const SEND_KEY_TTL_MS = 24 * 60 * 60 * 1_000;

/** How long a guest's token and an account's access key are good, in ms. */
export const TOKEN_TTL_MS = 30 * 24 * 60 * 60 * 1_000;

/** The table of limits: settings, `--help` and README are made from it. */
export const LIMITS = {
  FRAME_BYTES_MAX: {
    default: 65_536,
    what: "bytes in one frame from a client",
  },
  TEXT_BYTES_MAX: {
    default: 4_096,
    ceiling: 16_384,
    what: "bytes in the text of one message",
  },
  ROOM_ID_BYTES_MAX: {
    default: 255,
    ceiling: 255,
    what: "bytes in a room's id",
  },
  NAME_BYTES_MAX: {
    default: 128,
    ceiling: 512,
    what: "bytes in a user's name",
  },
  EXTRA_BYTES_MAX: {
    default: 4_096,
    ceiling: 8_192,
    what: "bytes of fields that are relayed but that no dialect knows",
  },
  JSON_DEPTH_MAX: {
    default: 32,
    ceiling: 256,
    what: "levels of nesting in one frame",
  },
  ROOMS_PER_SOCKET_MAX: {
    default: 128,
    what: "rooms that one socket is in at a time",
  },
  ROOMS_MAX: {
    default: 100_000,
    what: "rooms in all",
  },
  ACCOUNTS_MAX: {
    default: 100_000,
    what: "accounts in all",
  },
  USERS_LISTED_MAX: {
    default: 1_000,
    what: "users in one list of users",
  },
  MESSAGES_LISTED_MAX: {
    default: 1_000,
    what: "messages in one list over HTTP",
  },
  ANSWER_BYTES_MAX: {
    default: 1_048_576,
    what: "bytes of one list over HTTP; the newest messages, the oldest rooms",
  },
  ANSWERS_UNREAD_BYTES_MAX: {
    default: 67_108_864,
    what: "bytes of lists over HTTP that wait for slow readers, in all",
  },
  BODY_BYTES_MAX: {
    default: 16_384,
    what: "bytes in the body of an HTTP request",
  },
  HTTP_SENDS_PER_SECOND_MAX: {
    default: 20,
    what: "messages per second sent over HTTP from one address, on average",
  },
  HTTP_SENDS_BURST_MAX: {
    default: 100,
    what: "messages sent over HTTP from one address ahead of that average",
  },
  SOCKETS_PER_ADDRESS_MAX: {
    default: 1_000,
    what: "open sockets from one address",
  },
  SOCKETS_MAX: {
    default: 10_000,
    what: "open sockets in all",
  },
  MESSAGES_PER_SECOND_MAX: {
    default: 50,
    what: "frames per second from one socket, on average",
  },
  MESSAGES_BURST_MAX: {
    default: 300,
    what: "frames from one socket ahead of that average",
  },
  INBOX_FRAMES_MAX: {
    default: 1_024,
    what: "frames of one socket that wait to be handled",
  },
  INBOX_BYTES_MAX: {
    default: 1_048_576,
    what: "bytes of one socket's frames that wait to be handled",
  },
  OUTBOX_BYTES_MAX: {
    default: 2_097_152,
    what: "bytes that wait for a slow reader before it is dropped",
  },
  PASSWORD_CHARACTERS_MAX: {
    default: 128,
    ceiling: 1_024,
    what: "characters in a password",
  },
  WRONG_PASSWORDS_PER_MINUTE_MAX: {
    default: 20,
    what:
      "wrong passwords per minute from one address; five times as many for one name",
  },
  PASSWORDS_WAITING_MAX: {
    default: 64,
    what: "passwords that wait to be hashed",
  },
  SENDS_IN_FLIGHT_MAX: {
    default: 64,
    what: "messages of one socket that wait for the disk at a time",
  },
  HISTORY_MESSAGES_MAX: {
    default: 200,
    what: "stored messages that a joiner is sent",
  },
  HISTORY_PAGE_MESSAGES_MAX: {
    default: 100,
    ceiling: 1_000,
    what: "messages in one page of history",
  },
  DATA_BYTES_MAX: {
    default: 4_096,
    ceiling: 8_192,
    what: "bytes of what a program adds to a message",
  },
  KEY_BYTES_MAX: {
    default: 128,
    ceiling: 512,
    what: "bytes in a send key",
  },
  REACTION_BYTES_MAX: {
    default: 64,
    ceiling: 256,
    what: "bytes in a reaction",
  },
  REACTIONS_PER_MESSAGE_MAX: {
    default: 500,
    what: "reactions to one message, by all users together",
  },
  MEMBERS_LISTED_MAX: {
    default: 200,
    what: "members of a room up to which they are told one by one",
  },
  ROOMS_LISTED_MAX: {
    default: 1_000,
    what: "rooms in one list of parley.v1",
  },
  RESUME_TOKENS_MAX: {
    default: 10_000,
    what: "resume tokens of old clients that are kept",
  },
  RESUME_BYTES_MAX: {
    default: 16_384,
    ceiling: 49_152,
    what: "bytes of what is kept under one resume token; rooms beyond are not",
  },
} as const satisfies Record<string, LimitRow>;

/** One row of the table. */
export interface LimitRow {
  readonly default: number;
  readonly ceiling?: number;
  readonly what: string;
}

/** A limit's name, unit last. */
export type LimitName = keyof typeof LIMITS;

/** The limits in force. One that is lifted is its ceiling or `Infinity`. */
export type Limits = Readonly<Record<LimitName, number>>;

/** The limits in force, given what was set: 0 lifts, absent is the default. */
export function resolveLimits(
  set: Partial<Record<LimitName, number>> = {},
): Limits {
  const names = Object.keys(LIMITS) as LimitName[];
  const pairs = names.map((name) => {
    const row: LimitRow = LIMITS[name];
    const ceiling = row.ceiling ?? Infinity;
    const value = set[name] ?? row.default;
    return [name, value === 0 ? ceiling : Math.min(value, ceiling)];
  });
  return Object.fromEntries(pairs) as Limits;
}
