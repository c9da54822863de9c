/**
 * A room's events as text for HTTP: Server-Sent Events, or a line of JSON
 * each. There is one encoder per format, with and without signals: a room
 * writes once for all streams of a kind.
 *
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * @module
 */
import type { Encoder } from "../core/encoder.ts";
import type { ChatEvent, EntryEvent } from "../core/events.ts";
import type { JoinStart } from "../core/resume.ts";
import type { Position } from "../core/types.ts";
import { entryText, signalFrame } from "../dialects/parley_v1/encode.ts";

/** What messages sent over HTTP bear as their dialect. */
export const VIA = "http";

/** After so many ms an EventSource that lost its stream comes back. */
export const COME_BACK_MS = 2_000;

/** How a stream is written. */
export interface EventFormat {
  readonly contentType: string;
  /** By whether signals are wanted. */
  readonly encoders: { readonly plain: Encoder; readonly signals: Encoder };
  /** What a client skips. */
  readonly heartbeat: string;
  /** The first words: where the stream begins, and what is missing before it. */
  opening(start: JoinStart): string;
}

/** Server-Sent Events. */
export const SSE: EventFormat = {
  contentType: "text/event-stream; charset=utf-8",
  encoders: encoders(
    (event) => {
      const data = entryText(event);
      return `id: ${placeBehind(event)}\n${block(event.kind, data)}`;
    },
    block,
  ),
  heartbeat: ":\n\n",
  opening(start) {
    const place = `retry: ${COME_BACK_MS}\nid: ${positionText(start.from)}\n`;
    const gap = gapOf(start);
    return gap ? place + block("gap", JSON.stringify(gap)) : `${place}\n`;
  },
};

/** A JSON object per line. */
export const NDJSON: EventFormat = {
  contentType: "application/x-ndjson; charset=utf-8",
  encoders: encoders(
    (event) =>
      `{"position":"${placeBehind(event)}",${entryText(event).slice(1)}\n`,
    (kind, data) => `{"kind":"${kind}",${data.slice(1)}\n`,
  ),
  heartbeat: "\n",
  opening(start) {
    const place = { position: positionText(start.from) };
    const gap = gapOf(start);
    const said = gap
      ? { kind: "gap", ...place, ...gap }
      : { kind: "opened", ...place };
    return `${JSON.stringify(said)}\n`;
  },
};

/** A position as clients keep it. */
export function positionText({ epoch, seq }: Position): string {
  return `${epoch}-${seq}`;
}

/** Such a position again; it has been checked. */
export function positionOf(text: string): Position {
  const [epoch, seq] = text.split("-").map(Number);
  return { epoch: epoch ?? 0, seq: seq ?? 0 };
}

function block(kind: string, data: string): string {
  return `event: ${kind}\ndata: ${data}\n\n`;
}

/** Behind the end of an epoch the log goes on in the next one. */
function placeBehind(event: EntryEvent): string {
  const { kind, epoch } = event;
  const goesOn = kind === "closed" && event.reopens;
  return positionText(goesOn ? { epoch: epoch + 1, seq: 0 } : event);
}

function gapOf({ gap, lost }: JoinStart) {
  if (gap === undefined) return undefined;
  if (!lost) return { gap };
  return { gap, lost: { ["from_seq"]: lost.fromSeq, ["to_seq"]: lost.toSeq } };
}

function encoders(
  entry: (event: EntryEvent) => string,
  signal: (kind: string, data: string) => string,
): EventFormat["encoders"] {
  const encoder = (withSignals: boolean): Encoder => ({
    dialect: VIA,
    wantsEveryEntry: true,
    encode(events: readonly ChatEvent[]): readonly string[] {
      let text = "";
      for (const event of events) {
        if ("seq" in event && event.kind !== "read") text += entry(event);
        else if (withSignals) {
          const data = signalFrame(event);
          if (data !== null) text += signal(kindOf(event.kind), data);
        }
      }
      return text === "" ? [] : [text];
    },
  });
  return { plain: encoder(false), signals: encoder(true) };
}

function kindOf(kind: ChatEvent["kind"]): string {
  return kind === "counted" ? "member_count" : kind;
}
