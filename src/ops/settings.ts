/**
 * The table of settings: the parser, `--help` and README's table are made of it.
 *
 * @module
 */
import { LIMITS } from "../core/limits.ts";

/** How a value is written and read. */
export type SettingKind =
  | "port list"
  | "text"
  | "text list"
  | "profile"
  | "level"
  | "escape"
  | "audience"
  | "transports"
  | "whole number";

/** One setting. */
export interface Setting {
  /** In lower snake case, unit last. */
  readonly name: string;
  readonly env: string;
  readonly flag: string;
  readonly kind: SettingKind;
  /** As it would be typed. */
  readonly default: string;
  readonly what: string;
}

/** Where the data lies unless said otherwise. */
export const DEFAULT_KV = "data/parley.kv";

const GENERAL: readonly Setting[] = [
  {
    name: "port",
    env: "PORT",
    flag: "port",
    kind: "port list",
    default: "3000",
    what: "port to listen on; may be repeated, 0 is any free one",
  },
  {
    name: "host",
    env: "HOST",
    flag: "host",
    kind: "text",
    default: "127.0.0.1",
    what:
      "address to listen on; 0.0.0.0 is every one, and the default on Deno Deploy",
  },
  row("kv", "text", DEFAULT_KV)(
    "where the data lies: a path, `:memory:`, or the http(s) URL of a KV service",
  ),
  row("profile", "profile", "document")(
    "whom dialects follow: their `document` or the `original` code",
  ),
  row("lobby", "text", "general")(
    "id of the room that newcomers land in",
  ),
  row("origins", "text list", "*")(
    "origins of web pages that may connect, by commas; `*` is any",
  ),
  row("trusted_proxies", "text list", "")(
    "addresses or ranges (`10.0.0.0/8`), by commas, of proxies whose `X-Forwarded-For` counts; none if empty",
  ),
  row("history_age_max_ms", "whole number", "0")(
    "ms that messages are kept, at least one hour; 0 keeps them",
  ),
  row("idle_timeout_ms", "whole number", "45000")(
    "ms without a sign of life after which a socket is ended; 0 never",
  ),
  row("shutdown_deadline_ms", "whole number", "4000")(
    "ms that a stop may take",
  ),
  row("channel_heartbeat_ms", "whole number", "1000")(
    "ms between two heartbeats of channel-chat; 0 never",
  ),
  row("channel_timeout_ms", "whole number", "5000")(
    "ms without a client's heartbeat after which channel-chat clears its name; 0 never",
  ),
  row("channel_identity_delay_ms", "whole number", "5000")(
    "ms after which channel-chat's `document` calls a named client authenticated",
  ),
  row("wschat_escape", "escape", "none")(
    "`html`: wschat escapes texts, names and titles; `none`: it does not",
  ),
  row("wschat_history_max", "whole number", "0")(
    "stored messages that wschat sends after enter_room",
  ),
  row("root_silence_ms", "whole number", "150")(
    "ms of silence after which a client at `/` is welcomed to wschat",
  ),
  row("redis_users", "audience", "everyone")(
    "to whom redis-chat lists users: `everyone`, or `members`, who are signed in",
  ),
  row("socket_io_transports", "transports", "both")(
    "how Socket.IO's clients may connect: `both`, polling too, or `websocket`, the default on Deno Deploy",
  ),
  row(
    "links_url",
    "text",
    "https://github.com/redis-developer/basic-redis-chat-demo-go",
  )(
    "what redis-chat's `GET /links` answers",
  ),
  row("rooms_token", "text", "")(
    "secret that making and closing rooms over HTTP needs; empty: none is needed",
  ),
  row("metrics_token", "text", "")(
    "secret that `/metrics` needs; empty: it answers requests from this machine alone, on Deno Deploy none",
  ),
  row("jwt_secret", "text", "")(
    "secret of the JSON Web Tokens (HS256) that users of your application sign in with; best from the environment",
  ),
  row("jwt_jwks_url", "text", "")(
    "URL of the public keys of such tokens instead",
  ),
  row("jwt_issuer", "text", "")(
    "`iss` that such a token must have; any if empty",
  ),
  row("jwt_audience", "text", "")(
    "`aud` that such a token must have; any if empty",
  ),
  row("tls_cert", "text", "")(
    "path of a certificate (PEM): https and wss instead of http and ws",
  ),
  row("tls_key", "text", "")(
    "path of the certificate's key (PEM)",
  ),
  row("log_level", "level", "info")(
    "what is logged: `debug`, `info`, `warning`, `error`",
  ),
];

/** Every setting. A limit is one; 0 lifts it as far as the store can hold. */
export const SETTINGS: readonly Setting[] = [
  ...GENERAL,
  ...Object.entries(LIMITS).map(([name, limit]) =>
    row(name.toLowerCase(), "whole number", String(limit.default))(limit.what)
  ),
];

function row(
  name: string,
  kind: SettingKind,
  standard: string,
): (what: string) => Setting {
  const env = `PARLEY_${name.toUpperCase()}`;
  const flag = name.replaceAll("_", "-");
  return (what) => ({ name, env, flag, kind, default: standard, what });
}
