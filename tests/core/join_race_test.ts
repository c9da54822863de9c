import { assertEquals } from "@std/assert";
import { ChatKit } from "../support/chat_kit.ts";
import { type Fault, withFaults } from "../support/kv_faults.ts";

/** More than there are between a reply of the store and what it sets off. */
const MICROTASKS_MAX = 40;

Deno.test("join() misses nothing that is told in the turn in which it catches up", async () => {
  const wrong: string[] = [];
  for (let count = 0; count <= MICROTASKS_MAX; count++) {
    for (const isJoinFirst of [true, false]) {
      const heard = await joinAsSomethingIsSaid(count, isJoinFirst);
      const entries = heard.filter((frame) => !frame.startsWith("joined"));
      if (entries.join() === "1 x: one,2 x: two") continue;
      wrong.push(`${count} microtasks apart: ${entries.join()}`);
    }
  }

  assertEquals(wrong, []);
});

/** What a joiner hears if the replies to both come so many microtasks apart. */
async function joinAsSomethingIsSaid(
  microtasks: number,
  isJoinFirst: boolean,
): Promise<string[]> {
  using kv = await Deno.openKv(":memory:");
  const faults = withFaults(kv);
  using kit = await ChatKit.open({ kv: faults.kv });
  const ann = await kit.join("r", "Ann");
  await kit.say(ann.who, "r", "one");
  const bob = kit.admit();
  const read = new HeldReply();
  const commit = new HeldReply();
  // Bob's number. The page that he is sent is at hand; what became of it is not.
  await kit.chat.author(bob.who, "Bob");
  faults.reads.push(read.fault);
  const joined = kit.chat.members.join(bob.who, {
    room: "r",
    name: "Bob",
    replay: 10,
  });
  await read.came;
  faults.commits.push(commit.fault);
  const said = kit.say(ann.who, "r", "two");
  await commit.came;

  const [first, second] = isJoinFirst ? [read, commit] : [commit, read];
  first.release();
  for (let i = 0; i < microtasks; i++) await undefined;
  second.release();
  await Promise.all([joined, said]);
  return bob.link.take().map(String);
}

/** The reply to one call of the store, which comes when it is let go. */
class HeldReply {
  readonly #came = Promise.withResolvers<void>();
  readonly #gate = Promise.withResolvers<void>();

  get came(): Promise<void> {
    return this.#came.promise;
  }

  readonly fault: Fault = async (call) => {
    const reply = await call();
    this.#came.resolve();
    await this.#gate.promise;
    return reply;
  };

  release(): void {
    this.#gate.resolve();
  }
}
