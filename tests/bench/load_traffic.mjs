// deno-lint-ignore-file explicit-module-boundary-types -- plain JavaScript, for Node
/**
 * The closed loop: who sends when, what is counted, what is timed.
 *
 * @module
 */
import { performance } from "node:perf_hooks";
import process from "node:process";
import { setImmediate } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { machineCpuUs, processCpuUs } from "./cpu_time.mjs";
import {
  MARKER,
  MessageFrame,
  readStampUs,
  STAMP_DIGITS,
} from "./load_wires.mjs";

const MARKER_BYTE = MARKER.charCodeAt(0);
const STAMP_START_BYTE = "0".charCodeAt(0);

/** Every how many deliveries one is timed: no divisor of any case's members. */
const SAMPLE_EVERY = 31;

/** Most samples kept: 1.6 MB; later ones are dropped. */
const SAMPLES_MAX = 200_000;

const STALL_MS_MAX = 5_000;
const STALL_CHECK_MS = 250;
const DRAIN_CHECK_MS = 10;

/** How long to look for deliveries beyond the last expected one. */
const SURPLUS_MS = 50;

function ownCpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Sleeps between two looks at the sockets, so that frames gather in the kernel.
 *
 * Without it the generator is woken for every frame and takes 0.8 of a core,
 * which on two cores slows the server down; with 0.5 ms it takes 0.5, and ws
 * does 305k deliveries/s instead of 260k into one room of 100.
 */
function pauseEveryTurn(pauseMs) {
  const never = new Int32Array(new SharedArrayBuffer(4));
  function pause() {
    Atomics.wait(never, 0, 0, pauseMs);
    setImmediate(pause);
  }
  setImmediate(pause);
}

function quantile(sorted, fraction) {
  return sorted[
    Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))
  ];
}

/**
 * Keeps `window` messages of each sender under way, in counted rounds.
 *
 * A sender of a room with S senders sends its next message when S more have
 * come in on its own socket. All members see one order, so by then its own
 * last one has come back as well, and nobody need read what is in a message.
 */
export class Traffic {
  #options;
  #members = [];
  #sent = 0;
  /** Sends times the members of their room. */
  #expected = 0;
  #received = 0;
  #sending = true;
  #untilSample = SAMPLE_EVERY;
  #samplesMs = new Float64Array(SAMPLES_MAX);
  #sampled = 0;

  /**
   * @param options `wire`: one of `WIRES`; `senders`: of each room; `window`:
   * messages; `pauseMs`: far below a round of the case; `serverPid`: 0 for a server whose CPU time is not wanted;
   * `onFailure`: told, with an Error, when traffic cannot go on.
   */
  constructor(options) {
    this.#options = options;
  }

  /** Adds a socket that has joined `room`, as its member number `place`. */
  add(socket, { room, from, place, members }) {
    const { wire, senders, window } = this.#options;
    const sends = place < senders;
    const member = {
      socket,
      members,
      frames: sends
        ? Array.from(
          { length: window },
          () => new MessageFrame(wire, { room, from }),
        )
        : [],
      sent: 0,
      received: 0,
      /** The last byte that came in may be a marker: the next one tells. */
      undecided: false,
      nextSendAt: sends ? senders : Infinity,
    };
    this.#members.push(member);
    socket.onBytes = (bytes, length) => this.#count(member, { bytes, length });
  }

  /** Warms up, measures, stops, and waits for every last delivery. */
  async run({ warmupMs, measureMs }) {
    this.#watchForStall();
    pauseEveryTurn(this.#options.pauseMs);
    for (const member of this.#members) {
      for (let i = 0; i < member.frames.length; i++) this.#send(member);
    }
    await sleep(warmupMs);
    this.#sampled = 0;
    const receivedBefore = this.#members.map(({ received }) => received);
    const start = this.#reading();
    await sleep(measureMs);
    const end = this.#reading();
    const sampled = this.#sampled;
    this.#checkProgress(receivedBefore);
    await this.#drain();
    return this.#result(start, { end, sampled });
  }

  /** The hot path: once per read of a socket. */
  #count(member, { bytes, length }) {
    bytes[length] = MARKER_BYTE; // A sentinel: what is behind it is old.
    let count = member.undecided && bytes[0] === STAMP_START_BYTE ? 1 : 0;
    let at = bytes.indexOf(MARKER_BYTE);
    while (at < length) {
      if (bytes[at + 1] === STAMP_START_BYTE) {
        count++;
        if (--this.#untilSample === 0) this.#sample(bytes, { at, length });
      }
      at = bytes.indexOf(MARKER_BYTE, at + 1);
    }
    member.undecided = bytes[length - 1] === MARKER_BYTE;
    this.#received += count;
    member.received += count;
    while (member.received >= member.nextSendAt && this.#sending) {
      member.nextSendAt += this.#options.senders;
      this.#send(member);
    }
  }

  #send(member) {
    const frame = member.frames[member.sent % member.frames.length];
    member.sent++;
    this.#sent++;
    this.#expected += member.members;
    frame.stamp(Math.floor(performance.now() * 1e3));
    member.socket.send(frame.bytes);
  }

  #sample(bytes, { at, length }) {
    const cut = at + STAMP_DIGITS >= length;
    this.#untilSample = cut ? 1 : SAMPLE_EVERY;
    if (cut || this.#sampled === SAMPLES_MAX) return;
    const sentMs = readStampUs(bytes, at) / 1e3;
    this.#samplesMs[this.#sampled++] = performance.now() - sentMs;
  }

  #reading() {
    return {
      atMs: performance.now(),
      sent: this.#sent,
      received: this.#received,
      serverCpuUs: processCpuUs(this.#options.serverPid),
      loadCpuUs: ownCpuUs(),
      machineCpuUs: machineCpuUs(),
    };
  }

  #watchForStall() {
    let seen = -1;
    let seenAtMs = 0;
    setInterval(() => {
      const nowMs = performance.now();
      if (this.#received !== seen) {
        seen = this.#received;
        seenAtMs = nowMs;
      } else if (nowMs - seenAtMs > STALL_MS_MAX) {
        const missing = this.#expected - this.#received;
        this.#options.onFailure(
          new Error(
            `No delivery for ${STALL_MS_MAX} ms: ${this.#sent} sent, ` +
              `${this.#received} delivered, ${missing} missing`,
          ),
        );
      }
    }, STALL_CHECK_MS).unref();
  }

  /** One stuck room among many would only look like a slow server. */
  #checkProgress(receivedBefore) {
    const stuck = this.#members.filter(({ received }, i) =>
      received === receivedBefore[i]
    );
    if (stuck.length === 0) return;
    this.#options.onFailure(
      new Error(`${stuck.length} sockets got nothing in the measuring window`),
    );
  }

  async #drain() {
    this.#sending = false;
    while (this.#received < this.#expected) await sleep(DRAIN_CHECK_MS);
    await sleep(SURPLUS_MS);
    if (this.#received === this.#expected) return;
    const surplus = this.#received - this.#expected;
    this.#options.onFailure(new Error(`${surplus} deliveries too many`));
  }

  #result(start, { end, sampled }) {
    const seconds = (end.atMs - start.atMs) / 1e3;
    const deliveries = end.received - start.received;
    const latencies = this.#samplesMs.slice(0, sampled).sort();
    const serverCpuUs = end.serverCpuUs - start.serverCpuUs;
    const loadCpuUs = end.loadCpuUs - start.loadCpuUs;
    const otherCpuUs = end.machineCpuUs - start.machineCpuUs - serverCpuUs -
      loadCpuUs;
    return {
      deliveriesPerSecond: deliveries / seconds,
      sendsPerSecond: (end.sent - start.sent) / seconds,
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      samples: sampled,
      serverCpuUsPerDelivery: serverCpuUs / deliveries,
      serverCpuCores: serverCpuUs / 1e6 / seconds,
      loadCpuCores: loadCpuUs / 1e6 / seconds,
      otherCpuCores: Math.max(0, otherCpuUs / 1e6 / seconds),
    };
  }
}
