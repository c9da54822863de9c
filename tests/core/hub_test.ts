import { assertEquals } from "@std/assert";
import { Elsewhere } from "../../src/core/elsewhere.ts";
import { Hub } from "../../src/core/hub.ts";
import { UNCLAIMED } from "../../src/core/name_claims.ts";
import { nobody } from "../../src/core/neighbours.ts";
import type { Directory, Head, RoomLog } from "../../src/core/ports.ts";
import { ToNeighbours } from "../../src/core/to_neighbours.ts";
import type { Position, RoomRecord } from "../../src/core/types.ts";
import { until } from "../http/until.ts";
import { ChatKit, full } from "../support/chat_kit.ts";
import { messageAt, SEA } from "../support/stored.ts";

const { id: ROOM } = SEA;
const SECOND = messageAt(2);
const DIRECTORY: Pick<Directory, "find"> = {
  find: () => Promise.resolve(SEA),
};

for (const [how, tell] of Object.entries(tellings())) {
  Deno.test(`find() misses nothing that is ${how} while the end of the log is being read`, async () => {
    const opening = Promise.withResolvers<Head>();
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const reads: Position[] = [];
    const log: Pick<RoomLog, "open" | "readAfter"> = {
      open: () => {
        resolve();
        return opening.promise;
      },
      readAfter: (_room, after) => {
        reads.push(after);
        return Promise.resolve([SECOND]);
      },
    };
    const hub = new Hub({
      log: log as RoomLog,
      directory: DIRECTORY as Directory,
      elsewhere: new Elsewhere(),
      neighbours: new ToNeighbours({
        neighbours: nobody(),
        clock: { now: () => 0, elapsed: () => 0 },
      }),
      names: UNCLAIMED,
      lobby: "general",
      observer: { bug: () => {}, trouble: () => {} },
    });
    const finding = hub.find(ROOM);
    await asked;

    tell(hub);
    opening.resolve({ epoch: 1, seq: 1, order: 1, closed: false });
    const room = await finding;

    assertEquals(reads, [{ epoch: 1, seq: 1 }]);
    await room?.refresh();
    assertEquals(room?.tail, { epoch: 1, seq: 2 });
  });
}

function tellings(): Record<string, (hub: Hub) => void> {
  return {
    "handed over": (hub) => hub.committed(ROOM, [SECOND]),
    "rung for": (hub) => hub.moved(ROOM),
  };
}

Deno.test("who hears all rooms of a dialect hears what others write in one that is not at hand", async () => {
  using kv = await Deno.openKv(":memory:");
  using here = await ChatKit.open({ kv, shared: true });
  using there = await ChatKit.open({ kv, shared: true });
  const zoe = here.admit();
  here.chat.members.overhear(zoe.who);
  const ann = await there.join("sea", "Ann");
  await there.say(ann.who, "sea", "one");
  await there.say(ann.who, "sea", "two");
  await there.say(ann.who, "sea", "three");
  const all = await there.store.log.readAfter(ROOM, { epoch: 1, seq: 0 }, 9);

  here.chat.listener.committed(ROOM, all.slice(1, 2));
  await until("two are heard", () => zoe.link.frames.length === 2);
  // The bell for the next comes later than it was read.
  here.chat.listener.moved(ROOM, { epoch: 1, seq: 3 });
  here.chat.listener.committed(ROOM, all.slice(2));

  assertEquals(zoe.link.take(), ["2 x: two", "3 x: three"]);
});

Deno.test("what is written in a room of another dialect is not read for those who hear all of theirs", async () => {
  using kv = await Deno.openKv(":memory:");
  using here = await ChatKit.open({ kv, shared: true });
  using there = await ChatKit.open({ kv, shared: true });
  const zoe = here.admit(full);
  here.chat.members.overhear(zoe.who);
  const ann = await there.join("sea", "Ann");
  await there.say(ann.who, "sea", "one");
  const opened: RoomRecord[] = [];
  const open = here.store.log.open.bind(here.store.log);
  here.store.log.open = (record) => {
    opened.push(record);
    return open(record);
  };

  here.chat.listener.moved(ROOM, { epoch: 1, seq: 1 });
  await here.store.directory.find(ROOM);
  await here.store.log.settled();

  assertEquals(opened, []);
  assertEquals(zoe.link.take(), []);
});

/** Ann says some things there, of which Bob here has heard nothing yet. */
async function unheard(kv: Deno.Kv, texts: readonly string[]) {
  const here = await ChatKit.open({ kv, shared: true });
  const there = await ChatKit.open({ kv, shared: true });
  const bob = await here.join("sea", "Bob");
  const ann = await there.join("sea", "Ann");
  for (const text of texts) await there.say(ann.who, "sea", text);
  const all = await there.store.log.readAfter(ROOM, { epoch: 1, seq: 0 }, 9);
  bob.link.take();
  return { here, there, bob, all };
}

Deno.test("entries of which some were told before are told on without being read", async () => {
  using kv = await Deno.openKv(":memory:");
  const { here, there, bob, all } = await unheard(kv, ["one", "two", "three"]);
  using _here = here;
  using _there = there;
  const reads: number[] = [];
  const { log } = here.store;
  const read = log.readAfter.bind(log);
  log.readAfter = (room, after, limit) => {
    reads.push(after.seq);
    return read(room, after, limit);
  };

  here.chat.listener.committed(ROOM, all.slice(0, 1));
  here.chat.listener.committed(ROOM, all.slice(0, 2));
  here.chat.listener.committed(ROOM, all);

  assertEquals(bob.link.take(), ["1 x: one", "2 x: two", "3 x: three"]);
  assertEquals(reads, []);
});

Deno.test("a room goes on for whom what came next was swept before it was heard", async () => {
  using kv = await Deno.openKv(":memory:");
  const { here, there, bob, all } = await unheard(kv, ["one", "two", "three"]);
  using _here = here;
  using _there = there;
  here.chat.listener.committed(ROOM, all.slice(0, 1));
  await kv.delete(["entry", ROOM, 1, 2]);

  here.chat.listener.moved(ROOM);
  await (await here.chat.room(ROOM))?.refresh();

  assertEquals(bob.link.take(), ["1 x: one", "3 x: three"]);
});

Deno.test("a hole that is there for one read is not believed", async () => {
  using kv = await Deno.openKv(":memory:");
  const { here, there, bob, all } = await unheard(kv, ["one", "two", "three"]);
  using _here = here;
  using _there = there;
  const { log } = here.store;
  const read = log.readAfter.bind(log);
  // As a read that a fold of the journal runs through.
  log.readAfter = () => {
    log.readAfter = read;
    return Promise.resolve(all.slice(2));
  };

  here.chat.listener.moved(ROOM);
  await (await here.chat.room(ROOM))?.refresh();

  assertEquals(bob.link.take(), ["1 x: one", "2 x: two", "3 x: three"]);
});
