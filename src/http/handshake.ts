/**
 * Checks of a request that the runtime does not make.
 *
 * @module
 */
import { STATUS_CODE } from "@std/http/status";

/** The only WebSocket version there is (RFC 6455, 4.1). */
const VERSION = "13";

/** 16 bytes in base64 (RFC 6455, 4.1). */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/** What a Host header may consist of; anything else could shift the path. */
const HOST = /^[A-Za-z0-9._:\[\]-]+$/;

/** The longest URL that is looked at, in bytes. */
const URL_BYTES_MAX = 8_192;

/** After so many seconds a client that was refused may try again. */
const RETRY_AFTER_S = 5;

/** A plain answer in the words of the documents' error object. */
export function refusal(
  status: number,
  error: string,
  headers: HeadersInit = {},
): Response {
  return Response.json({ error }, { status, headers });
}

/** The answer to one socket too many, or too late. */
export function unavailable(why: string): Response {
  return refusal(STATUS_CODE.ServiceUnavailable, why, {
    "retry-after": String(RETRY_AFTER_S),
  });
}

/** The request's URL, or the answer to one that has none. */
export function checkUrl(request: Request): URL | Response {
  const host = request.headers.get("host");
  if (host !== null && !HOST.test(host)) {
    return refusal(STATUS_CODE.BadRequest, "Host header is not valid");
  }
  if (request.url.length > URL_BYTES_MAX) {
    return refusal(STATUS_CODE.URITooLong, "URL is too long");
  }
  const url = URL.parse(request.url);
  return url ?? refusal(STATUS_CODE.BadRequest, "URL is not valid");
}

/** Whether a request wants to become a WebSocket, by any letter case. */
export function wantsSocket(request: Request): boolean {
  return hasToken(request.headers.get("upgrade"), "websocket");
}

/** The answer to a handshake that RFC 6455, 4.2.1 does not allow. */
export function checkHandshake({ method, headers }: Request): Response | null {
  if (method !== "GET") {
    return refusal(STATUS_CODE.BadRequest, "WebSocket needs the method GET");
  }
  if (!hasToken(headers.get("connection"), "upgrade")) {
    return refusal(STATUS_CODE.BadRequest, "Connection header lacks Upgrade");
  }
  if (headers.get("sec-websocket-version") !== VERSION) {
    return refusal(
      STATUS_CODE.UpgradeRequired,
      "Sec-WebSocket-Version must be 13",
      { "sec-websocket-version": VERSION },
    );
  }
  if (!KEY.test(headers.get("sec-websocket-key") ?? "")) {
    return refusal(STATUS_CODE.BadRequest, "Sec-WebSocket-Key is not valid");
  }
  return null;
}

function hasToken(header: string | null, token: string): boolean {
  return (header ?? "").split(",")
    .some((part) => part.trim().toLowerCase() === token);
}
