import { type Disconnect, DISCONNECTS } from "../core/errors.ts";
import type { Meter } from "../core/ports.ts";

/** Codes of RFC 6455, 7.4.1; a client may say any of 4,000 others. */
const STANDARD_CODES = { min: 1000, max: 1015 };

/** What the runtime says of a peer that went without a word. */
const NO_WORD = 0;

/** "No close frame was received" (RFC 6455, 7.4.1). */
const ABNORMAL = 1006;

/** Counts one socket: that it is there, and how it ends. */
export class SocketCount {
  readonly #meter: Meter | undefined;
  #ending: { readonly by: string; readonly code: string } | undefined;
  #ended = false;

  constructor(meter: Meter | undefined) {
    this.#meter = meter;
    meter?.socketsOpened.add();
  }

  /**
   * Notes that the server ends it, unless something else has.
   *
   * @param code As it is sent, if that is not the ending's own.
   */
  endedByServer(ending: Disconnect, code: number = ending.code): void {
    if (this.#ending) return;
    this.#ending = { by: "server", code: String(code) };
    const isSlow = ending.reason === DISCONNECTS.slow.reason;
    if (isSlow) this.#meter?.slowReadersDropped.add();
  }

  /** Notes that the client ends it; without a code where there are none. */
  endedByClient(code?: number): void {
    this.#ending ??= { by: "client", code: labelOf(code) };
  }

  /** It is gone; if nobody has ended it, the client is. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.endedByClient(NO_WORD);
    const { by = "", code = "" } = this.#ending ?? {};
    this.#meter?.socketsClosed.by(by, code).add();
  }
}

function labelOf(code: number | undefined): string {
  if (code === undefined) return "none";
  if (code === NO_WORD) return String(ABNORMAL);
  const { min, max } = STANDARD_CODES;
  return code >= min && code <= max ? String(code) : "other";
}
