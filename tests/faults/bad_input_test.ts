// The wire's own names.
// deno-lint-ignore-file camelcase
import { assert, assertEquals } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import { DIALECT_NAMES } from "../../src/dialects/registry.ts";
import { until } from "../http/until.ts";
import {
  frameBytes,
  OPCODES,
  RawClient,
  upgradeRequest,
} from "../support/raw_client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";
import { FRAME_ROWS, type FrameRow } from "./bad_input_frames.ts";
import { JSON_ROWS, type JsonRow } from "./bad_input_json.ts";
import { REQUEST_ROWS, type RequestRow } from "./bad_input_requests.ts";

/** Few, so that a socket that is not counted out is missed soon. */
const SOCKETS_MAX = 40;

/** Bad frames that one socket sends in a row. */
const FRAMES_PER_SOCKET = 20;

const ENV = { PARLEY_SOCKETS_PER_ADDRESS_MAX: String(SOCKETS_MAX) };

/** What a socket is asked to find out that all before it was handled. */
const PROBE = '{"type":"join-room","room_id":"@dm/","from":"probe"}';
const PROBE_ANSWER = {
  error: 'Cannot use room: ids in "@dm/" are reserved',
};

Deno.test("no bad input ends the process or disturbs others", async (t) => {
  await using server = await startServer({ env: ENV });
  await using bystander = await Bystander.open(server);

  async function step(name: string, run: () => Promise<void>): Promise<void> {
    await t.step(name, async () => {
      await run();
      await bystander.talk();
    });
  }
  for (const row of JSON_ROWS) {
    await step(row.name, () => checkJson(server, row));
  }
  for (const row of FRAME_ROWS) {
    await step(row.name, () => checkFrames(server, row));
  }
  for (const row of REQUEST_ROWS) {
    await step(row.name, () => checkRequest(server, row));
  }
  for (
    const url of [
      "/",
      ...DIALECT_NAMES.map((name) => `/?dialect=${name}`),
    ]
  ) {
    await step(
      `every bad frame in a row, at ${url}`,
      () => checkAll(server.url + url, () => bystander.talk()),
    );
  }
  await step("half a frame, then a reset", () => checkReset(server));
  await step("half a handshake, then the end", () => checkHalfRequest(server));
  await step("more sockets than may be", () => checkSockets(server));

  assertEquals(bystander.said, bystander.heard);
  assertEquals(await server.stop(), 0);
  assertEquals((await server.ended).errors, "");
});

/** A client that was there before, and goes on talking. */
class Bystander implements AsyncDisposable {
  said = 0;
  heard = 0;
  readonly #client: WsClient;

  private constructor(client: WsClient) {
    this.#client = client;
  }

  static async open(server: TestServer): Promise<Bystander> {
    const client = await openSocket(server);
    client.send({ type: "join-room", room_id: "calm", from: "Ann" });
    await client.next();
    return new Bystander(client);
  }

  /** Says something and hears it, and nothing else. */
  async talk(): Promise<void> {
    const words = { room_id: "calm", from: "Ann", message: `${this.said++}` };
    this.#client.send({ type: "send-message", ...words });
    const frame = withoutTime(await this.#client.next());
    assertEquals(frame, { type: "receive-message", ...words });
    this.heard++;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

async function checkJson(
  server: TestServer,
  { frames, hears }: JsonRow,
): Promise<void> {
  await using client = await openSocket(server);

  for (const frame of frames) client.send(frame);
  client.send(PROBE);

  const heard = await client.take(hears.length + 1);
  assertEquals(heard.map(withoutTime), [...hears, PROBE_ANSWER]);
}

/** Sends all bad frames to a dialect, whatever it answers, if it does. */
async function checkAll(
  url: string,
  talk: () => Promise<void>,
): Promise<void> {
  const frames = JSON_ROWS.flatMap((row) => row.frames);
  for (let i = 0; i < frames.length; i += FRAMES_PER_SOCKET) {
    await using client = await WsClient.open(url);
    for (const frame of frames.slice(i, i + FRAMES_PER_SOCKET)) {
      client.send(frame);
      client.send(new TextEncoder().encode(frame));
    }
    await talk();
  }
}

async function checkFrames(
  server: TestServer,
  { bytes, outcome }: FrameRow,
): Promise<void> {
  using client = await RawClient.open(server.port);

  for (const part of bytes) await client.write(part);

  if (outcome === "ended") {
    assertEquals(await client.rest(), "");
  } else if (typeof outcome === "number") {
    const { opcode, payload } = await client.frame();
    const [high = 1005 >> 8, low = 1005 & 0xff] = payload;
    assertEquals([opcode, high * 256 + low], [OPCODES.close, outcome]);
    await client.rest();
  } else {
    const { opcode, text } = await client.frame();
    assertEquals({ opcode, text }, outcome);
    await client.write(frameBytes(OPCODES.text, PROBE));
    assertEquals(JSON.parse((await client.frame()).text), PROBE_ANSWER);
  }
}

async function checkRequest(
  server: TestServer,
  { request, status, error, message, header }: RequestRow,
): Promise<void> {
  using client = await RawClient.connect(server.port);

  await client.write(request);
  const response = await client.response();

  assertEquals(response.status, status);
  if (error !== undefined) assertEquals(JSON.parse(response.body), { error });
  if (message !== undefined) {
    assertEquals(JSON.parse(response.body).message, message);
  }
  if (header) assertEquals(response.headers.get(header[0]), header[1]);
}

async function checkReset(server: TestServer): Promise<void> {
  await using witness = await openSocket(server);
  witness.send({ type: "join-room", room_id: "exit", from: "Wit" });
  await witness.next();
  using client = await RawClient.open(server.port);
  const join = '{"type":"join-room","room_id":"exit","from":"Mal"}';
  const frame = frameBytes(OPCODES.text, join);

  await client.write(frame);
  await client.write(frame.subarray(0, 20));
  await client.reset();

  assertEquals(await witness.take(2), [
    { type: "join-room", room_id: "exit", from: "Mal" },
    { type: "leave-room", room_id: "exit", from: "Mal" },
  ]);
}

async function checkHalfRequest(server: TestServer): Promise<void> {
  using client = await RawClient.connect(server.port);

  await client.write(upgradeRequest().slice(0, 60));
}

async function checkSockets(server: TestServer): Promise<void> {
  using clients = new DisposableStack();
  let refused: Response | undefined;
  let opened = 1;

  while (!refused && opened <= SOCKETS_MAX) {
    const client = clients.use(await RawClient.connect(server.port));
    await client.write(upgradeRequest());
    const { status, headers, body } = await client.response();
    if (status === 101) opened++;
    else refused = new Response(body, { status, headers });
  }

  // Sockets of the rows before may take a moment to be counted out.
  assert(opened > SOCKETS_MAX - 5, `only ${opened} sockets`);
  assertEquals(refused?.status, 503);
  assertEquals(refused?.headers.get("retry-after"), "5");
  assertEquals(await refused?.json(), {
    error: "Cannot open socket: 40 are open from this address",
  });
  clients.dispose();
  await until("a socket is accepted again", () => isAccepted(server));
}

async function isAccepted(server: TestServer): Promise<boolean> {
  using client = await RawClient.connect(server.port);
  await client.write(upgradeRequest());
  return (await client.response()).status === 101;
}

function openSocket({ url }: TestServer): Promise<WsClient> {
  return WsClient.open(`${url}/?dialect=chat-ws`);
}

function withoutTime(frame: Json): Json {
  if (typeof frame !== "object" || frame === null) return frame;
  return Object.fromEntries(
    Object.entries(frame).filter(([key]) => key !== "sent_at"),
  );
}
