/**
 * Which web pages may talk to this server.
 *
 * There are no cookies here, so a foreign page gains nothing that its visitor
 * could not reach anyway, except a server on the visitor's own machine or
 * network. Clients of the originals come from anywhere: open by default.
 */
export class OriginPolicy {
  readonly #allowed: ReadonlySet<string>;

  /** @param allowed Origins such as `https://example.org`; `*` is any. */
  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed);
  }

  /** Whether a page of this origin may; no Origin header is no page. */
  allows(origin: string | null, url: URL): boolean {
    if (origin === null || this.#allowed.has("*")) return true;
    return this.#allowed.has(origin) || URL.parse(origin)?.host === url.host;
  }

  /** Pages of any origin may. */
  get isOpen(): boolean {
    return this.#allowed.has("*");
  }

  /**
   * The CORS headers of an answer to a page that is allowed and that sends
   * credentials, though nobody reads them: old Socket.IO clients do.
   */
  credentialHeaders(origin: string | null): Record<string, string> {
    if (origin === null) {
      return { vary: "origin", "access-control-allow-origin": "*" };
    }
    return {
      vary: "origin",
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
    };
  }

  /** The CORS headers of an answer to this origin. */
  headers(origin: string | null): Record<string, string> {
    if (this.#allowed.has("*")) return { "access-control-allow-origin": "*" };
    const vary = { vary: "origin" };
    if (origin === null || !this.#allowed.has(origin)) return vary;
    return { ...vary, "access-control-allow-origin": origin };
  }
}
