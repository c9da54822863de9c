/**
 * parley.v1 on the wire: what a client calls its request by.
 *
 * @module
 */
import { z } from "zod";

/** Units of a request's id, where it is a string. */
export const ID_UNITS_MAX = 64;

/** UTF-16 units at the beginning of a refused frame in which its id is sought. */
const SOUGHT_UNITS_MAX = 4_096;

/** What a client calls its request by; it comes back in the reply. */
export const requestId = z.union([z.string().max(ID_UNITS_MAX), z.int()]);

/** What comes back in a reply; null: the request had none that could be read. */
export type RequestId = string | number | null;

/** A string, or as much else as is no structure; sticky: where one looks. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[^"[\]{}]+|[[\]{}]/y;

/** What is behind the name of a field, if that may be an id. */
const VALUE = /\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+)\s*[,}]/y;

/**
 * The id of a frame that is refused unread, as far as its beginning tells: for
 * frames that are too long, too deep or too many to be parsed.
 *
 * @returns Null where there is none, or it is not within the first 4,096 units.
 */
export function idOfUnread(frame: string): RequestId {
  const head = frame.slice(0, SOUGHT_UNITS_MAX);
  let level = 0;
  TOKEN.lastIndex = 0;
  for (;;) {
    const token = TOKEN.exec(head)?.[0];
    if (token === undefined) return null;
    if (token === "{" || token === "[") level++;
    else if (token === "}" || token === "]") level--;
    else if (level === 0 && token.trim() !== "") return null;
    else if (level === 1 && token === '"id"') {
      VALUE.lastIndex = TOKEN.lastIndex;
      const value = VALUE.exec(head)?.[1];
      if (value !== undefined) return idOf(value);
    }
  }
}

function idOf(json: string): RequestId {
  try {
    return requestId.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    // Control characters, or digits that JSON does not have.
    return null;
  }
}
