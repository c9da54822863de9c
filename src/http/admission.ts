import type { Limits } from "../core/limits.ts";

/** Counts open sockets, by address and in all. */
export class Admission {
  readonly #limits: Limits;
  readonly #byAddress = new Map<string, number>();
  #all = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Open sockets. */
  get size(): number {
    return this.#all;
  }

  /** Counts one more socket, or says why it cannot be. */
  enter(address: string): string | undefined {
    const { SOCKETS_MAX, SOCKETS_PER_ADDRESS_MAX } = this.#limits;
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (this.#all >= SOCKETS_MAX) {
      return `Cannot open socket: ${SOCKETS_MAX} are open`;
    }
    if (ofAddress >= SOCKETS_PER_ADDRESS_MAX) {
      return `Cannot open socket: ${SOCKETS_PER_ADDRESS_MAX} are open from this address`;
    }
    this.#all++;
    this.#byAddress.set(address, ofAddress + 1);
    return undefined;
  }

  /** Counts one less. */
  leave(address: string): void {
    const ofAddress = this.#byAddress.get(address) ?? 0;
    this.#all--;
    if (ofAddress > 1) this.#byAddress.set(address, ofAddress - 1);
    else this.#byAddress.delete(address);
  }
}
