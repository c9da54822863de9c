import type { PasswordHash, Secrets } from "../../src/core/accounts.ts";
import { ChatError } from "../../src/core/errors.ts";
import type { Seal } from "../../src/core/guest_tokens.ts";
import type { VouchedUser, Voucher } from "../../src/core/identities.ts";

/** Secrets that cost no time; the real ones have a test of their own. */
export class PlainSecrets implements Secrets {
  readonly #prefix: string;
  #keys = 0;

  /** @param prefix Of access keys: no other instance on the KV may have it. */
  constructor(prefix = "key") {
    this.#prefix = prefix;
  }

  hash(password: string): Promise<PasswordHash> {
    return Promise.resolve({ reversed: reversed(password) });
  }

  verify(password: string, hash: PasswordHash): Promise<boolean> {
    return Promise.resolve(hash.reversed === reversed(password));
  }

  accessKey(): string {
    return `${this.#prefix}-${++this.#keys}`;
  }

  digest(secret: string): string {
    return `digest of ${secret}`;
  }
}

/** A seal that everybody can make; the real one has a test of its own. */
export class PlainSeal implements Seal {
  of(text: string): string {
    return `seal${text.length}`;
  }

  matches(text: string, seal: string): boolean {
    return seal === this.of(text);
  }
}

/** Vouches for `user <id> <name>`; the real one has a test of its own. */
export class PlainVoucher implements Voucher {
  read(token: string): Promise<VouchedUser> {
    const [kind, id = "", name = ""] = token.split(" ");
    if (kind === "user") return Promise.resolve({ id, name });
    const error = new ChatError(
      "bad_token",
      "Cannot use token: it is not good",
    );
    return Promise.reject(error);
  }
}

function reversed(text: string): string {
  return Array.from(text).reverse().join("");
}
