import {
  assert,
  assertEquals,
  assertObjectMatch,
  assertThrows,
} from "@std/assert";
import { type LimitName, LIMITS } from "../../src/core/limits.ts";
import { type Config, ConfigError, readCommand } from "../../src/ops/config.ts";
import { SETTINGS } from "../../src/ops/settings.ts";

type Env = Record<string, string>;

function read(args: readonly string[], env: Env = {}): Config {
  const command = readCommand(args, (name) => env[name]);
  if (command.kind === "start") return command.config;
  throw new TypeError(`Expected a start: ${command.kind}`);
}

Deno.test("without flags and environment the defaults are in force", () => {
  const { limits, ...config } = read([]);

  assertObjectMatch(config, {
    ports: [3000],
    host: "127.0.0.1",
    kv: "data/parley.kv",
    profile: "document",
    lobby: "general",
    origins: ["*"],
    historyAgeMaxMs: 0,
    idleTimeoutMs: 45_000,
    shutdownDeadlineMs: 4_000,
    logLevel: "info",
  });
  assertEquals(
    [limits.MESSAGES_PER_SECOND_MAX, limits.MESSAGES_BURST_MAX],
    [50, 300],
  );
});

const ORDER_ROWS: [args: string[], env: Env, host: string][] = [
  [[], {}, "127.0.0.1"],
  [[], { HOST: "10.0.0.1" }, "10.0.0.1"],
  [["--host", "::1"], {}, "::1"],
  [["--host=::1"], { HOST: "10.0.0.1" }, "::1"],
  [[], { HOST: "" }, "127.0.0.1"],
];

for (const [args, env, host] of ORDER_ROWS) {
  Deno.test(`flags, then environment: ${JSON.stringify([args, env])}`, () => {
    assertEquals(read(args, env).host, host);
  });
}

for (const name of Object.keys(LIMITS) as LimitName[]) {
  Deno.test(`${name} is a setting: flag, environment, default, 0`, () => {
    const env = { [`PARLEY_${name}`]: "7" };
    const flag = `--${name.toLowerCase().replaceAll("_", "-")}`;

    const values = [
      read([]),
      read([], env),
      read([flag, "8"], env),
      read([`${flag}=0`], env),
    ].map(({ limits }) => limits[name]);

    assertEquals(values, [LIMITS[name].default, 7, 8, 0]);
  });
}

const PORT_ROWS: [args: string[], env: Env, ports: number[]][] = [
  [["--port", "0"], {}, [0]],
  [["--port", "3000", "--port=8080", "--port", "6000"], {}, [3000, 8080, 6000]],
  [["--port", "3000, 8080"], {}, [3000, 8080]],
  [[], { PORT: "8000,9000" }, [8000, 9000]],
  [["--port", "1"], { PORT: "8000" }, [1]],
  [["--port", "65535"], {}, [65535]],
];

for (const [args, env, ports] of PORT_ROWS) {
  Deno.test(`ports ${ports} of ${JSON.stringify([args, env])}`, () => {
    assertEquals(read(args, env).ports, ports);
  });
}

Deno.test("origins are a list by commas", () => {
  const { origins } = read([], {
    PARLEY_ORIGINS: "https://a.example, http://b.example:81",
  });

  assertEquals(origins, ["https://a.example", "http://b.example:81"]);
});

Deno.test("a platform's own KV is used unless another is named", () => {
  const kvOf = (args: string[]) => {
    const command = readCommand(args, () => undefined, true);
    return command.kind === "start" ? command.config.kv : undefined;
  };

  assertEquals([kvOf([]), kvOf(["--kv", ":memory:"])], ["", ":memory:"]);
});

Deno.test("on a platform the host is every address unless one is named, and metrics need a token", () => {
  const found = [[], ["--host", "127.0.0.1"]].map((args) => {
    const command = readCommand(args, () => undefined, true);
    assert(command.kind === "start");
    const { host, metricsForMachine } = command.config;
    return [host, metricsForMachine];
  });

  assertEquals(found, [["0.0.0.0", false], ["127.0.0.1", false]]);
  assertEquals(read([]).metricsForMachine, true);
});

const TRANSPORT_ROWS: [args: string[], onPlatform: boolean, found: string][] = [
  [[], false, "both"],
  [[], true, "websocket"],
  [["--socket-io-transports", "both"], true, "both"],
  [["--socket-io-transports", "websocket"], false, "websocket"],
];

for (const [args, onPlatform, found] of TRANSPORT_ROWS) {
  const where = onPlatform ? "on a platform" : "elsewhere";
  Deno.test(`Socket.IO connects by ${found} ${where} with ${args}`, () => {
    const command = readCommand(args, () => undefined, onPlatform);

    assert(command.kind === "start");
    assertEquals(command.config.socketIoTransports, found);
  });
}

const KIND_ROWS: [args: string[], kind: string][] = [
  [["--help"], "help"],
  [["-h"], "help"],
  [["--version"], "version"],
  [["-V"], "version"],
  [["--port", "nonsense", "--help"], "help"],
];

for (const [args, kind] of KIND_ROWS) {
  Deno.test(`${args.join(" ")} asks for ${kind}`, () => {
    assertEquals(readCommand(args, () => undefined).kind, kind);
  });
}

const PORT_RANGE = "must be a whole number, 0 to 65535";

Deno.test("trusted proxies are a list by commas, none by default", () => {
  const lists = [[], ["--trusted-proxies", "127.0.0.1, fd00::/8"]]
    .map((args) => read(args).trustedProxies);

  assertEquals(lists, [[], ["127.0.0.1", "fd00::/8"]]);
});

const REFUSED_ROWS: [args: string[], env: Env, message: string][] = [
  [["--bogus"], {}, "Unknown option '--bogus'"],
  [["-x"], {}, "Unknown option '-x'"],
  [["--no-port"], {}, "Unknown option '--no-port'"],
  [["--__proto__", "1"], {}, "Unknown option '--__proto__'"],
  [["3000"], {}, "Unexpected argument '3000'"],
  [["--port"], {}, "Option '--port <value>' argument missing"],
  [["--version=1"], {}, "Option '-V, --version' does not take an argument"],
  [["--port", "x"], {}, `--port ${PORT_RANGE}: "x"`],
  [["--port=-1"], {}, `--port ${PORT_RANGE}: "-1"`],
  [["--port", "65536"], {}, `--port ${PORT_RANGE}: "65536"`],
  [["--port", "1e3"], {}, `--port ${PORT_RANGE}: "1e3"`],
  [["--port", "80.5"], {}, `--port ${PORT_RANGE}: "80.5"`],
  [[], { PORT: "http" }, `PORT ${PORT_RANGE}: "http"`],
  [
    [],
    { PARLEY_ROOMS_MAX: "many" },
    'PARLEY_ROOMS_MAX must be a whole number, 0 or more: "many"',
  ],
  [
    ["--rooms-max", "99999999999999999999"],
    {},
    "--rooms-max must be a whole number, 0 or more: " +
    '"99999999999999999999"',
  ],
  [
    ["--text-bytes-max", "1", "--text-bytes-max", "2"],
    {},
    "--text-bytes-max is given twice",
  ],
  [["--host", "a", "--host", "b"], {}, "--host is given twice"],
  [
    ["--profile", "toString"],
    {},
    '--profile must be one of document, original: "toString"',
  ],
  [
    ["--log-level="],
    {},
    '--log-level must be one of debug, info, warning, error: ""',
  ],
  [
    ["--socket-io-transports", "polling"],
    {},
    '--socket-io-transports must be one of both, websocket: "polling"',
  ],
  [
    ["--trusted-proxies", "10.0.0.0/8, localhost"],
    {},
    "--trusted-proxies must be addresses or ranges such as 10.0.0.0/8: " +
    '"localhost"',
  ],
  [["--tls-cert", "a.pem"], {}, "--tls-cert and --tls-key go together"],
];

for (const [args, env, message] of REFUSED_ROWS) {
  Deno.test(`refused: ${JSON.stringify([args, env])}`, () => {
    const error = assertThrows(() => read(args, env), ConfigError);

    assertEquals(error.message, message);
  });
}

/** Refused as well, in whatever words: a server with these would be none. */
const SENSELESS_ROWS: [args: string[], why: string][] = [
  [["--port", ","], "it would listen nowhere"],
  [["--port="], "it would listen nowhere"],
  [["--kv="], "it would open a store of the runtime's own"],
  [["--shutdown-deadline-ms", "2147483648"], "timers take it for 1 ms"],
  [["--idle-timeout-ms", "4300000000000"], "sockets would end at once"],
  [["--channel-heartbeat-ms", "2147483648"], "it would beat every ms"],
  [["--root-silence-ms", "2147483648"], "timers take it for 1 ms"],
  [["--lobby="], "no room has an empty id"],
  [["--lobby", "x".repeat(256)], "no room has so long an id"],
  [["--origins", "example.org"], "no page has an origin without a scheme"],
];

for (const [args, why] of SENSELESS_ROWS) {
  const typed = args.join(" ").slice(0, 40);
  Deno.test(`refused: ${typed}: ${why}`, () => {
    assertThrows(() => read(args), ConfigError);
  });
}

Deno.test("a refusal is one line, whatever was typed", () => {
  for (
    const args of [["--port", "1\n2"], ["--a\nb"], ["--profile", "a\r\nb"]]
  ) {
    const error = assertThrows(() => read(args), ConfigError);

    assert(!/[\r\n]/.test(error.message), JSON.stringify(error.message));
  }
});

Deno.test("every setting has a flag and an environment name of its own", () => {
  const flags = new Set(SETTINGS.map(({ flag }) => flag));
  const envs = new Set(SETTINGS.map(({ env }) => env));

  assertEquals([flags.size, envs.size], [SETTINGS.length, SETTINGS.length]);
});
