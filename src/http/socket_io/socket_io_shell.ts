import type { Socket } from "socket.io";
import { type Disconnect, DISCONNECTS } from "../../core/errors.ts";
import type { Frame } from "../../core/ports.ts";
import type { OpenRequest } from "../../dialects/dialect.ts";
import { type Carrier, type HostPorts, SessionHost } from "../session_host.ts";
import type { Connection } from "./connection.ts";
import { FRAME_EVENT } from "./packet_decoder.ts";

/** Why a socket ends whose client said so. */
const CLIENT_LEFT = "client namespace disconnect";

/**
 * Stands between one Socket.IO socket of the namespace "/" and one session.
 *
 * Frames go both ways as the texts that they are in a WebSocket message:
 * `42["event",…]` and, with an acknowledgement asked for, `427["event",…]` in;
 * `42[…]` and `437[…]` out.
 */
export class SocketIoShell implements Carrier {
  readonly #socket: Socket;
  readonly #connection: Connection;
  readonly #ports: HostPorts;
  readonly #host: SessionHost;
  #closing = false;

  constructor(socket: Socket, connection: Connection, ports: HostPorts) {
    this.#socket = socket;
    this.#connection = connection;
    this.#ports = ports;
    this.#host = new SessionHost(this, ports, connection.bucket);
  }

  /** Takes the socket over and opens its session. */
  attach(request: Omit<OpenRequest, "connectionId">): void {
    const socket = this.#socket;
    const host = this.#host;
    const connection = this.#connection;
    connection.shell = this;
    // Unlike listeners of one event, these hear an event at once: a packet
    // that ends the socket may be right behind it.
    socket.onAny((event: unknown, text: unknown) => {
      if (event === FRAME_EVENT && typeof text === "string") host.take(text);
    });
    socket.on("disconnect", (reason) => {
      host.guard(() => this.#finish(reason === CLIENT_LEFT));
    });
    host.open(connection.visit.dialect, {
      ...request,
      connectionId: () => connection.isIdPublic ? socket.id : undefined,
    });
  }

  send(frame: Frame): void {
    if (this.#closing) return;
    this.#ports.observer.meter?.framesSent.add();
    try {
      this.#connection.send(frame);
    } catch (error) {
      this.#ports.observer.bug("send frame", error);
      this.disconnect(DISCONNECTS.internal);
    }
  }

  drained(): Promise<void> {
    return this.#closing ? Promise.resolve() : this.#connection.drained();
  }

  /**
   * Ends the Socket.IO socket, as the original does: its client hears `41`
   * and closes the connection, which has no codes and reasons for that.
   */
  close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#ports.observer.detail?.("socket is closed", { code, reason });
    this.stop();
    this.#socket.disconnect();
  }

  disconnect(ending: Disconnect): void {
    this.#connection.end(ending);
    // It may have ended before.
    this.stop();
  }

  /** Handles and sends nothing more. */
  stop(): void {
    if (this.#closing) return;
    this.#closing = true;
    const drained = this.#connection.isDrained;
    this.#host.stop({ drained });
  }

  ended(): void {
    this.#closing = true;
    this.#leave();
  }

  #finish(clean: boolean): void {
    this.#closing = true;
    this.#leave();
    this.#host.finish({ drained: this.#connection.isDrained, clean });
  }

  #leave(): void {
    if (this.#connection.shell === this) this.#connection.shell = undefined;
  }
}
