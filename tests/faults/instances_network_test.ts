import { assert, assertEquals } from "@std/assert";
import { soon, until } from "../http/until.ts";
import { DenoKv, freePort, NO_DENOKV } from "../support/denokv.ts";
import {
  readStore,
  storeViolations,
  textsOf,
} from "../support/history_check.ts";
import { Instances } from "../support/instances.ts";
import { Native } from "../support/native.ts";
import type { Frame } from "../support/person.ts";
import { startServer } from "../support/server.ts";

/** How long a send may wait for a KV that is away, in ms. */
const ANSWER_MS_MAX = 30_000;

/** How long it may take to go on once the KV is back, in ms. */
const BACK_MS_MAX = 20_000;

const ROOM = "lake";

/** What a client is told that may try again. */
const AGAIN = ["busy", "storage_failed"];

Deno.test({
  name:
    "without its KV at start parley waits, is not ready, and starts when it comes",
  ignore: NO_DENOKV,
  async fn() {
    await using kv = await DenoKv.make();
    const port = freePort();
    const starting = startServer({ kv: kv.url, port, env: kv.env });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => starting.then((server) => server.kill(), () => {}));
    const url = `http://127.0.0.1:${port}`;
    const died = starting.catch((error) => {
      throw new Error(`It did not wait: ${error}`);
    });
    const unready = until(
      "it answers 503",
      async () => await statusOf(`${url}/readyz`) === 503,
    );
    await Promise.race([unready, died]);
    await until(
      "it lives",
      async () => await statusOf(`${url}/healthz`) === 200,
    );

    await kv.start();

    const server = await soon("it has started", starting, BACK_MS_MAX);
    await until(
      "it is ready",
      async () => await statusOf(`${url}/readyz`) === 200,
      BACK_MS_MAX,
    );
    await using ann = await Native.open(server.url);
    await ann.ask({ type: "send", room: ROOM, text: "here we are" });
    assertEquals(await server.stop(), 0);
  },
});

interface Loss {
  readonly what: string;
  readonly lose: (kv: DenoKv) => void | Promise<void>;
  readonly bringBack: (kv: DenoKv) => void | Promise<void>;
}

const LOSSES: readonly Loss[] = [
  {
    what: "killed",
    lose: (kv) => kv.kill(),
    bringBack: (kv) => kv.start(),
  },
  {
    what: "stopped where it stands",
    lose: (kv) => kv.freeze(),
    bringBack: (kv) => kv.thaw(),
  },
];

for (const { what, lose, bringBack } of LOSSES) {
  Deno.test({
    name:
      `while its KV is ${what} parley refuses what it cannot store, and then goes on`,
    ignore: NO_DENOKV,
    async fn() {
      await using instances = await Instances.start(2);
      await using stack = new AsyncDisposableStack();
      const people: Native[] = [];
      for (const i of [0, 1]) {
        const person = stack.use(await Native.open(instances.at(i).url));
        await person.ask({ type: "hello", name: `Ann ${i}` });
        await person.ask({ type: "join", room: ROOM, history: 0 });
        await say(person, `before ${i}`);
        people.push(person);
      }

      await lose(instances.kv);
      const lost = await soon(
        "all are answered",
        Promise.all(people.map((person, i) => sayOnce(person, `lost ${i}`))),
        ANSWER_MS_MAX,
      );
      await bringBack(instances.kv);
      await soon(
        "all is said",
        Promise.all(people.map((person, i) => say(person, `after ${i}`))),
        BACK_MS_MAX,
      );
      const told = await Promise.all(people.map(allOf));

      for (const { code } of lost) {
        assert(AGAIN.includes(String(code)), `${code}`);
      }
      await instances.stop();
      using kv = await instances.kv.open();
      const store = await readStore(kv);
      assertEquals(storeViolations(store), []);
      const stored = textsOf(store, ROOM);
      // What was refused may have been stored: a send key tells.
      const sure = stored.filter((text) => !text.startsWith("lost"));
      assertEquals(sure.toSorted(), [
        ...["after 0", "after 1"],
        ...["before 0", "before 1"],
      ]);
      for (const texts of told) {
        assertEquals(texts, stored.slice(stored.length - texts.length));
      }
    },
  });
}

function sayOnce(person: Native, text: string): Promise<Frame> {
  return person.answer({ type: "send", room: ROOM, text, key: text });
}

/** Says it until it is acknowledged. */
async function say(person: Native, text: string): Promise<void> {
  await until(`"${text}" is said`, async () => {
    const { type, code } = await sayOnce(person, text);
    if (type === "ok") return true;
    if (AGAIN.includes(String(code))) return false;
    throw new Error(`Cannot say "${text}": ${code}`);
  }, BACK_MS_MAX);
}

/** The texts that somebody has heard, up to the last one of both. */
async function allOf(person: Native): Promise<string[]> {
  for (const last of ["after 0", "after 1"]) {
    await person.until((frame) => textsIn(frame).includes(last));
  }
  return person.heard.flatMap(textsIn);
}

function textsIn({ type, entries }: Frame): string[] {
  if (type !== "events") return [];
  return (entries as Frame[]).map(({ text }) => String(text));
}

/** 0: nobody answers. */
async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}
