import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Disconnect } from "../../core/errors.ts";
import { DISCONNECTS } from "../../core/errors.ts";
import { frame } from "../../core/encoder.ts";
import type { Limits } from "../../core/limits.ts";
import type { Observer } from "../../core/ports.ts";
import { utf8Length } from "../../core/text.ts";
import { cutReason } from "../close_reason.ts";
import { type BacklogPump, Outbox } from "../outbox.ts";

/** Bytes that a UTF-16 unit may take at most. */
const BYTES_PER_UNIT_MAX = 3;

/** A message that could not even be a body (RFC 6455, 7.4.1). */
const TOO_BIG: Disconnect = { code: 1009, reason: "message is too long" };

/** What a socket of an engine needs. */
export interface EngineSocketPorts {
  readonly pump: BacklogPump;
  readonly limits: Limits;
  readonly observer: Observer;
}

/**
 * A WebSocket in the clothes of the npm package `ws`, as engine.io uses it.
 *
 * All that is written passes a bounded outbox, which a session may write to
 * itself: nothing overtakes. No exception leaves a handler.
 */
export class EngineSocket extends EventEmitter {
  readonly outbox: Outbox;
  /** Ends the connection that is on this socket; absent while there is none. */
  end: ((ending: Disconnect) => void) | undefined;
  /** How the socket is to be closed, if it matters. */
  ending: Disconnect | undefined;
  readonly #socket: WebSocket;
  readonly #ports: EngineSocketPorts;
  readonly #onEnd: () => void;
  #closed = false;

  /** @param onEnd Called, perhaps more than once, when the socket is of no use. */
  constructor(
    socket: WebSocket,
    ports: EngineSocketPorts,
    onEnd: () => void,
  ) {
    super();
    const { limits, pump } = ports;
    this.#socket = socket;
    this.#ports = ports;
    this.#onEnd = onEnd;
    this.outbox = new Outbox(socket, pump, {
      bytesMax: limits.OUTBOX_BYTES_MAX,
      overflow: () => this.#refuse(DISCONNECTS.slow),
    });
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.guard(() => this.#take(data));
    socket.onclose = () => this.guard(() => this.#gone());
    socket.onerror = () => this.guard(() => this.#gone());
  }

  /** Queues a text; engine.io sends no bytes. */
  send(data: unknown, sent?: (error?: Error) => void): void {
    if (typeof data !== "string") {
      throw new TypeError("Cannot send packet: not a text");
    }
    this.outbox.send(frame(data));
    sent?.();
  }

  /** Starts closing; what waits is dropped. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.outbox.close();
    const { code, reason = "" } = this.ending ?? {};
    try {
      this.#socket.close(code, cutReason(reason));
    } catch (error) {
      this.#ports.observer.bug("close socket", error);
    }
    this.#onEnd();
  }

  /** Keeps what a handler throws from the process; it costs this socket. */
  guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#ports.observer.bug("socket.io", error);
      this.#refuse(DISCONNECTS.internal);
    }
  }

  #take(data: string | ArrayBuffer): void {
    if (this.#closed) return;
    const isText = typeof data === "string";
    const bytesMax = this.#ports.limits.INBOX_BYTES_MAX;
    if (isText ? isLonger(data, bytesMax) : data.byteLength > bytesMax) {
      return this.#refuse(TOO_BIG);
    }
    this.emit("message", isText ? data : Buffer.from(data), !isText);
  }

  #refuse(ending: Disconnect): void {
    if (this.end) return this.end(ending);
    this.ending ??= ending;
    this.close();
  }

  #gone(): void {
    this.#closed = true;
    this.outbox.close();
    this.#onEnd();
    this.emit("close");
  }
}

function isLonger(text: string, bytesMax: number): boolean {
  return text.length * BYTES_PER_UNIT_MAX > bytesMax &&
    utf8Length(text) > bytesMax;
}
