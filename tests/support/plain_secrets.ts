import type { PasswordHash, Secrets } from "../../src/core/accounts.ts";

/** Secrets that cost no time; the real ones have a test of their own. */
export class PlainSecrets implements Secrets {
  #keys = 0;

  hash(password: string): Promise<PasswordHash> {
    return Promise.resolve({ reversed: reversed(password) });
  }

  verify(password: string, hash: PasswordHash): Promise<boolean> {
    return Promise.resolve(hash.reversed === reversed(password));
  }

  accessKey(): string {
    return `key-${++this.#keys}`;
  }

  digest(secret: string): string {
    return `digest of ${secret}`;
  }
}

function reversed(text: string): string {
  return Array.from(text).reverse().join("");
}
