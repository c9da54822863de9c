import { createHash } from "node:crypto";
import {
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
} from "jose";
import { ChatError } from "../core/errors.ts";
import type { VouchedUser, Voucher } from "../core/identities.ts";

/** Whose tokens are taken, and what must be in them. */
export interface JwtSettings {
  /** Of HS256; "": none. */
  readonly secret: string;
  /** Where the public keys are; "": nowhere. */
  readonly jwksUrl: string;
  /** "": any. */
  readonly issuer: string;
  /** "": any. */
  readonly audience: string;
}

/** Public keys: no secret of theirs can be mistaken for a shared one. */
const PUBLIC_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];

/** What is said of a token that is none, or sealed in another way. */
const NOT_TAKEN = "its form or algorithm is not taken";

/** How long the keys are waited for, in ms. */
const JWKS_TIMEOUT_MS = 5_000;

/** Clocks of two machines may differ by that, in seconds. */
const CLOCK_TOLERANCE_S = 5;

const MS_PER_S = 1_000;

/** Reads JSON Web Tokens (RFC 7519) of the application around parley. */
export class JwtVoucher implements Voucher {
  readonly #settings: JwtSettings;
  readonly #secret: Uint8Array | undefined;
  readonly #keys: JWTVerifyGetKey | undefined;

  constructor(settings: JwtSettings) {
    const { secret, jwksUrl } = settings;
    this.#settings = settings;
    this.#secret = secret === "" ? undefined : new TextEncoder().encode(secret);
    this.#keys = jwksUrl === ""
      ? undefined
      : createRemoteJWKSet(new URL(jwksUrl), {
        timeoutDuration: JWKS_TIMEOUT_MS,
      });
  }

  async read(token: string): Promise<VouchedUser> {
    const { iss = "", sub, exp, ...claims } = await this.#verify(token);
    if (sub === undefined || sub === "") throw refused("it names no user");
    const name = claims.name ?? claims.preferred_username ?? "";
    return {
      id: uuidOf(`${iss}\n${sub}`),
      name: typeof name === "string" ? name : "",
      ...exp !== undefined && { expiresAt: exp * MS_PER_S },
    };
  }

  async #verify(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.#settings;
    const options = {
      clockTolerance: CLOCK_TOLERANCE_S,
      ...issuer !== "" && { issuer },
      ...audience !== "" && { audience },
    };
    try {
      if (this.#secret && isShared(token)) {
        const algorithms = ["HS256"];
        const { payload } = await jwtVerify(token, this.#secret, {
          ...options,
          algorithms,
        });
        return payload;
      }
      if (!this.#keys) {
        throw refused(this.#secret ? NOT_TAKEN : "none is taken here");
      }
      const { payload } = await jwtVerify(token, this.#keys, {
        ...options,
        algorithms: PUBLIC_ALGORITHMS,
      });
      return payload;
    } catch (error) {
      if (error instanceof ChatError) throw error;
      if (isUnavailable(error)) {
        throw new ChatError("busy", "Cannot use token: no keys could be had");
      }
      throw refused(isNotTaken(error) ? NOT_TAKEN : "it is not good");
    }
  }
}

/** Whether a token says that it is sealed with a shared secret. */
function isShared(token: string): boolean {
  const head = token.split(".", 1)[0] ?? "";
  try {
    const text = atob(head.replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(text)?.alg === "HS256";
  } catch {
    return false;
  }
}

/** It says nothing of who made the token. */
function isNotTaken(error: unknown): boolean {
  return error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWSInvalid;
}

/** The keys' server did not answer as it should: that may pass. */
function isUnavailable(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return error instanceof errors.JWKSTimeout ||
    error.code === "ERR_JOSE_GENERIC";
}

/** The same text is the same UUID for ever (as RFC 9562, 5.5, has it). */
function uuidOf(text: string): string {
  const hash = createHash("sha1").update(NAMESPACE).update(text).digest("hex");
  const variant = (parseInt(hash.charAt(16), 16) & 0x3 | 0x8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `5${hash.slice(13, 16)}`,
    variant + hash.slice(17, 20),
    hash.slice(20, 32),
  ].join("-");
}

/** Of parley's outside users; any will do that nobody else has. */
const NAMESPACE = Uint8Array.from(
  "9f6c1a1e5f0b4c64a9d35c0e7f1b2a84".match(/../g) ?? [],
  (pair) => parseInt(pair, 16),
);

function refused(why: string): ChatError {
  return new ChatError("bad_token", `Cannot use token: ${why}`);
}
