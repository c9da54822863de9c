import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { makeFolder, runMain } from "../ops/process_kit.ts";
import { Person } from "../support/person.ts";
import { RawClient } from "../support/raw_client.ts";
import {
  makePair,
  type Pair,
  type SecureServer,
  SecureWire,
  startSecureServer,
} from "../support/secure_kit.ts";
import { speakerOf } from "../support/speakers.ts";

/** Where there is no openssl: for 127.0.0.1, until the end of 2123. */
const EMBEDDED: Pair = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBUjCB+aADAgECAgEBMAoGCCqGSM49BAMCMBExDzANBgNVBAMMBnBhcmxleTAg
Fw0yNDAxMDEwMDAwMDBaGA8yMTIzMTIzMTAwMDAwMFowETEPMA0GA1UEAwwGcGFy
bGV5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtU7fjPSqatXGZnLY+QUz8aPI
yUm4cNnD5nYqiPFXpKNLethhNL4NFoaIHksJM551/FXHSr3F+loZKVO2+CXgk6NA
MD4wDwYDVR0RBAgwBocEfwAAATAMBgNVHRMBAf8EAjAAMB0GA1UdDgQWBBRG9+2e
fNkeMm1mf0pAk8vOTiBXxjAKBggqhkjOPQQDAgNIADBFAiEA8QNcz+bnT8zCN2+J
uqTnOFHZnEng+nm5rbqIt2zgCU0CIEVnIO2lmAfr5A52O8Yj5Dpehls31zUzhuBY
tA+dvg/7
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxYHmGBDO/BDEt9O2
qH5e0k93E6/UF66e4ejUxkjdJN6hRANCAAS1Tt+M9Kpq1cZmctj5BTPxo8jJSbhw
2cPmdiqI8Veko0t62GE0vg0WhogeSwkznnX8VcdKvcX6WhkpU7b4JeCT
-----END PRIVATE KEY-----
`,
};

/** Files with a pair in them, and a client that trusts it. */
interface Trust extends AsyncDisposable {
  readonly paths: Pair;
  readonly client: Deno.HttpClient;
}

async function openTrust(): Promise<Trust> {
  const folder = await makeFolder();
  const pair = await makePair(folder.path) ?? EMBEDDED;
  const paths = {
    cert: `${folder.path}/cert.pem`,
    key: `${folder.path}/key.pem`,
  };
  await Deno.writeTextFile(paths.cert, pair.cert);
  await Deno.writeTextFile(paths.key, pair.key);
  const client = Deno.createHttpClient({ caCerts: [pair.cert] });
  return {
    paths,
    client,
    async [Symbol.asyncDispose]() {
      client.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a certificate and its key make the listener speak https", async () => {
  await using trust = await openTrust();
  const { client } = trust;
  await using server = await startSecureServer(trust.paths);
  const url = `https://127.0.0.1:${server.port}`;

  const page = await fetch(`${url}/`, { client });
  const rooms = await fetch(`${url}/rooms`, { client });

  assertEquals([page.status, rooms.status], [200, 200]);
  assertMatch(await page.text(), /^<!DOCTYPE html>/i);
  assertEquals(await rooms.json(), { rooms: [] });
  assertMatch(server.banner, /^ {2}wschat +wss:\/\/127\.0\.0\.1:\d+\/$/m);
  assertEquals(await server.stop(), { code: 0, errors: "" });
});

Deno.test("over wss chat-ws and wschat talk to each other", async () => {
  await using trust = await openTrust();
  await using server = await startSecureServer(trust.paths);
  await using ann = await joinSecurely(server, trust, "chat-ws", "Ann");
  await using bob = await joinSecurely(server, trust, "wschat", "Bob");

  ann.say("Hello Bob");
  await bob.hear("Hello Bob");
  bob.say("Hello Ann");
  await ann.hear("Hello Ann");
  await bob.hear("Hello Ann");

  assertEquals(ann.news(), [
    { kind: "joined", who: "Ann" },
    { kind: "joined", who: "Bob" },
    { kind: "message", text: "Hello Bob", author: "Ann" },
    { kind: "message", text: "Hello Ann", author: "Bob" },
  ]);
  assertEquals(bob.news(), ann.news().slice(1));
  assertEquals([...ann.strange, ...bob.strange], []);
});

Deno.test("who speaks no TLS, or does not trust, is turned away alone", async () => {
  await using trust = await openTrust();
  await using server = await startSecureServer(trust.paths);
  await using ann = await joinSecurely(server, trust, "chat-ws", "Ann");
  const address = `127.0.0.1:${server.port}/`;
  using plain = await RawClient.connect(server.port);

  await plain.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  const answer = await plain.rest();
  await assertRejects(() => fetch(`https://${address}`), TypeError);
  ann.say("still here");
  await ann.hear("still here");

  assertEquals(answer.includes("HTTP"), false);
  assertEquals(ann.texts(), ["still here"]);
});

const REFUSALS: readonly [
  name: string,
  args: (paths: Pair) => string[],
  line: RegExp,
][] = [
  [
    "a certificate without a key",
    ({ cert }) => ["--tls-cert", cert],
    /^parley: --tls-cert and --tls-key go together\n$/,
  ],
  [
    "a key without a certificate",
    ({ key }) => ["--tls-key", key],
    /^parley: --tls-cert and --tls-key go together\n$/,
  ],
  [
    "a key that is not there",
    ({ cert }) => ["--tls-cert", cert, "--tls-key", "/nowhere/key.pem"],
    /^parley: Cannot read \/nowhere\/key\.pem: .+\n$/,
  ],
  [
    "a folder as the certificate",
    ({ key }) => ["--tls-cert", "/tmp", "--tls-key", key],
    /^parley: Cannot read \/tmp: .+\n$/,
  ],
  [
    "a key in the certificate's place",
    ({ key }) => ["--tls-cert", key, "--tls-key", key],
    /^parley: Cannot listen on 127\.0\.0\.1:0: No certificates found.*\n$/,
  ],
  [
    "a certificate in the key's place",
    ({ cert }) => ["--tls-cert", cert, "--tls-key", cert],
    /^parley: Cannot listen on 127\.0\.0\.1:0: No keys found.*\n$/,
  ],
];

for (const [name, args, line] of REFUSALS) {
  Deno.test(`${name} ends the start with code 2 and one line`, async () => {
    await using trust = await openTrust();
    const start = ["--port", "0", "--kv", ":memory:"];

    const ended = await runMain([...start, ...args(trust.paths)]);

    assertEquals([ended.code, ended.output], [2, ""]);
    assertMatch(ended.errors, line);
    assertEquals(ended.errors.split("\n").length, 2);
  });
}

/** Somebody in the room `general`, over wss. */
async function joinSecurely(
  { port }: SecureServer,
  { client }: Trust,
  dialect: string,
  name: string,
): Promise<Person> {
  const speaker = speakerOf(dialect);
  const options = { name, room: "general", profile: "document" } as const;
  const url = new URL(speaker.path(options), `wss://127.0.0.1:${port}`);
  const wire = await SecureWire.open(url, client);
  const person = new Person(wire, speaker, options);
  await speaker.enter(person);
  return person;
}
