import type { Chat } from "../core/chat.ts";
import { ChatError, type Disconnect, DISCONNECTS } from "../core/errors.ts";
import { type FrameHandler, Inbox } from "../core/inbox.ts";
import type { Clock, Frame, Link, Observer } from "../core/ports.ts";
import { utf8Length } from "../core/text.ts";
import { TokenBucket } from "../core/token_bucket.ts";
import type { Dialect, OpenRequest, Session } from "../dialects/dialect.ts";
import { type BacklogPump, Outbox } from "./outbox.ts";

/** Bytes that a close reason may have (RFC 6455, 5.5). */
const REASON_BYTES_MAX = 123;

/** What every socket needs. */
export interface ShellPorts {
  readonly chat: Chat;
  readonly clock: Clock;
  readonly pump: BacklogPump;
  readonly observer: Observer;
}

/**
 * Stands between one WebSocket and one session.
 *
 * An exception in a socket's handler would end the process, so every handler
 * is wrapped here; `close` may come twice or, when the peer does not read,
 * never, so the session is ended by whatever ends it first.
 */
export class SocketShell implements Link, FrameHandler {
  readonly #socket: WebSocket;
  readonly #ports: ShellPorts;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #bucket: TokenBucket;
  readonly #onEnd: () => void;
  #session: Session | undefined;
  #closing = false;
  #ended = false;

  constructor(socket: WebSocket, ports: ShellPorts, onEnd: () => void) {
    const { limits } = ports.chat;
    this.#socket = socket;
    this.#ports = ports;
    this.#onEnd = onEnd;
    this.#inbox = new Inbox(this, limits);
    this.#outbox = new Outbox(socket, ports.pump, {
      bytesMax: limits.OUTBOX_BYTES_MAX,
      overflow: () => this.disconnect(DISCONNECTS.slow),
    });
    this.#bucket = new TokenBucket({
      perSecond: limits.MESSAGES_PER_SECOND_MAX,
      burst: limits.MESSAGES_BURST_MAX,
    }, ports.clock.elapsed());
  }

  /** Takes the socket over; the session is opened once the socket is. */
  attach(dialect: Dialect, request: OpenRequest): void {
    const socket = this.#socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () =>
      this.#guard(() => {
        const session = dialect.open(this, this.#ports.chat, request);
        this.#session = session;
        this.#inbox.begin(() => session.start());
      });
    socket.onmessage = ({ data }) => this.#guard(() => this.#take(data));
    socket.onclose = () => this.#guard(() => this.#finish());
    socket.onerror = () => this.#guard(() => this.#finish());
  }

  send(frame: Frame): void {
    if (!this.#closing) this.#outbox.send(frame);
  }

  drained(): Promise<void> {
    return this.#outbox.drained();
  }

  close(code: number, reason: string): void {
    this.disconnect({ code, reason });
  }

  /** The peer was gone before the socket was open: no event of it will tell. */
  abandon(): void {
    if (this.#socket.readyState !== WebSocket.CONNECTING) return;
    this.#guard(() => this.#end());
  }

  /** Ends the session now; the peer may take its time to close the socket. */
  disconnect({ code, reason }: Disconnect): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#ports.observer.detail?.("socket is closed", { code, reason });
    this.#inbox.close();
    this.#outbox.close();
    try {
      this.#socket.close(code, cut(reason));
    } catch (error) {
      this.#ports.observer.bug("close socket", error);
    }
    // Later: this may be called while a room is sending to its members.
    queueMicrotask(() => this.#guard(() => this.#end()));
  }

  receive(text: string): Promise<void> | void {
    return this.#session?.receive(text);
  }

  flooded(): void {
    this.disconnect(DISCONNECTS.flooded);
  }

  failed(error: unknown): void {
    if (error instanceof ChatError) {
      const { code } = DISCONNECTS.policy;
      return this.disconnect({ code, reason: error.message });
    }
    this.#ports.observer.bug("session", error);
    this.disconnect(DISCONNECTS.internal);
  }

  #take(data: string | ArrayBuffer): void {
    const session = this.#session;
    if (!session || this.#closing) return;
    const text = typeof data === "string"
      ? data
      : new TextDecoder().decode(data);
    const bytes = utf8Length(text);
    const { FRAME_BYTES_MAX, MESSAGES_PER_SECOND_MAX } =
      this.#ports.chat.limits;
    const waitMs = this.#bucket.take(this.#ports.clock.elapsed());
    if (waitMs > 0) {
      session.refuse(
        new ChatError(
          "rate_limited",
          `Cannot handle frame: more than ${MESSAGES_PER_SECOND_MAX} per second, try again in ${waitMs} ms`,
          { retryAfterMs: waitMs },
        ),
      );
    } else if (bytes > FRAME_BYTES_MAX) {
      session.refuse(
        new ChatError(
          "too_long",
          `Cannot handle frame: ${bytes} of ${FRAME_BYTES_MAX} bytes`,
        ),
      );
    } else {
      this.#inbox.push(text, bytes);
    }
  }

  /** The peer is gone; what it said before still counts. */
  #finish(): void {
    this.#closing = true;
    this.#outbox.close();
    this.#inbox.finish(() => this.#guard(() => this.#end()));
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#closing = true;
    this.#inbox.close();
    this.#outbox.close();
    try {
      this.#session?.end();
    } finally {
      this.#onEnd();
    }
  }

  #guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.failed(error);
    }
  }
}

/** As much of a reason as a close frame may carry. */
function cut(reason: string): string {
  let text = reason.toWellFormed();
  while (utf8Length(text) > REASON_BYTES_MAX) {
    text = Array.from(text).slice(0, -1).join("");
  }
  return text;
}
