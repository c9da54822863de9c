/** A frame as a test reads or writes it. */
export type Frame = Readonly<Record<string, unknown>>;

type Listener = (event: Record<string, unknown>) => void;

/** The client's end of a socket whose other end is the test. */
export class FakeSocket {
  /** As in RFC 6455's API: 0 connecting, 1 open, 3 closed. */
  readyState = 0;
  readonly url: string;
  readonly protocol: string;
  #listeners = new Map<string, Listener[]>();
  #sent: Frame[] = [];
  #requests = new Map<string, unknown>();

  constructor(url: string, protocol: string) {
    this.url = url;
    this.protocol = protocol;
  }

  // What the client does.

  addEventListener(type: string, listener: Listener): void {
    const listeners = this.#listeners.get(type) ?? [];
    this.#listeners.set(type, [...listeners, listener]);
  }

  send(data: string): void {
    const frame = JSON.parse(data) as Record<string, unknown>;
    this.#requests.set(String(frame.type), frame.id);
    this.#sent.push(frame);
  }

  close(): void {
    this.readyState = 3;
  }

  // What the test does.

  /** What the client has sent since the last look, without ids. */
  take(): Frame[] {
    return this.#sent.splice(0).map(({ id: _id, ...frame }) => frame);
  }

  /** Takes one request out, if it is there: the rest is left to look at. */
  takeOne(type: string): Frame | undefined {
    const index = this.#sent.findIndex((frame) => frame.type === type);
    if (index < 0) return undefined;
    const [{ id: _id, ...frame } = {}] = this.#sent.splice(index, 1);
    return frame;
  }

  /** The server says a frame. */
  say(frame: Frame): void {
    this.#tell("message", { data: JSON.stringify(frame) });
  }

  /** The server says what is no frame. */
  sayText(data: string): void {
    this.#tell("message", { data });
  }

  /** Answers the newest request of a type. */
  ok(type: string, result: Frame = {}): void {
    this.later(type, result)();
  }

  /** Gives what answers the newest request of a type, for later. */
  later(type: string, result: Frame): () => void {
    const id = this.#idOf(type);
    return () => this.say({ type: "ok", id, result });
  }

  /** Refuses the newest request of a type. */
  refuse(type: string, code: string, rest: Frame = {}): void {
    const message = `Cannot ${type}: ${code}`;
    const id = this.#idOf(type);
    this.say({ type: "error", id, code, message, retryable: false, ...rest });
  }

  /** The other side, or the network, ends it. */
  end(code = 1006, reason = ""): void {
    this.readyState = 3;
    this.#tell("close", { code, reason });
  }

  #tell(type: string, event: Record<string, unknown>): void {
    if (type === "message") this.readyState = 1;
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }

  #idOf(type: string): unknown {
    const id = this.#requests.get(type);
    if (id === undefined) throw new Error(`Cannot answer ${type}: not asked`);
    this.#requests.delete(type);
    return id;
  }
}
