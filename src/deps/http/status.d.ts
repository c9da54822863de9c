/** HTTP status codes by name. */
export const STATUS_CODE: {
  readonly OK: 200;
  readonly Created: 201;
  readonly NoContent: 204;
  readonly NotModified: 304;
  readonly BadRequest: 400;
  readonly Unauthorized: 401;
  readonly Forbidden: 403;
  readonly NotFound: 404;
  readonly MethodNotAllowed: 405;
  readonly Conflict: 409;
  readonly ContentTooLarge: 413;
  readonly URITooLong: 414;
  readonly UpgradeRequired: 426;
  readonly TooManyRequests: 429;
  readonly InternalServerError: 500;
  readonly ServiceUnavailable: 503;
};
/** One of `STATUS_CODE`. */
export type StatusCode = typeof STATUS_CODE[keyof typeof STATUS_CODE];
/** What HTTP calls each of them. */
export const STATUS_TEXT: { readonly [code in StatusCode]: string };
