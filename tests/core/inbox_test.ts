import { assertEquals } from "@std/assert";
import { type FrameHandler, Inbox } from "../../src/core/inbox.ts";
import { resolveLimits } from "../../src/core/limits.ts";

/** Handles a frame when it is told to. */
class SlowHandler implements FrameHandler {
  readonly begun: string[] = [];
  readonly ended: string[] = [];
  floods = 0;
  failure: unknown;
  #gate = Promise.withResolvers<void>();

  async receive(text: string): Promise<void> {
    this.begun.push(text);
    await this.#gate.promise;
    if (text === "bug") throw new TypeError("a bug");
    this.ended.push(text);
  }

  flooded(): void {
    this.floods++;
  }

  failed(error: unknown): void {
    this.failure = error;
  }

  async open(): Promise<void> {
    this.#gate.resolve();
    await turn();
  }
}

/** Lets all that is ready run. */
async function turn(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve));
}

Deno.test("an inbox handles one frame at a time, in order", async () => {
  const handler = new SlowHandler();
  const inbox = new Inbox(handler, resolveLimits());

  for (const text of ["a", "b", "c"]) inbox.push(text, 1);
  await turn();
  const begun = [...handler.begun];
  await handler.open();

  assertEquals(begun, ["a"]);
  assertEquals(handler.ended, ["a", "b", "c"]);
});

Deno.test("an inbox floods at one frame more than may wait, and stops", async () => {
  const handler = new SlowHandler();
  const inbox = new Inbox(handler, resolveLimits({ INBOX_FRAMES_MAX: 2 }));

  for (const text of ["handled", "1", "2"]) inbox.push(text, 1);
  const before = handler.floods;
  inbox.push("3", 1);
  inbox.push("4", 1);
  await handler.open();

  assertEquals([before, handler.floods], [0, 1]);
  assertEquals(handler.begun, ["handled"]);
});

Deno.test("an inbox floods at more bytes than may wait", () => {
  const handler = new SlowHandler();
  const inbox = new Inbox(handler, resolveLimits({ INBOX_BYTES_MAX: 10 }));

  for (const bytes of [100, 6, 4]) inbox.push("x", bytes);
  const before = handler.floods;
  inbox.push("x", 1);

  assertEquals([before, handler.floods], [0, 1]);
});

Deno.test("an inbox counts what waits, not what has passed", async () => {
  const handler = new SlowHandler();
  const inbox = new Inbox(handler, resolveLimits({ INBOX_FRAMES_MAX: 2 }));
  await handler.open();

  for (let i = 0; i < 10; i++) {
    for (let j = 0; j < 3; j++) inbox.push("x", 1);
    await turn();
  }

  assertEquals([handler.floods, handler.ended.length], [0, 30]);
});

Deno.test("an inbox ends with the first frame whose handler has a bug", async () => {
  const handler = new SlowHandler();
  const inbox = new Inbox(handler, resolveLimits());

  for (const text of ["bug", "a"]) inbox.push(text, 1);
  await handler.open();
  inbox.push("b", 1);

  assertEquals(String(handler.failure), "TypeError: a bug");
  assertEquals(handler.begun, ["bug"]);
});
