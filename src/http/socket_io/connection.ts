import type { Socket as Conn } from "engine.io";
import { type Disconnect, DISCONNECTS } from "../../core/errors.ts";
import type { Frame } from "../../core/ports.ts";
import { utf8Length } from "../../core/text.ts";
import type { TokenBucket } from "../../core/token_bucket.ts";
import { frameBucket, type HostPorts } from "../session_host.ts";
import { SocketCount } from "../socket_count.ts";
import { EngineSocket } from "./engine_socket.ts";
import type { SocketIoShell } from "./socket_io_shell.ts";
import type { Visit } from "./visit.ts";

/** What an Engine.IO packet that waits takes besides its text, roughly. */
const PACKET_BYTES = 128;

/** What is used of engine.io's socket and not in its published types. */
interface Inside {
  /** Packets that wait for a transport that can take them. */
  readonly writeBuffer: readonly unknown[];
  readonly transport: {
    /** Absent while it polls. */
    readonly socket?: unknown;
    readonly writable: boolean;
  };
}

/** One Engine.IO connection, on whatever transport it is at the time. */
export class Connection {
  readonly visit: Visit;
  /** Of all its sessions, one after the other. */
  readonly bucket: TokenBucket;
  /** The session's side, while there is one. */
  shell: SocketIoShell | undefined;
  readonly #conn: Conn;
  readonly #inside: Inside;
  readonly #ports: HostPorts;
  readonly #count: SocketCount;
  /** Bytes in engine.io's own queue. */
  #waitingBytes = 0;
  #flushed: PromiseWithResolvers<void> | undefined;
  #ended = false;

  constructor(conn: Conn, visit: Visit, ports: HostPorts) {
    this.visit = visit;
    this.bucket = frameBucket(ports.chat.limits, ports.clock);
    this.#conn = conn;
    this.#inside = conn as unknown as Inside;
    this.#ports = ports;
    this.#count = new SocketCount(ports.observer.meter);
    conn.on("packetCreate", (packet) => this.#weigh(packet));
    this.#adopt();
    if (!this.#socket) conn.on("upgrade", () => this.#adopt());
  }

  /**
   * Whether strangers may learn the id of a Socket.IO socket.
   *
   * With Engine.IO 3 it is the id of the connection, and whoever knows that of
   * one that polls can poll in its place.
   */
  get isIdPublic(): boolean {
    return this.#conn.protocol !== 3 || this.#socket !== undefined;
  }

  get dialect(): string {
    return this.visit.dialect.name;
  }

  /** Bytes that wait to be polled, or for a transport. */
  get waitingBytes(): number {
    const queued = this.#inside.writeBuffer.length === 0
      ? 0
      : this.#waitingBytes;
    return queued + (this.#socket?.outbox.waitingBytes ?? 0);
  }

  /** Sends one frame, `42[…]`, behind all that was sent before. */
  send(frame: Frame): void {
    const socket = this.#socket;
    const { writeBuffer, transport } = this.#inside;
    if (socket && writeBuffer.length === 0 && transport.writable) {
      socket.outbox.send(frame);
    } else {
      // engine.io puts the first sign of a message before it again.
      this.#conn.write(frame.text.slice(1));
    }
  }

  /** Nothing waits here. */
  get isDrained(): boolean {
    const { writeBuffer } = this.#inside;
    return writeBuffer.length === 0 && (this.#socket?.outbox.empty ?? true);
  }

  /** Resolves when nothing waits, or the connection has ended. */
  async drained(): Promise<void> {
    if (this.#inside.writeBuffer.length > 0 && !this.#ended) {
      this.#flushed ??= this.#nextFlush();
      await this.#flushed.promise;
    }
    await this.#socket?.outbox.drained();
  }

  /** Ends the connection, and whatever session is on it, now. */
  end(ending: Disconnect): void {
    if (this.#ended) return;
    this.#ended = true;
    const { code, reason } = ending;
    this.#count.endedByServer(ending);
    this.#ports.observer.detail?.("connection is closed", { code, reason });
    this.shell?.stop();
    const socket = this.#socket;
    if (socket) socket.ending = ending;
    try {
      this.#conn.close(true);
    } catch (error) {
      this.#ports.observer.bug("close connection", error);
    }
  }

  /** The connection has ended. */
  closed(): void {
    this.#ended = true;
    // engine.io does not tell the code, and there is none where it polls.
    this.#count.endedByClient();
    this.#count.end();
    this.visit.leave();
  }

  get #socket(): EngineSocket | undefined {
    const { socket } = this.#inside.transport;
    return socket instanceof EngineSocket ? socket : undefined;
  }

  #adopt(): void {
    const socket = this.#socket;
    if (socket) socket.end = (ending) => this.end(ending);
  }

  /** Called before the packet is queued; a transport that can takes it at once. */
  #weigh({ data }: { data?: unknown }): void {
    if (this.#inside.writeBuffer.length === 0) this.#waitingBytes = 0;
    this.#waitingBytes += PACKET_BYTES;
    if (typeof data === "string") this.#waitingBytes += utf8Length(data);
    const { OUTBOX_BYTES_MAX } = this.#ports.chat.limits;
    if (this.#waitingBytes > OUTBOX_BYTES_MAX) this.end(DISCONNECTS.slow);
  }

  #nextFlush(): PromiseWithResolvers<void> {
    const flushed = Promise.withResolvers<void>();
    const conn = this.#conn;
    const done = () => {
      conn.removeListener("drain", done);
      conn.removeListener("close", done);
      this.#flushed = undefined;
      flushed.resolve();
    };
    conn.on("drain", done);
    conn.on("close", done);
    return flushed;
  }
}
