/**
 * Which request is which dialect: a row each.
 *
 * @module
 */
import { chatWs } from "./chat_ws.ts";
import type { Dialect } from "./dialect.ts";

interface Row {
  readonly dialect: Dialect;
  /** Whether a path without `?dialect=` is this one's. */
  claims(path: string): boolean;
}

const ROWS: readonly Row[] = [
  { dialect: chatWs, claims: (path) => path === "/" },
];

/** The dialects' names, as in `?dialect=`. */
export const DIALECT_NAMES: readonly string[] = ROWS.map((row) =>
  row.dialect.name
);

/** The dialect of that name. */
export function dialectNamed(name: string): Dialect | undefined {
  return ROWS.find((row) => row.dialect.name === name)?.dialect;
}

/** The dialect that a path is for. */
export function dialectOfPath(path: string): Dialect | undefined {
  return ROWS.find((row) => row.claims(path))?.dialect;
}
