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
  readonly #turns: Turns;

  /** @param waitingMax Passwords that may wait for their turn. */
  constructor(waitingMax: number) {
    this.#turns = new Turns({ atOnce: AT_ONCE, waitingMax });
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

  #derive(
    password: string,
    { salt, ...cost }: { salt: string; N: number; r: number; p: number },
  ): Promise<Uint8Array & { toString(encoding: "hex"): string }> {
    return this.#turns.run(() =>
      new Promise((resolve, reject) => {
        scrypt(
          password.normalize("NFC"),
          salt,
          KEY_BYTES,
          { ...cost, maxmem: MEMORY_BYTES_MAX },
          (error, key) => error ? reject(error) : resolve(key),
        );
      })
    );
  }
}

/** Lets a few run at once and a bounded number wait, first come first served. */
export class Turns {
  readonly #atOnce: number;
  readonly #waitingMax: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: { atOnce: number; waitingMax: number }) {
    this.#atOnce = options.atOnce;
    this.#waitingMax = options.waitingMax;
  }

  /**
   * Runs a task when its turn has come.
   *
   * @throws {ChatError} `busy` if too many wait: then it is never run.
   */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running++;
    else await this.#turn();
    try {
      return await task();
    } finally {
      // A turn is handed on: nobody who comes in between can take it too.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax) {
      throw new ChatError("busy", "Cannot sign in: too many do");
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    return promise;
  }
}
