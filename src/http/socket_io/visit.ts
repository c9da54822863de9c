import type { Dialect, Profile } from "../../dialects/dialect.ts";
import type { Resumption } from "../../core/resumption.ts";
import type { Admission } from "../admission.ts";

/** What a request under Socket.IO's path, or one that chose its dialect, asks for. */
export interface VisitOptions {
  readonly url: URL;
  readonly address: string;
  readonly dialect: Dialect;
  readonly profile: Profile;
  /** The subprotocol that chose the dialect. */
  readonly protocol?: string | undefined;
  /** Where the connection is to go on, if it was asked for. */
  readonly resume?: Resumption;
}

/**
 * One request, and the place of the connection that it may have made.
 *
 * A connection is counted from its handshake on, whatever transports it uses;
 * several things may end it, each of which says so.
 */
export class Visit {
  readonly url: URL;
  readonly address: string;
  readonly dialect: Dialect;
  readonly profile: Profile;
  readonly protocol: string | undefined;
  readonly resume: Resumption | undefined;
  #admission: Admission | undefined;

  constructor(options: VisitOptions) {
    this.url = options.url;
    this.address = options.address;
    this.dialect = options.dialect;
    this.profile = options.profile;
    this.protocol = options.protocol;
    this.resume = options.resume;
  }

  /** Counts the connection, or says why it cannot be. */
  enter(admission: Admission): string | undefined {
    const full = admission.enter(this.address);
    if (full === undefined) this.#admission = admission;
    return full;
  }

  /** The connection is gone, or never came to be. */
  leave(): void {
    this.#admission?.leave(this.address);
    this.#admission = undefined;
    this.resume?.abandon();
  }
}
