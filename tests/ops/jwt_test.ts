import { assertEquals, assertRejects } from "@std/assert";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { ChatError } from "../../src/core/errors.ts";
import { type JwtSettings, JwtVoucher } from "../../src/ops/jwt.ts";

const SECRET = "a secret of at least 32 bytes, as HS256 wants";
const NONE: JwtSettings = { secret: "", jwksUrl: "", issuer: "", audience: "" };
const EXPIRES_S = 4_000_000_000;

function claims(more: Record<string, unknown> = {}): SignJWT {
  return new SignJWT({ name: "Ann", ...more }).setSubject("u1")
    .setExpirationTime(EXPIRES_S);
}

function shared(jwt: SignJWT, secret = SECRET): Promise<string> {
  return jwt.setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(secret));
}

async function codeOf(
  settings: Partial<JwtSettings>,
  token: string,
): Promise<string> {
  const voucher = new JwtVoucher({ ...NONE, ...settings });
  const error = await assertRejects(() => voucher.read(token), ChatError);
  return error.code;
}

Deno.test("a token with the shared secret vouches for its subject, always the same", async () => {
  const voucher = new JwtVoucher({ ...NONE, secret: SECRET });

  const ann = await voucher.read(await shared(claims()));
  const again = await voucher.read(await shared(claims({ name: "Anna" })));
  const other = await voucher.read(await shared(claims().setIssuer("else")));
  const nameless = await voucher.read(
    await shared(claims({ name: undefined, preferred_username: "ann" })),
  );

  assertEquals(ann, {
    id: "ae580258-4061-5250-8265-f6a26f030920",
    name: "Ann",
    expiresAt: EXPIRES_S * 1_000,
  });
  assertEquals([again.id === ann.id, again.name], [true, "Anna"]);
  assertEquals(other.id === ann.id, false);
  assertEquals(nameless.name, "ann");
});

Deno.test("tokens that are not good are refused, all alike", async () => {
  const secret = SECRET;
  const good = await shared(claims());
  const [head = "", body = "", seal = ""] = good.split(".");
  const none = btoa('{"alg":"none"}').replaceAll("=", "");
  const past = claims().setExpirationTime(1_000_000_000);
  const rows: [Partial<JwtSettings>, string][] = [
    [{}, good],
    [{ secret }, await shared(claims(), `${SECRET}!`)],
    [{ secret }, await shared(past)],
    [{ secret }, await shared(claims().setSubject(""))],
    [{ secret }, `${none}.${body}.`],
    [{ secret }, `${head}.${body}`],
    [{ secret }, `${head}.${body}x.${seal}`],
    [{ secret }, ""],
    [{ secret }, "a.b.c"],
    [{ secret, issuer: "i" }, good],
    [{ secret, audience: "a" }, good],
  ];

  for (const [settings, token] of rows) {
    assertEquals(await codeOf(settings, token), "bad_token");
  }
  const named = claims().setIssuer("i").setAudience("a");
  const voucher = new JwtVoucher({
    ...NONE,
    secret,
    issuer: "i",
    audience: "a",
  });
  assertEquals((await voucher.read(await shared(named))).name, "Ann");
});

Deno.test("a token with a key that the URL shows is taken, one that is signed by it as a secret is not", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", {
    extractable: true,
  });
  const jwk = await exportJWK(publicKey);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({ keys: [{ ...jwk, kid: "k", alg: "ES256" }] }),
  );
  const jwksUrl = `http://127.0.0.1:${server.addr.port}/jwks`;
  const token = await claims().setProtectedHeader({ alg: "ES256", kid: "k" })
    .sign(privateKey);

  const voucher = new JwtVoucher({ ...NONE, jwksUrl, secret: SECRET });
  assertEquals((await voucher.read(token)).name, "Ann");
  assertEquals((await voucher.read(await shared(claims()))).name, "Ann");
  const confused = await shared(claims(), JSON.stringify(jwk));
  assertEquals(await codeOf({ jwksUrl }, confused), "bad_token");
  const stranger = await generateKeyPair("ES256");
  const forged = await claims().setProtectedHeader({ alg: "ES256", kid: "k" })
    .sign(stranger.privateKey);
  assertEquals(await codeOf({ jwksUrl }, forged), "bad_token");
});

Deno.test("keys that cannot be had are no fault of the token", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("no keys"),
  );
  const { privateKey } = await generateKeyPair("ES256");
  const token = await claims().setProtectedHeader({ alg: "ES256", kid: "k" })
    .sign(privateKey);
  const jwksUrl = `http://127.0.0.1:${server.addr.port}/jwks`;

  assertEquals(await codeOf({ jwksUrl }, token), "busy");
});
