/**
 * Pages, and what they may do: their own scripts alone, and nothing of others.
 *
 * @module
 */
import { eTag, ifNoneMatch } from "@std/http/etag";
import { STATUS_CODE } from "@std/http/status";
import type { StaticFile } from "./static_files.ts";

/** Nothing but our own files, no inline code, no HTML from strings. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
};

/** What the page is written with, for a server whose lobby is called so. */
const LOBBY = '<meta name="lobby" content="general">';

/** A file as a server with this lobby serves it. */
export function withLobby(file: StaticFile, lobby: string): StaticFile {
  const told = `<meta name="lobby" content="${escaped(lobby)}">`;
  return { ...file, text: file.text.replace(LOBBY, () => told) };
}

/** For a value between double quotes. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}

/** Answers with one of these files, or with 304. */
export async function serveFile(
  file: StaticFile,
  request: Request,
): Promise<Response> {
  const etag = await eTag(file.text, { weak: true }) ?? "";
  const headers = {
    ...HEADERS,
    ...file.headers,
    "content-type": file.type,
    etag,
  };
  if (!ifNoneMatch(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: STATUS_CODE.NotModified, headers });
  }
  const bytes = new TextEncoder().encode(file.text);
  // Said here, because an answer to HEAD has no body to take it from.
  const length = String(bytes.byteLength);
  return new Response(bytes, {
    headers: { ...headers, "content-length": length },
  });
}
