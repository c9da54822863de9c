import { STATUS_CODE } from "@std/http/status";
import type { Observer } from "../core/ports.ts";
import { refusal } from "./handshake.ts";
import { type ListenAddress, Listener } from "./listener.ts";

/** What is asked of whoever comes before there is a chat, in seconds. */
const RETRY_AFTER_S = "2";

/**
 * Answers on the server's ports while the store is waited for: the process is
 * well, it cannot do anything yet.
 */
export class WaitingRoom {
  readonly #addresses: readonly ListenAddress[];
  readonly #observer: Observer;
  #listeners: readonly Listener[] = [];

  constructor(
    { host, ports, tls, observer }: {
      readonly host: string;
      readonly ports: readonly number[];
      readonly tls?: ListenAddress["tls"];
      readonly observer: Observer;
    },
  ) {
    this.#addresses = ports.map((port) => ({ hostname: host, port, tls }));
    this.#observer = observer;
  }

  /** Opens it, unless it is open. @throws {ListenError} A port cannot be had. */
  open(): void {
    if (this.#listeners.length > 0) return;
    this.#listeners = this.#addresses.map((address) =>
      new Listener(answer, address, this.#observer)
    );
  }

  /** Closes it; the ports can be had again. */
  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((one) => one.stop()));
    this.#listeners = [];
  }
}

function answer(request: Request): Response {
  const { pathname } = new URL(request.url);
  const headers = { "connection": "close", "retry-after": RETRY_AFTER_S };
  if (pathname === "/healthz") {
    return Response.json({ status: "ok" }, { headers });
  }
  return refusal(
    STATUS_CODE.ServiceUnavailable,
    "Cannot serve yet: the store does not answer",
    headers,
  );
}
