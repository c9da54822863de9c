/** How long a test waits for what must come, in ms. */
const WAIT_MS_MAX = 10_000;

const READ_BYTES = 65_536;

/** 16 zero bytes: any key will do. */
const KEY = "AAAAAAAAAAAAAAAAAAAAAA==";

/** Where a server speaks chat-ws, whatever else it speaks. */
const PATH = "/?dialect=chat-ws";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The frame types of RFC 6455, 5.2. */
export const OPCODES = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** How a frame departs from a whole, masked one. */
export interface FrameOptions {
  /** Default: true. */
  readonly fin?: boolean;
  /** Default: true. */
  readonly masked?: boolean;
  /** The three reserved bits, 0 to 7. */
  readonly reserved?: number;
}

/** A frame from the server. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly text: string;
}

/** An HTTP answer. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** A TCP connection that says what no well-behaved client would. */
export class RawClient implements Disposable {
  readonly #connection: Deno.TcpConn;
  #unread = new Uint8Array();
  #disposed = false;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Connects, and says nothing. */
  static async connect(port: number): Promise<RawClient> {
    return new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Connects and becomes a WebSocket; fails if the server refuses it. */
  static async open(port: number): Promise<RawClient> {
    const client = await RawClient.connect(port);
    await client.write(upgradeRequest());
    const { status, body } = await client.response();
    if (status === 101) return client;
    client[Symbol.dispose]();
    throw new Error(`Cannot open socket: status ${status}: ${body}`);
  }

  async write(data: string | Uint8Array): Promise<void> {
    let rest = typeof data === "string" ? encoder.encode(data) : data;
    while (rest.length > 0) {
      rest = rest.subarray(await this.#connection.write(rest));
    }
  }

  /** Reads one HTTP answer, and its body if it has a length. */
  async response(): Promise<RawResponse> {
    let end = -1;
    while (end < 0) {
      await this.#more();
      end = decoder.decode(this.#unread).indexOf("\r\n\r\n");
    }
    const head = decoder.decode(await this.#take(end + 4)).trimEnd();
    const [first = "", ...lines] = head.split("\r\n");
    const headers = new Headers(
      lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }),
    );
    const length = Number(headers.get("content-length") ?? 0);
    const body = decoder.decode(await this.#take(length));
    return { status: Number(first.split(" ")[1]), headers, body };
  }

  /** Reads one frame of the server; fails if the connection ends instead. */
  async frame(): Promise<RawFrame> {
    const [first = 0, second = 0] = await this.#take(2);
    const extended = second === 127 ? 8 : second === 126 ? 2 : 0;
    let length = extended === 0 ? second : 0;
    for (const byte of await this.#take(extended)) length = length * 256 + byte;
    const payload = await this.#take(length);
    return { opcode: first & 0x0f, payload, text: decoder.decode(payload) };
  }

  /** Resolves, with all that was sent before, when the server has ended it. */
  async rest(): Promise<string> {
    while (await this.#fill());
    return decoder.decode(await this.#take(this.#unread.length));
  }

  /**
   * Vanishes: the system sends a RST instead of a FIN, because something was
   * not read. The server must have sent, or be about to send, two bytes.
   */
  async reset(): Promise<void> {
    await this.#connection.read(new Uint8Array(1));
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#connection.close();
  }

  async #take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#unread.length < length) await this.#more();
    const taken = this.#unread.slice(0, length);
    this.#unread = this.#unread.slice(length);
    return taken;
  }

  async #more(): Promise<void> {
    if (!await this.#fill()) throw new Error("Cannot read: it was ended");
  }

  /** Reads some; false when the server has ended it, in whatever way. */
  async #fill(): Promise<boolean> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this[Symbol.dispose]();
    }, WAIT_MS_MAX);
    try {
      const buffer = new Uint8Array(READ_BYTES);
      const length = await this.#connection.read(buffer);
      if (length === null) return false;
      const joined = new Uint8Array(this.#unread.length + length);
      joined.set(this.#unread);
      joined.set(buffer.subarray(0, length), this.#unread.length);
      this.#unread = joined;
      return true;
    } catch (error) {
      if (late) throw new Error("Cannot read: nothing came");
      if (error instanceof Deno.errors.ConnectionReset) return false;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** One frame as it goes over the wire, masked with zeros. */
export function frameBytes(
  opcode: number,
  payload: string | Uint8Array,
  { fin = true, masked = true, reserved = 0 }: FrameOptions = {},
): Uint8Array<ArrayBuffer> {
  const data = typeof payload === "string" ? encoder.encode(payload) : payload;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const head = [first, ...lengthBytes(data.length, mask)];
  if (masked) head.push(0, 0, 0, 0);
  const bytes = new Uint8Array(head.length + data.length);
  bytes.set(head);
  bytes.set(data, head.length);
  return bytes;
}

/** The payload of a close frame. */
export function closePayload(code: number, reason = ""): Uint8Array {
  return new Uint8Array([code >> 8, code & 0xff, ...encoder.encode(reason)]);
}

/** A WebSocket handshake; headers replace those that it would have. */
export function upgradeRequest(
  { line = `GET ${PATH} HTTP/1.1`, headers = {} }: {
    line?: string;
    headers?: Record<string, string | null>;
  } = {},
): string {
  const all: Record<string, string | null> = {
    "Host": "127.0.0.1",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line}\r\n${lines.join("")}\r\n`;
}

function lengthBytes(length: number, mask: number): number[] {
  if (length < 126) return [mask | length];
  if (length < 65_536) return [mask | 126, length >> 8, length & 0xff];
  const bytes = [
    0,
    0,
    0,
    0,
    length >>> 24,
    length >>> 16,
    length >>> 8,
    length,
  ];
  return [mask | 127, ...bytes.map((byte) => byte & 0xff)];
}
