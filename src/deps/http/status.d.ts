/** HTTP status codes by name. */
export const STATUS_CODE: {
  readonly OK: 200;
  readonly NoContent: 204;
  readonly NotModified: 304;
  readonly BadRequest: 400;
  readonly Forbidden: 403;
  readonly NotFound: 404;
  readonly MethodNotAllowed: 405;
  readonly URITooLong: 414;
  readonly UpgradeRequired: 426;
  readonly InternalServerError: 500;
  readonly ServiceUnavailable: 503;
};
