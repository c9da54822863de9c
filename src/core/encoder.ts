import type { ChatEvent } from "./events.ts";
import type { Frame } from "./ports.ts";
import { utf8Length } from "./text.ts";

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
  /** The texts of the frames, in order. */
  encode(events: readonly ChatEvent[]): readonly string[];
}

/** A frame of this text. */
export function frame(text: string): Frame {
  return { text, bytes: utf8Length(text) };
}

/** An encoder that writes one frame, or none, for each event. */
export function encodeEach(
  dialect: string,
  encode: (event: ChatEvent) => string | null,
): Encoder {
  return {
    dialect,
    encode(events: readonly ChatEvent[]): readonly string[] {
      const texts: string[] = [];
      for (const event of events) {
        const text = encode(event);
        if (text !== null) texts.push(text);
      }
      return texts;
    },
  };
}
