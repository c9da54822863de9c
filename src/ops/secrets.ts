import { createHash, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import type { PasswordHash, Secrets } from "../core/accounts.ts";
import { ChatError } from "../core/errors.ts";

/** scrypt as OWASP's Password Storage sheet has it, 16 MiB a time (about 270 ms). */
const COST = { N: 2 ** 14, r: 8, p: 5 } as const;

const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** Bytes that one hash may use: what its parameters need, and then some. */
const MEMORY_BYTES_MAX = 64 * 1024 * 1024;

/** Hashes at a time: they run on threads of their own, but on the same cores. */
const AT_ONCE = 2;

/** Hashes passwords with `node:crypto`, which every Deno has. */
export class ScryptSecrets implements Secrets {
  readonly #waitingMax: number;
  #running = 0;
  #waiting: (() => void)[] = [];

  /** @param waitingMax Passwords that may wait for their turn. */
  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  async hash(password: string): Promise<PasswordHash> {
    const salt = randomBytes(SALT_BYTES).toString("hex");
    const key = await this.#derive(password, { salt, ...COST });
    return { kind: "scrypt", ...COST, salt, key: key.toString("hex") };
  }

  async verify(password: string, hash: PasswordHash): Promise<boolean> {
    const { N, r, p, salt, key } = hash;
    const expected = Uint8Array.from(
      (String(key).match(/../g) ?? []).map((pair) => parseInt(pair, 16)),
    );
    const derived = await this.#derive(password, {
      salt: String(salt),
      N: Number(N),
      r: Number(r),
      p: Number(p),
    });
    return derived.length === expected.length &&
      timingSafeEqual(derived, expected);
  }

  accessKey(): string {
    return crypto.randomUUID();
  }

  digest(secret: string): string {
    return createHash("sha256").update(secret).digest("hex");
  }

  async #derive(
    password: string,
    { salt, ...cost }: { salt: string; N: number; r: number; p: number },
  ): Promise<Uint8Array & { toString(encoding: "hex"): string }> {
    await this.#turn();
    try {
      return await new Promise((resolve, reject) => {
        scrypt(
          password.normalize("NFC"),
          salt,
          KEY_BYTES,
          { ...cost, maxmem: MEMORY_BYTES_MAX },
          (error, key) => error ? reject(error) : resolve(key),
        );
      });
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= this.#waitingMax) {
        throw new ChatError("busy", "Cannot sign in: too many do");
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
  }
}
