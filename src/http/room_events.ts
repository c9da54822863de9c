import { STATUS_CODE } from "@std/http/status";
import type { Chat } from "../core/chat.ts";
import { frame } from "../core/encoder.ts";
import { ChatError } from "../core/errors.ts";
import type { Participant } from "../core/participant.ts";
import type { Clock, Frame, Observer, Timers } from "../core/ports.ts";
import type { JoinStart } from "../core/resume.ts";
import type { Position } from "../core/types.ts";
import type { Admission } from "./admission.ts";
import { historyParameter, position } from "./chat_schemas.ts";
import { EventStream } from "./event_stream.ts";
import {
  COME_BACK_MS,
  type EventFormat,
  NDJSON,
  positionOf,
  SSE,
} from "./event_text.ts";
import { identify } from "./http_user.ts";
import type { RoomRequest } from "./room_request.ts";

/** How often a stream in which nothing happens says so, in ms; nginx waits 60 s. */
export const HEARTBEAT_MS = 15_000;

/** What streams of events need. */
export interface RoomEventsPorts {
  readonly chat: Chat;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly observer: Observer;
  readonly admission: Admission;
}

interface Wish {
  readonly format: EventFormat;
  readonly after: Position | undefined;
  readonly newest: number;
  readonly wantsSignals: boolean;
}

/** The open streams of rooms' events. */
export class RoomEvents {
  readonly #ports: RoomEventsPorts;
  readonly #streams = new Map<EventStream, Frame>();
  #isStopping = false;
  #stopBeating: (() => void) | undefined;

  constructor(ports: RoomEventsPorts) {
    this.#ports = ports;
  }

  /** Open streams. */
  get size(): number {
    return this.#streams.size;
  }

  /**
   * Answers with a stream: what is behind the client's position, or the
   * newest messages, then all that follows.
   *
   * A closed room of which nothing is left to tell is 204: an EventSource
   * does not come back from that.
   *
   * @throws {ChatError} What speaks against it.
   */
  async answer(asked: RoomRequest): Promise<Response> {
    const { chat, admission } = this.#ports;
    const { request, address } = asked;
    const wish = wishOf(asked, chat);
    if (request.method === "HEAD") return answerOf(null, wish.format);
    if (this.#isStopping) return comeBack(wish.format);
    const full = admission.enter(address);
    if (full !== undefined) throw new ChatError("busy", full);
    const { plain, signals } = wish.format.encoders;
    const stream = new EventStream({
      bytesMax: chat.limits.OUTBOX_BYTES_MAX,
      onEnd: () => {
        this.#streams.delete(stream);
        if (this.#streams.size === 0) this.#stopBeating?.();
        chat.dismiss(who);
        admission.leave(address);
      },
    });
    const encoder = wish.wantsSignals ? signals : plain;
    const who = chat.admit({ encoder, link: stream });
    this.#streams.set(stream, frame(wish.format.heartbeat));
    request.signal.addEventListener("abort", () => stream.stop());
    try {
      return await this.#open(asked, { ...wish, who, stream });
    } catch (error) {
      stream.stop();
      if (error instanceof ChatError && error.code === "room_closed") {
        return new Response(null, { status: STATUS_CODE.NoContent });
      }
      throw error;
    }
  }

  /** All of them. */
  streams(): Iterable<EventStream> {
    return this.#streams.keys();
  }

  /** Opens no new streams: who asks for one is to come back. */
  refuseNew(): void {
    this.#isStopping = true;
  }

  /** Opens no new streams and ends all that are open. */
  stop(): void {
    this.#isStopping = true;
    for (const stream of this.#streams.keys()) stream.stop();
  }

  async #open(
    { request, room, query }: RoomRequest,
    { who, stream, format, after, newest }: Wish & {
      who: Participant;
      stream: EventStream;
    },
  ): Promise<Response> {
    const { chat } = this.#ports;
    const { headers } = request;
    const name = query.get("name") ?? undefined;
    await identify(chat, who, { headers, name });
    const start = await chat.listeners.open(who, { room, after, newest });
    who.onEvicted = () => stream.close();
    stream.send(frame(format.opening(start)));
    this.#follow(who, start, stream);
    this.#beat();
    return answerOf(stream.body, format);
  }

  /** Never rejects. */
  async #follow(
    who: Participant,
    start: JoinStart,
    stream: EventStream,
  ): Promise<void> {
    const { chat, observer } = this.#ports;
    try {
      await chat.listeners.follow(who, start);
    } catch (error) {
      // It comes back, and goes on where it was.
      observer.trouble("read events", error);
      stream.abort("storage failed");
    }
  }

  #beat(): void {
    if (this.#stopBeating) return;
    const cancel = this.#ports.timers.after(HEARTBEAT_MS, () => {
      this.#stopBeating = undefined;
      for (const [stream, heartbeat] of this.#streams) stream.beat(heartbeat);
      if (this.#streams.size > 0) this.#beat();
    });
    this.#stopBeating = () => {
      this.#stopBeating = undefined;
      cancel();
    };
  }
}

function wishOf({ request, query }: RoomRequest, chat: Chat): Wish {
  const { headers } = request;
  const accepts = headers.get("accept") ?? "";
  // A browser that comes back asks for the URL that it began with.
  const asked = headers.get("last-event-id") || query.get("after");
  const place = asked ? position.safeParse(asked) : undefined;
  if (place?.error) throw badQuery("after", place.error.issues[0]?.message);
  const max = chat.limits.HISTORY_MESSAGES_MAX;
  const given = query.get("history");
  const number = /^\d+$/.test(given ?? "0") ? Number(given) : NaN;
  const newest = historyParameter(max).safeParse(number);
  if (newest.error) throw badQuery("history", newest.error.issues[0]?.message);
  const signals = query.get("signals") ?? "0";
  if (signals !== "0" && signals !== "1") {
    throw badQuery("signals", "not 0 or 1");
  }
  const after = place?.data === undefined ? undefined : positionOf(place.data);
  return {
    format: /application\/x-ndjson/i.test(accepts) ? NDJSON : SSE,
    after,
    // Where a position is of no use, as much as may be comes instead.
    newest: after && given === null ? max : newest.data,
    wantsSignals: signals === "1",
  };
}

function badQuery(name: string, why = ""): ChatError {
  return new ChatError("bad_field", `Cannot read events: ${name} is ${why}`);
}

/**
 * An empty stream that asks to come back: an EventSource gives up on any other
 * refusal, and the server that takes over is not up yet.
 */
function comeBack(format: EventFormat): Response {
  if (format !== SSE) {
    throw new ChatError("busy", "Cannot read events: server is stopping");
  }
  return answerOf(`retry: ${COME_BACK_MS}\n\n`, format);
}

function answerOf(body: BodyInit | null, format: EventFormat): Response {
  return new Response(body, {
    headers: {
      "content-type": format.contentType,
      // Neither kept nor compressed: what is held back is not heard.
      "cache-control": "no-cache, no-transform",
      // nginx hands it on as it comes.
      "x-accel-buffering": "no",
    },
  });
}
