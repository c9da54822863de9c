import { assertEquals } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import { LocalServer } from "../http/local_server.ts";
import { type Frame, type Heard, Person } from "../support/person.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { speakerOf, SPEAKERS } from "../support/speakers.ts";
import { WsClient } from "../support/ws_client.ts";
import { ACCOUNTS } from "./dialect_bad_input_accounts.ts";
import { type BadRow, UUID_OF_MAL } from "./dialect_bad_input_kit.ts";
import { REQUESTS } from "./dialect_bad_input_requests.ts";
import { TEXTS } from "./dialect_bad_input_texts.ts";

const ROWS: readonly BadRow[] = [...TEXTS, ...REQUESTS, ...ACCOUNTS];

/** All that is said comes from one address, and heartbeats come unasked. */
const ENV = {
  PARLEY_MESSAGES_BURST_MAX: "100000",
  PARLEY_CHANNEL_HEARTBEAT_MS: "3600000",
};

/** What comes whatever one says. */
const UNASKED = new Set(["welcome", "ready", "connection", "list_rooms"]);

/** Where Mal talks alone; in redis-chat it is the lobby. */
const ROOMS: Readonly<Record<string, string>> = {
  "chat-ws": "pit",
  "channel-chat": "mire",
  wschat: "Room 1",
  "nest-chat": "Room 2",
  "parley.v1": "den",
};

Deno.test("bad input in any dialect is answered there and disturbs nobody", async (t) => {
  await using server = await startServer({ env: ENV });
  await using scene = await Scene.open(server);

  for (const [name, rows] of Map.groupBy(ROWS, nameOf)) {
    await t.step(name, async () => {
      const heard = await Promise.all(rows.map((row) => scene.say(row)));

      for (const [i, row] of rows.entries()) {
        assertEquals(heard[i], row.hears, row.dialect);
      }
      await scene.everybodyTalks();
    });
  }

  assertEquals(scene.strange, []);
  const health = await fetch(`${server.url}/healthz`);
  assertEquals(await health.json(), { status: "ok" });
  assertEquals(await server.stop(), 0);
  assertEquals((await server.ended).errors, "");
});

/** Paths whose channel cannot be a room, and why. */
const CHANNELS: readonly (readonly [path: string, why: string])[] = [
  ["/a%00b", "control character in its id"],
  ["/a%0Ab", "control character in its id"],
  ["/@dm/a/b", 'ids in "@dm/" are reserved'],
  [`/${"x".repeat(256)}`, "256 of 255 bytes"],
];

for (const [path, why] of CHANNELS) {
  Deno.test(`the channel ${path.slice(0, 9)} cannot be, and closes its socket alone`, async () => {
    await using server = await LocalServer.open();
    const speaker = speakerOf("channel-chat");
    const options = { name: "Ann", room: "calm", profile: "document" } as const;
    await using ann = await Person.join(server.url, speaker, options);
    await using mal = await WsClient.open(server.url + path);

    const { code, reason } = await mal.closed;
    ann.say("calm");
    await ann.hear("calm");

    assertEquals([code, reason], [1008, `Cannot use room: ${why}`]);
    assertEquals(mal.drain(), []);
    assertEquals(server.kit.bugs, []);
  });
}

Deno.test("the rows of reliability.md that touch a dialect are there", () => {
  const ids = new Set(ROWS.map(({ row }) => row));

  // Not here: what only parley's own protocol has (B55, B64, B76, B77), what
  // nest-chat has (B60, B61), and what has suites of its own: closing rooms
  // (B66), presence (B67), limits (B65, B74, B75), names in other dialects (B79).
  const expected = "B33 B34 B35 B36 B37 B38 B39 B40 B41 B42 B43 B44 B45 B46 " +
    "B47 B48 B49 B50 B51 B52 B53 B54 B56 B57 B58 B59 B62 B63 B69 B70 B71 B72 " +
    "B73 B78";
  assertEquals(Array.from(ids).toSorted().join(" "), expected);
});

/** Rows of this name are said at the same time, in a dialect each. */
function nameOf({ row, name }: BadRow): string {
  return `${row}: ${name}`;
}

/** In each dialect one who says bad things, and one who only talks. */
class Scene implements AsyncDisposable {
  readonly #server: TestServer;
  readonly #mals = new Map<string, Person>();
  readonly #innocents: Person[] = [];
  #uuidOfMal = "";
  #turns = 0;

  private constructor(server: TestServer) {
    this.#server = server;
  }

  static async open(server: TestServer): Promise<Scene> {
    const scene = new Scene(server);
    for (const speaker of SPEAKERS) {
      const { dialect } = speaker;
      const room = ROOMS[dialect] ?? "general";
      const mal = { name: "Mal", room, profile: "document" } as const;
      const ann = { ...mal, name: "Ann", room: "general" };
      scene.#mals.set(dialect, await Person.join(server.url, speaker, mal));
      scene.#innocents.push(await Person.join(server.url, speaker, ann));
    }
    scene.#uuidOfMal = await uuidOf("Mal", scene.#malOf("redis-chat"));
    return scene;
  }

  /** What came to the innocent that their protocols do not know. */
  get strange(): string[] {
    return this.#innocents.flatMap(({ strange }) => strange);
  }

  /** Says the frames of a row, and then something good; returns what came before. */
  async say(row: BadRow): Promise<(Heard | Frame)[]> {
    const { dialect, frames, isFresh } = row;
    await using stranger = isFresh ? await this.#stranger(dialect) : undefined;
    const mal = stranger ?? this.#malOf(dialect);
    for (const frame of frames) {
      mal.sendText(frame.replaceAll(UUID_OF_MAL, this.#uuidOfMal));
    }
    const probe = isFresh && mal.speaker.probe?.(mal);
    const good = `good ${++this.#turns}`;
    if (probe) mal.send(probe.frame);
    else mal.say(good);
    const heard: (Heard | Frame)[] = [];
    await mal.until((frame) => {
      const said = inWords(frame, mal);
      const isLast = probe ? probe.isAnswer(frame) : isSaid(said, good);
      // What came at once may be in one frame.
      if (!probe || !isLast) {
        heard.push(...said.filter((one) => !isSaid([one], good)));
      }
      return isLast;
    });
    return heard;
  }

  /** Each innocent says something and hears it. */
  async everybodyTalks(): Promise<void> {
    const text = `echo ${++this.#turns}`;
    await Promise.all(this.#innocents.map(async (ann) => {
      ann.forget();
      ann.say(`${text} in ${ann.speaker.dialect}`);
      await ann.hear(`${text} in ${ann.speaker.dialect}`);
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#mals.values(), ...this.#innocents];
    for (const person of all) await person.close();
  }

  #malOf(dialect: string): Person {
    const mal = this.#mals.get(dialect);
    if (mal) return mal;
    throw new TypeError(`Cannot say anything in "${dialect}": nobody does`);
  }

  /** Somebody who has just connected, and is nobody yet. */
  #stranger(dialect: string): Promise<Person> {
    const options = { name: "", room: "fresh", profile: "document" } as const;
    const speaker = speakerOf(dialect);
    return Person.connect(this.#server.url, speaker, options);
  }
}

/** Refusals as they are, other news in no dialect's words; no unasked ones. */
function inWords(frame: Frame, { speaker }: Person): (Heard | Frame)[] {
  const type = String(frame.type ?? "error");
  const news = speaker.understand(frame);
  if (news.every(({ kind }) => kind !== "other")) return news.filter(isNew);
  if (UNASKED.has(type)) return [];
  return type === "error" || type === "identity" ? [frame] : [{ type }];
}

/** In the lobby Mal hears the innocent too. */
function isNew(heard: Heard): boolean {
  return heard.kind !== "message" || !heard.text.startsWith("echo ");
}

function isSaid(said: readonly (Heard | Frame)[], text: string): boolean {
  return said.some((one) => one.kind === "message" && one.text === text);
}

/** The id of a user of redis-chat. */
async function uuidOf(name: string, person: Person): Promise<string> {
  person.send({ type: "users" });
  const answer = await person.until(({ type }) => type === "users");
  const { users } = answer.users as { [key: string]: Json };
  const all = users as { [key: string]: Json }[];
  return String(all.find(({ Username }) => Username === name)?.UUID);
}
