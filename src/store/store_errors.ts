/**
 * What a sender is told of a store that fails.
 *
 * @module
 */
import { ChatError } from "../core/errors.ts";
import { isFull, isLocked, ReplyLost } from "./retry.ts";

/** What a failed commit means for the sender; `undefined`: try again. */
export function refusalOf(error: unknown): ChatError | undefined {
  if (error instanceof ReplyLost || isLocked(error)) return undefined;
  return storageError(error);
}

/** Nothing more can be said. */
export function storageError(error: unknown): ChatError {
  return isFull(error)
    ? new ChatError("storage_full", "Cannot store message: disk is full")
    : new ChatError("storage_failed", "Cannot store message: storage failed");
}

/** It may be tried again. */
export function busy(): ChatError {
  return new ChatError("busy", "Cannot store message: storage is busy");
}
