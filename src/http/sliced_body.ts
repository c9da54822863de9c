/** What the runtime is handed at a time, in bytes. */
const SLICE_BYTES = 65_536;

/**
 * A body that is handed over as its reader takes it: the runtime copies what
 * it is handed, and keeps it for as long as the peer does not read.
 *
 * @param done Called once a long body was read, or nobody reads it any more.
 */
export function slicedBody(
  bytes: Uint8Array<ArrayBuffer>,
  done: () => void = () => {},
): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> {
  if (bytes.length <= SLICE_BYTES) return bytes;
  let begin = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(begin, begin += SLICE_BYTES));
      if (begin < bytes.length) return;
      controller.close();
      done();
    },
    cancel: done,
  }, { highWaterMark: 0 });
}
