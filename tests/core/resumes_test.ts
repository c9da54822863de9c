import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import { RESUME_TTL_MS } from "../../src/core/resumes.ts";
import type { RoomId } from "../../src/core/types.ts";
import { ChatKit } from "../support/chat_kit.ts";
import {
  connect,
  end,
  joined,
  pass,
  R,
  resumed,
  say,
  TOKEN,
} from "./resume_kit.ts";

Deno.test("it is kept over a restart, and until it expires", async () => {
  using kit = await ChatKit.open();
  end(kit, await joined(kit));
  await say(kit, "one");
  await kit.chat.resumes.settled();

  using again = await ChatKit.open({ kv: kit.kv });
  const after = await resumed(again);
  using late = await ChatKit.open({ kv: kit.kv });
  late.nowMs += RESUME_TTL_MS;
  const expired = await resumed(late);

  assertEquals([after, expired], [["1 x: one"], []]);
});

Deno.test("a killed server goes on from where it stored it last", async () => {
  using kit = await ChatKit.open();
  const first = await joined(kit);
  await say(kit, "one");
  await pass(kit, 1_000);
  await say(kit, "two");
  await pass(kit, 60_000);
  first.resume.heard();
  await say(kit, "three");
  await pass(kit, 1_000);

  using again = await ChatKit.open({ kv: kit.kv });

  assertEquals(await resumed(again), ["3 x: three"]);
});

Deno.test("a membership is stored within a second, its place now and then", async () => {
  using kit = await ChatKit.open();
  const { store: { resumes } } = kit;
  let writes = 0;
  const save = resumes.save.bind(resumes);
  resumes.save = (sessions) => {
    writes++;
    return save(sessions);
  };
  const { resume } = await joined(kit);
  const written: number[] = [];

  await pass(kit, 1_000);
  written.push(writes);
  for (let i = 0; i < 20; i++) {
    await say(kit, `${i}`);
    resume.heard();
    await pass(kit, 1_000);
  }
  written.push(writes);
  await pass(kit, 60_000);
  const before = writes;
  await pass(kit, 60_000);

  assertEquals(written, [1, 4]);
  assertEquals(writes, before);
});

Deno.test("of two connections that come at once one is ended", async () => {
  using kit = await ChatKit.open();
  end(kit, await joined(kit));
  await kit.chat.resumes.settled();

  const [one, two] = await Promise.all([connect(kit), connect(kit)]);

  const ended = [one, two].filter(({ link }) => link.closed);
  assertEquals(ended.length, 1);
});

Deno.test("what was left is not come back to", async () => {
  using kit = await ChatKit.open();
  end(kit, await joined(kit));
  const second = await connect(kit);
  await kit.chat.resumes.restore(second.who);
  kit.chat.members.leave(second.who, R);
  end(kit, second);
  await say(kit, "one");
  await kit.chat.resumes.settled();

  using again = await ChatKit.open({ kv: kit.kv });

  assertEquals([await resumed(kit), await resumed(again)], [[], []]);
});

const BAD_TOKENS = ["", "x".repeat(15), "x".repeat(129), "a b".repeat(6), "ü"];

for (const token of [...BAD_TOKENS, "a/b".repeat(6)]) {
  Deno.test(`"${token}" is no resume token`, async () => {
    using kit = await ChatKit.open();

    const error = await assertRejects(() => connect(kit, token), ChatError);

    assertEquals(error.code, "bad_field");
  });
}

Deno.test("a token is its dialect's, while it is held and afterwards", async () => {
  using kit = await ChatKit.open();
  const asOther = () =>
    kit.chat.resumes.open({
      token: TOKEN,
      dialects: ["other"],
      idleTimeoutMs: 0,
    });
  const first = await joined(kit);

  const held = await assertRejects(asOther, ChatError);
  end(kit, first);
  await kit.chat.resumes.settled();
  const kept = await assertRejects(asOther, ChatError);

  assertEquals([held.code, kept.code], ["bad_token", "bad_token"]);
  assertEquals(first.link.closed, undefined);
});

Deno.test("the store holds a digest of the token, and no token", async () => {
  using kit = await ChatKit.open();
  end(kit, await joined(kit));
  await kit.chat.resumes.settled();

  const list = kit.kv.list({ prefix: ["resume"] });
  const records = await Array.fromAsync(list, ({ key, value }) => ({
    key,
    value,
  }));

  assertEquals(records, [{
    key: ["resume", `digest of ${TOKEN}`],
    value: {
      dialect: "plain",
      rooms: [{ room: R, epoch: 1, seq: 0, name: "Ann" }],
      expiresAt: kit.nowMs + RESUME_TTL_MS,
    },
  }]);
});

Deno.test("no more tokens are kept than may be, and each no longer than it may", async () => {
  using kit = await ChatKit.open({
    limits: { RESUME_TOKENS_MAX: 1, RESUME_BYTES_MAX: 100 },
  });
  const first = await joined(kit);
  for (const room of ["s", "t", "u"]) {
    await kit.chat.members.join(first.who, { room, name: "Ann", replay: 0 });
  }
  end(kit, first);
  await kit.chat.resumes.settled();

  const error = await assertRejects(() => connect(kit, `${TOKEN}2`), ChatError);
  const kept = await kit.store.resumes.load(`digest of ${TOKEN}`);
  const again = await connect(kit);

  assertEquals([error.code, error.retryable], ["busy", true]);
  assertEquals(kept?.rooms.map(({ room }) => room), [R, "s"] as RoomId[]);
  assert(again.resume);
});

Deno.test("who comes without a room is not kept", async () => {
  using kit = await ChatKit.open();

  end(kit, await connect(kit));
  const unused = await kit.chat.resumes.open({
    token: TOKEN,
    dialects: ["plain"],
    idleTimeoutMs: 0,
  });
  unused.abandon();
  await kit.chat.resumes.settled();

  const records = await Array.fromAsync(kit.kv.list({ prefix: ["resume"] }));
  assertEquals(records, []);
});

Deno.test("what cannot be stored is tried again", async () => {
  using kit = await ChatKit.open();
  const { resumes } = kit.store;
  const save = resumes.save;
  resumes.save = () => Promise.reject(new Error("the disk is away"));
  end(kit, await joined(kit));
  await kit.chat.resumes.settled();
  await say(kit, "one");
  const meanwhile = await connect(kit);
  await kit.chat.resumes.restore(meanwhile.who);
  end(kit, meanwhile);
  await kit.chat.resumes.settled();
  resumes.save = save;

  await pass(kit, 1_000);
  using again = await ChatKit.open({ kv: kit.kv });
  await say(again, "two");

  assertEquals(meanwhile.link.take(), ["1 x: one"]);
  assertEquals(await resumed(again), ["2 x: two"]);
  const trouble = "Error: the disk is away";
  assertEquals(kit.troubles.map(String), [trouble, trouble]);
});
