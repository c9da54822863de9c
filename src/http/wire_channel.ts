/**
 * What `/asyncapi.json` tells of a dialect.
 *
 * @module
 */
import { z } from "zod";
import type { Json } from "../core/types.ts";

/** One kind of frame. */
export interface WireMessage {
  /** Unique among those that go the same way in a dialect. */
  readonly name: string;
  readonly summary: string;
  /** The schema that reads it, or that it is held against. */
  readonly schema: z.ZodType;
  readonly example: Json;
  readonly description?: string;
}

/** A request of a client, and the answer that it always gets. */
export interface WireRequest extends WireMessage {
  readonly answer?: WireMessage;
}

/** One dialect. */
export interface WireChannel {
  readonly dialect: string;
  /** The path of the socket. */
  readonly address: string;
  readonly title: string;
  readonly description: string;
  /** What clients send. */
  readonly received: readonly WireRequest[];
  /** What the server sends without having been asked, or to others as well. */
  readonly sent: readonly WireMessage[];
}

/** A frame's schema with the type that it is chosen by. */
export function typed(type: string, schema: z.ZodObject): z.ZodObject {
  return z.looseObject({ type: z.literal(type), ...schema.shape });
}
