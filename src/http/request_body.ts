/** A body that is not read, in words for the client. */
export class BodyError extends Error {
  /** It is too long, as opposed to not being text. */
  readonly tooLong: boolean;

  constructor(why: string, tooLong = false) {
    super(`Cannot read body: ${why}`);
    this.name = "BodyError";
    this.tooLong = tooLong;
  }
}

/**
 * Reads a body as UTF-8, as far as it may be long, with or without a length
 * header. A byte order mark is left out.
 *
 * @throws {BodyError} Also where the peer is gone before the end.
 */
export async function readBody(
  request: Request,
  bytesMax: number,
): Promise<string> {
  const tooLong = `more than ${bytesMax} bytes`;
  // Who says so beforehand need not send it.
  if (Number(request.headers.get("content-length")) > bytesMax) {
    throw new BodyError(tooLong, true);
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  try {
    for await (const part of request.body ?? []) {
      bytes += part.length;
      // Leaving the loop cancels the rest.
      if (bytes > bytesMax) break;
      parts.push(part);
    }
  } catch {
    throw new BodyError("it was cut off");
  }
  if (bytes > bytesMax) throw new BodyError(tooLong, true);
  const whole = await new Blob(parts).arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(whole);
  } catch {
    throw new BodyError("not valid UTF-8");
  }
}
