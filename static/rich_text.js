/**
 * Texts of others: links are made of addresses with http and https, nothing
 * else is interpreted.
 *
 * @module
 */
import { element } from "./element.js";

/** Up to a space, a quote or a mark that turns the direction of writing. */
const ADDRESS =
  /https?:\/\/[^\s<>"'`\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi;
/** What ends a sentence is seldom the end of an address. */
const SENTENCE_END = ".,;:!?…*_~";
const PAIRS = { ")": "(", "]": "[", "}": "{" };

/**
 * @param {string} text
 * @returns {(string | Element)[]} Texts and links, for `append`.
 */
export function richText(text) {
  const parts = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = trimmed(found);
    if (!isAddress(address)) continue;
    parts.push(text.slice(done, index), linkTo(address));
    done = index + address.length;
  }
  parts.push(text.slice(done));
  return parts.filter((part) => part !== "");
}

/**
 * Without what is likely the sentence's: marks, and brackets not opened in it.
 *
 * In one pass: a text of nothing but brackets would hold up every reader.
 */
function trimmed(found) {
  const counts = new Map();
  for (const mark of found) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  let end = found.length;
  for (; end > 0; end--) {
    const last = found[end - 1];
    if (SENTENCE_END.includes(last)) continue;
    const opening = PAIRS[last];
    if (opening === undefined) break;
    const count = counts.get(last);
    if ((counts.get(opening) ?? 0) >= count) break;
    counts.set(last, count - 1);
  }
  return found.slice(0, end);
}

function isAddress(text) {
  const { protocol, hostname } = URL.parse?.(text) ?? parsed(text) ?? {};
  return (protocol === "http:" || protocol === "https:") && hostname !== "";
}

function parsed(text) {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function linkTo(address) {
  return element("a", {
    href: address,
    // Also between words that are written from right to left.
    dir: "ltr",
    target: "_blank",
    rel: "noopener noreferrer nofollow",
  }, [address]);
}
