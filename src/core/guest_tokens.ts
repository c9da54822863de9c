import { TOKEN_TTL_MS } from "./limits.ts";
import type { Clock } from "./ports.ts";
import type { Author } from "./types.ts";

/** What every guest's token begins with; no access key does. */
const PREFIX = "guest1";

/** A mark that nobody without this store's secret can make. */
export interface Seal {
  of(text: string): string;
  /** In constant time. */
  matches(text: string, seal: string): boolean;
}

/** A token with the time from which on it is useless, ms since the epoch. */
export interface Token {
  readonly token: string;
  readonly expiresAt: number;
}

/**
 * Tokens that bring a guest back as who it was: all is in them, sealed, and
 * nothing is stored. So none can be taken back before its time is over.
 */
export class GuestTokens {
  readonly #seal: Seal;
  readonly #clock: Clock;

  constructor({ seal, clock }: { seal: Seal; clock: Clock }) {
    this.#seal = seal;
    this.#clock = clock;
  }

  /** A token of a guest. */
  issue({ id, number, name }: Author): Token {
    const expiresAt = this.#clock.now() + TOKEN_TTL_MS;
    const said = [PREFIX, id, number, expiresAt, encodeURIComponent(name)];
    const text = said.join(".");
    return { token: `${text}.${this.#seal.of(text)}`, expiresAt };
  }

  /** Whether a text is such a token, good or not. */
  isOne(token: string): boolean {
    return token.startsWith(`${PREFIX}.`);
  }

  /** The guest of a token, if it is good. */
  read(token: string): Author | undefined {
    const end = token.lastIndexOf(".");
    const text = token.slice(0, end);
    if (!this.#seal.matches(text, token.slice(end + 1))) return undefined;
    // A name may have points in it.
    const [, id = "", number, expiresAt, ...name] = text.split(".");
    if (Number(expiresAt) <= this.#clock.now()) return undefined;
    return {
      id,
      number: Number(number),
      name: decodeURIComponent(name.join(".")),
      verified: false,
    };
  }
}
