/**
 * Answers of chat by curl.
 *
 * @module
 */
import { STATUS_CODE, type StatusCode } from "@std/http/status";
import { ChatError, type ErrorCode } from "../core/errors.ts";

const MS_PER_SECOND = 1_000;

/** Seconds after which to try again where nothing better is known. */
const RETRY_AFTER_S = 5;

/** A closed room, in nest-chat's words. */
const CLOSED = {
  code: "access-forbidden",
  message: "The access is forbidden",
  retryable: false,
};

/** Says why not: `{"code","message","retryable"}`. */
export function chatRefusal(error: ChatError): Response {
  const { code, message, retryable, retryAfterMs } = error;
  const status = statusOf(code);
  const body = code === "room_closed" ? CLOSED : { code, message, retryable };
  const headers = new Headers();
  if (status === STATUS_CODE.Unauthorized) {
    const realm = 'Bearer realm="parley", error="invalid_token"';
    headers.set("www-authenticate", realm);
  }
  if (retryable) {
    const seconds = retryAfterMs === undefined
      ? RETRY_AFTER_S
      : Math.ceil(retryAfterMs / MS_PER_SECOND);
    headers.set("retry-after", String(seconds));
  }
  return Response.json(body, { status, headers });
}

/** The refusal of a page from elsewhere. */
export function foreignOrigin(): Response {
  const message = "Origin is not allowed";
  const body = { code: "access-forbidden", message, retryable: false };
  return Response.json(body, { status: STATUS_CODE.Forbidden });
}

/** The refusal of another method than these. */
export function otherMethod(method: string, allow: string): Response {
  const message = `Cannot ${method} this path: ${allow} can be had`;
  return Response.json({ code: "bad_frame", message, retryable: false }, {
    status: STATUS_CODE.MethodNotAllowed,
    headers: { allow },
  });
}

function statusOf(code: ErrorCode): StatusCode {
  switch (code) {
    case "bad_frame":
    case "bad_field":
      return STATUS_CODE.BadRequest;
    case "bad_token":
    case "sign_in_first":
    case "wrong_password":
      return STATUS_CODE.Unauthorized;
    case "room_closed":
    case "not_yours":
    case "not_member":
      return STATUS_CODE.Forbidden;
    case "room_missing":
    case "gone":
      return STATUS_CODE.NotFound;
    case "conflict":
    case "name_taken":
    case "limit_reactions":
      return STATUS_CODE.Conflict;
    case "too_long":
      return STATUS_CODE.ContentTooLarge;
    case "rate_limited":
      return STATUS_CODE.TooManyRequests;
    case "limit_rooms":
    case "limit_accounts":
    case "busy":
    case "storage_full":
    case "storage_failed":
      return STATUS_CODE.ServiceUnavailable;
  }
}
