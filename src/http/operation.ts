/**
 * What an API document tells of one operation.
 *
 * @module
 */
import type { z } from "zod";
import type { Json } from "../core/types.ts";

/** A parameter in the path or the query. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly description: string;
  /** Its schema. */
  readonly schema: z.ZodType;
  readonly example?: Json;
}

/** One request as it may be sent, and what it is answered. */
export interface Example {
  /** Unique among an operation's. */
  readonly name: string;
  /** When it is answered so. */
  readonly summary: string;
  /** Values of parameters that are not as in their own examples. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly status: number;
  /** Absent: the answer has no body. */
  readonly answer?: Json;
}

/** One method of one path. */
export interface Operation {
  readonly method: "get" | "post" | "delete";
  /** With `{name}` for what varies. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly Parameter[];
  readonly body?: {
    readonly schema: z.ZodType;
    readonly types: readonly string[];
  };
  /** The answers by status; without a schema they have no body. */
  readonly answers: Readonly<
    Record<number, {
      readonly description: string;
      readonly schema?: z.ZodType;
    }>
  >;
  readonly examples: readonly Example[];
  /** Where the settings name a token, it is needed for this. */
  readonly changesRooms?: boolean;
}
