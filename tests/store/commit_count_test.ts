import { assertEquals } from "@std/assert";
import { ChatKit } from "../support/chat_kit.ts";
import { failedAfter, withFaults } from "../support/kv_faults.ts";

/** What a kit has counted under names that begin so. */
function counted(kit: ChatKit, prefix: string): string[] {
  return kit.metrics.text().split("\n")
    .filter((line) => line.startsWith(`parley_${prefix}`))
    .map((line) => line.slice("parley_".length));
}

Deno.test("entries of one turn are one commit, which is counted with them", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  await kit.say(who, "a", "first");

  await Promise.all(["1", "2", "3"].map((text) => kit.say(who, "a", text)));

  assertEquals(counted(kit, "commits"), [
    'commits_total{outcome="landed"} 2',
    'commits_total{outcome="lost_race"} 0',
    'commits_total{outcome="failed"} 0',
  ]);
  assertEquals(counted(kit, "commit_entries_"), [
    'commit_entries_bucket{le="1"} 1',
    'commit_entries_bucket{le="2"} 1',
    'commit_entries_bucket{le="5"} 2',
    ...["10", "20", "50", "100", "200", "500", "1000", "+Inf"].map((le) =>
      `commit_entries_bucket{le="${le}"} 2`
    ),
    "commit_entries_sum 4",
    "commit_entries_count 2",
  ]);
  assertEquals(counted(kit, "commit_duration_seconds_count"), [
    "commit_duration_seconds_count 2",
  ]);
});

Deno.test("a race that is lost to another instance is counted as one", async () => {
  using kv = await Deno.openKv(":memory:");
  using ann = await ChatKit.open({ kv, shared: true });
  using bob = await ChatKit.open({ kv, shared: true });
  const [annWho, bobWho] = [ann.admit().who, bob.admit().who];
  await ann.say(annWho, "a", "1");
  await bob.say(bobWho, "a", "2");

  await ann.say(annWho, "a", "3");

  assertEquals(counted(ann, "commits"), [
    'commits_total{outcome="landed"} 2',
    'commits_total{outcome="lost_race"} 1',
    'commits_total{outcome="failed"} 0',
  ]);
});

Deno.test("a commit whose reply was lost is counted as failed", async () => {
  using real = await Deno.openKv(":memory:");
  const { kv, commits } = withFaults(real);
  using kit = await ChatKit.open({ kv });
  const { who } = kit.admit();
  await kit.say(who, "a", "1");
  commits.push(failedAfter);

  await kit.say(who, "a", "2");

  assertEquals(counted(kit, "commits"), [
    'commits_total{outcome="landed"} 1',
    'commits_total{outcome="lost_race"} 0',
    'commits_total{outcome="failed"} 1',
  ]);
});

Deno.test("folds of the journal and reads of the log are counted", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  const rooms = ["a", "b", "c", "d", "e", "f"];
  for (let i = 0; i < 2; i++) {
    await Promise.all(rooms.map((room) => kit.say(who, room, "hello")));
  }

  await kit.store.sweeper.run();

  assertEquals(counted(kit, "journal_folds"), ["journal_folds_total 1"]);
  // Once for the end of each.
  assertEquals(counted(kit, "log_reads"), ["log_reads_total 6"]);
});
