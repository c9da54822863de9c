import { assertEquals } from "@std/assert";
import { frame } from "../../src/core/encoder.ts";
import {
  ChatError,
  type Disconnect,
  DISCONNECTS,
} from "../../src/core/errors.ts";
import type { LimitName } from "../../src/core/limits.ts";
import type {
  Dialect,
  OpenRequest,
  Session,
} from "../../src/dialects/dialect.ts";
import {
  type Carrier,
  frameBucket,
  SessionHost,
} from "../../src/http/session_host.ts";
import { ChatKit } from "../support/chat_kit.ts";
import { FakeLink } from "../support/fake_link.ts";

/** Remembers how it was ended. */
class FakeCarrier extends FakeLink implements Carrier {
  disconnected: Disconnect | undefined;
  endings = 0;

  disconnect(ending: Disconnect): void {
    this.disconnected ??= ending;
  }

  ended(): void {
    this.endings++;
  }
}

/** A host with a session that echoes, unless a test says otherwise. */
class HostKit implements Disposable {
  readonly kit: ChatKit;
  readonly carrier = new FakeCarrier();
  readonly host: SessionHost;
  readonly events: string[] = [];

  private constructor(kit: ChatKit, session: Partial<Session>) {
    this.kit = kit;
    const { chat } = kit;
    const clock = { now: () => kit.nowMs, elapsed: () => kit.nowMs };
    const observer = {
      bug: (_where: string, error: unknown) => void kit.bugs.push(error),
      trouble: () => {},
    };
    const bucket = frameBucket(chat.limits, clock);
    this.host = new SessionHost(
      this.carrier,
      { chat, clock, observer },
      bucket,
    );
    this.host.open(this.#dialect(session), {} as OpenRequest);
  }

  static async open(
    session: Partial<Session> = {},
    limits: Partial<Record<LimitName, number>> = {},
  ): Promise<HostKit> {
    return new HostKit(await ChatKit.open({ limits }), session);
  }

  [Symbol.dispose](): void {
    this.kit[Symbol.dispose]();
  }

  #dialect(session: Partial<Session>): Dialect {
    return {
      name: "test",
      open: (link) => ({
        start: () => {},
        receive: (text) => link.send(frame(text)),
        refuse: ({ message }) => void this.events.push(message),
        ...session,
        end: () => void this.events.push("end"),
      }),
    };
  }
}

/** Lets what was begun in this turn come to its end. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("a frame of as many bytes as may be is handled, one more refused", async () => {
  using kit = await HostKit.open({}, { FRAME_BYTES_MAX: 6 });
  await turn();

  kit.host.take("ééé");
  kit.host.take("éééx");
  await turn();

  assertEquals(kit.carrier.frames, ["ééé"]);
  assertEquals(kit.events, ["Cannot handle frame: 7 of 6 bytes"]);
});

Deno.test("frames past the rate are refused, until there is room again", async () => {
  using kit = await HostKit.open({}, {
    MESSAGES_PER_SECOND_MAX: 1,
    MESSAGES_BURST_MAX: 1,
  });
  await turn();

  kit.host.take("1");
  kit.host.take("2");
  kit.kit.nowMs += 1_000;
  kit.host.take("3");
  await turn();

  assertEquals(kit.carrier.frames, ["1", "3"]);
  assertEquals(kit.events, [
    "Cannot handle frame: more than 1 per second, try again in 1000 ms",
  ]);
});

Deno.test("a peer that is gone is heard to the end, then the session ends once", async () => {
  const gate = Promise.withResolvers<void>();
  const handled: string[] = [];
  using kit = await HostKit.open({
    async receive(text) {
      await gate.promise;
      handled.push(text);
    },
  });
  await turn();

  kit.host.take("1");
  kit.host.take("2");
  kit.host.finish();
  kit.host.take("3");
  const before = kit.carrier.endings;
  gate.resolve();
  await turn();
  kit.host.finish();
  kit.host.end();

  assertEquals(handled, ["1", "2"]);
  assertEquals([before, kit.carrier.endings, kit.events], [0, 1, ["end"]]);
});

Deno.test("a host that is stopped handles nothing more, and ends later, once", async () => {
  using kit = await HostKit.open({}, { FRAME_BYTES_MAX: 3 });
  await turn();

  kit.host.take("1");
  kit.host.take("2");
  kit.host.stop();
  kit.host.take("3");
  kit.host.take("long");
  const before = kit.carrier.endings;
  await turn();
  kit.host.finish();
  kit.host.stop();
  await turn();

  assertEquals(kit.carrier.frames, ["1"]);
  assertEquals([before, kit.carrier.endings, kit.events], [0, 1, ["end"]]);
});

Deno.test("a session that refuses to start closes its link and says why", async () => {
  using kit = await HostKit.open({
    start() {
      throw new ChatError("room_closed", "Cannot join: it is closed");
    },
  });
  await turn();

  assertEquals(kit.carrier.closed, {
    code: 1008,
    reason: "Cannot join: it is closed",
  });
  assertEquals([kit.carrier.disconnected, kit.kit.bugs], [undefined, []]);
});

Deno.test("a bug of a session ends what carries it", async () => {
  using kit = await HostKit.open({
    receive() {
      throw new TypeError("boom");
    },
  });
  await turn();

  kit.host.take("1");
  await turn();

  assertEquals(kit.carrier.disconnected, DISCONNECTS.internal);
  assertEquals([kit.carrier.closed, kit.kit.bugs.map(String)], [
    undefined,
    ["TypeError: boom"],
  ]);
});

Deno.test("more frames than may wait end what carries them", async () => {
  using kit = await HostKit.open(
    { receive: () => new Promise(() => {}) },
    { INBOX_FRAMES_MAX: 2 },
  );
  await turn();

  for (const text of ["handled", "1", "2", "3"]) kit.host.take(text);

  assertEquals(kit.carrier.disconnected, DISCONNECTS.flooded);
});
