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
const SENTENCE_END = /[.,;:!?…*_~]+$/;
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

/** Without what is likely the sentence's: marks, and brackets not opened in it. */
function trimmed(found) {
  let address = found;
  for (;;) {
    const last = address.at(-1);
    const opening = PAIRS[last];
    if (SENTENCE_END.test(address)) {
      address = address.replace(SENTENCE_END, "");
    } else if (
      opening !== undefined &&
      countOf(address, opening) < countOf(address, last)
    ) address = address.slice(0, -1);
    else return address;
  }
}

function countOf(text, mark) {
  return text.split(mark).length - 1;
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
    target: "_blank",
    rel: "noopener noreferrer nofollow",
  }, [address]);
}
