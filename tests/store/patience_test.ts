import { assertEquals } from "@std/assert";
import { codeOf, texts } from "../faults/locked_kit.ts";
import { silent } from "../support/kv_faults.ts";
import { until } from "../http/until.ts";
import { FakePace, openShared } from "./neighbours_kit.ts";

/** After so long without a reply it counts as lost, in ms. */
const REPLY_MS = 5_000;

/** How long a send may wait for its turn, in ms. */
const BUSY_MS = 5_000;

Deno.test("what waits behind a commit that hangs is refused in time, and never written", async () => {
  await using kit = await openShared(REPLY_MS);
  const pace = new FakePace();
  const ann = await kit.instance(pace);
  const room = await ann.use("bay");
  kit.faults.commits.push(silent);
  kit.faults.reads.push(silent, silent);

  const codes: string[] = [];
  let hung = "";
  codeOf(ann.say(room, "hangs")).then((code) => hung = code);
  await until("it is under way", () => kit.faults.commitCount > 1);
  const wait = texts("waits", 3).map((text) =>
    codeOf(ann.say(room, text)).then((code) => codes.push(code))
  );
  pace.timers.tick(BUSY_MS + 1);
  await Promise.all(wait);

  assertEquals(codes, ["busy", "busy", "busy"]);
  await until("the other is answered too", () => {
    pace.timers.tick(REPLY_MS);
    return hung !== "";
  });
  const { entry } = await ann.say(room, "goes on");
  assertEquals(entry.seq, 1);
});
