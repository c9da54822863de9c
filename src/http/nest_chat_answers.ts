/**
 * Answers in nest-chat's shapes.
 *
 * Source: transcripts/nest-chat.jsonl.
 *
 * @module
 */
import { STATUS_CODE, STATUS_TEXT, type StatusCode } from "@std/http/status";

import { slicedBody } from "./sliced_body.ts";

const JSON_TYPE = "application/json; charset=utf-8";

/** An answer whose body is a value. */
export function answer(status: StatusCode, body: unknown): Response {
  return answerText(status, JSON.stringify(body));
}

/**
 * An answer whose body is JSON by now.
 *
 * @param bodyOf Makes the body of its bytes.
 */
export function answerText(
  status: StatusCode,
  text: string,
  bodyOf: (bytes: Uint8Array<ArrayBuffer>) => BodyInit = slicedBody,
): Response {
  const bytes = new TextEncoder().encode(text);
  const headers = {
    "content-type": JSON_TYPE,
    "content-length": String(bytes.length),
  };
  return new Response(bodyOf(bytes), { status, headers });
}

/** An answer without a body. */
export function answerEmpty(status: StatusCode): Response {
  return new Response(null, { status });
}

/**
 * A refusal as NestJS words those that are not about rooms.
 *
 * @param message One sentence, or a list with a line for each field.
 */
export function nestRefusal(
  status: StatusCode,
  message: string | readonly string[],
  headers: Readonly<Record<string, string>> = {},
): Response {
  const error = STATUS_TEXT[status];
  const response = answer(status, { statusCode: status, message, error });
  for (const [name, value] of Object.entries(headers)) {
    response.headers.set(name, value);
  }
  return response;
}

/** A refusal that is about a room. */
export function roomRefusal(
  status: StatusCode,
  body: { readonly code: string; readonly message: string },
): Response {
  return answer(status, body);
}

/** The answer to a request that nothing is there for. */
export function cannot(method: string, path: string): Response {
  return nestRefusal(STATUS_CODE.NotFound, `Cannot ${method} ${path}`);
}
