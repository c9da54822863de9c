import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import { ScryptSecrets, Turns } from "../../src/ops/secrets.ts";

Deno.test("ScryptSecrets keeps salt and parameters in the record, and no password", async () => {
  const secrets = new ScryptSecrets(64);

  const first = await secrets.hash("correct horse");
  const second = await secrets.hash("correct horse");

  const { salt, key, ...parameters } = first;
  assertEquals(parameters, { kind: "scrypt", N: 16_384, r: 8, p: 5 });
  assertMatch(String(salt), /^[0-9a-f]{32}$/);
  assertMatch(String(key), /^[0-9a-f]{64}$/);
  assert(salt !== second.salt && key !== second.key, "the salt is always new");
});

Deno.test("ScryptSecrets verifies by the record's own parameters", async () => {
  const secrets = new ScryptSecrets(64);
  // RFC 7914, section 12, its first 32 bytes; the second vector with r = 8.
  const record = {
    kind: "scrypt",
    N: 1_024,
    r: 8,
    p: 16,
    salt: "NaCl",
    key: "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162",
  };

  assertEquals(await secrets.verify("password", record), true);
  assertEquals(await secrets.verify("Password", record), false);
  assertEquals(
    await secrets.verify("password", { ...record, N: 2_048 }),
    false,
  );
  assertEquals(await secrets.verify("password", { ...record, key: "" }), false);
  const longer = { ...record, key: `${record.key}00` };
  assertEquals(await secrets.verify("password", longer), false);
});

Deno.test("ScryptSecrets takes two ways of writing a password for one", async () => {
  const secrets = new ScryptSecrets(64);

  const hash = await secrets.hash("Jos\u00e9");

  assertEquals(await secrets.verify("Jose\u0301", hash), true);
  assertEquals(await secrets.verify("Jose", hash), false);
});

Deno.test("ScryptSecrets hashes beside the main thread", async () => {
  const secrets = new ScryptSecrets(64);
  let turns = 0;
  let isDone = false;

  const hashed = secrets.hash("secret").finally(() => isDone = true);
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  await hashed;

  assert(turns > 20, `only ${turns} turns of the event loop`);
});

Deno.test("ScryptSecrets makes access keys that nobody can guess", () => {
  const secrets = new ScryptSecrets(64);

  const keys = Array.from({ length: 1_000 }, () => secrets.accessKey());

  assertEquals(new Set(keys).size, 1_000);
  assertMatch(
    keys[0] ?? "",
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

Deno.test("ScryptSecrets digests a secret by SHA-256", () => {
  // FIPS 180-2, appendix B.1.
  assertEquals(
    new ScryptSecrets(64).digest("abc"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("ScryptSecrets refuses a password at once when too many wait", async () => {
  const secrets = new ScryptSecrets(1);
  const three = [secrets.hash("a"), secrets.hash("b"), secrets.hash("c")];
  const record = { kind: "scrypt", N: 2, r: 8, p: 1, salt: "x", key: "00" };

  const errors = await Promise.all([
    assertRejects(() => secrets.hash("d"), ChatError),
    assertRejects(() => secrets.verify("d", record), ChatError),
  ]);

  for (const error of errors) {
    assertEquals([error.code, error.message], [
      "busy",
      "Cannot sign in: too many do",
    ]);
  }
  assertEquals((await Promise.all(three)).length, 3);
  assertEquals((await secrets.hash("d")).kind, "scrypt");
});

/** Tasks that end when a test says so. */
class Tasks {
  running = 0;
  mostAtOnce = 0;
  readonly begun: string[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<void>>();

  async run(name: string): Promise<void> {
    this.begun.push(name);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.running);
    const end = Promise.withResolvers<void>();
    this.#ends.set(name, end);
    await end.promise.finally(() => this.running--);
  }

  end(name: string): void {
    this.#ends.get(name)?.resolve();
  }

  fail(name: string): void {
    this.#ends.get(name)?.reject(new RangeError(name));
  }
}

Deno.test("Turns run() lets two run at once, the others in the order in which they came", async () => {
  const turns = new Turns({ atOnce: 2, waitingMax: 10 });
  const tasks = new Tasks();

  const all = ["a", "b", "c", "d"].map((name) => {
    return turns.run(() => tasks.run(name));
  });
  const first = [...tasks.begun];
  tasks.end("b");
  await all[1];
  const second = [...tasks.begun];
  for (const name of ["a", "c"]) tasks.end(name);
  await Promise.all([all[0], all[2]]);
  tasks.end("d");
  await Promise.all(all);

  assertEquals(first, ["a", "b"]);
  assertEquals(second, ["a", "b", "c"]);
  assertEquals(tasks.begun, ["a", "b", "c", "d"]);
});

Deno.test("Turns run() lets nobody in between one that ends and the next", async () => {
  const turns = new Turns({ atOnce: 2, waitingMax: 10 });
  const tasks = new Tasks();
  const all = ["a", "b", "c"].map((name) => turns.run(() => tasks.run(name)));
  // Comes in the very turn in which the first ends.
  const late = all[0]?.then(() => {
    const pushing = ["x", "y", "z"].map((name) =>
      turns.run(() => tasks.run(name))
    );
    return Promise.all(pushing);
  });

  tasks.end("a");
  await all[0];
  for (const name of ["b", "c", "x", "y", "z"]) {
    tasks.end(name);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all([...all, late]);

  assertEquals(tasks.mostAtOnce, 2);
  assertEquals(tasks.begun, ["a", "b", "c", "x", "y", "z"]);
});

Deno.test("Turns run() goes on behind a task that fails", async () => {
  const turns = new Turns({ atOnce: 1, waitingMax: 1 });
  const tasks = new Tasks();
  const bad = turns.run(() => tasks.run("bad"));
  const good = turns.run(() => tasks.run("good"));

  tasks.fail("bad");
  await assertRejects(() => bad, RangeError, "bad");
  tasks.end("good");
  await good;

  assertEquals(tasks.begun, ["bad", "good"]);
});

Deno.test("Turns run() never runs what it refuses", async () => {
  const turns = new Turns({ atOnce: 1, waitingMax: 0 });
  const tasks = new Tasks();
  const first = turns.run(() => tasks.run("first"));

  const error = await assertRejects(
    () => turns.run(() => tasks.run("second")),
    ChatError,
  );
  tasks.end("first");
  await first;

  assertEquals(error.code, "busy");
  assertEquals(tasks.begun, ["first"]);
});
