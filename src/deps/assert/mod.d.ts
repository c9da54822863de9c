/** Thrown by the assertions of this module. */
export class AssertionError extends Error {}
/** Fails unless `expr` is truthy; narrows its type. */
export function assert(expr: unknown, msg?: string): asserts expr;
/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
/** Fails if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
/** Fails unless both are the same by `Object.is`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T;
/** Fails on null and undefined; narrows the type. */
export function assertExists<T>(
  actual: T,
  msg?: string,
): asserts actual is NonNullable<T>;
/** Fails unless `actual` has all that `expected` has. */
export function assertObjectMatch(
  // deno-lint-ignore no-explicit-any -- @std/assert's own signature
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void;
/** Fails unless `actual` has `expected` in it. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void;
/** Fails unless `actual` matches. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void;
/** Fails unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void;
/** Fails unless `actual >= expected`. */
export function assertGreaterOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void;
/** Fails unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void;
/** Fails unless `actual <= expected`. */
export function assertLessOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void;
/** Fails unless `fn` throws an error of that class (and with that text in it). */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  // deno-lint-ignore no-explicit-any -- @std/assert's own signature
  ErrorClass: abstract new (...args: any[]) => E,
  msgIncludes?: string,
  msg?: string,
): E;
/** Fails unless `fn` rejects with an error of that class (and with that text in it). */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  // deno-lint-ignore no-explicit-any -- @std/assert's own signature
  ErrorClass: abstract new (...args: any[]) => E,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
/** Fails always. */
export function fail(msg?: string): never;
