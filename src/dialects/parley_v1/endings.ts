import { type Disconnect, DISCONNECTS } from "../../core/errors.ts";

/**
 * How a socket of this protocol ends. 4000 to 4499: come back, and resume;
 * 4500 to 4999: it would be the same again.
 */
export const ENDINGS = {
  goingAway: { code: 4000, reason: "server is stopping" },
  /** Another session has revoked the token that this one lived by. */
  signedOut: { code: 4001, reason: "signed out" },
  slow: { code: 4008, reason: "reads too slowly" },
  internal: { code: 4011, reason: "internal error" },
  flooded: { code: 4029, reason: "too many unhandled frames" },
  /** Not one of the first frames could be read. */
  protocol: { code: 4500, reason: "does not speak parley.v1" },
  policy: { code: 4503, reason: "not allowed" },
} as const satisfies Record<string, Disconnect>;

/** How this protocol says that a socket ends. */
export function ending(disconnect: Disconnect): Disconnect {
  const { goingAway, slow, internal, flooded, signedOut, policy } = DISCONNECTS;
  if (disconnect.reason === flooded.reason) return ENDINGS.flooded;
  if (disconnect.reason === signedOut.reason) return ENDINGS.signedOut;
  switch (disconnect.code) {
    case goingAway.code:
      return ENDINGS.goingAway;
    case slow.code:
      return ENDINGS.slow;
    case internal.code:
      return ENDINGS.internal;
    case policy.code:
      return { code: ENDINGS.policy.code, reason: disconnect.reason };
    default:
      return disconnect;
  }
}
