/**
 * What an API document tells of one operation.
 *
 * @module
 */
import type { z } from "zod";
import type { Json } from "../core/types.ts";

/** A parameter in the path, the query or a header. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
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

/** Media types of plain text, with an example each. */
export type Texts = Readonly<Record<string, string>>;

/** What an operation answers. */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly texts?: Texts;
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
    /** Types of bodies that are taken as they are, with an example each. */
    readonly texts?: Texts;
  };
  /** By status; with neither a schema nor texts it has no body. */
  readonly answers: Readonly<Record<number, Answer>>;
  readonly examples: readonly Example[];
  /** Where the settings name a token, it is needed for this. */
  readonly changesRooms?: boolean;
  /** A user's token may be brought. */
  readonly speaks?: boolean;
}
