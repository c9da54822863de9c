import type { ChatEvent } from "./events.ts";
import type { Frame } from "./ports.ts";
import { utf8Length } from "./text.ts";
import { isDeleted } from "./types.ts";

/**
 * How a dialect writes down what a room says.
 *
 * There is one object per dialect and variant, for all sessions that speak it:
 * a room encodes once per object. Encoding is pure; a foreign dialect makes at
 * most one text of each event, the native one may make one of them all.
 */
export interface Encoder {
  /** The dialect's name. */
  readonly dialect: string;
  /**
   * It is told of all that is stored, and can tell what changes what: so that
   * nothing is missing. Others are shown the messages, as they are by then.
   */
  readonly wantsEveryEntry?: boolean;
  /** It shows who is in a room whole: it is told of `roster`. */
  readonly wantsRoster?: boolean;
  /** The texts of the frames, in order. */
  encode(events: readonly ChatEvent[]): readonly string[];
}

/** A frame of this text. */
export function frame(text: string): Frame {
  return { text, bytes: utf8Length(text) };
}

/**
 * An encoder that writes one frame, or none, for each event: none for what was
 * deleted by then.
 */
export function encodeEach(
  dialect: string,
  encode: (event: ChatEvent) => string | null,
): Encoder {
  return {
    dialect,
    encode(events: readonly ChatEvent[]): readonly string[] {
      const texts: string[] = [];
      for (const event of events) {
        const text = isTakenBack(event) ? null : encode(event);
        if (text !== null) texts.push(text);
      }
      return texts;
    },
  };
}

function isTakenBack(event: ChatEvent): boolean {
  return (event.kind === "message" || event.kind === "edited") &&
    isDeleted(event);
}
