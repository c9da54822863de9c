import type { Json } from "../../src/core/types.ts";

/** The pause before a socket is opened again, in ms. */
const AGAIN_MS = 20;

/** Messages of one writer that are under way at a time. */
const IN_FLIGHT = 32;

type Frame = { readonly [key: string]: Json };

/** What the clients of a storm share. */
export interface StormPorts {
  /** Where the server is by then. */
  readonly url: () => string;
  readonly room: string;
  /** Whether one comes again if the server says that it may. */
  readonly patient?: boolean;
  /** Something that must not be. */
  readonly complain: (what: string) => void;
}

/** A socket that is opened again whenever it has ended, until it is closed. */
abstract class Returning {
  protected readonly ports: StormPorts;
  readonly #done = Promise.withResolvers<void>();
  #socket: WebSocket | undefined;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #finished = false;
  /** Sockets that have not ended, the cut ones included. */
  #open = 0;

  constructor(ports: StormPorts) {
    this.ports = ports;
  }

  /** Resolves once it has done what it is for, and its socket has ended. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  protected abstract opened(): void;
  protected abstract heard(frame: Frame): void;

  connect(): void {
    const socket = new WebSocket(`${this.ports.url()}/parley`);
    this.#open++;
    this.#socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = ({ data }) => {
      // What comes after a cut is lost, as on the way.
      if (this.#socket === socket) this.heard(JSON.parse(data));
    };
    socket.onclose = () => this.#ended(socket);
    socket.onerror = () => {};
  }

  protected get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  protected say(frame: Frame): void {
    if (this.isOpen) this.#socket?.send(JSON.stringify(frame));
  }

  /** Loses the connection, and whatever is on its way. */
  protected cut(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  /** Ends it, done or not. */
  stop(): void {
    this.#finished = true;
    this.cut();
    if (this.#open === 0) this.#end();
  }

  #ended(socket: WebSocket): void {
    this.#open--;
    if (this.#socket === socket) this.#socket = undefined;
    if (this.#finished && this.#open === 0) this.#end();
    else if (!this.#socket && !this.#finished) {
      this.later(() => this.connect());
    }
  }

  /** Does it after a pause, unless all is over by then. */
  protected later(act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, AGAIN_MS);
    this.#timers.add(timer);
  }

  #end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#done.resolve();
  }
}

/**
 * A member that is cut off again and again, resumes, and demands proof with
 * every frame that nothing is missing and nothing came twice.
 */
export class StormReader extends Returning {
  readonly texts: string[] = [];
  readonly #name: string;
  readonly #total: number;
  /** How much is acknowledged when it is cut off. */
  readonly #cutsAt: number[];
  #acknowledged = 0;
  cuts = 0;
  readonly #joinedOnce = Promise.withResolvers<void>();
  #epoch: string | undefined;
  #resuming = false;

  constructor(
    ports: StormPorts,
    options: {
      name: string;
      total: number;
      cuts: number;
      random: () => number;
    },
  ) {
    super(ports);
    const { name, total, cuts, random } = options;
    this.#name = name;
    this.#total = total;
    this.#cutsAt = Array.from(
      { length: cuts },
      () => Math.floor(random() * total),
    ).sort((a, b) => a - b);
  }

  /** Resolves once it is a member for the first time. */
  get joined(): Promise<void> {
    return this.#joinedOnce.promise;
  }

  protected opened(): void {
    const seq = this.texts.length;
    this.#resuming = this.#epoch !== undefined;
    this.say({
      type: "join",
      id: "join",
      room: this.ports.room,
      history: 0,
      ...this.#epoch !== undefined && { after: { epoch: this.#epoch, seq } },
    });
    // One that was due while it was away comes before it has resumed.
    this.#cutIfDue();
  }

  /** So much is acknowledged by now. */
  progress(acknowledged: number): void {
    this.#acknowledged = acknowledged;
    this.#cutIfDue();
  }

  protected heard(frame: Frame): void {
    if (frame.type === "ok") this.#joined(frame.result as Frame);
    else if (frame.type === "events") this.#take(frame);
    else if (this.ports.patient && frame.retryable === true) this.cut();
    else if (frame.type === "error" || frame.type === "ended") {
      this.ports.complain(`${this.#name} was told: ${frame.message}`);
    }
    if (this.texts.length === this.#total && this.#cutsAt.length === 0) {
      this.stop();
    }
  }

  #cutIfDue(): void {
    const [next = Infinity] = this.#cutsAt;
    if (!this.isOpen || this.#acknowledged < next) return;
    this.#cutsAt.shift();
    this.cuts++;
    this.cut();
  }

  #joined({ resumed, head }: Frame): void {
    if (this.#resuming && resumed !== true) {
      this.ports.complain(`${this.#name} was not resumed`);
    }
    this.#epoch ??= String((head as Frame).epoch);
    this.#joinedOnce.resolve();
  }

  #take({ epoch, after, entries }: Frame): void {
    const seq = this.texts.length;
    if (epoch !== this.#epoch || after !== seq) {
      this.ports.complain(`${this.#name} had ${seq}, was told after ${after}`);
    }
    for (const entry of entries as Frame[]) {
      if (entry.seq !== this.texts.length + 1) {
        this.ports.complain(`${this.#name} was told ${entry.seq}, had ${seq}`);
      }
      this.texts.push(String(entry.text));
    }
  }
}

/** Says unique texts; what is not acknowledged it says again, with its key. */
export class StormWriter extends Returning {
  acknowledged = 0;
  /** How often it was told to come again. */
  refusals = 0;
  readonly #name: string;
  readonly #total: number;
  readonly #told: (acknowledged: number) => void;
  readonly #waiting = new Set<number>();
  #token: string | undefined;
  #next = 0;

  constructor(
    ports: StormPorts,
    options: { name: string; total: number; told: () => void },
  ) {
    super(ports);
    this.#name = options.name;
    this.#total = options.total;
    this.#told = options.told;
  }

  protected opened(): void {
    const token = this.#token;
    this.say({
      type: "hello",
      id: "hello",
      ...token === undefined ? {} : { token },
    });
    for (const n of this.#waiting) this.#send(n);
    this.#fill();
  }

  protected heard(frame: Frame): void {
    const { type, id, result } = frame;
    if (type === "error") this.#refused(frame);
    if (type !== "ok") return;
    if (id === "hello") {
      this.#token ??= String((result as Frame).token);
      return;
    }
    if (!this.#waiting.delete(Number(id))) return;
    this.acknowledged++;
    this.#told(this.acknowledged);
    if (this.acknowledged === this.#total) this.stop();
    else this.#fill();
  }

  #refused({ id, retryable, message }: Frame): void {
    if (this.ports.patient && retryable === true && id !== "hello") {
      this.refusals++;
      this.later(() => this.#waiting.has(Number(id)) && this.#send(Number(id)));
    } else this.ports.complain(`${this.#name} was told: ${message}`);
  }

  #fill(): void {
    while (this.#waiting.size < IN_FLIGHT && this.#next < this.#total) {
      const n = this.#next++;
      this.#waiting.add(n);
      this.#send(n);
    }
  }

  #send(n: number): void {
    const text = `${this.#name} ${n}`;
    const key = `${n}`;
    this.say({ type: "send", id: n, room: this.ports.room, text, key });
  }
}
