import type { History, View } from "../support/history_check.ts";

/** Messages of one writer that are under way at a time. */
const IN_FLIGHT = 12;

/** The longest padding of a message, in characters. */
const PADDING_MAX = 300;

/** Numbers from 0 to under 1, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the clients of one life of the server share. */
export interface LifePorts {
  readonly url: string;
  readonly rooms: readonly string[];
  readonly history: History;
  readonly random: () => number;
  /** Of this life, in all texts. */
  readonly mark: string;
  /** A writer has met its own message. */
  readonly acknowledged: () => void;
}

interface Heard {
  readonly type?: string;
  // The wire's own name.
  // deno-lint-ignore camelcase
  readonly room_id?: string;
  readonly from?: string;
  readonly message?: string;
  readonly error?: string;
}

/**
 * A chat-ws client that is in all rooms and notes what it hears; told to
 * write, it keeps some messages under way until its socket ends.
 */
export class LoopClient {
  /** The socket has ended. */
  readonly ended: Promise<void>;
  /** It has joined all rooms; false: it was cut off before. */
  readonly joined: Promise<boolean>;
  readonly #name: string;
  readonly #ports: LifePorts;
  readonly #socket: WebSocket;
  readonly #views = new Map<string, View>();
  readonly #inFlight = new Set<string>();
  readonly #joining: Set<string>;
  readonly #allJoined = Promise.withResolvers<boolean>();
  #count = 0;

  constructor(name: string, ports: LifePorts) {
    this.#name = name;
    this.#ports = ports;
    this.#joining = new Set(ports.rooms);
    this.#socket = new WebSocket(ports.url.replace(/^http/, "ws"));
    this.joined = this.#allJoined.promise;
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.#socket.onopen = () => this.#join();
    this.#socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    this.#socket.onclose = () => {
      ended.resolve();
      this.#allJoined.resolve(false);
    };
  }

  /** Begins to write, and goes on while the socket lives. */
  write(): void {
    while (this.#inFlight.size < IN_FLIGHT) this.#send();
  }

  close(): void {
    this.#socket.close();
  }

  #join(): void {
    const { rooms, history, mark } = this.#ports;
    for (const room of rooms) {
      this.#views.set(room, history.view(`${this.#name} ${mark}`, room));
      this.#say("join-room", room);
    }
  }

  #send(): void {
    const { rooms, random, history, mark } = this.#ports;
    const room = rooms[Math.floor(random() * rooms.length)] ?? "";
    const padding = "x".repeat(random() * PADDING_MAX);
    const text = `${this.#name} ${mark} ${++this.#count} ${padding}`;
    history.send(this.#name, room, text);
    this.#inFlight.add(text);
    this.#say("send-message", room, text);
  }

  #say(type: string, room: string, message?: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    // deno-lint-ignore camelcase
    const frame = { type, room_id: room, from: this.#name, message };
    this.#socket.send(JSON.stringify(frame));
  }

  #hear({ type, room_id: room = "", from, message = "", error }: Heard): void {
    if (error !== undefined) this.#ports.history.complain(this.#name, error);
    if (type === "join-room" && from === this.#name) this.#hasJoined(room);
    if (type !== "receive-message") return;
    this.#views.get(room)?.texts.push(message);
    if (!this.#inFlight.delete(message)) return;
    this.#ports.history.answer(message, "acknowledged");
    this.#ports.acknowledged();
    this.#send();
  }

  #hasJoined(room: string): void {
    this.#joining.delete(room);
    if (this.#joining.size === 0) this.#allJoined.resolve(true);
  }
}
