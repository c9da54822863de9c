import { Decoder, Encoder, type Packet, PacketType } from "socket.io-parser";
import type { Clock } from "../../core/ports.ts";
import { TokenBucket } from "../../core/token_bucket.ts";

/** The event as which a session's frame is handed on; no client can name it. */
export const FRAME_EVENT: unique symbol = Symbol("frame");

/**
 * How often a connection may ask for a namespace, which makes a Socket.IO
 * socket each time and would start a session's limits afresh.
 */
const CONNECTS = { perSecond: 1, burst: 16 };

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
 * is parsed once. A binary event is handed on as its name alone. What cannot
 * be decoded is ignored: it costs its sender nothing but the packet.
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
  readonly #connects: TokenBucket;

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
    this.#connects = new TokenBucket(CONNECTS, clock.elapsed());
    // Before the server's own listener: what this one changes, that one sees.
    this.on("decoded", nameOnly);
  }

  /** @param data A text, or the bytes of a binary event. */
  override add(data: unknown): void {
    try {
      const text = typeof data === "string" ? frameText(data) : undefined;
      if (text !== undefined) return this.#handOn(text);
      if (isConnect(data) && this.#connects.take(this.#clock.elapsed()) > 0) {
        return;
      }
      super.add(data);
    } catch {
      // Drops the binary event under way: its rest is not to be told apart.
      this.destroy();
    }
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

function isConnect(data: unknown): boolean {
  return typeof data === "string" &&
    data.charAt(0) === String(PacketType.CONNECT);
}

/** An event that came with bytes: the frame of its name, without them. */
function nameOnly(packet: Packet): void {
  if (packet.type !== PacketType.EVENT) return;
  const data: unknown = packet.data;
  if (!Array.isArray(data) || data[0] === FRAME_EVENT) return;
  const id = packet.id === undefined ? "" : String(packet.id);
  delete packet.id;
  const text = `${EVENT_PREFIX}${id}${JSON.stringify([data[0]])}`;
  packet.data = [FRAME_EVENT, text];
}
