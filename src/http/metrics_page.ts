import { STATUS_CODE } from "@std/http/status";
import type { Chat } from "../core/chat.ts";
import { type Metrics, METRICS_TYPE } from "../ops/metrics.ts";
import { isLoopback } from "../ops/trusted_proxies.ts";
import type { BearerToken } from "./bearer_token.ts";
import { refusal } from "./handshake.ts";
import type { Sockets } from "./sockets.ts";

/** Signs of a proxy in between: who has asked it is not on this machine, or may not be. */
const PROXY_HEADERS = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
];

/** What `/metrics` needs. */
export interface MetricsPorts {
  readonly metrics: Metrics;
  /** What requests must bring. */
  readonly metricsToken: BearerToken;
  /** If they need bring nothing, this machine is answered; else nobody. */
  readonly metricsForMachine: boolean;
}

/**
 * Answers a request to `/metrics`.
 *
 * How many are there and how busy a server is, is nobody else's business: with
 * a token whoever brings it is answered, without one who asks from this machine.
 */
export function answerMetrics(
  { metrics, metricsToken, metricsForMachine }: MetricsPorts,
  { request, address }: { request: Request; address: string },
): Response {
  const isAllowed = metricsToken.isNeeded
    ? metricsToken.refuse(request) === undefined
    : metricsForMachine && isLoopback(address) &&
      !PROXY_HEADERS.some((name) => request.headers.has(name));
  if (isAllowed) {
    return new Response(metrics.text(), {
      headers: { "content-type": METRICS_TYPE, "cache-control": "no-store" },
    });
  }
  if (metricsToken.isNeeded) {
    return refusal(STATUS_CODE.Unauthorized, "Metrics need their token", {
      "www-authenticate": "Bearer",
    });
  }
  return refusal(
    STATUS_CODE.Forbidden,
    "Metrics are for this machine alone unless a metrics token is set",
  );
}

/** Adds what is to be known of a server's rooms and sockets. */
export function addServerMetrics(
  metrics: Metrics,
  { chat, sockets, instances }: {
    readonly chat: Chat;
    readonly sockets: Sockets;
    readonly instances: () => number;
  },
): void {
  metrics.gauges({
    name: "parley_sockets_open",
    help: "Open sockets and streams of events, by what they speak.",
    labels: ["dialect"],
  }, () => sockets.census().byDialect);
  metrics.gauge({
    name: "parley_outbox_bytes",
    help: "Bytes that wait for clients to read.",
  }, () => sockets.census().waitingBytes);
  metrics.gauge({
    name: "parley_outbox_bytes_max",
    help: "Bytes that wait for the slowest reader.",
  }, () => sockets.census().waitingBytesMax);
  metrics.gauge({
    name: "parley_instances",
    help: "Instances on the store that are known to live, this one included.",
  }, instances);
  metrics.gauge({
    name: "parley_rooms_at_hand",
    help: "Rooms in memory.",
  }, () => chat.census().rooms);
  metrics.gauge({
    name: "parley_members",
    help: "Memberships of sockets in rooms.",
  }, () => chat.census().members);
}
