import { assertEquals, assertRejects } from "@std/assert";
import { frame } from "../../src/core/encoder.ts";
import { EventStream } from "../../src/http/event_stream.ts";

function open(bytesMax = 100) {
  const ends: string[] = [];
  const stream = new EventStream({ bytesMax, onEnd: () => ends.push("ended") });
  const reader = stream.body.getReader();
  const read = async () => {
    const { value, done } = await reader.read();
    return done ? undefined : new TextDecoder().decode(value);
  };
  return { stream, reader, read, ends };
}

Deno.test("a stream hands frames over as they are taken, in order", async () => {
  const { stream, read } = open();
  const early = read();
  stream.send(frame("one"));
  stream.send(frame("two"));
  let isDrained = false;
  const drained = stream.drained().then(() => isDrained = true);

  assertEquals([await early, isDrained], ["one", false]);
  assertEquals(await read(), "two");
  await drained;
});

Deno.test("what one frame is in bytes is found out once for all streams", async () => {
  const [ann, bob] = [open(), open()];
  const said = frame("hello");
  for (const { stream } of [ann, bob]) stream.send(said);

  const [first, second] = await Promise.all([
    ann.reader.read(),
    bob.reader.read(),
  ]);

  assertEquals(first.value === second.value, true);
});

Deno.test("a stream that is not read is aborted at the limit, and said so once", async () => {
  const { stream, read, ends } = open(10);

  stream.send(frame("12345"));
  stream.send(frame("12345"));
  assertEquals(ends, []);
  stream.send(frame("1"));
  stream.send(frame("1"));

  assertEquals(ends, ["ended"]);
  await assertRejects(read, Error, "Cannot go on: reads too slowly");
});

Deno.test("close() ends a stream behind what waits, stop() at once", async () => {
  const closed = open();
  closed.stream.send(frame("last"));
  closed.stream.close();
  closed.stream.send(frame("too late"));
  const stopped = open();
  stopped.stream.send(frame("dropped"));
  stopped.stream.stop();

  assertEquals(closed.ends, []);
  assertEquals([await closed.read(), await closed.read()], ["last", undefined]);
  assertEquals(closed.ends, ["ended"]);
  assertEquals(await stopped.read(), undefined);
  assertEquals(stopped.ends, ["ended"]);
});

Deno.test("a stream whose reader is gone has ended, and nobody waits for it", async () => {
  const { stream, reader, ends } = open();
  stream.send(frame("one"));

  await reader.cancel();
  await stream.drained();
  stream.send(frame("two"));
  stream.stop();

  assertEquals(ends, ["ended"]);
});

Deno.test("beats come where nothing waits, and end who takes nothing between two", async () => {
  const { stream, read, ends } = open();
  const heartbeat = frame(":");

  stream.beat(heartbeat);
  assertEquals(await read(), ":");
  stream.send(frame("one"));
  stream.beat(heartbeat);
  assertEquals(await read(), "one");
  stream.send(frame("two"));
  stream.beat(heartbeat);
  assertEquals(ends, []);
  stream.beat(heartbeat);

  assertEquals(ends, ["ended"]);
});
