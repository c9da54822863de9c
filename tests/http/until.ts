/** How long a test waits for a condition, in ms. */
const WAIT_MS_MAX = 10_000;

/** The pause between looks, in ms. */
const LOOK_PAUSE_MS = 5;

/** Resolves once a condition holds; fails, with its name, if it never does. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  waitMsMax = WAIT_MS_MAX,
): Promise<void> {
  const deadline = performance.now() + waitMsMax;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`Never: ${what}`);
    await new Promise<void>((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
  }
}

/** What a promise resolves to; fails, with its name, if it never does. */
export async function soon<T>(
  what: string,
  promise: Promise<T>,
  waitMsMax = WAIT_MS_MAX,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`Never: ${what}`)),
    waitMsMax,
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** How a socket is ended; fails if it is not. */
export function ending(
  client: { readonly closed: Promise<{ code: number; reason: string }> },
  waitMsMax = WAIT_MS_MAX,
): Promise<{ code: number; reason: string }> {
  return soon("the socket is closed", client.closed, waitMsMax);
}
