import { keys } from "./keys.ts";
import { REAL_PACE } from "./pace.ts";
import { retryLocked } from "./retry.ts";

/** As many bits as the hash that it is used with. */
const SECRET_BYTES = 32;

/**
 * The store's secret, made at its first start: what it seals is good for all
 * servers on this store, and for no other.
 */
export async function readSecret(kv: Deno.Kv): Promise<Uint8Array> {
  const key = keys.secret();
  for (;;) {
    const { value } = await retryLocked(
      () => kv.get<Uint8Array>(key),
      REAL_PACE,
    );
    if (value) return value;
    const made = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
    await retryLocked(
      () =>
        kv.atomic().check({ key, versionstamp: null }).set(key, made).commit(),
      REAL_PACE,
    );
  }
}
