import {
  type ClientEvents,
  type ClientOptions,
  type ClientStorage,
  memoryStorage,
  ParleyClient,
  type Room,
  type RoomEvents,
} from "../../static/client.js";
import { FakeTimers } from "../support/fake_timers.ts";
import { FakeSocket, type Frame } from "./fake_socket.ts";

export const URL = "ws://chat.example/parley";

/** The user that a fake server makes of a new session. */
export const GUEST = { id: "u1", number: 1, name: "", verified: false };

/** Somebody else. */
export const BOB = { id: "u2", number: 2, name: "Bob", verified: false };

/** Clients over fake sockets, a clock that a test turns, and no chance. */
export class ClientKit {
  readonly timers = new FakeTimers();
  readonly sockets: FakeSocket[] = [];
  readonly page = new FakePage();
  storage: ClientStorage = memoryStorage();
  /** What chance says: from 0 up to 1. */
  chance = 0.5;
  readonly #clients: ParleyClient[] = [];

  constructor() {
    this.timers.nowMs = 1_000_000;
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("Cannot look at a socket: there is none");
    return socket;
  }

  make(options: ClientOptions = {}): ParleyClient {
    const { sockets, timers } = this;
    class Socket extends FakeSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol);
        sockets.push(this);
      }
    }
    const client = new ParleyClient(URL, {
      WebSocket: Socket,
      storage: this.storage,
      page: this.page,
      now: () => timers.nowMs,
      random: () => this.chance,
      setTimeout: (run, ms) => timers.after(ms, run),
      clearTimeout: (cancel) => (cancel as undefined | (() => void))?.(),
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** A client that is online as a new guest. */
  async online(options: ClientOptions = {}): Promise<ParleyClient> {
    const client = this.make(options);
    client.start();
    await this.welcome();
    return client;
  }

  /** The server welcomes the newest socket and knows its token, if any. */
  async welcome(rest: Frame = {}): Promise<void> {
    this.socket.say(welcomeFrame(rest));
    await this.settle();
    if (!this.socket.takeOne("hello")) return;
    this.socket.ok("hello", { user: GUEST, token: "t1" });
    await this.settle();
  }

  /** A client that is online and in the empty room "general". */
  async joined(
    options: ClientOptions = {},
  ): Promise<{ client: ParleyClient; room: Room }> {
    const client = await this.online(options);
    const room = client.room("general");
    room.join();
    this.enter(0);
    this.socket.take();
    return { client, room };
  }

  /** Answers the join of "general" at a seq of epoch "e1". */
  enter(seq: number, rest: Frame = {}): void {
    this.socket.ok("join", joinResult(seq, rest));
    this.caughtUp(seq);
  }

  caughtUp(seq: number, epoch = "e1"): void {
    this.socket.say({ type: "caught_up", room: "general", epoch, seq });
  }

  /** The room "general" tells entries, which must be contiguous. */
  tell(...entries: Frame[]): void {
    const after = Number(entries[0]?.seq) - 1;
    this.socket.say(eventsFrame(after, entries));
  }

  /** The socket is lost, and the pause until the next one is over. */
  async comeBack(): Promise<void> {
    this.socket.end();
    const { length } = this.sockets;
    while (this.sockets.length === length) this.timers.tick(100);
    await this.welcome();
  }

  /** Lets everything go on that waits for nothing but its turn. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.stop();
  }
}

/** A page that is looked at or not. */
export class FakePage extends EventTarget {
  isHidden = false;
  /** How many listen. */
  listeners = 0;

  override addEventListener(type: string, listener: () => void): void {
    this.listeners += 1;
    super.addEventListener(type, listener);
  }

  override removeEventListener(type: string, listener: () => void): void {
    this.listeners -= 1;
    super.removeEventListener(type, listener);
  }

  tell(type: string): void {
    this.dispatchEvent(new Event(type));
  }
}

export function welcomeFrame(rest: Frame = {}): Frame {
  return {
    type: "welcome",
    protocol: "parley.v1",
    session: "s1",
    time: 1_000_000,
    lobby: "general",
    user: GUEST,
    token: "t1",
    limits: { ["send_key_ttl_ms"]: 86_400_000, ["members_listed_max"]: 10 },
    ["ping_ms"]: 25_000,
    ...rest,
  };
}

export function joinResult(seq: number, rest: Frame = {}): Frame {
  return {
    room: { id: "general", title: "general", kind: "public", created_at: 5 },
    head: { epoch: "e1", seq },
    from: { epoch: "e1", seq },
    resumed: true,
    members: [GUEST],
    member_count: 1,
    read: null,
    unread: 0,
    ...rest,
  };
}

export function eventsFrame(
  after: number,
  entries: readonly Frame[],
  epoch = "e1",
): Frame {
  return { type: "events", room: "general", epoch, after, entries };
}

/** A message of Bob's. */
export function said(seq: number, text: string, rest: Frame = {}): Frame {
  const id = `id${seq}`;
  const via = "parley.v1";
  const entry = { kind: "message", seq, id, at: seq * 10, author: BOB };
  return { ...entry, order: seq, text, via, ...rest };
}

/** An edit, a deletion or a reaction of Bob's. */
export function changed(
  seq: number,
  kind: "edited" | "deleted" | "reacted",
  rest: Frame,
): Frame {
  return { kind, seq, id: `id${seq}`, at: seq * 10, author: BOB, ...rest };
}

/** What a server answers to a send. */
export function ackOf(seq: number, rest: Frame = {}): Frame {
  const at = seq * 10;
  return { room: "general", id: `id${seq}`, epoch: "e1", seq, at, ...rest };
}

/** The texts that a room shows, those being sent with an ellipsis. */
export function texts(room: Room): string[] {
  return room.messages.map(({ text, status }) =>
    status === "sending" ? `${text}…` : text
  );
}

/** Collects the events of some types, without what says where they are. */
export function collect<T extends keyof RoomEvents>(
  room: Room,
  ...types: readonly T[]
): Record<string, unknown>[] {
  const events: Record<string, unknown>[] = [];
  for (const type of types) {
    room.on(type, ({ room: _room, ...event }) => events.push(event));
  }
  return events;
}

/** Collects a client's events of some types. */
export function collectOf<T extends keyof ClientEvents>(
  client: ParleyClient,
  ...types: readonly T[]
): ClientEvents[T][] {
  const events: ClientEvents[T][] = [];
  for (const type of types) client.on(type, (event) => events.push(event));
  return events;
}
