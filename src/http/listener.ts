import type { Observer } from "../core/ports.ts";
import type { Handler } from "./app.ts";

/** The pause before a listener that failed is opened again, in ms. */
const RELISTEN_PAUSE_MS = 200;

/** A port could not be had, in words for the operator. */
export class ListenError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ListenError";
  }
}

/** Where to listen, and how. */
export interface ListenAddress {
  readonly hostname: string;
  /** 0 is any free one. */
  readonly port: number;
  /** PEM texts; with them it is https and wss. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/**
 * One listening port.
 *
 * Out of file descriptors, the runtime gives up listening and the promise of
 * its end rejects; open sockets live on. It is opened again until it works.
 */
export class Listener {
  readonly #handler: Handler;
  readonly #observer: Observer;
  readonly #address: ListenAddress;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #stopped = false;

  /** @throws {ListenError} The port cannot be had. */
  constructor(
    handler: Handler,
    address: ListenAddress,
    observer: Observer,
  ) {
    this.#handler = handler;
    this.#observer = observer;
    this.#address = address;
    try {
      this.#server = this.#listen(address.port);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ListenError(
        `Cannot listen on ${address.hostname}:${address.port}: ${why}`,
      );
    }
  }

  /** The port, also where any free one was asked for. */
  get port(): number {
    return this.#server.addr.port;
  }

  /** Takes no new connections; resolves when the old ones have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#server.shutdown();
  }

  #listen(port: number): Deno.HttpServer<Deno.NetAddr> {
    const { hostname, tls } = this.#address;
    const server = Deno.serve(
      { hostname, port, onListen: () => {}, ...tls },
      (request, { remoteAddr }) => this.#handler(request, remoteAddr.hostname),
    );
    server.finished.then(
      () => this.#relisten(port, "ended"),
      (error) => this.#relisten(port, error),
    );
    return server;
  }

  #relisten(port: number, why: unknown): void {
    if (this.#stopped) return;
    this.#observer.trouble("listen", why);
    setTimeout(() => {
      if (this.#stopped) return;
      try {
        this.#server = this.#listen(this.#server.addr.port);
      } catch (error) {
        this.#relisten(port, error);
      }
    }, RELISTEN_PAUSE_MS);
  }
}
