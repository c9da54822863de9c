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

/**
 * One listening port.
 *
 * Out of file descriptors, the runtime gives up listening and the promise of
 * its end rejects; open sockets live on. It is opened again until it works.
 */
export class Listener {
  readonly #handler: Handler;
  readonly #observer: Observer;
  readonly #hostname: string;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #stopped = false;

  /** @throws {ListenError} The port cannot be had. */
  constructor(
    handler: Handler,
    address: { hostname: string; port: number },
    observer: Observer,
  ) {
    this.#handler = handler;
    this.#observer = observer;
    this.#hostname = address.hostname;
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
    const server = Deno.serve(
      { hostname: this.#hostname, port, onListen: () => {} },
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
