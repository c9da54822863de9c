import { createHmac, timingSafeEqual } from "node:crypto";
import type { Seal } from "../core/guest_tokens.ts";

/** Seals texts with HMAC-SHA256, in base64url. */
export class HmacSeal implements Seal {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  of(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64url");
  }

  matches(text: string, seal: string): boolean {
    const bytes = new TextEncoder();
    const [given, right] = [bytes.encode(seal), bytes.encode(this.of(text))];
    return given.length === right.length && timingSafeEqual(given, right);
  }
}
