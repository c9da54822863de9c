/**
 * A URL's path as it was sent: a parsed URL has resolved `%2e%2e` in it, which
 * may be the id of a room.
 *
 * @module
 */

/** The path, percent-encoded as it came. */
export function rawPath(url: string): string {
  const begin = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.slice(begin).search(/[?#]/);
  return end < 0 ? url.slice(begin) : url.slice(begin, begin + end);
}

/**
 * A segment of such a path, decoded; the first is what is before the first
 * slash. `undefined` where it is not percent-encoded UTF-8, or missing.
 */
export function segment(path: string, index: number): string | undefined {
  const raw = path.split("/")[index];
  if (raw === undefined) return undefined;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}
