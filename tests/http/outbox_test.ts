import { assertEquals } from "@std/assert";
import { frame } from "../../src/core/encoder.ts";
import { BacklogPump, Outbox, type Pipe } from "../../src/http/outbox.ts";
import { FakeTimers } from "../support/fake_timers.ts";

/** The most that the runtime is handed of one socket at a time. */
const HAND_OVER_BYTES = 65_536;

/** A pipe that holds what it is sent until a test lets it go. */
class FakePipe implements Pipe {
  readonly sent: string[] = [];
  bufferedAmount = 0;

  send(text: string): void {
    this.sent.push(text);
    this.bufferedAmount += text.length;
  }

  /** The first characters of what was sent, which name the frames. */
  get names(): string {
    return this.sent.map((text) => text[0]).join("");
  }
}

/** An outbox with all that is around it. */
function open(
  bytesMax = 1_000_000,
): {
  outbox: Outbox;
  pipe: FakePipe;
  timers: FakeTimers;
  pump: BacklogPump;
  overflows: () => number;
} {
  const timers = new FakeTimers();
  const pump = new BacklogPump(timers);
  const pipe = new FakePipe();
  let count = 0;
  const overflow = () => void count++;
  const outbox = new Outbox(pipe, pump, { bytesMax, overflow });
  return { outbox, pipe, timers, pump, overflows: () => count };
}

/** Frames of so many bytes, named by letters. */
function sendAll(outbox: Outbox, names: string, bytes: number): void {
  for (const name of names) outbox.send(frame(name.repeat(bytes)));
}

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true);
  await Promise.resolve();
  await Promise.resolve();
  return settled;
}

Deno.test("an outbox hands over at once what the runtime takes", () => {
  const { outbox, pipe, timers } = open();

  sendAll(outbox, "abc", 20_000);

  assertEquals([pipe.names, outbox.empty, timers.size], ["abc", true, 0]);
});

Deno.test("an outbox hands over 64 KiB and no byte more", () => {
  const { outbox, pipe } = open();

  sendAll(outbox, "abcd", HAND_OVER_BYTES / 4);
  const whole = pipe.bufferedAmount;
  outbox.send(frame("e"));

  assertEquals([whole, pipe.names], [65_536, "abcd"]);
  assertEquals(outbox.empty, false);
});

Deno.test("an outbox hands over the rest as the runtime gets rid of it", () => {
  const { outbox, pipe, timers } = open();
  const most: number[] = [];

  sendAll(outbox, "abcdefghij", 20_000);
  while (!outbox.empty) {
    most.push(pipe.bufferedAmount);
    pipe.bufferedAmount = 0;
    timers.tick(20);
  }

  assertEquals(pipe.names, "abcdefghij");
  assertEquals(most, [60_000, 60_000, 60_000]);
});

Deno.test("an outbox takes what the runtime still holds into account", () => {
  const { outbox, pipe, timers } = open();

  sendAll(outbox, "abcdef", 20_000);
  pipe.bufferedAmount = 30_000;
  timers.tick(20);

  assertEquals([pipe.names, pipe.bufferedAmount], ["abcd", 50_000]);
});

Deno.test("an outbox hands over a frame larger than 64 KiB alone", () => {
  const { outbox, pipe, timers } = open();

  sendAll(outbox, "a", 10);
  sendAll(outbox, "bc", 100_000);
  pipe.bufferedAmount = 1;
  timers.tick(20);
  const before = pipe.names;
  pipe.bufferedAmount = 0;
  timers.tick(20);

  assertEquals([before, pipe.names], ["a", "ab"]);
});

Deno.test("an outbox keeps the order when the runtime has room again", () => {
  const { outbox, pipe, timers } = open();

  sendAll(outbox, "abcd", 20_000);
  pipe.bufferedAmount = 0;
  sendAll(outbox, "ef", 1);
  timers.tick(20);

  assertEquals(pipe.names, "abcdef");
});

Deno.test("an outbox keeps the place of a frame without a byte", () => {
  const { outbox, pipe, timers } = open();

  sendAll(outbox, "a", 100_000);
  outbox.send(frame(""));
  pipe.bufferedAmount = 0;
  sendAll(outbox, "b", 10);
  timers.tick(20);

  assertEquals(pipe.sent.map((text) => text[0] ?? "-").join(""), "a-b");
});

Deno.test("an outbox lets exactly as many bytes wait as may", () => {
  const { outbox, pipe, overflows, timers } = open(50_000);
  sendAll(outbox, "a", HAND_OVER_BYTES);

  sendAll(outbox, "bc", 25_000);
  const before = overflows();
  pipe.bufferedAmount = 0;
  timers.tick(20);

  assertEquals([before, pipe.names], [0, "abc"]);
});

Deno.test("an outbox that overflows says so once and drops what waits", () => {
  const { outbox, pipe, overflows, timers } = open(50_000);
  sendAll(outbox, "a", HAND_OVER_BYTES);

  sendAll(outbox, "bc", 25_000);
  sendAll(outbox, "def", 1);
  pipe.bufferedAmount = 0;
  timers.tick(1_000);

  assertEquals([overflows(), pipe.names], [1, "a"]);
  assertEquals([outbox.empty, timers.size], [true, 0]);
});

Deno.test("an outbox without a limit lets anything wait", () => {
  const { outbox, overflows } = open(Infinity);

  sendAll(outbox, "abcdefghij", 500_000);

  assertEquals([overflows(), outbox.empty], [0, false]);
});

Deno.test("drained() resolves when nothing waits", async () => {
  const { outbox, pipe, timers } = open();
  const before = await isSettled(outbox.drained());
  sendAll(outbox, "abcdefgh", 20_000);

  const drained = outbox.drained();
  const waiting = await isSettled(drained);
  pipe.bufferedAmount = 0;
  timers.tick(20);
  const halfway = await isSettled(drained);
  pipe.bufferedAmount = 0;
  timers.tick(20);

  assertEquals([before, waiting, halfway], [true, false, false]);
  assertEquals(await isSettled(drained), true);
});

Deno.test("drained() resolves when the outbox is closed", async () => {
  const { outbox, pipe } = open();
  sendAll(outbox, "abcdefgh", 20_000);

  const drained = outbox.drained();
  outbox.close();
  outbox.send(frame("late"));

  assertEquals(await isSettled(drained), true);
  assertEquals(pipe.names, "abc");
});

Deno.test("a pump looks four times in a row, then every 20 ms", () => {
  const { outbox, timers } = open();
  sendAll(outbox, "ab", HAND_OVER_BYTES);
  const looks: number[] = [];
  const flush = outbox.flush.bind(outbox);
  outbox.flush = () => {
    looks.push(timers.nowMs);
    return flush();
  };

  timers.tick(70);

  assertEquals(looks, [0, 0, 0, 0, 20, 40, 60]);
});

Deno.test("a pump looks without a pause again once a backlog moves", () => {
  const { outbox, pipe, timers } = open();
  sendAll(outbox, "abcd", HAND_OVER_BYTES);
  timers.tick(30);

  pipe.bufferedAmount = 0;
  timers.tick(10);
  const moved = pipe.names;
  const send = pipe.send.bind(pipe);
  pipe.send = (text) => {
    send(text);
    pipe.bufferedAmount = 0;
  };
  pipe.bufferedAmount = 0;
  timers.tick(20);

  assertEquals([moved, pipe.names], ["ab", "abcd"]);
});

Deno.test("a pump serves all that have a backlog, and rests when none has", () => {
  const { outbox, pipe, pump, timers } = open();
  const other = new FakePipe();
  const second = new Outbox(other, pump, {
    bytesMax: 1_000_000,
    overflow: () => {},
  });
  sendAll(outbox, "ab", HAND_OVER_BYTES);
  sendAll(second, "cd", HAND_OVER_BYTES);

  other.bufferedAmount = 0;
  timers.tick(20);
  const first = [pipe.names, other.names];
  pipe.bufferedAmount = 0;
  timers.tick(20);

  assertEquals(first, ["a", "cd"]);
  assertEquals([pipe.names, timers.size], ["ab", 0]);
});
