import { utf8Length } from "../core/text.ts";

/** Bytes that a close reason may have (RFC 6455, 5.5). */
const REASON_BYTES_MAX = 123;

/** As much of a reason as a close frame may carry. */
export function cutReason(reason: string): string {
  let text = reason.toWellFormed();
  while (utf8Length(text) > REASON_BYTES_MAX) {
    text = Array.from(text).slice(0, -1).join("");
  }
  return text;
}
