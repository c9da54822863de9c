/**
 * Every key of the store, and what lives under it. Nothing else builds keys.
 *
 * @module
 */
import type { Entry, Position, RoomId, SessionId } from "../core/types.ts";

/** The layout's version; a store of another one is not opened. */
export const SCHEMA_VERSION = 1;

export const keys = {
  /** `SCHEMA_VERSION` of what is stored. */
  schema: () => ["schema"] as const,
  /** Instance id of the one process that may write, on a KV that has one. */
  writer: () => ["writer"] as const,
  /** `RoomRecord`. */
  room: (id: RoomId) => ["room", id] as const,
  rooms: () => ["room"] as const,
  /** Room id; the newest of these is the counter of rooms. */
  roomNumber: (number: number) => ["room_number", number] as const,
  roomNumbers: () => ["room_number"] as const,
  /** When a session first joined the room, ms since the epoch. */
  roomJoined: (id: RoomId) => ["room_joined", id] as const,
  roomsJoined: () => ["room_joined"] as const,
  /** The last epoch in which the room's log holds messages. */
  roomSpoken: (id: RoomId) => ["room_spoken", id] as const,
  roomsSpoken: () => ["room_spoken"] as const,
  /**
   * `Chunk`: the entries that one commit appended, under the seq of the first.
   * Numbers sort by value: a room's log is one range, in order.
   */
  chunk: (room: RoomId, { epoch, seq }: Position) =>
    ["entry", room, epoch, seq] as const,
  /** `JournalPart[]`: entries that are not in their rooms' logs yet. */
  journalRecord: (n: number) => ["journal", n] as const,
  journal: () => ["journal"] as const,
  roomEntries: (room: RoomId) => ["entry", room] as const,
  /** `TextRevision`: the text that a message has instead of its own. */
  revisedText: (room: RoomId, { epoch, seq }: Position) =>
    ["revision", room, epoch, seq, "text"] as const,
  /** When a message was deleted, ms since the epoch. */
  deletion: (room: RoomId, { epoch, seq }: Position) =>
    ["revision", room, epoch, seq, "deleted"] as const,
  /** When a user reacted to a message, ms since the epoch. */
  reaction: (
    room: RoomId,
    { epoch, seq }: Position,
    { reaction, user }: { reaction: string; user: string },
  ) => ["revision", room, epoch, seq, "reaction", reaction, user] as const,
  /** What sorts before all revisions of the entry there. */
  revisionsFrom: (room: RoomId, { epoch, seq }: Position) =>
    ["revision", room, epoch, seq] as const,
  roomRevisions: (room: RoomId) => ["revision", room] as const,
  /** `Marker`: how far a user has read in a room. */
  read: (user: string, room: RoomId) => ["read", user, room] as const,
  readsOf: (user: string) => ["read", user] as const,
  reads: () => ["read"] as const,
  /** `SendRecord`: what came of an idempotent send. */
  send: (room: RoomId, author: string, key: string) =>
    ["send", room, author, key] as const,
  sends: () => ["send"] as const,
  /** `StoredAccount`. */
  user: (id: string) => ["user", id] as const,
  users: () => ["user"] as const,
  /** User id; the name is folded, so that look-alikes collide. */
  userName: (folded: string) => ["user_name", folded] as const,
  /** `Access`; the access key itself is stored nowhere. */
  access: (digest: string) => ["access", digest] as const,
  accesses: () => ["access"] as const,
  /** `KeptSession`: what a resume token brings back; the token is stored nowhere. */
  resume: (digest: string) => ["resume", digest] as const,
  resumes: () => ["resume"] as const,
  /** Number of a user whom another application vouches for. */
  vouchedNumber: (id: string) => ["vouched_number", id] as const,
  /** Bytes that nobody else knows: what guests' tokens are sealed with. */
  secret: () => ["secret"] as const,
  /** Nobody else's; only to see who sees it. */
  probe: (name: string) => ["probe", name] as const,
  /** `Bell`: what an instance has done of late in a lane; written by it alone. */
  bell: (instance: string, lane: number) => ["bell", instance, lane] as const,
  bells: (instance: string) => ["bell", instance] as const,
  /** Ids of the instances that are taken to live. */
  instances: () => ["instances"] as const,
  /** `Lease`: changes for as long as the instance lives. */
  lease: (instance: string) => ["instance", instance] as const,
  /** Changes whenever the list of rooms does. */
  directory: () => ["directory"] as const,
  /** A record that an instance keeps for the others while it lives. */
  kept: (instance: string, room: RoomId | undefined, key: string) =>
    ["member", instance, room ?? "", key] as const,
  keptBy: (instance: string) => ["member", instance] as const,
  /** `NameClaim`: who has a name that is unique in its room. */
  name: (room: RoomId, name: string) => ["name", room, name] as const,
  names: () => ["name"] as const,
  /** The next user number that is not in an allocated block. */
  userNumberNext: () => ["user_number_next"] as const,
};

/** Entries with consecutive seqs, of one epoch; at least one. */
export type Chunk = readonly Entry[];

/** Entries of one room in the journal. */
export interface JournalPart {
  readonly room: RoomId;
  readonly entries: Chunk;
  /** At least what they take when serialised. */
  readonly bytes: number;
}

/** A text that replaced a message's own. */
export interface TextRevision {
  readonly text: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** Who has a unique name. */
export interface NameClaim {
  readonly instance: string;
  readonly session: SessionId;
}

/** What came of a send with an idempotency key. */
export interface SendRecord {
  readonly epoch: number;
  readonly seq: number;
  /** Of what was sent; another one under the same key is a conflict. */
  readonly digest: string;
  /** ms since the epoch; the sweeper deletes it some time after that. */
  readonly expiresAt: number;
}
