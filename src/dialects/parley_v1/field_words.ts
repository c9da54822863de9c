/**
 * parley.v1 on the wire: what is said of a field that cannot be taken.
 *
 * @module
 */
import type { z } from "zod";

const WORDS: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a whole number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
};

/**
 * Says in a few words of ours what a field must be.
 *
 * @param issue With its input: see zod's `reportInput`.
 */
export function fieldWords(issue: z.core.$ZodIssue): string {
  const path = issue.path.join(".");
  if (issue.input === undefined) return `${path} is missing`;
  switch (issue.code) {
    case "invalid_type":
      return `${path} must be ${WORDS[issue.expected] ?? "of another type"}`;
    case "too_small":
      return `${path} must be ${issue.minimum} or more`;
    case "too_big":
      return `${path} must be ${issue.maximum} or less`;
    case "invalid_format":
      return `${path} must be a user's id`;
    default:
      return `${path} cannot be read`;
  }
}
