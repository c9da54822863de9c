// @ts-self-types="./client.d.ts"
/**
 * The client of parley's own protocol, `parley.v1`: one file, no dependency,
 * for browsers, Deno and Node. What it does for its user is told in client.d.ts;
 * here is told how, in these parts:
 *
 * limits and refusals · events · storage · messages · outbox · connection ·
 * room · client
 *
 * A frame is handled to its end before the next one, without awaiting: some
 * runtimes give several frames in one turn, so what must be in order is done in
 * callbacks. Promises are only for the user.
 *
 * @module
 */
/** @import * as api from "./client.d.ts" */

/**
 * A frame as it is on the wire.
 *
 * @typedef {Record<string, any>} Frame
 */
/**
 * @typedef {object} Answer What happens with the answer to a request.
 * @property {(result: Frame) => unknown} ok
 * @property {(error: ParleyError) => unknown} error
 */
/**
 * @typedef {object} Ports What the client needs of its surroundings.
 * @property {new (url: string, protocol: string) => any} WebSocket
 * @property {api.ClientStorage} storage
 * @property {api.Page | undefined} page
 * @property {() => number} now
 * @property {() => number} random
 * @property {(run: () => void, ms: number) => unknown} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {api.ClientLimits} limits
 */

// ---- limits and refusals ----

const PROTOCOL = "parley.v1";

/** @type {api.ClientLimits} */
export const CLIENT_LIMITS = Object.freeze({
  backoffMsMin: 500,
  backoffMsMax: 30_000,
  stableMs: 10_000,
  connectMsMax: 10_000,
  answerMsMax: 10_000,
  checkMsMax: 4_000,
  messagesMax: 2_000,
  historyMessages: 50,
  eventsQueuedMax: 10_000,
  outboxEntriesMax: 1_000,
  outboxAgeMsMax: 7 * 24 * 60 * 60 * 1_000,
  typingRepeatMs: 3_000,
});

/** Closing codes from here to 4999 mean: do not come back. */
const FINAL_CODE_MIN = 4_500;
const FINAL_CODE_MAX = 4_999;
/** A room whose log never fits is joined anew so often; then the socket goes. */
const REJOINS_MAX = 3;
/** Until the server has said how long it knows a send key. */
const SEND_KEY_TTL_MS = 60 * 60 * 1_000;
/** A retry must arrive before its key is forgotten. */
const SEND_KEY_MARGIN_MS = 60_000;

/** @implements {api.ParleyError} */
export class ParleyError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{ retryable?: boolean, retryAfterMs?: number | undefined }} [options]
   */
  constructor(code, message, options = {}) {
    super(message);
    this.name = "ParleyError";
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** @param {Frame} frame */
function refusalOf(frame) {
  const { code, message, retryable, retry_after_ms: retryAfterMs } = frame;
  return new ParleyError(String(code), String(message), {
    retryable,
    retryAfterMs,
  });
}

/** @param {string} act */
function offline(act) {
  const message = `Cannot ${act}: there is no connection`;
  return new ParleyError("offline", message, { retryable: true });
}

function userChanged() {
  const message = "Cannot send: the user who wrote it is no longer here";
  return new ParleyError("user_changed", message);
}

/**
 * Whether it is no word of the server's: the connection is over.
 *
 * @param {ParleyError} error
 */
function isUnanswered({ code }) {
  return code === "lost" || code === "stopped";
}

/**
 * Half of the pause is certain, the other half is chance: so a thousand clients
 * do not come back in the same moment.
 *
 * @param {number} attempts Failed ones so far.
 * @param {Ports} ports
 */
function backoffMs(attempts, { limits, random }) {
  const pauseMs = limits.backoffMsMin * 2 ** Math.min(attempts, 30);
  return Math.min(limits.backoffMsMax, pauseMs) * (1 + random()) / 2;
}

/**
 * @template T
 * @typedef {object} Deferred
 * @property {Promise<T>} promise
 * @property {(value: T) => void} resolve
 * @property {(error: ParleyError) => void} reject
 */

/**
 * A promise that need not be waited for: what it rejects with is told by an
 * event too.
 */
function deferred() {
  /** @type {Omit<Deferred<any>, "promise">} */
  let settle = { resolve: () => {}, reject: () => {} };
  const promise = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {});
  return { promise, ...settle };
}

// ---- events ----

/** What one `for await` has not fetched yet. */
class EventQueue {
  /** @type {any[]} */
  #events = [];
  /** @type {{ resolve(result: any): void, reject(error: unknown): void }[]} */
  #readers = [];
  #isOpen = true;
  /** @type {ParleyError | undefined} */
  #failure;
  #queueMax;
  #onClose;

  /**
   * @param {number} queueMax
   * @param {(queue: EventQueue) => void} onClose
   */
  constructor(queueMax, onClose) {
    this.#queueMax = queueMax;
    this.#onClose = onClose;
  }

  /** @param {unknown} event */
  push(event) {
    const reader = this.#readers.shift();
    if (reader) return reader.resolve({ value: event, done: false });
    if (this.#events.length < this.#queueMax) {
      this.#events.push(event);
      return;
    }
    const message = `Cannot queue events: ${this.#queueMax} wait to be read`;
    this.#failure = new ParleyError("slow_consumer", message);
    this.close();
  }

  /** No more events; those queued are still given. */
  close() {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onClose(this);
    for (const reader of this.#readers.splice(0)) {
      reader.resolve({ value: undefined, done: true });
    }
  }

  /** @returns {Promise<IteratorResult<any>>} */
  next() {
    if (this.#events.length > 0) {
      return Promise.resolve({ value: this.#events.shift(), done: false });
    }
    if (this.#isOpen) {
      return new Promise((resolve, reject) =>
        this.#readers.push({ resolve, reject })
      );
    }
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) return Promise.reject(failure);
    return Promise.resolve({ value: undefined, done: true });
  }

  /** @returns {Promise<IteratorResult<any>>} */
  return() {
    this.close();
    this.#events = [];
    this.#failure = undefined;
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

/**
 * @template Events
 * @implements {api.Emitter<Events>}
 */
class Emitter {
  /** @type {Map<keyof Events, Map<(event: any) => unknown, boolean>>} */
  #handlers = new Map();
  /** @type {Set<EventQueue>} */
  #queues = new Set();
  #queueMax;
  #report;

  /**
   * @param {number} queueMax
   * @param {(error: unknown) => void} report Is told what a handler throws.
   */
  constructor(queueMax, report) {
    this.#queueMax = queueMax;
    this.#report = report;
  }

  /**
   * @template {keyof Events} T
   * @param {T} type
   * @param {(event: Events[T]) => unknown} handler
   */
  on(type, handler) {
    return this.#add(type, handler, false);
  }

  /**
   * @template {keyof Events} T
   * @param {T} type
   * @param {(event: Events[T]) => unknown} handler
   */
  once(type, handler) {
    return this.#add(type, handler, true);
  }

  /**
   * @template {keyof Events} T
   * @param {T} type
   * @param {(event: Events[T]) => unknown} handler
   */
  off(type, handler) {
    this.#handlers.get(type)?.delete(handler);
  }

  /** @param {{ queueMax?: number }} [options] */
  events(options = {}) {
    const queueMax = options.queueMax ?? this.#queueMax;
    const queue = new EventQueue(queueMax, (one) => this.#queues.delete(one));
    this.#queues.add(queue);
    return queue;
  }

  /**
   * Tells handlers and queues.
   *
   * @internal
   * @param {Events[keyof Events]} event
   */
  emit(event) {
    for (const queue of [...this.#queues]) queue.push(event);
    this.hint(event);
  }

  /**
   * Tells handlers only.
   *
   * @internal
   * @param {Events[keyof Events]} event
   */
  hint(event) {
    const { type } = /** @type {any} */ (event);
    for (const [handler, isOnce] of [...this.#handlersOf(type)]) {
      if (isOnce) this.off(type, handler);
      this.#call(handler, event);
    }
  }

  /**
   * @internal
   * @param {keyof Events} type
   */
  hasHandler(type) {
    return this.#handlersOf(type).size > 0;
  }

  /** @internal */
  closeQueues() {
    for (const queue of [...this.#queues]) queue.close();
  }

  /**
   * @param {keyof Events} type
   * @param {(event: any) => unknown} handler
   * @param {boolean} isOnce
   */
  #add(type, handler, isOnce) {
    const handlers = this.#handlersOf(type);
    handlers.set(handler, isOnce);
    this.#handlers.set(type, handlers);
    return () => this.off(type, handler);
  }

  /** @param {keyof Events} type */
  #handlersOf(type) {
    return this.#handlers.get(type) ?? new Map();
  }

  /**
   * @param {(event: any) => unknown} handler
   * @param {unknown} event
   */
  #call(handler, event) {
    try {
      const result = handler(event);
      if (result instanceof Promise) result.catch(this.#report);
    } catch (error) {
      this.#report(error);
    }
  }
}

// ---- storage ----

/** @returns {api.ClientStorage} */
export function memoryStorage() {
  /** @type {Map<string, string>} */
  const values = new Map();
  return {
    get length() {
      return values.size;
    },
    key: (index) => [...values.keys()][index] ?? null,
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

/** @returns {{ hidden: boolean, baseURI: string } | undefined} */
function documentOfPage() {
  return /** @type {any} */ (globalThis).document;
}

function defaultStorage() {
  try {
    if (documentOfPage() && globalThis.localStorage) return localStorage;
  } catch {
    // Storage may be forbidden in a page.
  }
  return memoryStorage();
}

/** @returns {api.Page | undefined} */
function defaultPage() {
  const document = documentOfPage();
  if (!document) return undefined;
  return {
    addEventListener: (type, listener) => addEventListener(type, listener),
    removeEventListener: (type, listener) =>
      removeEventListener(type, listener),
    get isHidden() {
      return document.hidden;
    },
  };
}

/** This server's part of a storage, in JSON. A storage that fails costs only what it would have kept. */
class Drawer {
  #storage;
  #prefix;
  #report;

  /**
   * @param {api.ClientStorage} storage
   * @param {string} url
   * @param {(error: unknown) => void} report
   */
  constructor(storage, url, report) {
    this.#storage = storage;
    this.#prefix = `parley ${url} `;
    this.#report = report;
  }

  /**
   * @param {string} name
   * @returns {any} Undefined if there is nothing, or nothing that can be read.
   */
  read(name) {
    try {
      const json = this.#storage.getItem(this.#prefix + name);
      return json === null ? undefined : JSON.parse(json);
    } catch {
      return undefined;
    }
  }

  /**
   * @param {string} name
   * @param {object} value
   * @returns {boolean} Whether it is kept.
   */
  write(name, value) {
    try {
      this.#storage.setItem(this.#prefix + name, JSON.stringify(value));
      return true;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }

  /** @param {string} name */
  remove(name) {
    try {
      this.#storage.removeItem(this.#prefix + name);
    } catch (error) {
      this.#report(error);
    }
  }

  /** @param {string} beginning */
  names(beginning) {
    const names = [];
    try {
      for (let i = 0; i < this.#storage.length; i++) {
        const key = this.#storage.key(i) ?? "";
        if (key.startsWith(this.#prefix + beginning)) {
          names.push(key.slice(this.#prefix.length));
        }
      }
    } catch (error) {
      this.#report(error);
    }
    return names;
  }
}

// ---- messages ----

/**
 * @param {Frame} wire
 * @returns {api.User}
 */
function userOf({ id, number, name, verified }) {
  return { id, number, name, verified };
}

/**
 * @param {Frame} wire A message of a history or of a log.
 * @param {string | undefined} userId
 * @returns {api.Message & { seq: number }}
 */
function messageOf(wire, userId) {
  return {
    key: wire.id,
    status: "stored",
    id: wire.id,
    seq: wire.seq,
    at: wire.at,
    author: userOf(wire.author),
    mine: wire.author.id === userId,
    text: wire.deleted ? "" : wire.text,
    ...wire.reply_to !== undefined && { replyTo: wire.reply_to },
    ...wire.data !== undefined && { data: wire.data },
    ...wire.via !== undefined && { via: wire.via },
    ...wire.edited_at !== undefined && { editedAt: wire.edited_at },
    deleted: wire.deleted === true,
    reactions: wire.reactions ?? {},
  };
}

/**
 * A message after an edit, a deletion or a reaction. Doing it twice, or on a
 * message that was read later than the change, makes no difference.
 *
 * @template {api.Message} M
 * @param {M} message
 * @param {Frame} entry
 * @returns {M}
 */
function revise(message, entry) {
  if (message.deleted) return message;
  switch (entry.kind) {
    case "edited":
      if ((message.editedAt ?? 0) > entry.at) return message;
      return { ...message, text: entry.text, editedAt: entry.at };
    case "deleted":
      return { ...message, text: "", deleted: true, reactions: {} };
    case "reacted":
      return { ...message, reactions: react(message.reactions, entry) };
    default:
      return message;
  }
}

/**
 * @param {api.Message["reactions"]} reactions
 * @param {Frame} entry
 */
function react(reactions, { reaction, author, removed }) {
  // By a Map: others may react with "toString".
  const all = new Map(Object.entries(reactions));
  const others = (all.get(reaction) ?? []).filter((id) => id !== author.id);
  const users = removed ? others : [...others, author.id];
  if (users.length === 0) all.delete(reaction);
  else all.set(reaction, users);
  return Object.fromEntries(all);
}

/** The newest messages of a room as they are now, in the order of its log. */
class Timeline {
  /** Ascending: a Map keeps the order in which keys came. */
  #messages = /** @type {Map<number, api.Message & { seq: number }>} */ (
    new Map()
  );
  /** Acked, but not told yet by the room. */
  #expected = /** @type {Map<number, api.Message & { seq: number }>} */ (
    new Map()
  );
  /** Told by the room, but not acked yet: send key to seq. */
  #claimed = /** @type {Map<string, number>} */ (new Map());
  /** Changes since pages of history were asked for, which may be older. */
  #revisions = /** @type {Frame[]} */ ([]);
  #pagesAsked = 0;
  #messagesMax;
  /** The seq in front of which earlier messages are to be looked for. */
  earlierThan = 1;

  /** @param {number} messagesMax */
  constructor(messagesMax) {
    this.#messagesMax = messagesMax;
  }

  get space() {
    return this.#messagesMax - this.#messages.size;
  }

  /** @param {number} seq */
  get(seq) {
    return this.#messages.get(seq);
  }

  /** @returns {number | undefined} */
  get newestSeq() {
    return [...this.#messages.keys()].at(-1);
  }

  /**
   * @param {readonly api.Message[]} sending
   * @returns {readonly api.Message[]}
   */
  list(sending) {
    return [
      ...this.#messages.values(),
      ...this.#expected.values(),
      ...sending.filter(({ key }) => !this.#claimed.has(key)),
    ];
  }

  /** @param {Frame} from The position that the log is followed from. */
  reset(from) {
    this.#messages.clear();
    this.#expected.clear();
    this.#claimed.clear();
    this.earlierThan = from.seq + 1;
  }

  /**
   * @param {api.Message & { seq: number }} message Newer than all others.
   * @param {string | undefined} sendKey The key it was probably sent with.
   * @returns The message as it is kept.
   */
  append(message, sendKey) {
    const { seq } = message;
    const key = this.#expected.get(seq)?.key ?? sendKey ?? message.key;
    this.#expected.delete(seq);
    if (key === sendKey) this.#claimed.set(key, seq);
    const kept = { ...message, key };
    this.#messages.set(seq, kept);
    while (this.#messages.size > this.#messagesMax) this.#dropOldest();
    return kept;
  }

  /**
   * @param {Frame} entry An edit, a deletion or a reaction.
   * @returns The message as it is now, if it is here.
   */
  revise(entry) {
    if (this.#pagesAsked > 0) this.#revisions.push(entry);
    const message = this.#messages.get(entry.target);
    if (!message) return undefined;
    const revised = revise(message, entry);
    this.#messages.set(entry.target, revised);
    return revised;
  }

  /**
   * @param {api.Message} sent
   * @param {api.Ack} ack
   * @param {boolean} isComing Whether the room is still to tell it.
   */
  acknowledge(sent, { id, seq, at }, isComing) {
    if (this.#claimed.get(sent.key) !== seq) this.unclaim(sent.key);
    this.#claimed.delete(sent.key);
    const known = this.#messages.get(seq);
    if (known) this.#messages.set(seq, { ...known, key: sent.key });
    else if (isComing) {
      this.#expected.set(seq, { ...sent, status: "stored", id, seq, at });
    }
  }

  /** @param {string} sendKey It was another message. */
  unclaim(sendKey) {
    const seq = this.#claimed.get(sendKey);
    this.#claimed.delete(sendKey);
    const message = seq === undefined ? undefined : this.#messages.get(seq);
    if (!message?.id) return;
    this.#messages.set(message.seq, { ...message, key: message.id });
  }

  pageAsked() {
    this.#pagesAsked += 1;
  }

  /** @param {readonly (api.Message & { seq: number })[]} page May be none. */
  prepend(page) {
    const earlier = page.filter(({ seq }) => !this.#messages.has(seq))
      .slice(-Math.max(this.space, 0))
      .map((message) =>
        this.#revisions.filter(({ target }) => target === message.seq)
          .reduce(revise, message)
      );
    this.#pagesAsked -= 1;
    if (this.#pagesAsked === 0) this.#revisions = [];
    const all = [...earlier, ...this.#messages.values()];
    this.#messages = new Map(all.map((message) => [message.seq, message]));
    return earlier.length;
  }

  /** @param {string | undefined} userId */
  setUser(userId) {
    for (const [seq, message] of this.#messages) {
      const mine = message.author.id === userId;
      if (mine !== message.mine) this.#messages.set(seq, { ...message, mine });
    }
  }

  #dropOldest() {
    const [oldest, next] = this.#messages.keys();
    if (oldest !== undefined) this.#messages.delete(oldest);
    if (next !== undefined) this.earlierThan = next;
  }
}

// ---- outbox ----

/**
 * @typedef {object} Kept What is kept of an entry in the storage.
 * @property {string} key
 * @property {string} lane The room's: `room <id>` or `direct <user's id>`.
 * @property {string | null} userId Who wrote it; null before one was known.
 * @property {Frame & { type: "send" | "edit" | "delete" | "react" }} body
 * @property {number} writtenAt
 * @property {string} [epoch] Where its target is.
 * @property {number} [sentAt] When it was sent for the first time.
 * @property {api.Position} [sentBehind] What the room had told by then.
 */
/**
 * @typedef {Kept & {
 *   isKept: boolean,
 *   isOnItsWay: boolean,
 *   needsMember: boolean,
 *   attempts: number,
 *   settle?: { resolve(ack: api.Ack): void, reject(error: ParleyError): void },
 * }} Entry
 */
/**
 * @typedef {object} OutboxHost
 * @property {boolean} isOnline
 * @property {api.User | undefined} user
 * @property {number} sendKeyTtlMs
 * @property {(frame: Frame, answer: Answer) => void} ask
 * @property {(lane: string) => Room} roomOf
 * @property {(error: ParleyError, entry: Entry) => void} onRefused
 */

/**
 * Whether it is what was kept: others may write into the storage of a page.
 *
 * @param {Kept | undefined} kept
 * @returns {kept is Kept}
 */
function isEntry(kept) {
  const texts = [kept?.key, kept?.lane, kept?.body?.type];
  return texts.every((text) => typeof text === "string");
}

/**
 * What waits for its ack. In a lane (a room) one is sent at a time, so order
 * survives refusals; each has a key, so it may be sent again, and by several
 * tabs, and still takes effect once.
 */
class Outbox {
  /** In the order in which they were written. */
  #entries = /** @type {Entry[]} */ ([]);
  /** Lanes that wait until the server may take more, with their timers. */
  #pauses = /** @type {Map<string, unknown>} */ (new Map());
  #drawer;
  #ports;
  #host;
  #lastKeyMs = 0;
  #lastKeyNumber = 0;

  /**
   * @param {Drawer} drawer
   * @param {Ports} ports
   * @param {OutboxHost} host
   */
  constructor(drawer, ports, host) {
    this.#drawer = drawer;
    this.#ports = ports;
    this.#host = host;
  }

  get size() {
    return this.#entries.length;
  }

  /** @param {string} lane */
  of(lane) {
    return this.#entries.filter((entry) => entry.lane === lane);
  }

  /**
   * Takes in what an earlier page or another tab of this user has left.
   *
   * @param {string | undefined} userId
   */
  load(userId) {
    const known = new Set(this.#entries.map(({ key }) => key));
    for (const name of this.#drawer.names("outbox ")) {
      /** @type {Kept | undefined} */
      const kept = this.#drawer.read(name);
      if (!isEntry(kept) || known.has(kept.key)) continue;
      if (kept.userId !== null && kept.userId !== userId) {
        if (this.#isExpired(kept)) this.#drawer.remove(name);
        continue;
      }
      this.#entries.push({
        ...kept,
        isKept: true,
        isOnItsWay: false,
        needsMember: false,
        attempts: 0,
      });
    }
    this.#entries.sort((a, b) => a.key < b.key ? -1 : 1);
  }

  /**
   * @param {Room} room
   * @param {Kept["body"]} body
   * @returns {api.Sending}
   */
  post(room, body) {
    const entry = this.#write(room, body);
    /** @type {Deferred<api.Ack>} */
    const { promise, ...settle } = deferred();
    entry.settle = settle;
    const max = this.#ports.limits.outboxEntriesMax;
    if (this.#entries.length >= max) {
      const message = `Cannot ${body.type}: ${max} wait to be sent`;
      settle.reject(new ParleyError("outbox_full", message));
    } else {
      this.#entries.push(entry);
      entry.isKept = this.#keep(entry);
      room.changed();
      this.pump(entry.lane);
    }
    return Object.assign(promise, { key: entry.key });
  }

  /** Sends what can be sent. */
  pumpAll() {
    for (const lane of new Set(this.#entries.map(({ lane }) => lane))) {
      this.pump(lane);
    }
  }

  /**
   * Sends the first entry of a lane, if it is time.
   *
   * @param {string} lane
   * @returns {void}
   */
  pump(lane) {
    const entry = this.#entries.find((one) => one.lane === lane);
    if (!entry || entry.isOnItsWay || this.#pauses.has(lane)) return;
    const room = this.#host.roomOf(lane);
    const needsId = entry.body.type !== "send" && room.id === undefined;
    const maySend = room.maySend(entry.needsMember || needsId);
    if (!maySend || !this.#host.isOnline) return;
    if (this.#isDoneElsewhere(entry)) {
      this.#remove(entry);
      room.changed();
      return this.pump(lane);
    }
    const refusal = this.#refusalOf(entry, room);
    if (refusal) return this.#refuse(entry, refusal);
    this.#send(entry, room);
  }

  /** The connection is lost: all that was on its way will go again. */
  suspend() {
    for (const timer of this.#pauses.values()) this.#ports.clearTimeout(timer);
    this.#pauses.clear();
    for (const entry of this.#entries) {
      entry.isOnItsWay = false;
      entry.needsMember = false;
    }
  }

  /**
   * Gives up what another user wrote. What is on its way will be answered.
   *
   * @param {string | undefined} userId
   * @param {ParleyError} error
   */
  disown(userId, error) {
    const theirs = this.#entries.filter((entry) =>
      entry.userId === userId && !entry.isOnItsWay
    );
    for (const entry of theirs) this.#refuse(entry, error);
  }

  /** @param {string} userId What nobody wrote yet is this user's. */
  own(userId) {
    for (const entry of this.#entries) entry.userId ??= userId;
  }

  /** @param {ParleyError} error For those who wait; the entries stay kept. */
  abandon(error) {
    for (const { settle } of this.#entries) settle?.reject(error);
  }

  /**
   * @param {Room} room
   * @param {Kept["body"]} body
   * @returns {Entry}
   */
  #write(room, body) {
    const { epoch } = room.position ?? {};
    return {
      key: this.#makeKey(),
      lane: room.lane,
      userId: this.#host.user?.id ?? null,
      body,
      writtenAt: this.#ports.now(),
      ...seqOfTarget(body) !== undefined && epoch !== undefined && { epoch },
      isKept: false,
      isOnItsWay: false,
      needsMember: false,
      attempts: 0,
    };
  }

  /** Sorts by time; the rest is chance, so that no other tab makes the same. */
  #makeKey() {
    const { now, random } = this.#ports;
    this.#lastKeyMs = Math.max(this.#lastKeyMs, now());
    this.#lastKeyNumber += 1;
    const chance = () => random().toString(36).slice(2, 10);
    const time = this.#lastKeyMs.toString(36).padStart(9, "0");
    const number = this.#lastKeyNumber.toString(36).padStart(4, "0");
    return `${time}-${number}-${chance()}${chance()}`;
  }

  /** @param {Entry} entry */
  #keep({ key, lane, userId, body, writtenAt, epoch, sentAt, sentBehind }) {
    /** @type {any} */
    const kept = { key, lane, userId, body, writtenAt };
    return this.#drawer.write(`outbox ${key}`, {
      ...kept,
      epoch,
      sentAt,
      sentBehind,
    });
  }

  /** @param {Kept} entry */
  #isExpired({ writtenAt }) {
    const ageMs = this.#ports.now() - writtenAt;
    return ageMs > this.#ports.limits.outboxAgeMsMax;
  }

  /**
   * Whether another tab had its ack. Who waits for the ack here sends it again,
   * which has no effect but to bring the ack.
   *
   * @param {Entry} entry
   */
  #isDoneElsewhere(entry) {
    if (!entry.isKept) return false;
    const kept = this.#drawer.read(`outbox ${entry.key}`);
    if (kept === undefined && entry.settle === undefined) return true;
    entry.sentAt ??= kept === undefined ? entry.writtenAt : kept.sentAt;
    return false;
  }

  /**
   * @param {Entry} entry
   * @param {Room} room
   */
  #refusalOf(entry, room) {
    const { body, epoch, sentAt, userId } = entry;
    if (userId !== null && userId !== this.#host.user?.id) {
      return userChanged();
    }
    if (this.#isExpired(entry)) {
      return new ParleyError("expired", `Cannot ${body.type}: it is too old`);
    }
    const usableMs = this.#host.sendKeyTtlMs - SEND_KEY_MARGIN_MS;
    if (sentAt !== undefined && this.#ports.now() - sentAt > usableMs) {
      const message = `Cannot ${body.type} again: the server forgot its key`;
      return new ParleyError("unknown_outcome", message);
    }
    if (epoch !== undefined && room.position?.epoch !== epoch) {
      const message = `Cannot ${body.type}: the room was begun anew`;
      if (room.position) return new ParleyError("gone", message);
    }
    return undefined;
  }

  /**
   * @param {Entry} entry
   * @param {Room} room
   */
  #send(entry, room) {
    if (entry.sentAt === undefined) {
      entry.sentAt = this.#ports.now();
      if (room.position) entry.sentBehind = room.position;
      if (entry.isKept) this.#keep(entry);
    }
    entry.isOnItsWay = true;
    const frame = { ...entry.body, ...room.address, key: entry.key };
    this.#host.ask(frame, {
      ok: (result) => this.#onAck(entry, room, result),
      error: (error) => this.#onError(entry, room, error),
    });
  }

  /**
   * @param {Entry} entry
   * @param {Room} room
   * @param {Frame} result
   */
  #onAck(entry, room, { room: id, id: ulid, epoch, seq, at, duplicate }) {
    const ack = { room: id, id: ulid, epoch, seq, at, duplicate: !!duplicate };
    this.#remove(entry);
    room.acknowledged(entry, ack);
    entry.settle?.resolve(ack);
    this.pump(entry.lane);
  }

  /**
   * @param {Entry} entry
   * @param {Room} room
   * @param {ParleyError} error
   */
  #onError(entry, room, error) {
    entry.isOnItsWay = false;
    if (isUnanswered(error)) return;
    if (error.retryable) return this.#pause(entry, error);
    if (error.code !== "not_member" || entry.needsMember) {
      return this.#refuse(entry, error);
    }
    entry.needsMember = true;
    if (room.isJoined) this.pump(entry.lane);
  }

  /**
   * @param {Entry} entry
   * @param {ParleyError} error
   */
  #pause(entry, { retryAfterMs }) {
    const { lane } = entry;
    const pauseMs = retryAfterMs ?? backoffMs(entry.attempts, this.#ports);
    entry.attempts += 1;
    const resume = () => {
      this.#pauses.delete(lane);
      this.pump(lane);
    };
    this.#pauses.set(lane, this.#ports.setTimeout(resume, pauseMs));
  }

  /**
   * @param {Entry} entry
   * @param {ParleyError} error
   */
  #refuse(entry, error) {
    this.#remove(entry);
    this.#host.onRefused(error, entry);
    entry.settle?.reject(error);
    this.pump(entry.lane);
  }

  /** @param {Entry} entry */
  #remove(entry) {
    this.#entries = this.#entries.filter((one) => one !== entry);
    this.#drawer.remove(`outbox ${entry.key}`);
  }
}

// ---- connection ----

/**
 * @typedef {object} Loss
 * @property {string} reason
 * @property {number} [code] The socket's closing code.
 * @property {number | undefined} [retryAfterMs]
 */

/**
 * So many frames a server takes: it is sent fewer, so that it need refuse none.
 * Half of its burst is left for what the network bunches together.
 */
class Pace {
  #perMs;
  #burst;
  #left;
  #at;

  /**
   * @param {Partial<api.ServerLimits>} limits
   * @param {number} now
   */
  constructor({ requestsPerSecondMax, requestsBurstMax }, now) {
    this.#perMs = (requestsPerSecondMax ?? Infinity) * 0.9 / 1_000;
    this.#burst = Math.max(1, (requestsBurstMax ?? Infinity) / 2);
    this.#left = this.#burst;
    this.#at = now;
  }

  /**
   * @param {number} now
   * @returns {number} How long to wait, in ms; 0: it is taken.
   */
  take(now) {
    const gained = now > this.#at ? (now - this.#at) * this.#perMs : 0;
    this.#left = Math.min(this.#burst, this.#left + gained);
    this.#at = now;
    if (this.#left < 1) return Math.ceil((1 - this.#left) / this.#perMs);
    this.#left -= 1;
    return 0;
  }
}

/** One socket: requests, their answers, and whether it still lives. */
class Connection {
  /** @type {Map<number, Answer & { timer: unknown }>} */
  #asked = new Map();
  #lastId = 0;
  /** What is to be sent, in JSON. */
  #queue = /** @type {string[]} */ ([]);
  #pace;
  #paceTimer = /** @type {unknown} */ (undefined);
  #frameBytesMax = Infinity;
  #heardAt = 0;
  #retryAt = 0;
  #isChecking = false;
  #ports;
  #socket;
  #onFrame;
  #onLost;
  #connectTimer;
  #pingTimer = /** @type {unknown} */ (undefined);
  #sweepTimer = /** @type {unknown} */ (undefined);
  isOver = false;

  /**
   * @param {Ports} ports
   * @param {string} url
   * @param {{ onFrame(frame: Frame): void, onLost(loss: Loss): void }} hooks
   */
  constructor(ports, url, { onFrame, onLost }) {
    this.#ports = ports;
    this.#pace = new Pace({}, ports.now());
    this.#onFrame = onFrame;
    this.#onLost = onLost;
    this.#socket = new ports.WebSocket(url, PROTOCOL);
    this.#connectTimer = ports.setTimeout(
      () => this.lose({ reason: "the server does not answer" }),
      ports.limits.connectMsMax,
    );
    this.#listen();
  }

  /**
   * @param {Frame} frame
   * @param {Answer} answer
   * @param {number} [silenceMsMax] So long without any frame: it is lost.
   */
  ask(frame, answer, silenceMsMax = this.#ports.limits.answerMsMax) {
    const id = ++this.#lastId;
    const text = JSON.stringify({ ...frame, id });
    const refusal = this.#refusalOf(frame, text);
    if (refusal) return answer.error(refusal);
    const { now } = this.#ports;
    let askedAt = now();
    const wait = (/** @type {number} */ ms) =>
      this.#ports.setTimeout(() => {
        // A clock that was set back must not hide a dead socket.
        askedAt = Math.min(askedAt, now());
        this.#heardAt = Math.min(this.#heardAt, now());
        const silenceMs = now() - Math.max(askedAt, this.#heardAt);
        if (silenceMs >= silenceMsMax) {
          return this.lose({ reason: "the server does not answer" });
        }
        asked.timer = wait(silenceMsMax - silenceMs);
      }, ms);
    const asked = { ...answer, timer: wait(silenceMsMax) };
    this.#asked.set(id, asked);
    this.#queue.push(text);
    this.#flush();
  }

  /** @param {api.ServerLimits} limits The server has said welcome. */
  welcomed(limits) {
    this.#ports.clearTimeout(this.#connectTimer);
    this.#pace = new Pace(limits, this.#ports.now());
    this.#frameBytesMax = limits.frameBytesMax ?? Infinity;
  }

  /** @param {number} pingMs */
  startHeartbeat(pingMs) {
    this.#pingTimer = this.#ports.setTimeout(() => {
      this.check(this.#ports.limits.answerMsMax);
      if (!this.isOver) this.startHeartbeat(pingMs);
    }, pingMs);
  }

  /** @param {number} silenceMsMax A socket that looks open may be dead. */
  check(silenceMsMax) {
    if (this.#isChecking || this.isOver) return;
    this.#isChecking = true;
    const done = () => this.#isChecking = false;
    this.ask({ type: "ping" }, { ok: done, error: done }, silenceMsMax);
  }

  /**
   * Ends it; what was asked is answered by an error.
   *
   * @param {Loss} loss
   */
  lose(loss) {
    if (this.isOver) return;
    this.#end();
    const retryAfterMs = this.#retryAt - this.#ports.now();
    this.#onLost({ retryAfterMs, ...loss });
    const message = `Cannot tell the outcome: ${loss.reason}`;
    this.#refuseAll(new ParleyError("lost", message, { retryable: true }));
  }

  /** Ends it without telling of a loss. */
  close() {
    if (this.isOver) return;
    this.#end();
    this.#refuseAll(new ParleyError("stopped", "Cannot ask: it was stopped"));
  }

  #end() {
    this.isOver = true;
    const { clearTimeout } = this.#ports;
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#paceTimer);
    clearTimeout(this.#pingTimer);
    clearTimeout(this.#sweepTimer);
    this.#socket.close();
  }

  #listen() {
    const socket = this.#socket;
    socket.addEventListener(
      "message",
      (/** @type {MessageEvent} */ event) => this.#hear(event.data),
    );
    socket.addEventListener(
      "close",
      (/** @type {CloseEvent} */ { code, reason }) =>
        this.lose({ reason: reason || "the connection was lost", code }),
    );
    // What went wrong is told by `close`.
    socket.addEventListener("error", () => {});
  }

  /** @param {unknown} data */
  #hear(data) {
    if (this.isOver) return;
    this.#heardAt = this.#ports.now();
    try {
      this.#handle(JSON.parse(String(data)));
    } catch (error) {
      this.lose({ reason: `the server sent what cannot be read: ${error}` });
    }
  }

  /** @param {Frame} frame */
  #handle(frame) {
    if (frame.type !== "ok" && frame.type !== "error") {
      return this.#onFrame(frame);
    }
    const asked = this.#asked.get(frame.id);
    if (asked === undefined) {
      if (frame.type === "error") this.#onUnnamedRefusal(frame);
      return;
    }
    this.#asked.delete(frame.id);
    this.#ports.clearTimeout(asked.timer);
    if (frame.type === "ok") asked.ok(frame.result ?? {});
    else asked.error(refusalOf(frame));
  }

  /**
   * A refusal of a frame as such names no request. Requests are answered in
   * order by a ping's answer: what is unanswered then was meant.
   *
   * @param {Frame} frame
   */
  #onUnnamedRefusal(frame) {
    const error = refusalOf(frame);
    const waitMs = error.retryAfterMs ?? 0;
    this.#retryAt = this.#ports.now() + waitMs;
    if (this.#asked.size === 0) return this.#onFrame(frame);
    this.#ports.clearTimeout(this.#sweepTimer);
    this.#sweepTimer = this.#ports.setTimeout(() => {
      const pingId = this.#lastId + 1;
      const ok = () => this.#refuseAll(error, pingId);
      this.ask({ type: "ping" }, { ok, error: () => {} });
    }, waitMs);
  }

  /**
   * @param {ParleyError} error
   * @param {number} [before] An id.
   */
  #refuseAll(error, before = Infinity) {
    for (const [id, asked] of this.#asked) {
      if (id >= before) continue;
      this.#asked.delete(id);
      this.#ports.clearTimeout(asked.timer);
      asked.error(error);
    }
  }

  /**
   * @param {Frame} frame
   * @param {string} text
   */
  #refusalOf({ type }, text) {
    if (this.isOver) return offline(type);
    const max = this.#frameBytesMax;
    // A unit of UTF-16 is at most three bytes.
    if (text.length * 3 <= max) return undefined;
    const bytes = new TextEncoder().encode(text).length;
    if (bytes <= max) return undefined;
    const message = `Cannot ${type}: ${bytes} of ${max} bytes`;
    return new ParleyError("too_long", message);
  }

  #flush() {
    const { now, setTimeout } = this.#ports;
    this.#ports.clearTimeout(this.#paceTimer);
    while (this.#queue.length > 0) {
      const waitMs = this.#pace.take(now());
      if (waitMs > 0) {
        this.#paceTimer = setTimeout(() => this.#flush(), waitMs);
        return;
      }
      const text = this.#queue.shift();
      // One that is closing drops it; its end is told soon.
      if (this.#socket.readyState === 1) this.#socket.send(text);
    }
  }
}

// ---- room ----

/**
 * @typedef {object} RoomHost
 * @property {boolean} isOnline
 * @property {api.User | undefined} user
 * @property {api.ServerLimits | undefined} limits
 * @property {string} guestName
 * @property {Outbox} outbox
 * @property {Ports} ports
 * @property {(frame: Frame, answer: Answer) => void} ask
 * @property {(act: string, frame: Frame) => Promise<Frame>} request
 * @property {(room: Room) => void} onNamed The room's id is known.
 * @property {(reason: string) => void} drop
 * @property {(error: unknown) => void} report
 */

/**
 * @implements {api.Room}
 * @extends {Emitter<api.RoomEvents>}
 */
export class Room extends Emitter {
  #host;
  #directTo;
  #timeline;
  /**
   * `out`; `waiting` for a connection or a retry; `joining`, until the answer;
   * `paging`, until caught up; `live`.
   */
  #stage = "out";
  #isWanted = false;
  #historyMessages = 0;
  /** @type {Deferred<Room> | undefined} */
  #joining;
  #phase = /** @type {api.Phase} */ ("history");
  /** What the pages after a return brought; undefined if something is gone. */
  #caughtUp = /** @type {{ messages: number, entries: number } | undefined} */ (
    undefined
  );
  #reopens = false;
  /** Joins so far: the answer to an earlier one is of no interest. */
  #visits = 0;
  #rejoins = 0;
  #attempts = 0;
  #retryTimer = /** @type {unknown} */ (undefined);
  #members = /** @type {Map<string, api.User>} */ (new Map());
  #isListed = false;
  #typists = /** @type {Map<string, api.User>} */ (new Map());
  #typedAt = -Infinity;
  /** Up to here the server has counted what is unread. */
  #countedSeq = 0;
  #readWanted = 0;
  #isReadAsked = false;
  #list = /** @type {readonly api.Message[] | undefined} */ (undefined);

  id = /** @type {string | undefined} */ (undefined);
  title = /** @type {string | undefined} */ (undefined);
  kind = /** @type {string | undefined} */ (undefined);
  createdAt = /** @type {number | undefined} */ (undefined);
  directWith = /** @type {string | undefined} */ (undefined);
  directName = /** @type {string | undefined} */ (undefined);
  position = /** @type {api.Position | undefined} */ (undefined);
  hasEarlier = false;
  memberCount = 0;
  readSeq = 0;
  unread = 0;

  /**
   * @internal
   * @param {RoomHost} host
   * @param {{ id?: string, directTo?: string }} address
   */
  constructor(host, { id, directTo }) {
    super(host.ports.limits.eventsQueuedMax, host.report);
    this.#host = host;
    this.id = id;
    this.#directTo = directTo;
    this.#timeline = new Timeline(host.ports.limits.messagesMax);
  }

  // What one sees.

  get isJoined() {
    return this.#stage === "live";
  }

  get messages() {
    this.#list ??= this.#timeline.list(this.#sending());
    return this.#list;
  }

  get members() {
    return [...this.#members.values()];
  }

  get typists() {
    return [...this.#typists.values()];
  }

  // What one does.

  /** @param {{ history?: number }} [options] */
  join(options = {}) {
    if (this.#isWanted && this.#stage === "live") return Promise.resolve(this);
    const { historyMessages } = this.#host.ports.limits;
    this.#historyMessages = options.history ?? historyMessages;
    this.#joining ??= deferred();
    const { promise } = this.#joining;
    if (!this.#isWanted) {
      this.#isWanted = true;
      this.#stage = "waiting";
      this.enter();
    }
    return promise;
  }

  leave() {
    if (!this.#isWanted) return;
    const isIn = this.#stage !== "waiting" && this.id !== undefined;
    if (isIn) this.#host.ask({ type: "leave", room: this.id }, SILENT);
    this.#goOut(new ParleyError("left", "Cannot join: the room was left"));
  }

  /**
   * @param {string} text
   * @param {{ replyTo?: api.Message | number, data?: api.Message["data"] }} [options]
   */
  send(text, { replyTo, data } = {}) {
    // The server takes it for the end of typing.
    this.#typedAt = -Infinity;
    return this.#host.outbox.post(this, {
      type: "send",
      text,
      ...replyTo !== undefined && { reply_to: seqOf(replyTo) },
      ...data !== undefined && { data },
    });
  }

  /**
   * @param {api.Message | number} message
   * @param {string} text
   */
  edit(message, text) {
    return this.#change(message, { type: "edit", text });
  }

  /** @param {api.Message | number} message */
  delete(message) {
    return this.#change(message, { type: "delete" });
  }

  /**
   * @param {api.Message | number} message
   * @param {string} reaction
   * @param {{ remove?: boolean }} [options]
   */
  react(message, reaction, { remove } = {}) {
    const removing = remove ? { remove } : {};
    return this.#change(message, { type: "react", reaction, ...removing });
  }

  typing(isTyping = true) {
    const { now, limits } = this.#host.ports;
    const wasTyping = now() - this.#typedAt < limits.typingRepeatMs;
    if (!this.isJoined || isTyping === wasTyping) return;
    this.#typedAt = isTyping ? now() : -Infinity;
    this.#host.ask({ type: "typing", room: this.id, on: isTyping }, SILENT);
  }

  /** @param {api.Message | number} [upTo] */
  markRead(upTo) {
    const seq = upTo === undefined ? this.#timeline.newestSeq : seqOf(upTo);
    if (seq === undefined || seq <= this.#readWanted) return;
    this.#readWanted = seq;
    this.#sendRead();
  }

  /** @param {{ before?: number, after?: number, around?: number, limit?: number }} [options] */
  async history({ before, after, around, limit } = {}) {
    const result = await this.#request("read the history", {
      type: "history",
      before,
      after,
      around,
      limit,
    });
    const { epoch, more, next } = result;
    const messages = result.messages.map((/** @type {Frame} */ wire) =>
      messageOf(wire, this.#host.user?.id)
    );
    return { epoch, messages, more, next };
  }

  async loadEarlier(limit = this.#host.ports.limits.historyMessages) {
    const timeline = this.#timeline;
    if (timeline.space < 1) {
      const { messagesMax } = this.#host.ports.limits;
      const message = `Cannot load earlier messages: there are ${messagesMax}`;
      throw new ParleyError("list_full", message);
    }
    const before = timeline.earlierThan;
    const max = this.#host.limits?.historyPageMax ?? Infinity;
    timeline.pageAsked();
    try {
      const page = await this.history({
        before,
        limit: Math.min(limit, max, timeline.space),
      });
      return this.#addEarlier(before, page);
    } catch (error) {
      timeline.prepend([]);
      throw error;
    }
  }

  async fetchMembers() {
    const act = "list the members";
    const result = await this.#request(act, { type: "members" });
    const members = result.members.map((/** @type {Frame} */ wire) => ({
      ...userOf(wire),
      sessions: wire.sessions,
    }));
    return { members, memberCount: result.member_count };
  }

  // What the client tells it.

  /**
   * Under this name its messages are kept in the outbox.
   *
   * @internal
   */
  get lane() {
    return this.#directTo === undefined
      ? `room ${this.id}`
      : `direct ${this.#directTo}`;
  }

  /** @internal */
  get address() {
    return this.id === undefined
      ? { direct: this.#directTo }
      : { room: this.id };
  }

  /**
   * Whether what waits may be sent: not before a room that one wants to be in
   * has been joined.
   *
   * @internal
   * @param {boolean} needsMember
   */
  maySend(needsMember) {
    return this.isJoined || !this.#isWanted && !needsMember;
  }

  /**
   * Joins if it is wanted and there is a connection, where it was or anew.
   *
   * @internal
   */
  enter() {
    if (!this.#isWanted || !this.#host.isOnline) return;
    this.#clearRetry();
    this.#stage = "joining";
    const history = this.#historyMessages;
    const place = { ...this.address, after: this.position, history };
    const visit = ++this.#visits;
    const isStill = () => this.#isWanted && this.#visits === visit;
    this.#host.ask({ type: "join", ...place }, {
      ok: (result) => isStill() ? this.#begin(result) : this.#onLate(result),
      error: (error) => isStill() && this.#onEntryRefused(error),
    });
  }

  /**
   * The connection is lost.
   *
   * @internal
   */
  suspend() {
    this.#clearRetry();
    this.#isReadAsked = false;
    if (!this.#isWanted) return;
    this.#stage = "waiting";
    this.#typists.clear();
    this.changed();
  }

  /**
   * @internal
   * @param {ParleyError} error For who waits for the join; it stays wanted.
   */
  abandon(error) {
    this.#joining?.reject(error);
    this.#joining = undefined;
  }

  /**
   * The user is another one.
   *
   * @internal
   */
  onUserChanged() {
    this.#timeline.setUser(this.#host.user?.id);
    if (this.#directTo !== undefined) {
      this.id = undefined;
      this.#beginAnew(undefined);
    }
    this.#readWanted = 0;
    this.suspend();
    this.enter();
  }

  /**
   * @internal
   * @param {Entry} entry
   * @param {api.Ack} ack
   */
  acknowledged(entry, ack) {
    if (entry.body.type === "send") {
      const isComing = this.#isWanted && this.position?.epoch === ack.epoch &&
        this.position.seq < ack.seq;
      this.#timeline.acknowledge(this.#pendingOf(entry), ack, isComing);
    }
    this.emit({ type: "sent", room: this, key: entry.key, ack });
    this.changed();
  }

  /**
   * @internal
   * @param {Entry} entry
   * @param {ParleyError} error
   */
  refused({ key, body }, error) {
    this.#timeline.unclaim(key);
    const { type: kind, text } = body;
    /** @type {api.RoomEvents["refused"]} */
    const event = { type: "refused", room: this, key, kind, text, error };
    this.emit(event);
    this.changed();
    return event;
  }

  /** @internal */
  changed() {
    this.#list = undefined;
    this.hint({ type: "changed", room: this });
  }

  /**
   * @internal
   * @param {Frame} frame
   */
  receive(frame) {
    if (this.#stage !== "live" && this.#stage !== "paging") return;
    switch (frame.type) {
      case "events":
        return this.#onEvents(frame);
      case "caught_up":
        return this.#onCaughtUp(frame);
      case "ended":
        return this.#onEntryRefused(refusalOf(frame));
      case "arrived":
      case "departed":
      case "renamed":
      case "member_count":
        return this.#onMembers(frame);
      case "typing":
        return this.#onTyping(frame);
      case "read":
        return this.#onRead(frame);
    }
  }

  /**
   * Somebody wrote in this direct room, in which one is not.
   *
   * @internal
   * @param {Frame} frame
   */
  written({ direct_with: wire, unread }) {
    this.directWith = wire.id;
    this.directName = wire.name;
    this.unread = unread;
    this.changed();
  }

  // In and out.

  /** @param {Frame} result The answer to `join`. */
  #begin(result) {
    const { room, head, from, resumed, gap, lost } = result;
    this.id = room.id;
    this.title = room.title;
    this.kind = room.kind;
    this.createdAt = room.created_at;
    this.directWith = room.direct_with?.id;
    this.directName = room.direct_with?.name;
    this.#host.onNamed(this);
    // One is in already only if it was lost where this session is.
    if (result.already) return this.#rejoin();
    this.#stage = "paging";
    this.#phase = this.position ? "missed" : "history";
    this.#caughtUp = { messages: 0, entries: 0 };
    if (this.position && !resumed) this.#onGap(gap ?? "truncated", lost);
    if (!this.position) this.#beginAnew(from);
    this.#setMembers(result.members, result.member_count);
    this.readSeq = result.read?.seq ?? 0;
    this.unread = result.unread ?? 0;
    this.#countedSeq = head.seq;
    this.changed();
  }

  /** @param {Frame} result The answer to a join that is no longer wanted. */
  #onLate({ room }) {
    // Left before its id was known.
    if (this.#isWanted || this.id !== undefined) return;
    this.#host.ask({ type: "leave", room: room.id }, SILENT);
  }

  /** @param {Frame | undefined} from The position to go on from. */
  #beginAnew(from) {
    this.position = from && { epoch: from.epoch, seq: from.seq };
    this.#timeline.reset(from ?? { seq: 0 });
    this.hasEarlier = from !== undefined && from.seq > 0;
    this.#reopens = false;
  }

  /**
   * @param {api.RoomEvents["gap"]["reason"]} reason
   * @param {Frame | undefined} lost
   */
  #onGap(reason, lost) {
    this.position = undefined;
    this.#caughtUp = undefined;
    const seqs = lost && { fromSeq: lost.from_seq, toSeq: lost.to_seq };
    const known = seqs ? { lost: seqs } : {};
    this.emit({ type: "gap", room: this, reason, ...known });
  }

  /** @param {Frame} frame */
  #onCaughtUp({ epoch, seq, members, member_count: count }) {
    if (this.#stage !== "paging") return;
    if (this.position?.epoch !== epoch || this.position?.seq !== seq) {
      return this.#rejoin();
    }
    this.#stage = "live";
    this.#attempts = 0;
    if (count !== undefined) this.#setMembers(members, count);
    if (this.#phase === "missed" && this.#caughtUp) {
      this.emit({ type: "resumed", room: this, ...this.#caughtUp });
    }
    this.#phase = "live";
    this.emit({ type: "joined", room: this });
    this.#joining?.resolve(this);
    this.#joining = undefined;
    this.changed();
    this.#sendRead();
    this.#host.outbox.pump(this.lane);
  }

  /** What came proves that something is missing. */
  #rejoin() {
    this.#rejoins += 1;
    if (this.#rejoins > REJOINS_MAX) {
      this.#rejoins = 0;
      return this.#host.drop("the room's log does not fit together");
    }
    this.#host.ask({ type: "leave", room: this.id }, SILENT);
    this.enter();
  }

  /** @param {ParleyError} error Of the join, or of a membership. */
  #onEntryRefused(error) {
    if (isUnanswered(error)) return;
    if (!error.retryable) {
      this.#goOut(error);
      this.emit({ type: "ended", room: this, error });
      this.closeQueues();
      return this.#host.outbox.pump(this.lane);
    }
    const { ports } = this.#host;
    const pauseMs = error.retryAfterMs ?? backoffMs(this.#attempts, ports);
    this.#attempts += 1;
    this.#stage = "waiting";
    this.#retryTimer = ports.setTimeout(() => this.enter(), pauseMs);
  }

  /** @param {ParleyError} error For who waits for the join. */
  #goOut(error) {
    this.#clearRetry();
    this.#isWanted = false;
    this.#stage = "out";
    this.#members.clear();
    this.#typists.clear();
    this.abandon(error);
    this.changed();
    if (error.code === "left") this.closeQueues();
  }

  #clearRetry() {
    this.#host.ports.clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
  }

  // The log.

  /** @param {Frame} frame */
  #onEvents({ epoch, after, entries }) {
    if (this.position?.epoch !== epoch) {
      if (!this.#reopens || after !== 0) return this.#rejoin();
      this.#beginAnew({ epoch, seq: 0 });
    }
    const seq = this.position?.seq ?? 0;
    const isWhole = entries.every((
      /** @type {Frame} */ entry,
      /** @type {number} */ i,
    ) => entry.seq === after + 1 + i);
    if (after > seq || !isWhole) return this.#rejoin();
    for (const entry of entries.slice(seq - after)) {
      this.position = { epoch, seq: entry.seq };
      this.#apply(entry);
    }
    if (this.#stage === "live") this.#rejoins = 0;
    this.changed();
  }

  /** @param {Frame} entry */
  #apply(entry) {
    if (this.#caughtUp) this.#caughtUp.entries += 1;
    const { kind, text, reaction, removed, reopens } = entry;
    switch (kind) {
      case "message":
        return this.emit({
          ...this.#told(entry),
          message: this.#append(entry),
        });
      case "closed":
        return this.#onClosed({ ...this.#told(entry), reopens });
      case "edited":
        // Its message has been deleted since; that is told where it happened.
        return entry.deleted ? undefined : this.#onChange(entry, { text });
      case "deleted":
        return this.#onChange(entry, {});
      case "reacted":
        return this.#onChange(entry, { reaction, removed });
        // A newer server may know more kinds: they take their place in the log.
    }
  }

  /**
   * @param {Frame} entry
   * @param {Frame} what Of an edit or a reaction.
   */
  #onChange(entry, what) {
    const message = this.#timeline.revise(entry);
    const known = message ? { message } : {};
    const { target } = entry;
    this.emit({ ...this.#told(entry), target, ...what, ...known });
  }

  /** @param {Frame} entry What is told of every entry. */
  #told({ kind, seq, at, author: wire }) {
    const author = userOf(wire);
    return { type: kind, room: this, phase: this.#phase, seq, at, author };
  }

  /** @param {Frame} wire */
  #append(wire) {
    const message = messageOf(wire, this.#host.user?.id);
    const isFull = this.#timeline.space < 1;
    const kept = this.#timeline.append(message, this.#keyOf(message));
    if (isFull) this.hasEarlier = true;
    if (this.#caughtUp) this.#caughtUp.messages += 1;
    if (message.seq > this.#countedSeq) this.unread += 1;
    this.#typists.delete(message.author.id);
    return kept;
  }

  /**
   * The send key of the entry on its way that this message is, as far as one
   * can tell before its ack.
   *
   * @param {api.Message & { seq: number }} message
   */
  #keyOf({ mine, text, seq }) {
    const [first] = this.#host.outbox.of(this.lane);
    const behind = first?.sentBehind;
    const isIt = mine && first?.body.type === "send" &&
      first.body.text === text && behind !== undefined &&
      behind.epoch === this.position?.epoch && behind.seq < seq;
    return isIt ? first.key : undefined;
  }

  /** @param {api.RoomEvents["closed"]} event */
  #onClosed(event) {
    this.#beginAnew(this.position);
    this.hasEarlier = false;
    this.#reopens = event.reopens;
    this.#countedSeq = 0;
    this.#readWanted = 0;
    this.readSeq = 0;
    this.unread = 0;
    this.emit(event);
  }

  /**
   * @param {number} before
   * @param {api.HistoryPage} page
   */
  #addEarlier(before, { epoch, messages, more, next }) {
    const timeline = this.#timeline;
    const isStill = epoch === this.position?.epoch &&
      before === timeline.earlierThan;
    const earlier = /** @type {(api.Message & { seq: number })[]} */ (messages);
    const added = timeline.prepend(isStill ? earlier : []);
    if (!isStill) return 0;
    timeline.earlierThan = next.before ?? earlier[0]?.seq ?? before;
    this.hasEarlier = more.before;
    this.changed();
    return added;
  }

  /**
   * @param {api.Message | number} message
   * @param {Frame & { type: "edit" | "delete" | "react" }} body
   * @returns {api.Sending}
   */
  #change(message, body) {
    const seq = seqOf(message);
    if (seq !== undefined) {
      return this.#host.outbox.post(this, { ...body, seq });
    }
    const text = `Cannot ${body.type} a message: it is still being sent`;
    const { promise, reject } = deferred();
    reject(new ParleyError("not_stored", text));
    return Object.assign(promise, { key: "" });
  }

  #sending() {
    return this.#host.outbox.of(this.lane)
      .filter(({ body }) => body.type === "send")
      .map((entry) => this.#pendingOf(entry));
  }

  /**
   * @param {Entry} entry
   * @returns {api.Message}
   */
  #pendingOf({ key, body, writtenAt }) {
    const nobody = { id: "", number: 0, verified: false };
    return {
      key,
      status: "sending",
      at: writtenAt,
      author: this.#host.user ?? { ...nobody, name: this.#host.guestName },
      mine: true,
      text: body.text,
      ...body.reply_to !== undefined && { replyTo: body.reply_to },
      ...body.data !== undefined && { data: body.data },
      deleted: false,
      reactions: {},
    };
  }

  // Who is there, and what they do.

  /**
   * @param {Frame[] | undefined} members
   * @param {number} count
   */
  #setMembers(members, count) {
    this.#isListed = members !== undefined;
    const users = (members ?? []).map(userOf);
    this.#members = new Map(users.map((user) => [user.id, user]));
    this.memberCount = count;
    this.#tellMembers();
  }

  /** @param {Frame} frame */
  #onMembers({ type, user: wire, member_count: count, old_name: oldName }) {
    const user = wire && userOf(wire);
    if (type === "departed") {
      this.#members.delete(user.id);
      this.#typists.delete(user.id);
    } else if (type === "member_count") {
      this.#isListed = false;
      this.#members.clear();
    } else if (this.#isListed) {
      this.#members.set(user.id, user);
    }
    if (type !== "renamed") this.memberCount = count;
    if (type !== "member_count") {
      const former = type === "renamed" ? { oldName } : {};
      this.emit({ type, room: this, user, ...former });
      if (!this.#isListed) this.#refetchMembers();
    }
    this.#tellMembers();
    this.changed();
  }

  /** The room has become small enough to be listed. */
  #refetchMembers() {
    const max = this.#host.limits?.membersListedMax ?? Infinity;
    if (this.memberCount > max) return;
    this.#isListed = true;
    this.#host.ask({ type: "members", room: this.id }, {
      ok: (result) => {
        this.#setMembers(result.members, result.member_count);
        this.changed();
      },
      error: () => this.#isListed = false,
    });
  }

  #tellMembers() {
    const { members, memberCount } = this;
    this.emit({ type: "members", room: this, members, memberCount });
  }

  /** @param {Frame} frame */
  #onTyping({ user: wire, on }) {
    const user = userOf(wire);
    if (on) this.#typists.set(user.id, user);
    else this.#typists.delete(user.id);
    this.emit({ type: "typing", room: this, user, isTyping: on });
    this.changed();
  }

  #sendRead() {
    const seq = this.#readWanted;
    if (!this.isJoined || this.#isReadAsked || seq <= this.readSeq) return;
    this.#isReadAsked = true;
    this.#host.ask({ type: "read", room: this.id, seq }, {
      ok: (result) => {
        this.#isReadAsked = false;
        this.#onRead(result);
        this.#sendRead();
      },
      error: (error) => {
        this.#isReadAsked = false;
        if (!isUnanswered(error)) this.#readWanted = this.readSeq;
      },
    });
  }

  /** @param {Frame} frame */
  #onRead({ seq, unread }) {
    this.readSeq = Math.max(this.readSeq, seq);
    this.unread = unread;
    this.emit({ type: "read", room: this, seq: this.readSeq, unread });
    this.changed();
  }

  /**
   * @param {string} act
   * @param {Frame} frame
   */
  #request(act, frame) {
    return this.#host.request(act, { ...frame, ...this.address });
  }
}

/** @param {Kept["body"]} body */
function seqOfTarget({ seq, reply_to: replyTo }) {
  return seq ?? replyTo;
}

/** For requests whose answer changes nothing. */
const SILENT = { ok: () => {}, error: () => {} };

/** @param {api.Message | number} message */
function seqOf(message) {
  return typeof message === "number" ? message : message.seq;
}

// ---- client ----

/**
 * @param {string | URL | undefined} url
 * @returns {string}
 */
function socketUrl(url) {
  const absolute = url === undefined
    ? new URL("parley", import.meta.url)
    : new URL(url, documentOfPage()?.baseURI);
  absolute.protocol = absolute.protocol.replace("http", "ws");
  if (absolute.protocol !== "ws:" && absolute.protocol !== "wss:") {
    throw new TypeError(`Cannot connect to "${absolute}": it is no socket URL`);
  }
  absolute.hash = "";
  return absolute.href;
}

/**
 * @param {api.ClientOptions} options
 * @returns {Ports}
 */
function portsOf(options) {
  const WebSocket = options.WebSocket ?? globalThis.WebSocket;
  if (WebSocket === undefined) {
    throw new TypeError("Cannot connect: there is no WebSocket; give one");
  }
  return {
    WebSocket,
    storage: options.storage ?? defaultStorage(),
    page: options.page ?? defaultPage(),
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
    setTimeout: options.setTimeout ?? ((run, ms) => setTimeout(run, ms)),
    clearTimeout: options.clearTimeout ?? ((timer) => clearTimeout(timer)),
    limits: { ...CLIENT_LIMITS, ...options.limits },
  };
}

/**
 * @param {Frame} wire
 * @returns {any}
 */
function camelCase(wire) {
  const pairs = Object.entries(wire).map(([name, value]) => [
    name.replace(/_([a-z])/g, (_all, letter) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(pairs);
}

/**
 * @typedef {object} Identity Who one was, as it is kept.
 * @property {string} id
 * @property {string} token
 * @property {string} name
 * @property {boolean} verified
 */

/**
 * @implements {api.ParleyClient}
 * @extends {Emitter<api.ClientEvents>}
 */
export class ParleyClient extends Emitter {
  #options;
  #ports;
  #drawer;
  #outbox;
  #roomHost;
  /** By lane. */
  #rooms = /** @type {Map<string, Room>} */ (new Map());
  /** By id, once it is known. */
  #roomsById = /** @type {Map<string, Room>} */ (new Map());
  #identity = /** @type {Identity | undefined} */ (undefined);
  #connection = /** @type {Connection | undefined} */ (undefined);
  /** Requests on their way that make one somebody else. */
  #changes = 0;
  /** What a room told of one's name meanwhile. */
  #renamedTo = /** @type {Frame | undefined} */ (undefined);
  #retryTimer = /** @type {unknown} */ (undefined);
  #attempts = 0;
  #onlineAt = 0;
  #starting = /** @type {Deferred<ParleyClient> | undefined} */ (undefined);

  url;
  state = /** @type {api.ParleyClient["state"]} */ ({ type: "idle" });
  user = /** @type {api.User | undefined} */ (undefined);
  limits = /** @type {api.ServerLimits | undefined} */ (undefined);
  lobby = /** @type {string | undefined} */ (undefined);

  /**
   * @param {string | URL} [url]
   * @param {api.ClientOptions} [options]
   */
  constructor(url, options = {}) {
    const ports = portsOf(options);
    super(ports.limits.eventsQueuedMax, (error) => this.#report(error));
    this.url = socketUrl(url);
    this.#options = options;
    this.#ports = ports;
    const report = this.#report.bind(this);
    this.#drawer = new Drawer(ports.storage, this.url, report);
    this.#identity = this.#keptIdentity();
    this.#outbox = new Outbox(this.#drawer, ports, this.#makeOutboxHost());
    this.#roomHost = this.#makeRoomHost();
    this.#outbox.load(this.#identity?.id);
  }

  get waiting() {
    return this.#outbox.size;
  }

  start() {
    if (this.#starting) return this.#starting.promise;
    this.#starting = deferred();
    this.#ports.page?.addEventListener("online", this.#wake);
    this.#ports.page?.addEventListener("visibilitychange", this.#wake);
    this.#open();
    return this.#starting.promise;
  }

  stop() {
    if (this.state.type === "stopped") return;
    const error = new ParleyError("stopped", "Cannot go on: it was stopped");
    this.#finish({ type: "stopped" }, error);
    for (const room of this.#rooms.values()) room.closeQueues();
    this.closeQueues();
  }

  dropSocket() {
    this.#connection?.lose({ reason: "the socket was dropped" });
  }

  /** @param {api.Credentials} credentials */
  signIn({ name, password }) {
    const frame = { type: "hello", "sign_in": { name, password } };
    return this.#changeUser("sign in", frame, "signed_in");
  }

  /** @param {api.Credentials} credentials */
  signUp({ name, password }) {
    const frame = { type: "hello", "sign_up": { name, password } };
    return this.#changeUser("sign up", frame, "signed_up");
  }

  signOut() {
    return this.#changeUser("sign out", { type: "sign_out" }, "signed_out");
  }

  /** @param {string} name */
  rename(name) {
    return this.#changeUser("rename", { type: "rename", name }, "renamed");
  }

  /** @param {string} id */
  room(id) {
    const room = this.#roomsById.get(id) ?? this.#roomOf(`room ${id}`);
    this.#roomsById.set(id, room);
    return room;
  }

  /** @param {string} userId */
  direct(userId) {
    const known = [...this.#rooms.values()].find(({ directWith }) =>
      directWith === userId
    );
    return known ?? this.#roomOf(`direct ${userId}`);
  }

  async rooms() {
    const result = await this.#request("list rooms", { type: "rooms" });
    const rooms = result.rooms.map(summaryOf);
    return { rooms, more: result.more };
  }

  /** @param {{ search?: string }} [options] */
  async users({ search } = {}) {
    const frame = { type: "users", search };
    const result = await this.#request("list users", frame);
    const users = result.users.map((/** @type {Frame} */ wire) => ({
      ...userOf(wire),
      online: wire.online,
    }));
    return { users, total: result.total };
  }

  // Connecting and coming back.

  #open() {
    this.#retryTimer = undefined;
    this.#setState({ type: "connecting" });
    try {
      const connection = new Connection(this.#ports, this.url, {
        onFrame: (frame) => this.#receive(connection, frame),
        onLost: (loss) => this.#onLost(loss),
      });
      this.#connection = connection;
    } catch {
      this.#onLost({ reason: "no socket can be opened" });
    }
  }

  /**
   * @param {Connection} connection
   * @param {Frame} frame
   */
  #receive(connection, frame) {
    switch (frame.type) {
      case "welcome":
        return void this.#onWelcome(connection, frame);
      case "error":
        return this.emit({ type: "error", error: refusalOf(frame) });
      case "renamed":
        if (frame.user.id === this.user?.id) this.#onRenamed(frame.user);
        break;
      case "direct":
        return this.#onDirect(frame);
    }
    if (frame.room !== undefined) {
      this.#roomsById.get(frame.room)?.receive(frame);
    }
  }

  /** @param {Frame} frame */
  #onDirect(frame) {
    const { room: id, direct_with: wire, seq, unread } = frame;
    const user = userOf(wire);
    const room = this.#roomsById.get(id) ?? this.direct(user.id);
    this.#roomsById.set(id, room);
    // Told before the server knew that one is in it by now.
    if (!room.isJoined) room.written(frame);
    this.emit({ type: "direct", room, user, seq, unread });
  }

  /**
   * @param {Connection} connection
   * @param {Frame} welcome
   */
  async #onWelcome(connection, welcome) {
    try {
      const limits = camelCase(welcome.limits);
      this.limits = limits;
      connection.welcomed(limits);
      this.lobby = welcome.lobby;
      const { result, reason } = await this.#introduce(connection, welcome);
      if (connection.isOver) return;
      this.#become(result, reason);
      this.#goOnline(connection, welcome.ping_ms);
    } catch (error) {
      if (!connection.isOver) this.#onIdentityRefused(connection, error);
    }
  }

  /**
   * Says who one is.
   *
   * @param {Connection} connection
   * @param {Frame} welcome
   * @returns {Promise<{ result: Frame, reason: api.ClientEvents["user"]["reason"] }>}
   */
  async #introduce(connection, welcome) {
    const { name, jwt } = this.#options;
    const hello = (/** @type {Frame} */ frame) =>
      ask(connection, { type: "hello", ...frame });
    if (jwt !== undefined) {
      const token = typeof jwt === "string" ? jwt : await jwt();
      return { result: await hello({ jwt: token }), reason: "connected" };
    }
    for (const identity of this.#knownIdentities()) {
      const guest = identity.verified ? {} : { name: identity.name };
      try {
        const result = await hello({ token: identity.token, ...guest });
        return { result, reason: "connected" };
      } catch (error) {
        if (!(error instanceof ParleyError) || error.code !== "bad_token") {
          throw error;
        }
      }
    }
    const guestName = this.#identity?.name || name;
    const result = guestName ? await hello({ name: guestName }) : welcome;
    return { result, reason: this.#identity ? "expired" : "connected" };
  }

  /** @returns {Identity | undefined} */
  #keptIdentity() {
    const kept = this.#drawer.read("identity");
    return typeof kept?.token === "string" ? kept : undefined;
  }

  /** Another tab may have signed in or out: then its token is the better one. */
  *#knownIdentities() {
    const mine = this.#identity;
    if (mine) yield mine;
    const kept = this.#keptIdentity();
    if (kept && kept.token !== mine?.token) yield kept;
  }

  /**
   * @param {Connection} connection
   * @param {unknown} error
   */
  #onIdentityRefused(connection, error) {
    const isFresh = typeof this.#options.jwt === "function";
    if (error instanceof ParleyError && !error.retryable && !isFresh) {
      return this.#end(error.code, error.message);
    }
    const reason = error instanceof Error ? error.message : String(error);
    const retryAfterMs = error instanceof ParleyError ? error.retryAfterMs : 0;
    connection.lose({ reason, retryAfterMs });
  }

  /**
   * @param {Connection} connection
   * @param {number} pingMs
   */
  #goOnline(connection, pingMs) {
    this.#onlineAt = this.#ports.now();
    connection.startHeartbeat(pingMs);
    const user = /** @type {api.User} */ (this.user);
    this.#outbox.load(user.id);
    this.#setState({ type: "online", user });
    this.#starting?.resolve(this);
    for (const room of this.#rooms.values()) room.enter();
    this.#outbox.pumpAll();
  }

  /** @param {Loss} loss */
  #onLost({ reason, code, retryAfterMs }) {
    const wasOnline = this.state.type === "online";
    this.#connection = undefined;
    this.#suspend();
    if (
      code !== undefined && code >= FINAL_CODE_MIN && code <= FINAL_CODE_MAX
    ) {
      return this.#end(code, reason);
    }
    const { now, limits } = this.#ports;
    const wasStable = wasOnline && now() - this.#onlineAt >= limits.stableMs;
    if (wasStable) this.#attempts = 0;
    const pauseMs = Math.max(
      backoffMs(this.#attempts, this.#ports),
      retryAfterMs ?? 0,
    );
    this.#attempts += 1;
    this.#retryTimer = this.#ports.setTimeout(() => this.#open(), pauseMs);
    const retryAt = now() + pauseMs;
    const known = code === undefined ? {} : { code };
    this.#setState({ type: "offline", retryAt, reason, ...known });
  }

  /** The network is back, or the reader: no use in waiting any longer. */
  #wake = () => {
    if (this.#ports.page?.isHidden) return;
    if (this.state.type === "online") {
      return this.#connection?.check(this.#ports.limits.checkMsMax);
    }
    if (this.state.type !== "offline") return;
    this.#ports.clearTimeout(this.#retryTimer);
    this.#open();
  };

  /**
   * @param {number | string} code
   * @param {string} reason
   */
  #end(code, reason) {
    const error = new ParleyError("ended", `Cannot connect: ${reason}`);
    this.#finish({ type: "ended", code, reason }, error);
  }

  /**
   * @param {api.ClientEvents["ended" | "stopped"]} state
   * @param {ParleyError} error For all who wait.
   */
  #finish(state, error) {
    this.#ports.clearTimeout(this.#retryTimer);
    this.#ports.page?.removeEventListener("online", this.#wake);
    this.#ports.page?.removeEventListener("visibilitychange", this.#wake);
    this.#connection?.close();
    this.#connection = undefined;
    this.#suspend();
    this.#starting?.reject(error);
    this.#starting = undefined;
    this.#outbox.abandon(error);
    for (const room of this.#rooms.values()) room.abandon(error);
    this.#setState(state);
  }

  #suspend() {
    this.#outbox.suspend();
    for (const room of this.#rooms.values()) room.suspend();
  }

  /** @param {Exclude<api.ConnectionState, { type: "idle" }>} state */
  #setState(state) {
    this.state = state;
    this.emit(state);
    this.hint({ type: "state", state });
  }

  // Who one is.

  /**
   * @param {string} act
   * @param {Frame} frame
   * @param {api.ClientEvents["user"]["reason"]} reason
   */
  async #changeUser(act, frame, reason) {
    this.#changes += 1;
    try {
      const result = await this.#request(act, frame);
      this.#renamedTo = undefined;
      return this.#become(result, reason);
    } finally {
      this.#changes -= 1;
      const wire = this.#renamedTo;
      if (wire && this.#changes === 0) this.#onRenamed(wire);
    }
  }

  /**
   * @param {Frame} result
   * @param {api.ClientEvents["user"]["reason"]} reason
   */
  #become({ user: wire, token }, reason) {
    const former = this.user;
    const formerId = former?.id ?? this.#identity?.id;
    const user = userOf(wire);
    this.user = user;
    this.#rememberIdentity(token);
    if (formerId !== undefined && formerId !== user.id) {
      this.#outbox.disown(formerId, userChanged());
    }
    this.#outbox.own(user.id);
    const isSame = former?.id === user.id && former.name === user.name &&
      former.verified === user.verified;
    if (!isSame) {
      this.emit({ type: "user", user, former, reason });
    }
    if (former?.id !== user.id) {
      for (const room of this.#rooms.values()) room.onUserChanged();
    }
    return user;
  }

  /** @param {Frame} wire Renamed here or in another tab. */
  #onRenamed(wire) {
    // Rooms are told before the answer comes, which knows the reason.
    this.#renamedTo = this.#changes > 0 ? wire : undefined;
    if (this.#changes > 0 || wire.id !== this.user?.id) return;
    if (this.user?.name !== wire.name) this.#become({ user: wire }, "renamed");
  }

  /** @param {string | null | undefined} fresh Default: the one that is known. */
  #rememberIdentity(fresh) {
    const token = fresh ?? this.#identity?.token;
    if (token === undefined || this.#options.jwt !== undefined) return;
    const { id, name, verified } = /** @type {api.User} */ (this.user);
    this.#identity = { id, token, name, verified };
    this.#drawer.write("identity", this.#identity);
  }

  // For outbox and rooms.

  /** @returns {OutboxHost} */
  #makeOutboxHost() {
    // deno-lint-ignore no-this-alias -- for the getters
    const client = this;
    return {
      get isOnline() {
        return client.state.type === "online";
      },
      get user() {
        return client.user;
      },
      get sendKeyTtlMs() {
        return client.limits?.sendKeyTtlMs ?? SEND_KEY_TTL_MS;
      },
      ask: (frame, answer) => client.#connection?.ask(frame, answer),
      roomOf: (lane) => client.#roomOf(lane),
      onRefused: (error, entry) => {
        client.emit(client.#roomOf(entry.lane).refused(entry, error));
      },
    };
  }

  /** @returns {RoomHost} */
  #makeRoomHost() {
    // deno-lint-ignore no-this-alias -- for the getters
    const client = this;
    return {
      get isOnline() {
        return client.state.type === "online";
      },
      get user() {
        return client.user;
      },
      get limits() {
        return client.limits;
      },
      guestName: client.#options.name ?? "",
      outbox: client.#outbox,
      ports: client.#ports,
      ask: (frame, answer) => client.#connection?.ask(frame, answer),
      request: (act, frame) => client.#request(act, frame),
      onNamed: (room) => {
        if (room.id !== undefined) client.#roomsById.set(room.id, room);
      },
      drop: (reason) => client.#connection?.lose({ reason }),
      report: (error) => client.#report(error),
    };
  }

  /** @param {string} lane */
  #roomOf(lane) {
    const known = this.#rooms.get(lane);
    if (known) return known;
    const name = lane.slice(lane.indexOf(" ") + 1);
    const isDirect = lane.startsWith("direct ");
    const address = isDirect ? { directTo: name } : { id: name };
    const room = new Room(this.#roomHost, address);
    this.#rooms.set(lane, room);
    return room;
  }

  /**
   * @param {string} act
   * @param {Frame} frame
   */
  #request(act, frame) {
    const connection = this.#connection;
    if (this.state.type !== "online" || !connection) {
      return Promise.reject(offline(act));
    }
    return ask(connection, frame);
  }

  /**
   * As the platform does it with any listener that throws, unless one listens.
   *
   * @param {unknown} error
   */
  #report(error) {
    if (this.hasHandler("error")) return this.emit({ type: "error", error });
    if (typeof reportError === "function") return reportError(error);
    queueMicrotask(() => {
      throw error;
    });
  }
}

/**
 * @param {Connection} connection
 * @param {Frame} frame
 * @returns {Promise<Frame>}
 */
function ask(connection, frame) {
  return new Promise((resolve, reject) =>
    connection.ask(frame, { ok: resolve, error: reject })
  );
}

/**
 * @param {Frame} wire
 * @returns {api.RoomSummary}
 */
function summaryOf(wire) {
  const { id, title, kind, number, head, unread } = wire;
  return {
    id,
    title,
    kind,
    number,
    memberCount: wire.member_count,
    head,
    readSeq: wire.read?.seq ?? 0,
    unread,
    directWith: wire.direct_with?.id,
    directName: wire.direct_with?.name,
  };
}

/**
 * @param {string | URL} [url]
 * @param {api.ClientOptions} [options]
 */
export function connect(url, options) {
  return new ParleyClient(url, options).start();
}
