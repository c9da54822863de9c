// deno-lint-ignore-file explicit-module-boundary-types -- plain JavaScript, for Node
/**
 * A WebSocket client on bare TCP that costs the load generator little: frames
 * go out ready-made, and what comes in is handed on as it is, with its frame
 * headers, in a buffer that all sockets share.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { connect } from "node:net";
import { textFrame } from "./load_wires.mjs";

/** Most bytes taken by one read; as much as Node's own default. */
const READ_BYTES_MAX = 65_536;

/** One byte longer than a read, so that a reader may put a sentinel behind it. */
const readBytes = Buffer.alloc(READ_BYTES_MAX + 1);

/** A key of the right length; nobody checks the server's answer to it. */
const HANDSHAKE_KEY = "cGFybGV5LWJlbmNoLWtleQ==";

const HEAD_END = "\r\n\r\n";

/** One raw client socket, made by `openSocket()`. */
export class LoadSocket {
  /** Called with (bytes, length) per read; `bytes` is valid during the call. */
  onBytes = null;
  #tcp;
  #wire;
  #early = "";
  #wanted = null;
  #closed = false;

  /**
   * @param url `ws://host:port/path?query`.
   * @param wire One of `WIRES`.
   * @param onEnd Told once, with an Error, if the server ends the socket.
   */
  constructor(url, { wire, onEnd }) {
    this.#wire = wire;
    const { hostname: host, port } = new URL(url);
    const fail = (why) => {
      if (this.#closed) return;
      this.#closed = true;
      const error = new Error(`Cannot keep a socket to ${url}: ${why}`);
      this.#wanted?.reject(error);
      onEnd(error);
    };
    this.#tcp = connect({
      host,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer: readBytes.subarray(0, READ_BYTES_MAX),
        callback: (length) => {
          if (this.onBytes === null) this.#keep(length);
          else this.onBytes(readBytes, length);
          return true;
        },
      },
    });
    this.#tcp.on("error", (error) => fail(error.message));
    this.#tcp.on("close", () => fail("the server closed it"));
  }

  /** Upgrades, then says the protocol's greeting. */
  async handshake(url) {
    const { host, pathname, search } = new URL(url);
    this.#tcp.write(
      `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n` +
        "Upgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Key: ${HANDSHAKE_KEY}\r\n` +
        `Sec-WebSocket-Version: 13${HEAD_END}`,
    );
    const head = await this.#expect(HEAD_END);
    if (!head.startsWith("HTTP/1.1 101")) {
      throw new Error(`Cannot upgrade ${url}: ${head.split("\r\n")[0]}`);
    }
    for (const { wanted, answer } of this.#wire.greeting) {
      await this.#expect(wanted);
      if (answer !== null) this.#tcp.write(textFrame(answer));
    }
  }

  /**
   * Joins a room and waits for the echo that proves it.
   *
   * @param from A name that no other member of the room has or begins with.
   */
  async join(room, from) {
    const { texts, proof } = this.#wire.join(room, from);
    for (const text of texts) this.#tcp.write(textFrame(text));
    await this.#expect(proof);
    this.onBytes = ignore;
    this.#early = "";
  }

  /** Hands ready-made bytes to the kernel; do not change them until sent. */
  send(bytes) {
    this.#tcp.write(bytes);
  }

  /** Shows the server a sign of life. */
  keepAlive() {
    this.#tcp.write(this.#wire.keepAlive);
  }

  /** Resolves to what came in up to and including `text`. */
  #expect(text) {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error("Cannot read: socket is gone"));
      this.#wanted = { text, resolve, reject };
      this.#match();
    });
  }

  #keep(length) {
    this.#early += readBytes.latin1Slice(0, length);
    this.#match();
  }

  #match() {
    if (this.#wanted === null) return;
    const { text, resolve } = this.#wanted;
    const at = this.#early.indexOf(text);
    if (at === -1) return;
    const end = at + text.length;
    const matched = this.#early.slice(0, end);
    this.#early = this.#early.slice(end);
    this.#wanted = null;
    resolve(matched);
  }
}

function ignore() {}

/** Opens a socket up to the end of the protocol's greeting. */
export async function openSocket(url, options) {
  const socket = new LoadSocket(url, options);
  await socket.handshake(url);
  return socket;
}

/**
 * Calls `work(index)` for 0 to count - 1, with at most `limit` under way: a
 * listening queue holds some hundred connections.
 *
 * @returns The results, in order.
 */
export async function inParallel(count, { limit, work }) {
  const results = new Array(count);
  let next = 0;
  async function worker() {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  }
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
