/**
 * The client of parley's own protocol, `parley.v1`: one file, no dependency,
 * for browsers, Deno and Node.
 *
 * ```js
 * import { connect } from "http://127.0.0.1:3000/client.js";
 *
 * const chat = await connect();
 * const room = chat.room("general");
 * room.on("changed", () => render(room.messages));
 * await room.join();
 * await room.send("hello"); // Resolves once it is on the server's disk.
 * ```
 *
 * What it takes off your hands: a lost socket comes back by itself and each room
 * goes on where it was, without a gap or a double; if that cannot be, a `gap`
 * event says so. What you send is kept until the server has it, over a reload
 * too, and takes effect once.
 *
 * Times are ms since the epoch, durations are ms.
 *
 * @module
 */

// ---- values ----

/** Somebody who talks. */
export interface User {
  /** A UUID; the same after a rename. */
  readonly id: string;
  /** Small and readable: guests without a name are told apart by it. */
  readonly number: number;
  /** May be empty. */
  readonly name: string;
  /** Whether there is an account or a host application behind the name. */
  readonly verified: boolean;
}

/** A place in a room's log. */
export interface Position {
  /** The life of the log; to be compared only. */
  readonly epoch: string;
  /** 1, 2, 3, …; 0 before the first entry. */
  readonly seq: number;
}

/**
 * A message as it is now: edits, deletion and reactions are in it. It is never
 * changed; a newer state is another object.
 */
export interface Message {
  /**
   * Stays the same from the moment you send it: the send key of what this
   * client sent, else the id. Meant as the key of a rendered list.
   */
  readonly key: string;
  /** `sending` until the server has it on disk. */
  readonly status: "sending" | "stored";
  /** A ULID; absent while sending. */
  readonly id?: string;
  /** Its place in the room's log; absent while sending. */
  readonly seq?: number;
  readonly at: number;
  readonly author: User;
  /** Whether the author is this client's user. */
  readonly mine: boolean;
  /** Empty once deleted. */
  readonly text: string;
  /** The seq of the message that this one answers. */
  readonly replyTo?: number;
  /** What the sender put beside the text. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** The dialect that it was written in. */
  readonly via?: string;
  readonly editedAt?: number;
  readonly deleted: boolean;
  /** Ids of users, by reaction. */
  readonly reactions: Readonly<Record<string, readonly string[]>>;
}

/** The server's word that something is on its disk. */
export interface Ack {
  /** The room's id. */
  readonly room: string;
  /** A ULID. */
  readonly id: string;
  readonly epoch: string;
  readonly seq: number;
  readonly at: number;
  /** The server had it already: this was a retry. */
  readonly duplicate: boolean;
}

/** A promise of the ack, with the key of the message that is shown meanwhile. */
export type Sending = Promise<Ack> & { readonly key: string };

/** Messages from a room's history. */
export interface HistoryPage {
  readonly epoch: string;
  /** Oldest first. */
  readonly messages: readonly Message[];
  readonly more: { readonly before: boolean; readonly after: boolean };
  /** What to ask for the neighbouring pages. */
  readonly next: { readonly before?: number; readonly after?: number };
}

/** A room in a list of rooms. */
export interface RoomSummary {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly number: number;
  readonly memberCount: number;
  /** The newest entry; null in a room that nobody has used of late. */
  readonly head: Position | null;
  /** The seq that the user has read up to; 0: nothing was ever marked. */
  readonly readSeq: number;
  /** null: nothing was ever marked. */
  readonly unread: number | null;
  /** The id of the other one, in a direct room. */
  readonly directWith: string | undefined;
}

/** What the server allows, as it said; null is no limit. */
export interface ServerLimits {
  readonly frameBytesMax: number | null;
  readonly textBytesMax: number | null;
  readonly dataBytesMax: number | null;
  readonly roomIdBytesMax: number | null;
  readonly nameBytesMax: number | null;
  readonly keyBytesMax: number | null;
  readonly reactionBytesMax: number | null;
  readonly roomsPerSessionMax: number | null;
  readonly requestsPerSecondMax: number | null;
  readonly requestsBurstMax: number | null;
  readonly sendsInFlightMax: number | null;
  readonly historyPageMax: number | null;
  readonly membersListedMax: number | null;
  /** How long the server knows a send key. */
  readonly sendKeyTtlMs: number | null;
  readonly tokenTtlMs: number | null;
}

/**
 * A refusal, by the server or by this client.
 *
 * The server's codes are in parley's README. Codes of this client: `offline`
 * (asked while there is no connection), `lost` (the connection was lost before
 * the answer; it may have been done), `left`, `stopped`, `ended`,
 * `outbox_full`, `list_full`, `not_stored` (a message that is still being sent
 * cannot be changed), `slow_consumer`, `user_changed`, `expired` (it waited
 * longer than `outboxAgeMsMax`), `unknown_outcome` (it was sent, no answer came,
 * and the server no longer knows its key: look whether it is there).
 */
export class ParleyError extends Error {
  constructor(
    code: string,
    message: string,
    options?: { retryable?: boolean; retryAfterMs?: number | undefined },
  );
  readonly code: string;
  /** Whether the same may succeed later. */
  readonly retryable: boolean;
  /** How long to wait first, if the server said so. */
  readonly retryAfterMs: number | undefined;
}

// ---- events ----

/** Whether there is a connection; `chat.state` is the newest of these. */
export type ConnectionState =
  | { readonly type: "idle" }
  | { readonly type: "connecting" }
  | { readonly type: "online"; readonly user: User }
  | {
    readonly type: "offline";
    /** When it will be tried again. */
    readonly retryAt: number;
    readonly reason: string;
    /** The socket's closing code, if there was one. */
    readonly code?: number;
  }
  | {
    /** It will not be tried again: a closing code of 4500 to 4999, or a refused identity. */
    readonly type: "ended";
    readonly reason: string;
    readonly code: number | string;
  }
  | { readonly type: "stopped" };

type StateOf<T extends ConnectionState["type"]> = Extract<
  ConnectionState,
  { type: T }
>;

/** The events of a client, by type. */
export interface ClientEvents {
  connecting: StateOf<"connecting">;
  online: StateOf<"online">;
  offline: StateOf<"offline">;
  ended: StateOf<"ended">;
  stopped: StateOf<"stopped">;
  /** Any of those above; not in `events()`, which gives those. */
  state: { readonly type: "state"; readonly state: ConnectionState };
  /** `chat.user` is another one, has another name or has an account now. */
  user: {
    readonly type: "user";
    readonly user: User;
    readonly former: User | undefined;
    /** `expired`: the token was refused, so this is a new guest. */
    readonly reason:
      | "connected"
      | "expired"
      | "signed_in"
      | "signed_up"
      | "signed_out"
      | "renamed";
  };
  /** What waited to be sent was given up, in any room. */
  refused: RoomEvents["refused"];
  /** A complaint of the server about no request, a handler that threw, a storage that failed. */
  error: { readonly type: "error"; readonly error: unknown };
}

/**
 * Where an entry came from: `history` at the first join, `missed` while there
 * was no connection, `live` otherwise.
 */
export type Phase = "history" | "missed" | "live";

interface RoomEvent<T extends string> {
  readonly type: T;
  readonly room: Room;
}

interface EntryEvent<T extends string> extends RoomEvent<T> {
  readonly phase: Phase;
  /** The entry's own place, not that of what it changes. */
  readonly seq: number;
  readonly at: number;
  readonly author: User;
}

interface ChangeEvent<T extends string> extends EntryEvent<T> {
  /** The seq of the message that was changed. */
  readonly target: number;
  /** As it is now; absent if it is not in `room.messages`. */
  readonly message?: Message;
}

/** The events of a room, by type. */
export interface RoomEvents {
  message: EntryEvent<"message"> & { readonly message: Message };
  edited: ChangeEvent<"edited"> & { readonly text: string };
  deleted: ChangeEvent<"deleted">;
  reacted: ChangeEvent<"reacted"> & {
    readonly reaction: string;
    readonly removed: boolean;
  };
  /** The room and its log were closed; if it reopens, with an empty one. */
  closed: EntryEvent<"closed"> & { readonly reopens: boolean };
  /** The room is joined and up to date: at first, and after each return. */
  joined: RoomEvent<"joined">;
  /** After a return nothing is missing: so much was caught up. */
  resumed: RoomEvent<"resumed"> & {
    readonly messages: number;
    /** Messages, edits, deletions, reactions. */
    readonly entries: number;
  };
  /** After a return something is gone. `room.messages` begins anew. */
  gap: RoomEvent<"gap"> & {
    /**
     * `truncated`: older than the server keeps. `new_epoch`: the log was begun
     * anew. `ahead`: the server has less than this client saw.
     */
    readonly reason: "truncated" | "new_epoch" | "ahead";
    /** The seqs that are gone, if they can be told. */
    readonly lost?: { readonly fromSeq: number; readonly toSeq: number };
  };
  arrived: RoomEvent<"arrived"> & { readonly user: User };
  departed: RoomEvent<"departed"> & { readonly user: User };
  renamed: RoomEvent<"renamed"> & {
    readonly user: User;
    readonly oldName: string;
  };
  /** Who is there, or how many, is otherwise than before. */
  members: RoomEvent<"members"> & {
    readonly members: readonly User[];
    readonly memberCount: number;
  };
  typing: RoomEvent<"typing"> & {
    readonly user: User;
    readonly isTyping: boolean;
  };
  /** The user has read up to `seq`, here or elsewhere. */
  read: RoomEvent<"read"> & { readonly seq: number; readonly unread: number };
  /** Something of this client is on the server's disk. */
  sent: RoomEvent<"sent"> & { readonly key: string; readonly ack: Ack };
  /** Something that waited to be sent was given up. */
  refused: RoomEvent<"refused"> & {
    readonly key: string;
    readonly kind: "send" | "edit" | "delete" | "react";
    /** What was to be said, by `send` and `edit`: to put it back into the box. */
    readonly text: string | undefined;
    readonly error: ParleyError;
  };
  /** The server took this client out of the room or did not let it in. */
  ended: RoomEvent<"ended"> & { readonly error: ParleyError };
  /** `room.messages` or another property is otherwise than before; not in `events()`. */
  changed: RoomEvent<"changed">;
}

/** Who tells of events. A handler that throws disturbs nobody. */
export interface Emitter<Events> {
  /** @returns A function that takes the handler off again. */
  on<T extends keyof Events>(
    type: T,
    handler: (event: Events[T]) => unknown,
  ): () => void;
  /** As `on`, for the next event only. */
  once<T extends keyof Events>(
    type: T,
    handler: (event: Events[T]) => unknown,
  ): () => void;
  off<T extends keyof Events>(
    type: T,
    handler: (event: Events[T]) => unknown,
  ): void;
  /**
   * All events from now on, for `for await`.
   *
   * What is not fetched yet is queued, up to `queueMax` events (default:
   * `eventsQueuedMax`). If more come, those queued are still given, then the
   * loop throws a `ParleyError` with the code `slow_consumer`. It ends without
   * one when the room is left or the client is stopped.
   */
  events(
    options?: { queueMax?: number },
  ): AsyncIterableIterator<Events[keyof Events]>;
}

// ---- options ----

/** This client's own limits, with their defaults. */
export const CLIENT_LIMITS: ClientLimits;

export interface ClientLimits {
  /** The first pause before a new try; each is twice the one before … */
  readonly backoffMsMin: number;
  /** … up to this one. Half of every pause is chance. */
  readonly backoffMsMax: number;
  /** A connection that held this long begins the pauses anew. */
  readonly stableMs: number;
  /** How long the server may take to say welcome. */
  readonly connectMsMax: number;
  /** Silence for so long after a request: the connection is lost. */
  readonly answerMsMax: number;
  /** The same for the ping when the page is looked at again. */
  readonly checkMsMax: number;
  /** Messages that `room.messages` holds; the oldest fall out. */
  readonly messagesMax: number;
  /** Messages that the first join brings. */
  readonly historyMessages: number;
  /** Events that wait in one `events()`. */
  readonly eventsQueuedMax: number;
  /** What may wait to be sent, in all rooms. */
  readonly outboxEntriesMax: number;
  /** What waited longer is given up. */
  readonly outboxAgeMsMax: number;
  /** "Is typing" is repeated so often while one types. */
  readonly typingRepeatMs: number;
}

/** Where identity and outbox are kept: `localStorage` and the like. */
export interface ClientStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** A storage that lasts as long as the process. */
export function memoryStorage(): ClientStorage;

/** What a page tells: the network is back, the reader looks again. */
export interface Page {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
  readonly isHidden: boolean;
}

export interface ClientOptions {
  /** The name of a guest who has none yet. */
  readonly name?: string;
  /** A token of the host's own application, or what makes one for each connection. */
  readonly jwt?: string | (() => string | Promise<string>);
  /** Default: `localStorage` in a page, else `memoryStorage()`. */
  readonly storage?: ClientStorage;
  readonly limits?: Partial<ClientLimits>;
  /** Default: the global one. Node 20 has none: give `WebSocket` of npm's `ws`. */
  // deno-lint-ignore no-explicit-any -- three runtimes, three types
  readonly WebSocket?: new (url: string, protocol: string) => any;
  /** Default: the page, where there is one. */
  readonly page?: Page;
  /** For tests: the time in ms. */
  readonly now?: () => number;
  /** For tests: from 0 up to 1. */
  readonly random?: () => number;
  /** For tests. */
  readonly setTimeout?: (run: () => void, ms: number) => unknown;
  /** For tests. */
  readonly clearTimeout?: (timer: unknown) => void;
}

/** A name and its password. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

// ---- client and rooms ----

/**
 * Makes a client and starts it.
 *
 * @param url Where parley listens: `http:`, `https:`, `ws:` or `wss:`. Default:
 * the server that this file came from.
 * @returns Once it is online for the first time, however long that takes.
 * @throws {ParleyError} If the server says not to come back.
 */
export function connect(
  url?: string | URL,
  options?: ClientOptions,
): Promise<ParleyClient>;

/** One user's connection to one server, over any number of sockets. */
export class ParleyClient implements Emitter<ClientEvents> {
  /** @throws {TypeError} If the URL is none, or there is no WebSocket. */
  constructor(url?: string | URL, options?: ClientOptions);
  /** Where it connects to. */
  readonly url: string;
  readonly state: ConnectionState;
  /** Who one is; undefined until online for the first time. */
  readonly user: User | undefined;
  /** What the server allows; undefined until online for the first time. */
  readonly limits: ServerLimits | undefined;
  /** The room that the server is entered by; undefined until online. */
  readonly lobby: string | undefined;
  /** How many sends, edits, deletions and reactions wait for their ack. */
  readonly waiting: number;

  /**
   * Connects, and comes back after each loss. Need not be awaited: rooms can be
   * joined and messages sent at once. After `stop()`, or an `ended`, it starts
   * anew.
   *
   * @returns This client, once it is online.
   */
  start(): Promise<ParleyClient>;
  /** Closes the connection. What waits stays in the storage. */
  stop(): void;
  /** Drops the socket as if the network had: it comes back by itself. */
  dropSocket(): void;

  signIn(credentials: Credentials): Promise<User>;
  /** Makes an account. A guest keeps its id, so what it wrote stays its own. */
  signUp(credentials: Credentials): Promise<User>;
  /** Makes one a new guest. What still waits to be sent is refused. */
  signOut(): Promise<User>;
  /** Renames a guest. */
  rename(name: string): Promise<User>;

  /** A room by its id; always the same object. */
  room(id: string): Room;
  /** The private room with another user; always the same object. */
  direct(userId: string): Room;
  /** Public rooms and own direct ones. */
  rooms(): Promise<{ rooms: RoomSummary[]; more: boolean }>;
  /** Accounts. */
  users(
    options?: { search?: string },
  ): Promise<{ users: (User & { online: boolean })[]; total: number }>;

  on: Emitter<ClientEvents>["on"];
  once: Emitter<ClientEvents>["once"];
  off: Emitter<ClientEvents>["off"];
  events: Emitter<ClientEvents>["events"];
}

/** One room as this client sees it. Made by `room()` and `direct()`. */
export class Room implements Emitter<RoomEvents> {
  private constructor();
  /** Undefined in a direct room until it is joined. */
  readonly id: string | undefined;
  readonly title: string | undefined;
  readonly kind: string | undefined;
  readonly createdAt: number | undefined;
  /** The id of the other one, in a direct room. */
  readonly directWith: string | undefined;
  /** Whether it is joined and up to date. */
  readonly isJoined: boolean;
  /** Up to where this client has the log. */
  readonly position: Position | undefined;
  /**
   * The newest messages, oldest first, then those that are being sent. A new
   * array after each change.
   */
  readonly messages: readonly Message[];
  /** Whether `loadEarlier()` may find more. */
  readonly hasEarlier: boolean;
  /** Empty in a room with more members than are listed. */
  readonly members: readonly User[];
  readonly memberCount: number;
  /** Who is typing. */
  readonly typists: readonly User[];
  /** The seq that the user has read up to. */
  readonly readSeq: number;
  /** Messages behind `readSeq`, one's own too. */
  readonly unread: number;

  /**
   * Goes into the room and stays until `leave()`, over every loss of the
   * connection.
   *
   * @returns Once the room is up to date.
   * @throws {ParleyError} The server's refusal, or `left`.
   */
  join(options?: { history?: number }): Promise<Room>;
  leave(): void;

  /**
   * Says something. It is in `messages` at once and is sent when there is a
   * connection, in order, until the server has it or refuses it for good.
   */
  send(
    text: string,
    options?: {
      replyTo?: Message | number;
      data?: Readonly<Record<string, unknown>>;
    },
  ): Sending;
  /** Changes an own message; sent like one. */
  edit(message: Message | number, text: string): Sending;
  /** Deletes an own message; sent like one. */
  delete(message: Message | number): Sending;
  /** Reacts, or takes a reaction back; sent like a message. */
  react(
    message: Message | number,
    reaction: string,
    options?: { remove?: boolean },
  ): Sending;
  /** Tells the members that one types; may be called at each key. */
  typing(isTyping?: boolean): void;
  /** Marks as read up to a message, by default up to the newest. */
  markRead(upTo?: Message | number): void;

  /**
   * Asks for older or newer messages; `messages` stays as it is. A direct room
   * must have been joined.
   */
  history(
    options?: {
      before?: number;
      after?: number;
      around?: number;
      limit?: number;
    },
  ): Promise<HistoryPage>;
  /**
   * Puts older messages in front of `messages`.
   *
   * @returns How many were added.
   * @throws {ParleyError} `list_full` if there is no place for any.
   */
  loadEarlier(limit?: number): Promise<number>;
  /** Asks who is there, with the number of each one's sessions. */
  fetchMembers(): Promise<
    { members: (User & { sessions: number })[]; memberCount: number }
  >;

  on: Emitter<RoomEvents>["on"];
  once: Emitter<RoomEvents>["once"];
  off: Emitter<RoomEvents>["off"];
  events: Emitter<RoomEvents>["events"];
}
