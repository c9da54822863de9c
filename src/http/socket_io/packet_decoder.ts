import { Decoder, Encoder, type Packet, PacketType } from "socket.io-parser";
import type { Clock } from "../../core/ports.ts";
import { TokenBucket } from "../../core/token_bucket.ts";

/** The event as which a session's frame is handed on; no client can name it. */
export const FRAME_EVENT: unique symbol = Symbol("frame");

/**
 * Packets of a connection that are not events of "/", ahead of an average:
 * each costs far more than its bytes, and a polling body holds 500,000. A
 * client needs one to connect and one to leave.
 */
const OTHERS = { perSecond: 1, burst: 32 };

/** Buffers that a binary event may come with, as socket.io has it. */
const ATTACHMENTS_MAX = 10;

/** A binary event of "/": its attachments, acknowledgement and name. */
const BINARY_EVENT = /^5(\d{1,2})-(?:\/,)?(\d*)\[("(?:[^"\\]|\\.)*")/;

/** What an event starts with on the wire, Engine.IO's type before Socket.IO's. */
const EVENT_PREFIX = "42";

/** The namespace "/", written out before the payload. */
const ROOT_PREFIX = "/,";

/** `socket.io`'s `parser` option. */
export interface PacketParser {
  readonly Encoder: typeof Encoder;
  readonly Decoder: new () => Decoder;
}

/**
 * A parser that leaves events of the namespace "/" unread.
 *
 * They reach the session as the text that a WebSocket message would hold, so
 * that its own limits on size, depth and keys are the only ones and each text
 * is parsed once. A binary event is handed on as its name alone, and what it
 * comes with is not kept. What cannot be decoded is ignored, a few times.
 */
export function makePacketParser(clock: Clock): PacketParser {
  return {
    Encoder,
    Decoder: class extends PacketDecoder {
      constructor() {
        super(clock);
      }
    },
  };
}

class PacketDecoder extends Decoder {
  readonly #clock: Clock;
  readonly #others: TokenBucket;
  /** Buffers of a binary event that are still to come. */
  #attachments = 0;

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
    this.#others = new TokenBucket(OTHERS, clock.elapsed());
  }

  /**
   * @param data A text, or the bytes of a binary event.
   * @throws {Error} Too many packets that are no events: socket.io then ends
   *   the connection.
   */
  override add(data: unknown): void {
    if (typeof data !== "string") {
      if (this.#attachments-- > 0) return;
      this.#attachments = 0;
      return this.#charge();
    }
    const text = frameText(data) ?? this.#binaryFrame(data);
    if (text !== undefined) return this.#handOn(text);
    this.#charge();
    try {
      // It takes an empty packet for one that connects.
      if (data !== "") super.add(data);
    } catch {
      this.destroy();
    }
  }

  #charge(): void {
    if (this.#others.take(this.#clock.elapsed()) === 0) return;
    throw new Error("Cannot read packet: too many that are no events");
  }

  #binaryFrame(packet: string): string | undefined {
    const [, count, ack, name] = BINARY_EVENT.exec(packet) ?? [];
    const attachments = Number(count);
    if (name === undefined || attachments > ATTACHMENTS_MAX) return undefined;
    this.#attachments = attachments;
    return `${EVENT_PREFIX}${ack}[${name}]`;
  }

  #handOn(text: string): void {
    const packet = { type: PacketType.EVENT, nsp: "/" };
    // The type does not know symbols; the emitter does.
    const data: unknown[] = [FRAME_EVENT, text];
    this.emitReserved("decoded", { ...packet, data } satisfies Packet);
  }
}

/** The frame in a packet, unless it is another packet than an event of "/". */
function frameText(packet: string): string | undefined {
  if (packet.charAt(0) !== String(PacketType.EVENT)) return undefined;
  if (packet.charAt(1) !== "/") return `4${packet}`;
  if (!packet.startsWith(ROOT_PREFIX, 1)) return undefined;
  return EVENT_PREFIX + packet.slice(1 + ROOT_PREFIX.length);
}
