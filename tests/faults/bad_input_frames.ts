import {
  closePayload,
  frameBytes,
  type FrameOptions,
  OPCODES,
} from "../support/raw_client.ts";

/** What goes over the wire of an open WebSocket, and what comes of it. */
export interface FrameRow {
  readonly name: string;
  readonly bytes: readonly Uint8Array[];
  /**
   * `ended`: the connection is, without a frame. A number: a close frame with
   * that code. Else the frame that comes, and the socket stays.
   */
  readonly outcome: "ended" | number | {
    readonly opcode: number;
    readonly text: string;
  };
}

const { continuation, text, binary, close, ping, pong } = OPCODES;

const JOIN = '{"type":"join-room","room_id":"mire","from":"Mal"}';
const HEAD = JOIN.slice(0, 20);
const TAIL = JOIN.slice(20);
const JOINED = { opcode: text, text: JOIN };
const INVALID = { opcode: text, text: '{"error":"Invalid JSON"}' };
const PART = { fin: false };
const LONG = new Uint8Array(126).fill(0x78);

/** `{"a":1` in bytes that no text has. */
const BAD_UTF8 = {
  "a stray byte": [0x22, 0xff, 0x22],
  "a surrogate": [0x22, 0xed, 0xa0, 0x80, 0x22],
  "an overlong slash": [0x22, 0xc0, 0xaf, 0x22],
  "a cut sign": [0x22, 0xe2, 0x82],
} as const;

function row(
  name: string,
  outcome: FrameRow["outcome"],
  ...bytes: Uint8Array[]
): FrameRow {
  return { name, bytes, outcome };
}

function textFrame(payload: string, options?: FrameOptions): Uint8Array {
  return frameBytes(text, payload, options);
}

function closeFrame(code: number, reason?: string): Uint8Array {
  return frameBytes(close, closePayload(code, reason));
}

const HEADER_ROWS: readonly FrameRow[] = [
  row("a reserved bit", "ended", textFrame(JOIN, { reserved: 4 })),
  row("all reserved bits", "ended", textFrame(JOIN, { reserved: 7 })),
  ...[3, 7, 11, 15].map((opcode) =>
    row(`the reserved opcode ${opcode}`, "ended", frameBytes(opcode, JOIN))
  ),
  row("a ping of 126 bytes", "ended", frameBytes(ping, LONG)),
  row("a ping in parts", "ended", frameBytes(ping, "x", PART)),
  row("a continuation of nothing", "ended", frameBytes(continuation, JOIN)),
  row("a length of 2^63", "ended", claim([0x80, 0, 0, 0, 0, 0, 0, 0])),
  row("a length of 2^62", "ended", claim([0x40, 0, 0, 0, 0, 0, 0, 0])),
  row("a length of 65 MiB", "ended", claim([0, 0, 0, 0, 4, 0x10, 0, 0])),
  row("TLS instead of frames", "ended", new Uint8Array([22, 3, 1, 2, 0, 1])),
  row(
    "HTTP instead of frames",
    "ended",
    new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"),
  ),
];

const TEXT_ROWS: readonly FrameRow[] = [
  ...Object.entries(BAD_UTF8).map(([name, bytes]) =>
    row(
      `invalid UTF-8: ${name}`,
      "ended",
      frameBytes(text, new Uint8Array(bytes)),
    )
  ),
  row(
    "a message in three parts, a ping between them",
    JOINED,
    textFrame(HEAD, PART),
    frameBytes(continuation, TAIL.slice(0, 5), PART),
    frameBytes(pong, "unasked"),
    frameBytes(continuation, TAIL.slice(5)),
  ),
  row(
    "a message in a thousand parts",
    JOINED,
    textFrame(JOIN, PART),
    ...Array.from({ length: 998 }, () => frameBytes(continuation, " ", PART)),
    frameBytes(continuation, " "),
  ),
  row("JSON in a binary frame", JOINED, frameBytes(binary, JOIN)),
  row("no text in a binary frame", INVALID, frameBytes(binary, LONG)),
  row("an empty binary frame", INVALID, frameBytes(binary, "")),
];

const CLOSE_ROWS: readonly FrameRow[] = [
  row("close without a code", 1005, frameBytes(close, "")),
  row("close 1000 with a reason", 1000, closeFrame(1000, "bye")),
  row("close 3000", 3000, closeFrame(3000)),
  ...[999, 1005, 1006, 1015, 5000].map((code) =>
    row(`close ${code}, which no peer may send`, 1002, closeFrame(code))
  ),
  row("close with half a code", "ended", frameBytes(close, "x")),
  row(
    "close with a reason in invalid UTF-8",
    "ended",
    frameBytes(close, new Uint8Array([0x03, 0xe8, 0xff])),
  ),
  row("close in parts", "ended", frameBytes(close, closePayload(1000), PART)),
  row("data after close", 1000, closeFrame(1000), textFrame(JOIN)),
];

/** What RFC 6455 forbids and this runtime accepts; harmless, and noted. */
const PINNED_ROWS: readonly FrameRow[] = [
  row("an unmasked frame", JOINED, textFrame(JOIN, { masked: false })),
  row("a pong of 126 bytes", JOINED, frameBytes(pong, LONG), textFrame(JOIN)),
  row(
    "a close reason of 124 bytes",
    1000,
    closeFrame(1000, "x".repeat(124)),
  ),
  row(
    "a close reason of 70,000 bytes",
    1000,
    closeFrame(1000, "x".repeat(70_000)),
  ),
  row(
    "a cut sign at the end of the last part",
    INVALID,
    textFrame('"', PART),
    frameBytes(continuation, new Uint8Array([0xe2, 0x82])),
  ),
  row(
    "a message begun inside a message: the first part is dropped",
    JOINED,
    textFrame("dropped", PART),
    textFrame(HEAD, PART),
    frameBytes(continuation, TAIL),
  ),
].map((pinned) => ({ ...pinned, name: `${pinned.name} (pinned)` }));

/** Every bad frame that a WebSocket cannot be made to send. */
export const FRAME_ROWS: readonly FrameRow[] = [
  ...HEADER_ROWS,
  ...TEXT_ROWS,
  ...CLOSE_ROWS,
  ...PINNED_ROWS,
];

/** A text frame's head with a length of eight bytes, and a mask. */
function claim(length: readonly number[]): Uint8Array {
  return new Uint8Array([0x81, 0xff, ...length, 0, 0, 0, 0]);
}
