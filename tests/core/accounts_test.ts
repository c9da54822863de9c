import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Credentials } from "../../src/core/accounts.ts";
import { ChatError, type ErrorCode } from "../../src/core/errors.ts";
import { ChatKit } from "../support/chat_kit.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

function of(name: string, password = "secret", address = "10.0.0.1") {
  return { name, password, address };
}

/** What became of a sign-in. */
async function outcome(kit: ChatKit, who: Credentials): Promise<string> {
  return await kit.chat.accounts.signIn(who).then(
    () => "in",
    (error) => error.code,
  );
}

Deno.test("Accounts signIn() makes an account, and finds it again", async () => {
  using kit = await ChatKit.open();
  const { accounts } = kit.chat;

  const first = await accounts.signIn(of("Ann"));
  kit.nowMs += 5;
  const second = await accounts.signIn(of("Ann"));

  assertEquals(first.account, second.account);
  assertMatch(first.account.id, /^[0-9a-f-]{36}$/);
  assertEquals(first.account.name, "Ann");
  assertEquals(first.account.createdAt, 1_700_000_000_000);
  assertEquals(Object.keys(first.account), [
    "id",
    "number",
    "name",
    "createdAt",
  ]);
});

Deno.test("Accounts signIn() refuses a wrong password", async () => {
  using kit = await ChatKit.open();
  await kit.chat.accounts.signIn(of("Ann"));

  const error = await assertRejects(
    () => kit.chat.accounts.signIn(of("Ann", "wrong")),
    ChatError,
  );

  assertEquals(error.code, "wrong_password");
  assertEquals(error.message, "Cannot sign in: wrong password");
});

Deno.test("Accounts signIn() of one new name by two at a time makes one account", async () => {
  using kit = await ChatKit.open();

  const signedIn = await Promise.all([
    kit.chat.accounts.signIn(of("Ann")),
    kit.chat.accounts.signIn(of("Ann")),
    kit.chat.accounts.signIn(of("ann")),
  ]);

  const ids = new Set(signedIn.map(({ account }) => account.id));
  assertEquals(ids.size, 1);
  assertEquals((await kit.chat.accounts.list(10)).total, 1);
});

Deno.test("Accounts signIn() of one new name with two passwords at a time lets one in", async () => {
  using kit = await ChatKit.open();

  const outcomes = await Promise.all([
    outcome(kit, of("Ann", "one")),
    outcome(kit, of("Ann", "another")),
  ]);

  assertEquals(outcomes.sort(), ["in", "wrong_password"]);
});

Deno.test("Accounts signUp() of one new name by two at a time makes one account", async () => {
  using kit = await ChatKit.open();

  const results = await Promise.allSettled([
    kit.chat.accounts.signUp(of("Ann")),
    kit.chat.accounts.signUp(of("Ann", "another")),
  ]);

  const codes = results.map((result) =>
    result.status === "rejected" ? result.reason.code : "in"
  );
  assertEquals(codes.sort(), ["in", "name_taken"]);
});

const LOOK_ALIKES: readonly [taken: string, same: string, why: string][] = [
  ["Admin", "ADMIN", "letter case"],
  ["Admin", "Ａｄｍｉｎ", "width"],
  ["Kelvin", "\u212Aelvin", "the Kelvin sign"],
  ["office", "o\uFB03ce", "a ligature"],
  ["strasse", "Straße", "the sharp s"],
  ["STRASSE", "STRA\u1E9EE", "the capital sharp s"],
  ["ΟΔΟΣ", "οδος", "the final sigma"],
  ["οδοσ", "οδος", "another sigma"],
  ["Ann", "A\u200Dnn", "a joiner"],
  ["Ann", "Ann\uFE0F", "a variation selector"],
  ["Ann", "A\u00ADnn", "a soft hyphen"],
  ["José", "Jose\u0301", "a composed accent"],
  ["José", "Jose\u200D\u0301", "an accent behind a joiner"],
  ["Ann", " Ann\u00A0", "blanks around it"],
];

for (const [taken, same, why] of LOOK_ALIKES) {
  Deno.test(`Accounts take two names for one that differ by ${why}`, async () => {
    using kit = await ChatKit.open();
    const { account } = await kit.chat.accounts.signUp(of(taken));

    const error = await assertRejects(
      () => kit.chat.accounts.signUp(of(same)),
      ChatError,
    );
    const signedIn = await kit.chat.accounts.signIn(of(same));

    assertEquals(error.code, "name_taken");
    assertEquals(signedIn.account.id, account.id);
    assertEquals(signedIn.account.name, taken);
  });
}

const DIFFERENT: readonly [one: string, other: string, why: string][] = [
  ["Ann", "Anna", "a letter"],
  ["Ann", "Änn", "an accent"],
  ["Ann", "Аnn", "another script's letter"],
  ["", "a", "being empty"],
];

for (const [one, other, why] of DIFFERENT) {
  Deno.test(`Accounts tell names apart that differ by ${why}`, async () => {
    using kit = await ChatKit.open();

    await kit.chat.accounts.signUp(of(one));
    await kit.chat.accounts.signUp(of(other));

    const { accounts } = await kit.chat.accounts.list(10);
    assertEquals(accounts.map(({ name }) => name), [one, other]);
  });
}

const REFUSED: readonly [
  what: string,
  who: Credentials,
  code: ErrorCode,
  text: string,
][] = [
  [
    "a name that is too long",
    of("n".repeat(129)),
    "too_long",
    "Cannot use name: 129 of 128 bytes",
  ],
  [
    "a name that is too long but for its normal form",
    of("Ａ".repeat(43)),
    "too_long",
    "Cannot use name: 129 of 128 bytes",
  ],
  [
    "a name that grows too long in its normal form",
    of("\uFDFA".repeat(32)),
    "too_long",
    "Cannot use name: 1056 of 128 bytes",
  ],
  [
    "a name with half a character",
    of("\ud800"),
    "bad_field",
    "Cannot use name: not well-formed Unicode",
  ],
  [
    "a name that turns what follows",
    of("\u202Enna"),
    "bad_field",
    "Cannot use name: invisible character in it",
  ],
  [
    "a password that is too long",
    of("Ann", "x".repeat(129)),
    "too_long",
    "Cannot use password: 129 of 128 characters",
  ],
  [
    "a password that is far too long",
    of("Ann", "\u0301\u0316".repeat(30_000)),
    "too_long",
    "Cannot use password: 60000 of 128 characters",
  ],
  [
    "a password with half a character",
    of("Ann", "\ud800"),
    "bad_field",
    "Cannot use password: not well-formed Unicode",
  ],
];

for (const [what, who, code, text] of REFUSED) {
  Deno.test(`Accounts refuse ${what} before they look anything up or hash`, async () => {
    using kit = await ChatKit.open();
    let calls = 0;
    for (const name of ["findByName", "find"] as const) {
      const real = kit.store.accounts[name].bind(kit.store.accounts);
      kit.store.accounts[name] = (key) => {
        calls++;
        return real(key);
      };
    }

    const errors = await Promise.all(
      (["signIn", "signUp"] as const).map((way) =>
        assertRejects(() => kit.chat.accounts[way](who), ChatError)
      ),
    );

    for (const error of errors) {
      assertEquals([error.code, error.message], [code, text]);
    }
    assertEquals(calls, 0);
    assertEquals((await kit.chat.accounts.list(1)).total, 0);
  });
}

const PASSWORDS: Readonly<Record<string, string>> = {
  "no characters": "",
  "128 characters": "x".repeat(128),
  "128 characters of two units": "🔑".repeat(128),
  "128 characters that are written as 256": "e\u0301".repeat(128),
  "a NUL": "a\0b",
};

for (const [what, password] of Object.entries(PASSWORDS)) {
  Deno.test(`Accounts take a password of ${what}`, async () => {
    using kit = await ChatKit.open();
    await kit.chat.accounts.signUp(of("Ann", password));

    const right = await outcome(kit, of("Ann", password));
    const wrong = await outcome(kit, of("Ann", "another"));

    assertEquals([right, wrong], ["in", "wrong_password"]);
  });
}

Deno.test("Accounts authenticate() takes an access key of that user until it expires", async () => {
  using kit = await ChatKit.open();
  const { accounts } = kit.chat;
  const ann = await accounts.signIn(of("Ann"));
  const bob = await accounts.signIn(of("Bob"));
  const { id } = ann.account;
  const name = async (id: string, key: string) =>
    (await accounts.authenticate(id, key))?.name;

  kit.nowMs += 30 * DAY_MS - 1;
  const before = await name(id, ann.accessKey);
  const others = [
    await name(id, bob.accessKey),
    await name(bob.account.id, ann.accessKey),
    await name("", ann.accessKey),
    await name(id, ""),
  ];
  kit.nowMs += 1;
  const after = await name(id, ann.accessKey);

  assertEquals(before, "Ann");
  assertEquals(others, [undefined, undefined, undefined, undefined]);
  assertEquals(after, undefined);
});

Deno.test("Accounts list() counts all and shows the first, without passwords", async () => {
  using kit = await ChatKit.open();
  for (const name of ["Cat", "Ann", "Bob"]) {
    await kit.chat.accounts.signUp(of(name));
    kit.nowMs += 1;
  }

  const { total, accounts } = await kit.chat.accounts.list(2);

  assertEquals(total, 3);
  assertEquals(accounts.map(({ name }) => name), ["Cat", "Ann"]);
  assertEquals(accounts.every((one) => !("password" in one)), true);
});

Deno.test("Accounts refuse an address after 20 wrong passwords, and no other one", async () => {
  using kit = await ChatKit.open();
  await kit.chat.accounts.signUp(of("Ann"));
  await kit.chat.accounts.signUp(of("Bob"));
  const wrong = of("Ann", "wrong");
  for (let i = 0; i < 20; i++) {
    assertEquals(await outcome(kit, wrong), "wrong_password");
  }

  const error = await assertRejects(
    () => kit.chat.accounts.signIn(of("Ann")),
    ChatError,
  );
  const otherName = await outcome(kit, of("Bob"));
  const otherAddress = await outcome(kit, of("Ann", "secret", "10.0.0.2"));
  kit.nowMs += 3_000;
  const later = await outcome(kit, of("Ann"));

  assertEquals([error.code, error.message], [
    "rate_limited",
    "Cannot sign in: too many wrong passwords, try again in 3000 ms",
  ]);
  assertEquals([otherName, otherAddress], ["rate_limited", "in"]);
  assertEquals(later, "in");
});

Deno.test("Accounts count wrong passwords from many addresses at one name", async () => {
  using kit = await ChatKit.open();
  await kit.chat.accounts.signUp(of("Ann", "secret"));
  await outcome(kit, of("Ann", "secret", "home"));
  await kit.chat.accounts.signUp(of("Bob"));
  for (let i = 0; i < 100; i++) {
    const guess = of("Ann", "wrong", `10.0.1.${i}`);
    assertEquals(await outcome(kit, guess), "wrong_password");
  }

  const stranger = await outcome(kit, of("Ann", "secret", "10.0.2.1"));
  const home = await outcome(kit, of("Ann", "secret", "home"));
  const otherName = await outcome(kit, of("Bob", "secret", "10.0.2.1"));

  assertEquals([stranger, home, otherName], ["rate_limited", "in", "in"]);
});

Deno.test("Accounts count no right password", async () => {
  using kit = await ChatKit.open();
  await kit.chat.accounts.signUp(of("Ann"));

  for (let i = 0; i < 50; i++) {
    assertEquals(await outcome(kit, of("Ann")), "in");
  }

  assertEquals(await outcome(kit, of("Ann", "wrong")), "wrong_password");
});

Deno.test("Accounts count who signs in, and who tries to", async () => {
  using kit = await ChatKit.open();
  const tries = [of("Ann"), of("Ann"), of("Ann", "wrong"), of("Bob")];

  for (const one of tries) await outcome(kit, one);

  const lines = kit.metrics.text().split("\n")
    .filter((line) => line.startsWith("parley_sign_ins_total"));
  assertEquals(lines, [
    'parley_sign_ins_total{result="ok"} 3',
    'parley_sign_ins_total{result="wrong"} 1',
  ]);
});
