/** The ETag of an entity. */
export function eTag(
  entity: string | Uint8Array,
  options?: { weak?: boolean },
): Promise<string>;
/** False where the value of an If-None-Match header names this ETag: answer 304. */
export function ifNoneMatch(
  value: string | null,
  etag: string | undefined,
): boolean;
