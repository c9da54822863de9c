import type { Chat } from "../core/chat.ts";
import { ChatError, type Disconnect, DISCONNECTS } from "../core/errors.ts";
import { type FrameHandler, Inbox } from "../core/inbox.ts";
import type { Limits } from "../core/limits.ts";
import type { Clock, Link, Observer } from "../core/ports.ts";
import type { Resumption } from "../core/resumption.ts";
import { utf8Length } from "../core/text.ts";
import { TokenBucket } from "../core/token_bucket.ts";
import type { Dialect, OpenRequest, Session } from "../dialects/dialect.ts";

/** What every session needs. */
export interface HostPorts {
  readonly chat: Chat;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** What carries a session: a WebSocket, or a Socket.IO socket on whatever. */
export interface Carrier extends Link {
  /** Ends what carries it, whatever else may be on it. */
  disconnect(ending: Disconnect): void;
  /** The session has ended. Called exactly once. */
  ended(): void;
}

/** How fast one connection may send frames. */
export function frameBucket(limits: Limits, clock: Clock): TokenBucket {
  return new TokenBucket({
    perSecond: limits.MESSAGES_PER_SECOND_MAX,
    burst: limits.MESSAGES_BURST_MAX,
  }, clock.elapsed());
}

/**
 * Runs one session for its carrier: its limits on incoming frames, one frame
 * after the other, and its end, once, whatever ends it first.
 *
 * An exception in a session costs its carrier alone.
 */
export class SessionHost implements FrameHandler {
  readonly #carrier: Carrier;
  readonly #ports: HostPorts;
  readonly #bucket: TokenBucket;
  readonly #inbox: Inbox;
  #session: Session | undefined;
  #resume: Resumption | undefined;
  #stopped = false;
  #ended = false;

  /** @param bucket Of the connection, which may carry sessions in turn. */
  constructor(carrier: Carrier, ports: HostPorts, bucket: TokenBucket) {
    this.#carrier = carrier;
    this.#ports = ports;
    this.#bucket = bucket;
    this.#inbox = new Inbox(this, ports.chat.limits);
  }

  /** Opens the session and starts it; what comes meanwhile waits. */
  open(dialect: Dialect, request: OpenRequest): void {
    this.guard(() => {
      this.#resume = request.resume;
      const session = dialect.open(this.#carrier, this.#ports.chat, request);
      this.#session = session;
      this.#inbox.begin(() => session.start());
    });
  }

  /** The dialect that it speaks, where that was to be found out and has been. */
  get speaks(): string | undefined {
    return this.#session?.speaks;
  }

  /** Takes one frame of the peer, or has the session refuse it. */
  take(text: string): void {
    this.#resume?.heard();
    this.guard(() => this.#take(text));
  }

  receive(text: string): Promise<void> | void {
    return this.#session?.receive(text);
  }

  flooded(): void {
    this.#carrier.disconnect(DISCONNECTS.flooded);
  }

  failed(error: unknown): void {
    if (error instanceof ChatError) {
      const { code } = DISCONNECTS.policy;
      return this.#carrier.close(code, error.message);
    }
    this.#ports.observer.bug("session", error);
    this.#carrier.disconnect(DISCONNECTS.internal);
  }

  /**
   * The peer is gone; what it said before still counts.
   *
   * @param ending Whether all that was meant for it was handed over, and it
   *   said goodbye behind that.
   */
  finish(ending = { drained: false, clean: false }): void {
    if (ending.clean && this.#stopped) this.#resume?.confirm();
    this.#resume?.ends(ending);
    if (this.#stopped) return;
    this.#stopped = true;
    this.#inbox.finish(() => this.guard(() => this.end()));
  }

  /** Handles nothing more, and ends the session soon. */
  stop({ drained } = { drained: false }): void {
    this.#resume?.ends({ drained, clean: false });
    this.#stopped = true;
    this.#inbox.close();
    // Later: this may be called while a room is sending to its members.
    queueMicrotask(() => this.guard(() => this.end()));
  }

  /** Ends the session now, unless it has ended. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopped = true;
    this.#inbox.close();
    try {
      this.#session?.end();
    } finally {
      this.#carrier.ended();
    }
  }

  /** Keeps what a handler throws from the process. */
  guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.failed(error);
    }
  }

  #take(text: string): void {
    const session = this.#session;
    if (!session || this.#stopped) return;
    const { meter } = this.#ports.observer;
    meter?.framesReceived.add();
    const bytes = utf8Length(text);
    const { FRAME_BYTES_MAX, MESSAGES_PER_SECOND_MAX } =
      this.#ports.chat.limits;
    const waitMs = this.#bucket.take(this.#ports.clock.elapsed());
    if (waitMs > 0) {
      meter?.framesRateLimited.add();
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
}
