import { createHash, timingSafeEqual } from "node:crypto";

/**
 * A secret that requests must bring: `Authorization: Bearer <token>` (RFC 6750).
 *
 * Only its digest is kept: it cannot get into a log or an answer.
 */
export class BearerToken {
  readonly #digest: Uint8Array | undefined;

  /** @param token Empty: none is needed. */
  constructor(token: string) {
    this.#digest = token === "" ? undefined : digestOf(token);
  }

  /** Requests need one. */
  get isNeeded(): boolean {
    return this.#digest !== undefined;
  }

  /** Why a request may not go on, or `undefined`; takes as long for any token. */
  refuse({ headers }: Request): "missing" | "wrong" | undefined {
    if (!this.#digest) return undefined;
    const given = /^bearer +(\S+)$/i.exec(headers.get("authorization") ?? "");
    if (given?.[1] === undefined) return "missing";
    const isRight = timingSafeEqual(digestOf(given[1]), this.#digest);
    return isRight ? undefined : "wrong";
  }
}

function digestOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
