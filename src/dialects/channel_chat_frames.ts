/**
 * channel-chat on the wire: what clients send, and the schemas of what clients of
 * the `document` are sent. Frames are not made from those: tests and documents
 * hold frames against them.
 *
 * @module
 */
import { z } from "zod";
import type { JsonObject } from "./json.ts";

const anything = z.unknown().optional();

/** The schemas that frames from clients are read by. */
export const CLIENT_FRAMES = {
  document: {
    heartbeat: z.looseObject({}),
    identity: z.looseObject({ user: z.string() }),
    message: z.looseObject({ text: z.string() }),
  },
  original: {
    heartbeat: z.looseObject({}),
    identity: z.looseObject({ user: anything }),
    message: z.looseObject({ text: anything }),
  },
} as const;

/** A frame from a client. */
export type ClientFrame =
  | { readonly type: "heartbeat" }
  | {
    readonly type: "identity";
    /** Absent: it was of another type, and this profile refuses that. */
    readonly name?: string;
    /** The user as it came, if at all, where that was no string. */
    readonly raw?: JsonObject;
  }
  | {
    readonly type: "message";
    readonly text: string;
    /** What was sent as text was no string; it is among the fields, if at all. */
    readonly isRaw: boolean;
    /**
     * The frame in the client's order, which the original keeps; what the
     * server says in its place is left blank.
     */
    readonly fields: JsonObject;
  };

/** The document writes booleans as strings. */
const truth = z.enum(["true", "false"]);

/** The frames of the server, by type. */
export const SERVER_FRAMES = {
  connection: z.strictObject({
    type: z.literal("connection"),
    id: z.string().describe("the channel"),
  }),
  heartbeat: z.strictObject({
    type: z.literal("heartbeat"),
    authenticated: truth.describe("whether one has a name for long enough"),
  }),
  identity: z.strictObject({ type: z.literal("identity"), success: truth }),
  message: z.looseObject({
    type: z.literal("message"),
    text: z.string(),
    timestamp: z.int().describe("seconds since the epoch"),
    user: z.string().describe("empty without an identity"),
  }),
} as const;
