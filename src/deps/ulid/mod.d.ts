/** A ULID; not in strict order within one millisecond. */
export function ulid(seedTime?: number): string;
/** A ULID greater than the last one that this function made, in this process. */
export function monotonicUlid(seedTime?: number): string;
/** The time of a ULID, in ms since the epoch. */
export function decodeTime(ulid: string): number;
