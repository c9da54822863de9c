import { type Disconnect, DISCONNECTS } from "../core/errors.ts";
import type { Counter, Frame } from "../core/ports.ts";
import type { Dialect, OpenRequest } from "../dialects/dialect.ts";
import { cutReason } from "./close_reason.ts";
import { type BacklogPump, Outbox } from "./outbox.ts";
import {
  type Carrier,
  frameBucket,
  type HostPorts,
  SessionHost,
} from "./session_host.ts";
import { SocketCount } from "./socket_count.ts";

/** What every socket needs. */
export interface ShellPorts extends HostPorts {
  readonly pump: BacklogPump;
}

/**
 * Stands between one WebSocket and one session.
 *
 * An exception in a socket's handler would end the process, so every handler
 * is wrapped here; `close` may come twice or, when the peer does not read,
 * never, so the session is ended by whatever ends it first.
 */
export class SocketShell implements Carrier {
  readonly #socket: WebSocket;
  readonly #ports: ShellPorts;
  readonly #outbox: Outbox;
  readonly #host: SessionHost;
  readonly #count: SocketCount;
  readonly #sent: Counter | undefined;
  readonly #onEnd: () => void;
  #dialect: Dialect | undefined;
  #closing = false;

  constructor(socket: WebSocket, ports: ShellPorts, onEnd: () => void) {
    const { limits } = ports.chat;
    const { meter } = ports.observer;
    this.#count = new SocketCount(meter);
    this.#sent = meter?.framesSent;
    this.#socket = socket;
    this.#ports = ports;
    this.#onEnd = onEnd;
    this.#host = new SessionHost(this, ports, frameBucket(limits, ports.clock));
    this.#outbox = new Outbox(socket, ports.pump, {
      bytesMax: limits.OUTBOX_BYTES_MAX,
      overflow: () => this.disconnect(DISCONNECTS.slow),
    });
  }

  /** Bytes that wait for the peer to read. */
  get waitingBytes(): number {
    return this.#outbox.waitingBytes;
  }

  /** The dialect that is spoken, or a name for those between which is not decided. */
  get dialect(): string {
    return this.#host.speaks ?? this.#dialect?.name ?? "none";
  }

  /** Takes the socket over; the session is opened once the socket is. */
  attach(dialect: Dialect, request: OpenRequest): void {
    const socket = this.#socket;
    this.#dialect = dialect;
    const host = this.#host;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => host.open(dialect, request);
    socket.onmessage = ({ data }) => host.guard(() => this.#take(data));
    socket.onclose = ({ code, wasClean }) =>
      host.guard(() => {
        this.#count.endedByClient(code);
        this.#finish(wasClean);
      });
    socket.onerror = () => host.guard(() => this.#finish(false));
  }

  send(frame: Frame): void {
    if (this.#closing) return;
    this.#sent?.add();
    this.#outbox.send(frame);
  }

  get isGone(): boolean {
    return this.#closing;
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
    this.#host.guard(() => this.#host.end());
  }

  /** Ends the session now; the peer may take its time to close the socket. */
  disconnect(disconnect: Disconnect): void {
    if (this.#closing) return;
    this.#closing = true;
    const { code, reason } = this.#dialect?.ending?.(disconnect) ?? disconnect;
    this.#count.endedByServer(disconnect, code);
    this.#ports.observer.detail?.("socket is closed", { code, reason });
    const drained = this.#isDrained;
    this.#outbox.close();
    try {
      this.#socket.close(code, cutReason(reason));
    } catch (error) {
      this.#ports.observer.bug("close socket", error);
    }
    this.#host.stop({ drained });
  }

  ended(): void {
    this.#closing = true;
    this.#outbox.close();
    this.#count.end();
    this.#onEnd();
  }

  #take(data: string | ArrayBuffer): void {
    if (this.#closing) return;
    this.#host.take(
      typeof data === "string" ? data : new TextDecoder().decode(data),
    );
  }

  /** Nothing waits here, or in the runtime. */
  get #isDrained(): boolean {
    return this.#outbox.empty && this.#socket.bufferedAmount === 0;
  }

  #finish(clean: boolean): void {
    this.#closing = true;
    const drained = this.#isDrained;
    this.#outbox.close();
    this.#host.finish({ drained, clean });
  }
}
