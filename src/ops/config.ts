/**
 * Flags, then environment, then defaults.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { ChatError } from "../core/errors.ts";
import {
  type LimitName,
  type LimitRow,
  LIMITS,
  resolveLimits,
} from "../core/limits.ts";
import { roomId } from "../core/text.ts";
import { type Setting, SETTINGS } from "./settings.ts";
import { isAddressRange } from "./trusted_proxies.ts";

/** A setting that cannot be used, in words for the operator. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

const LEVELS = ["debug", "info", "warning", "error"] as const;
const ESCAPES = ["none", "html"] as const;
const AUDIENCES = ["everyone", "members"] as const;
const TRANSPORTS = ["both", "websocket"] as const;
const PROFILE_NAMES = ["document", "original"] as const;

/** The longest time that a timer takes, in ms; a longer one would be over at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The shortest time that messages are kept, in ms. */
const HISTORY_AGE_MIN_MS = 60 * 60 * 1_000;

/** Where a server listens that is to be reached on any address. */
const EVERY_ADDRESS = "0.0.0.0";

/** The highest port. */
const PORT_MAX = 65_535;

/** The settings in force. */
export interface Config {
  readonly ports: readonly number[];
  readonly host: string;
  /** A path, `:memory:`, a URL, or "" for the platform's own. */
  readonly kv: string;
  readonly profile: typeof PROFILE_NAMES[number];
  readonly lobby: string;
  readonly origins: readonly string[];
  /** Addresses or ranges. */
  readonly trustedProxies: readonly string[];
  readonly historyAgeMaxMs: number;
  readonly idleTimeoutMs: number;
  readonly shutdownDeadlineMs: number;
  readonly logLevel: typeof LEVELS[number];
  /** What belongs to one dialect each. */
  readonly settings: {
    readonly channelHeartbeatMs: number;
    readonly channelTimeoutMs: number;
    readonly channelIdentityDelayMs: number;
    readonly wschatEscape: typeof ESCAPES[number];
    readonly wschatHistoryMax: number;
    readonly rootSilenceMs: number;
    readonly redisUsers: typeof AUDIENCES[number];
  };
  readonly socketIoTransports: typeof TRANSPORTS[number];
  readonly linksUrl: string;
  /** What making and closing rooms over HTTP needs; empty: nothing. */
  readonly roomsToken: string;
  /** What `/metrics` needs. */
  readonly metricsToken: string;
  /** Without a token, `/metrics` answers this machine; else nobody. */
  readonly metricsForMachine: boolean;
  /** Whose JSON Web Tokens are taken; all empty: nobody's. */
  readonly jwt: {
    readonly secret: string;
    readonly jwksUrl: string;
    readonly issuer: string;
    readonly audience: string;
  };
  /** Paths of the certificate and its key; absent: no TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** As they were set: 0 lifts. */
  readonly limits: Partial<Record<LimitName, number>>;
}

/** What the command line asks for. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "start"; readonly config: Config };

/**
 * Reads the command line and the environment.
 *
 * @param onPlatform A hosting platform provides the KV.
 * @throws {ConfigError} An unknown flag or a bad value, with its name.
 */
export function readCommand(
  args: readonly string[],
  env: (name: string) => string | undefined,
  onPlatform = false,
): Command {
  const flags = readFlags(args);
  if (flags.has("help")) return { kind: "help" };
  if (flags.has("version")) return { kind: "version" };
  const values = new Map<string, Value>();
  for (const setting of SETTINGS) {
    values.set(setting.name, readValue(setting, flags, env));
  }
  const given = (name: string) => {
    const value = values.get(name);
    if (!value) throw new TypeError(`Cannot read setting "${name}": unknown`);
    return value;
  };
  return { kind: "start", config: toConfig(given, onPlatform) };
}

interface Value {
  readonly setting: Setting;
  /** As it would be typed, by whoever typed it. */
  readonly texts: readonly string[];
  readonly source: string;
  readonly isDefault: boolean;
}

type Flags = ReadonlyMap<string, unknown>;

function readFlags(args: readonly string[]): Flags {
  const options = Object.fromEntries(
    SETTINGS.map((
      setting,
    ) => [setting.flag, { type: "string", multiple: true }]),
  ) as Record<string, { type: "string"; multiple: true }>;
  const switches = { help: flag("h"), version: flag("V") };
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { ...options, ...switches },
      strict: true,
      allowPositionals: false,
    });
    return new Map(Object.entries(values));
  } catch (error) {
    // "Unknown option '--x'. To specify a positional argument …": one sentence will do.
    const text = error instanceof Error ? error.message : String(error);
    const sentence = text.split(/\.\s|\n/)[0] ?? text;
    throw new ConfigError(sentence.replace(/\s+/g, " "));
  }
}

function flag(short: string): { type: "boolean"; short: string } {
  return { type: "boolean", short };
}

function readValue(
  setting: Setting,
  flags: Flags,
  env: (name: string) => string | undefined,
): Value {
  const flagged = flags.get(setting.flag);
  if (Array.isArray(flagged)) {
    const source = `--${setting.flag}`;
    const single = setting.kind !== "port list";
    if (single && flagged.length > 1) {
      throw new ConfigError(`${source} is given twice`);
    }
    return { setting, texts: flagged, source, isDefault: false };
  }
  const text = env(setting.env);
  if (text !== undefined && text !== "") {
    return { setting, texts: [text], source: setting.env, isDefault: false };
  }
  const source = "default";
  return { setting, texts: [setting.default], source, isDefault: true };
}

function toConfig(
  given: (name: string) => Value,
  onPlatform: boolean,
): Config {
  const kv = given("kv");
  const names = Object.keys(LIMITS) as LimitName[];
  return {
    ports: list(given("port")).map((text) =>
      number(given("port"), { typed: text, max: PORT_MAX })
    ),
    host: host(given("host"), onPlatform),
    kv: onPlatform && kv.isDefault ? "" : filled(kv),
    profile: oneOf(given("profile"), PROFILE_NAMES),
    lobby: lobby(given("lobby")),
    origins: list(given("origins")).map((one) => origin(given("origins"), one)),
    trustedProxies: entries(given("trusted_proxies"))
      .map((one) => addressRange(given("trusted_proxies"), one)),
    historyAgeMaxMs: historyAge(given("history_age_max_ms")),
    idleTimeoutMs: milliseconds(given("idle_timeout_ms")),
    shutdownDeadlineMs: milliseconds(given("shutdown_deadline_ms")),
    logLevel: oneOf(given("log_level"), LEVELS),
    settings: {
      channelHeartbeatMs: milliseconds(given("channel_heartbeat_ms")),
      channelTimeoutMs: milliseconds(given("channel_timeout_ms")),
      channelIdentityDelayMs: milliseconds(given("channel_identity_delay_ms")),
      wschatEscape: oneOf(given("wschat_escape"), ESCAPES),
      wschatHistoryMax: number(given("wschat_history_max")),
      rootSilenceMs: milliseconds(given("root_silence_ms")),
      redisUsers: oneOf(given("redis_users"), AUDIENCES),
    },
    socketIoTransports: transports(given("socket_io_transports"), onPlatform),
    linksUrl: text(given("links_url")),
    roomsToken: token(given("rooms_token")),
    metricsToken: token(given("metrics_token")),
    // Whoever asks may seem to be on the same machine there.
    metricsForMachine: !onPlatform,
    jwt: {
      secret: text(given("jwt_secret")),
      jwksUrl: url(given("jwt_jwks_url")),
      issuer: text(given("jwt_issuer")),
      audience: text(given("jwt_audience")),
    },
    ...tls(text(given("tls_cert")), text(given("tls_key"))),
    limits: Object.fromEntries(
      names.map((name) => [name, limit(name, given(name.toLowerCase()))]),
    ),
  };
}

/** A platform's own network alone reaches what runs there. */
function host(value: Value, onPlatform: boolean): string {
  return onPlatform && value.isDefault ? EVERY_ADDRESS : filled(value);
}

/** Instances without sticky sessions see some of the polls of a client each. */
function transports(
  value: Value,
  onPlatform: boolean,
): Config["socketIoTransports"] {
  if (onPlatform && value.isDefault) return "websocket";
  return oneOf(value, TRANSPORTS);
}

function tls(cert: string, key: string): Pick<Config, "tls"> {
  if ((cert === "") !== (key === "")) {
    throw new ConfigError("--tls-cert and --tls-key go together");
  }
  return cert === "" ? {} : { tls: { cert, key } };
}

function text({ texts }: Value): string {
  return texts[0] ?? "";
}

/** An http(s) URL, or nothing. */
function url(value: Value): string {
  const typed = text(value);
  if (typed === "" || /^https?:/.test(URL.parse(typed)?.protocol ?? "")) {
    return typed;
  }
  throw new ConfigError(
    `${value.source} must be an http(s) URL: ${shown(typed)}`,
  );
}

/** What a header can carry; what was typed is not repeated. */
function token(value: Value): string {
  const typed = text(value);
  if (/^[\x21-\x7e]*$/.test(typed)) return typed;
  throw new ConfigError(
    `${value.source} must be printable ASCII without blanks`,
  );
}

function filled(value: Value): string {
  const typed = text(value);
  if (typed !== "") return typed;
  throw new ConfigError(`${value.source} must not be empty`);
}

/** What commas part; perhaps nothing. */
function entries({ texts }: Value): string[] {
  return texts.flatMap((one) => one.split(","))
    .map((one) => one.trim()).filter((one) => one !== "");
}

function list(value: Value): string[] {
  const found = entries(value);
  if (found.length > 0) return found;
  throw new ConfigError(`${value.source} must not be empty`);
}

function lobby(value: Value): string {
  try {
    return roomId(text(value), resolveLimits());
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    throw new ConfigError(`${value.source}: ${error.message}`);
  }
}

function origin(value: Value, typed: string): string {
  if (typed === "*" || URL.parse(typed)?.origin === typed) return typed;
  throw new ConfigError(
    `${value.source} must be origins such as https://example.org: ${
      shown(typed)
    }`,
  );
}

function addressRange(value: Value, typed: string): string {
  if (isAddressRange(typed)) return typed;
  throw new ConfigError(
    `${value.source} must be addresses or ranges such as 10.0.0.0/8: ${
      shown(typed)
    }`,
  );
}

/** 0, or as long as the sweeper leaves everything alone. */
function historyAge(value: Value): number {
  const ms = number(value);
  if (ms === 0 || ms >= HISTORY_AGE_MIN_MS) return ms;
  throw new ConfigError(
    `${value.source} must be 0 or at least ${HISTORY_AGE_MIN_MS}: ${ms}`,
  );
}

function limit(name: LimitName, value: Value): number {
  const row: LimitRow = LIMITS[name];
  const max = row.ceiling;
  return number(value, max === undefined ? {} : { max });
}

function milliseconds(value: Value): number {
  return number(value, { max: TIMER_MS_MAX });
}

function number(
  value: Value,
  { typed = text(value), max = Number.MAX_SAFE_INTEGER }: {
    typed?: string;
    max?: number;
  } = {},
): number {
  const parsed = Number(typed);
  if (/^\d+$/.test(typed) && parsed <= max) return parsed;
  const range = max === Number.MAX_SAFE_INTEGER ? "0 or more" : `0 to ${max}`;
  throw new ConfigError(
    `${value.source} must be a whole number, ${range}: ${shown(typed)}`,
  );
}

/** What was typed, in one line. */
function shown(typed: string): string {
  return JSON.stringify(typed);
}

function oneOf<T extends string>(value: Value, allowed: readonly T[]): T {
  const typed = text(value);
  const found = allowed.find((one) => one === typed);
  if (found !== undefined) return found;
  throw new ConfigError(
    `${value.source} must be one of ${allowed.join(", ")}: ${shown(typed)}`,
  );
}
