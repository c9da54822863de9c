/**
 * Replays what was recorded of an original program against a server of ours.
 *
 * The format is in tests/transcripts/README.md. No dialect is known here: what
 * a replay must know of one comes in as `Wire`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import type { Json } from "../../src/core/types.ts";
import { Bindings, type Made } from "./bindings.ts";
import { WsClient } from "./ws_client.ts";

/** What a replay must know of the dialect. */
export interface Wire extends Made {
  /** Query parameters that every WebSocket URL gets. */
  readonly socketQuery: Readonly<Record<string, string>>;
  /** Query parameters that every HTTP URL gets. */
  readonly httpQuery: Readonly<Record<string, string>>;
  readonly probe: Probe;
  /** What a frame's text stands for; absent: JSON, or the text itself. */
  readonly parse?: (text: string) => Json;
  /** Whether a connection that says or hears this is not answered any more. */
  readonly isLast?: (frame: Json) => boolean;
  /** The rows of the ledger that edited lines may name. */
  readonly rows: readonly string[];
  /**
   * Lets the server's time pass: what it says unasked, it says by then.
   *
   * @param t ms since the start of the recording.
   */
  readonly elapse?: (t: number) => void;
}

/**
 * A frame that gets one answer, to the asker alone, once all that this socket
 * sent before has had its effect, and that changes nothing.
 */
export interface Probe {
  readonly frame: string;
  readonly isAnswer: (frame: Json) => boolean;
}

/** A frame may have been recorded so much before the server's clock says it is due, in ms. */
const EARLY_MS_MAX = 10;

const rows = z.union([z.string(), z.array(z.string()).min(1)]);
const edit = { row: rows.optional(), was: z.json().optional() };
const at = { t: z.number(), ...edit };
const whose = { ...at, who: z.string() };
const way = {
  dir: z.enum(["in", "out"]),
  binary: z.literal(true).optional(),
};

const LINE = z.union([
  z.strictObject({ ...at, mark: z.string() }),
  z.strictObject({ ...whose, ev: z.literal("open"), url: z.string() }),
  z.strictObject({
    ...whose,
    ev: z.literal("close"),
    // The client closes it. A socket that the server ends has another code.
    code: z.union([z.literal(1000), z.literal(1005)]),
    reason: z.literal(""),
  }),
  // The server closes it.
  z.strictObject({ ...whose, ev: z.literal("end"), code: z.number() }),
  z.strictObject({ ...whose, ...way, json: z.json() }),
  z.strictObject({ ...whose, ...way, text: z.string() }),
  z.strictObject({
    ...at,
    http: z.string(),
    sent: z.strictObject({ ct: z.string(), body: z.string() }).optional(),
    status: z.number(),
    headers: z.strictObject({ ct: z.string() }).optional(),
    body: z.string(),
  }),
  z.strictObject({ row: rows, was: z.json() }),
]);

type Line = z.infer<typeof LINE>;
type OpenLine = Extract<Line, { ev: "open" }>;
type CloseLine = Extract<Line, { ev: "close" }>;
type EndLine = Extract<Line, { ev: "end" }>;
type FrameLine = Extract<Line, { dir: "in" | "out" }>;
type HttpLine = Extract<Line, { http: string }>;

/**
 * Replays a transcript; rejects at the first line that comes out differently,
 * and where a connection hears what was not recorded.
 *
 * @param transcript Its lines.
 * @param url Of a fresh server.
 */
export async function replay(
  transcript: string,
  url: string,
  wire: Wire,
): Promise<void> {
  await using stage = new Stage(url, wire);
  const lines = transcript.trimEnd().split("\n");
  for (const [i, line] of lines.entries()) {
    try {
      await stage.play(readLine(line));
    } catch (cause) {
      throw new Error(`Cannot replay line ${i + 1}: ${line}`, { cause });
    }
  }
  await stage.expectSilence();
}

function readLine(text: string): Line {
  const result = LINE.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  throw new Error("Cannot read line: no kind of line has these fields");
}

/** The open connections of a replay. */
class Stage implements AsyncDisposable {
  readonly #url: string;
  readonly #wire: Wire;
  readonly #bindings: Bindings;
  readonly #clients = new Map<string, Client>();
  /** Sent something that may not have had its effect yet. */
  #speaker: Client | undefined;

  constructor(url: string, wire: Wire) {
    this.#url = url;
    this.#wire = wire;
    this.#bindings = new Bindings(wire);
  }

  async play(line: Line): Promise<void> {
    const { row = [], was } = line;
    const edited = typeof row === "string" ? [row] : row;
    assert(edited.length > 0 || was === undefined, "an edit names its row");
    for (const name of edited) {
      assert(this.#wire.rows.includes(name), `the ledger has no row "${name}"`);
    }
    await this.#elapse(line);
    if ("mark" in line) await this.expectSilence();
    else if ("http" in line) await this.#fetch(line);
    else if ("ev" in line && line.ev === "open") await this.#open(line);
    else if ("ev" in line && line.ev === "end") await this.#end(line);
    else if ("ev" in line) await this.#close(line);
    else if ("dir" in line && line.dir === "out") await this.#send(line);
    else if ("dir" in line) await this.#hear(line);
  }

  /** Whatever the server had to say was expected. */
  async expectSilence(): Promise<void> {
    await this.#handled();
    // The answers of the first round prove that all was handled, those of the
    // second come behind whatever that made the server say to others.
    for (let round = 1; round <= 2; round++) {
      for (const client of this.#clients.values()) await client.prove();
    }
    for (const client of this.#clients.values()) client.expectNothing();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) await client.close();
  }

  async #elapse(line: Line): Promise<void> {
    const { elapse } = this.#wire;
    if (!elapse || !("t" in line)) return;
    // What was said before was said at its own time.
    await this.#handled();
    const isIn = "dir" in line && line.dir === "in";
    elapse(line.t + (isIn ? EARLY_MS_MAX : 0));
  }

  async #fetch(line: HttpLine): Promise<void> {
    const { http, sent, status, headers, body } = line;
    await this.#handled();
    const [method = "", target = ""] = http.split(" ");
    const url = this.#ours(target, this.#wire.httpQuery);
    const request = sent &&
      { headers: { "content-type": sent.ct }, body: sent.body };
    const init = { method, redirect: "manual", ...request } as const;
    const response = await fetch(url, init);
    const text = await response.text();
    const type = response.headers.get("content-type");
    const replayed = { status: response.status, body: parse(text) };
    assertEquals(
      headers ? { ...replayed, headers: { ct: type } } : replayed,
      {
        status,
        body: this.#bindings.bind(parse(body), parse(text)),
        ...headers && { headers },
      },
    );
  }

  async #open({ who, url }: OpenLine): Promise<void> {
    await this.#handled();
    assert(!this.#clients.has(who), `${who} is open`);
    const socket = await WsClient.open(this.#ours(url, this.#wire.socketQuery));
    this.#clients.set(who, new Client(who, socket, this.#wire));
  }

  async #close({ who, code, reason }: CloseLine): Promise<void> {
    const client = this.#client(who);
    await this.#handled();
    await client.prove();
    client.expectNothing();
    this.#clients.delete(who);
    assertEquals(await client.close(code), { code, reason });
  }

  async #end({ who, code }: EndLine): Promise<void> {
    const client = this.#client(who);
    this.#clients.delete(who);
    if (this.#speaker === client) this.#speaker = undefined;
    assertEquals(await client.ended(), code);
  }

  async #send(line: FrameLine): Promise<void> {
    const client = this.#client(line.who);
    await this.#handled(client);
    const text = this.#bindings.replace(textOf(line));
    client.send(text, line.binary ?? false);
    this.#speaker = client;
  }

  async #hear(line: FrameLine): Promise<void> {
    const frame = await this.#client(line.who).next();
    const { parse: read = parse } = this.#wire;
    assertEquals(frame, this.#bindings.bind(read(textOf(line)), frame));
  }

  /** Between lines of different clients there were pauses: the file's order is the server's. */
  async #handled(next?: Client): Promise<void> {
    if (this.#speaker === next) return;
    await this.#speaker?.prove();
    this.#speaker = undefined;
  }

  #client(who: string): Client {
    const client = this.#clients.get(who);
    assert(client, `${who} is not open`);
    return client;
  }

  /** Path and query as they were recorded, on our server. */
  #ours(recorded: string, query: Readonly<Record<string, string>>): URL {
    const { pathname, search } = new URL(recorded, this.#url);
    const url = new URL(pathname + search, this.#url);
    for (const [name, value] of Object.entries(query)) {
      url.searchParams.set(name, value);
    }
    return url;
  }
}

/** One connection. */
class Client {
  readonly #who: string;
  readonly #socket: WsClient;
  readonly #wire: Wire;
  /** It is not answered any more. */
  #isDead = false;
  /** What came before the answer to a probe. */
  readonly #early: Json[] = [];

  constructor(who: string, socket: WsClient, wire: Wire) {
    this.#who = who;
    this.#socket = socket;
    this.#wire = wire;
  }

  send(text: string, isBinary: boolean): void {
    this.#socket.send(isBinary ? new TextEncoder().encode(text) : text);
    this.#judge(this.#parse(text));
  }

  async next(): Promise<Json> {
    const early = this.#early.shift();
    return early === undefined ? await this.#read() : early;
  }

  /** Resolves to the code with which the server closes it. */
  async ended(): Promise<number> {
    return (await this.#socket.closed).code;
  }

  /** Waits until the server has handled all that this client sent. */
  async prove(): Promise<void> {
    if (this.#isDead) return;
    const { probe } = this.#wire;
    this.#socket.send(probe.frame);
    for (;;) {
      const frame = await this.#read();
      if (probe.isAnswer(frame)) return;
      this.#early.push(frame);
      if (this.#isDead) return;
    }
  }

  async #read(): Promise<Json> {
    const frame = this.#parse(await this.#socket.nextText());
    this.#judge(frame);
    return frame;
  }

  #parse(text: string): Json {
    return (this.#wire.parse ?? parse)(text);
  }

  #judge(frame: Json): void {
    this.#isDead ||= this.#wire.isLast?.(frame) ?? false;
  }

  expectNothing(): void {
    assertEquals(this.#early, [], `${this.#who} heard what was not recorded`);
  }

  /** @param code 1005: none is given. */
  async close(code = 1005): Promise<{ code: number; reason: string }> {
    const { socket, closed } = this.#socket;
    if (code === 1005) socket.close();
    else socket.close(code);
    return await closed;
  }
}

function textOf(line: FrameLine): string {
  return "text" in line ? line.text : JSON.stringify(line.json);
}

/** As JSON if it is, else as it came. */
function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
