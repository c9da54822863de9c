import { runtimeTimers } from "../../src/http/timers.ts";
import { Server } from "../../src/http/server.ts";
import { readCommand } from "../../src/ops/config.ts";
import { ChatKit } from "../support/chat_kit.ts";
import { ROOT } from "../support/server.ts";
import { replay } from "../support/transcript.ts";
import { PROBE } from "./channel_chat_kit.ts";

const FOLDER = `${ROOT}tests/transcripts/channel-chat/`;

const FILES = [
  "channel-chat.jsonl",
  "channel-chat-bad.jsonl",
  "channel-chat-chat.jsonl",
  "channel-chat-crash.jsonl",
];

/** Of protocols/channel-chat.md. */
const ROWS = ["channel from path", "bad JSON, identity after someone left"];

/**
 * The original's timer ran late by a ms each second, so that its fifth tick
 * behind an answered heartbeat was 5000 ms behind the answer too.
 */
const TIMEOUT = ["--channel-timeout-ms", "4950"];

/** When the recording started, ms since the epoch. */
const START_MS = 1_700_000_000_000;

/** A server in this process: real sockets, and a clock that tests turn. */
class TimedServer implements AsyncDisposable {
  readonly #kit: ChatKit;
  readonly #server: Server;

  private constructor(kit: ChatKit) {
    const command = readCommand(TIMEOUT, () => undefined);
    if (command.kind !== "start") throw new TypeError("Cannot read settings");
    const { timers, chat, bugs, troubles } = kit;
    this.#kit = kit;
    this.#server = new Server({
      ...command.config,
      tls: undefined,
      chat,
      clock: { now: () => kit.nowMs, elapsed: () => timers.nowMs },
      // Nothing waits long enough on a socket for the others to matter.
      timers: {
        soon: runtimeTimers.soon,
        after: (ms, run) => timers.after(ms, run),
      },
      observer: {
        bug: (_where, error) => void bugs.push(error),
        trouble: (_where, error) => void troubles.push(error),
      },
      ports: [0],
      version: "1.2.3",
      metrics: kit.metrics,
      idleTimeoutMs: 0,
    });
  }

  static async open(): Promise<TimedServer> {
    return new TimedServer(await ChatKit.open());
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.ports[0]}`;
  }

  /** Lets time pass up to so many ms since the start, if it has not yet. */
  elapse(t: number): void {
    const { timers } = this.#kit;
    timers.tick(Math.max(0, t - timers.nowMs));
    this.#kit.nowMs = START_MS + timers.nowMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeSockets();
    await this.#server.stopListening();
    await this.#kit.store.log.settled();
    this.#kit[Symbol.dispose]();
  }
}

for (const file of FILES) {
  Deno.test(`channel-chat transcript ${file} is what the original profile does`, async () => {
    await using server = await TimedServer.open();
    const transcript = await Deno.readTextFile(FOLDER + file);

    await replay(transcript, server.url, {
      socketQuery: { dialect: "channel-chat", profile: "original" },
      httpQuery: {},
      made: {
        timestamp: {
          kind: "time",
          isValid: (ms) =>
            Number.isInteger(ms) && Number(ms) >= START_MS &&
            Number(ms) <= START_MS + 20_000,
        },
      },
      probe: PROBE,
      rows: ROWS,
      elapse: (t) => server.elapse(t),
    });
  });
}
