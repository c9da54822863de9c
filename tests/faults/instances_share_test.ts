import { assert, assertEquals } from "@std/assert";
import { soon, until } from "../http/until.ts";
import { NO_DENOKV } from "../support/denokv.ts";
import {
  readStore,
  storeViolations,
  textsOf,
} from "../support/history_check.ts";
import { Instances } from "../support/instances.ts";
import { UNPACED } from "../support/server.ts";
import { type StormPorts, StormReader, StormWriter } from "./resume_clients.ts";
import { print } from "../support/print.ts";

const INSTANCES = 3;

const ROOM = "hot";

/** Of each instance; each keeps 32 messages under way. */
const WRITERS = 3;

/** What is acknowledged, over all instances, when their shares are looked at. */
const COUNTED = 9_000;

/** More than any writer gets rid of until then. */
const TOTAL = 100_000;

/** What no instance's share may be below. */
const SHARE_MIN = 1 / 4;

/** Messages per second of each instance, and for how long. */
const PER_SECOND = 100;
const SECONDS = 10;

/** How long it may take, in ms. */
const SAID_MS_MAX = 90_000;

Deno.test({
  name:
    "three instances write one room as fast as they can: none gets less than a quarter",
  ignore: NO_DENOKV,
  async fn() {
    await using instances = await Instances.start(INSTANCES, { args: UNPACED });
    const complaints: string[] = [];
    const acknowledged = Array<number>(INSTANCES).fill(0);
    const enough = Promise.withResolvers<void>();
    const told = (i: number) => {
      acknowledged[i] = (acknowledged[i] ?? 0) + 1;
      if (acknowledged.reduce((a, b) => a + b) === COUNTED) enough.resolve();
    };
    const writers = Array.from({ length: INSTANCES * WRITERS }, (_, i) => {
      const ports = portsAt(instances, i % INSTANCES, complaints);
      const name = `writer ${i}`;
      const options = { name, total: TOTAL, told: () => told(i % INSTANCES) };
      return new StormWriter(ports, options);
    });

    for (const writer of writers) writer.connect();
    let shares: number[];
    try {
      await soon("enough is said", enough.promise, SAID_MS_MAX);
      shares = acknowledged.map((count) => count / COUNTED);
    } finally {
      for (const writer of writers) writer.stop();
      await Promise.all(writers.map(({ done }) => done));
    }

    const refusals = writers.map(({ refusals }) => refusals);
    print(`shares: ${shares.map((share) => share.toFixed(2))}`);
    print(`refusals: ${refusals}`);
    assertEquals(complaints, []);
    for (const share of shares) assert(share >= SHARE_MIN, `${shares}`);
    await instances.stop();
    using kv = await instances.kv.open();
    assertEquals(storeViolations(await readStore(kv)), []);
  },
});

Deno.test({
  name:
    "three instances write one room at 300 messages/s: all keep up, all hear one order",
  ignore: NO_DENOKV,
  async fn() {
    await using instances = await Instances.start(INSTANCES, { args: UNPACED });
    const complaints: string[] = [];
    const each = PER_SECOND * SECONDS;
    const readers = Array.from(
      { length: INSTANCES },
      (_, i) =>
        new StormReader(portsAt(instances, i, complaints), {
          name: `reader ${i}`,
          total: INSTANCES * each,
          cuts: 0,
          random: () => 0,
        }),
    );
    for (const reader of readers) reader.connect();
    await Promise.all(readers.map(({ joined }) => joined));
    const writers = await Promise.all(
      readers.map((_, i) => PacedWriter.open(instances.at(i).url, i)),
    );

    const late: number[] = [];
    for (const writer of writers) {
      writer.write(each, PER_SECOND).then(() =>
        late.push(each - writer.answered)
      );
    }
    const all = readers.map(({ done }) => done);
    try {
      await soon("all is heard", Promise.all(all), SAID_MS_MAX);
      await until(
        "all is answered",
        () => writers.every(({ answered }) => answered === each),
      );
    } finally {
      for (const one of [...readers, ...writers]) one.stop();
      await Promise.all(all);
    }

    print(`behind when the last one was sent: ${late.join(", ")}`);
    assertEquals(complaints, []);
    assertEquals(writers.flatMap(({ refusals }) => refusals), []);
    // Who is starved has most of its messages still under way.
    for (const count of late) assert(count < each * SHARE_MIN, `${late}`);
    await instances.stop();
    using kv = await instances.kv.open();
    const stored = textsOf(await readStore(kv), ROOM);
    assertEquals(new Set(stored).size, INSTANCES * each);
    for (const { texts } of readers) assertEquals(texts, stored);
  },
});

function portsAt(
  instances: Instances,
  i: number,
  complaints: string[],
): StormPorts {
  return {
    url: () => instances.at(i).url.replace(/^http/, "ws"),
    room: ROOM,
    patient: true,
    complain: (what) => complaints.push(what),
  };
}

/** Says so much a second, answered or not. */
class PacedWriter {
  answered = 0;
  readonly refusals: string[] = [];
  readonly #socket: WebSocket;
  readonly #number: number;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(socket: WebSocket, number: number) {
    this.#socket = socket;
    this.#number = number;
    socket.onmessage = ({ data }) => {
      const { type, id, message } = JSON.parse(data);
      if (type === "error") this.refusals.push(message);
      if (type === "ok" && id !== undefined) this.answered++;
    };
  }

  static async open(url: string, number: number): Promise<PacedWriter> {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/parley`);
    const writer = new PacedWriter(socket, number);
    const opened = Promise.withResolvers<void>();
    socket.addEventListener("open", () => opened.resolve());
    await opened.promise;
    return writer;
  }

  /** Resolves once the last one is sent. */
  async write(total: number, perSecond: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const startedAtMs = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      const seconds = (performance.now() - startedAtMs) / 1_000;
      for (; sent < Math.min(total, seconds * perSecond); sent++) {
        const text = `writer ${this.#number} ${sent}`;
        const frame = { type: "send", id: sent, room: ROOM, text };
        this.#socket.send(JSON.stringify(frame));
      }
      if (sent === total) resolve();
    }, 5);
    await promise;
    clearInterval(this.#timer);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }
}
