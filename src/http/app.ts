/**
 * Everything that this server answers over HTTP.
 *
 * @module
 */
import { STATUS_CODE } from "@std/http/status";
import { type Context, Hono } from "hono";
import { ChatError } from "../core/errors.ts";
import type { Observer } from "../core/ports.ts";
import type { TrustedProxies } from "../ops/trusted_proxies.ts";
import { SOCKET_IO_PATHS } from "../dialects/registry.ts";
import { checkUrl, refusal, wantsSocket } from "./handshake.ts";
import { asyncApi } from "./asyncapi.ts";
import { openApi } from "./openapi.ts";
import { serveFile, withLobby } from "./page.ts";
import { STATIC_FILES, type StaticFile } from "./static_files.ts";
import { answerMetrics, type MetricsPorts } from "./metrics_page.ts";
import type { BearerToken } from "./bearer_token.ts";
import { endpointNotFound, RoomNames } from "./rest_chat_ws.ts";
import { nestChatApi } from "./rest_nest_chat.ts";
import { parleyApi } from "./rest_parley.ts";
import { routeLabel } from "./route_label.ts";
import { links } from "./rest_redis_chat.ts";
import { SOCKET_IO_CLIENT } from "./socket_io/client_file.ts";
import type { SocketPorts, Sockets } from "./sockets.ts";

/** Whether the server should be sent work. */
export interface Readiness {
  /** Why it should not, if so. */
  readonly trouble: string | undefined;
}

/** What is known of the other instances on the store, if there can be any. */
export interface Beside {
  /** How many live. */
  readonly size: number;
  /** The store has not answered of late. */
  readonly isLost: boolean;
}

/** What answering requests needs. */
export interface AppPorts extends SocketPorts, MetricsPorts {
  readonly sockets: Sockets;
  readonly readiness: Readiness;
  readonly neighbourhood?: Beside | undefined;
  readonly proxies: TrustedProxies;
  /** What making and closing rooms over HTTP needs. */
  readonly roomsToken: BearerToken;
  /** Of the server, for its API document. */
  readonly version: string;
  /** What `GET /links` answers. */
  readonly linksUrl: string;
  readonly observer: Observer;
}

/** Answers a request; `peer` is the address of who has connected. */
export type Handler = (
  request: Request,
  peer: string,
) => Response | Promise<Response>;

/** The server's one handler; it never throws. */
export function makeHandler(ports: AppPorts): Handler {
  const app = routes(ports);
  return async (request, peer) => {
    try {
      const address = ports.proxies.clientOf(request.headers, peer);
      const url = checkUrl(request);
      if (url instanceof Response) return counted("other", url);
      const { pathname: path } = url;
      if (!wantsSocket(request)) {
        const answer = await app.fetch(request, { address });
        return counted(routeLabel(path), answer);
      }
      const response = await ports.sockets.upgrade(request, url, address);
      const { status } = response;
      ports.observer.detail?.("socket is asked for", { path, status, address });
      return counted("websocket", response);
    } catch (error) {
      ports.observer.bug("request", error);
      const { InternalServerError } = STATUS_CODE;
      return counted("other", refusal(InternalServerError, "Internal error"));
    }
  };

  function counted(route: string, response: Response): Response {
    const status = `${Math.floor(response.status / 100)}xx`;
    ports.observer.meter?.httpRequests.by(route, status).add();
    return response;
  }
}

function ok(): Response {
  return Response.json({ status: "ok" });
}

/** What a route is told besides its request. */
interface Env {
  readonly Bindings: { readonly address: string };
}

/** Written once: nothing in them changes while the server runs. */
function apiDocuments(ports: AppPorts): StaticFile[] {
  const { limits } = ports.chat;
  const needsToken = ports.roomsToken.isNeeded;
  const type = "application/json; charset=utf-8";
  return Object.entries({
    "/openapi.json": openApi({ ...ports, limits, needsToken }),
    "/asyncapi.json": asyncApi(ports),
  }).map(([path, document]) => ({
    path,
    type,
    text: JSON.stringify(document, null, 2),
  }));
}

function routes(ports: AppPorts): Hono<Env> {
  const { chat, origins, profile, readiness, observer, sockets } = ports;
  // Paths by the letter: `/rooms/` is another endpoint than `/rooms`.
  const app = new Hono<Env>({ strict: true });
  const files = STATIC_FILES.map((file) => withLobby(file, chat.lobby));
  for (const file of [...files, SOCKET_IO_CLIENT]) {
    app.get(file.path, (context) => serveFile(file, context.req.raw));
  }
  const roomNames = new RoomNames(chat, profile);
  for (const document of apiDocuments(ports)) {
    app.get(
      document.path,
      async (context) =>
        withCors(context, await serveFile(document, context.req.raw)),
    );
  }
  // The original answers any method here.
  app.all("/rooms", async (context) => {
    const query = new URL(context.req.url).searchParams;
    return withCors(context, await roomNames.answer(query));
  });
  for (const path of SOCKET_IO_PATHS) {
    app.all(path, ({ req, env }) => {
      return sockets.poll(req.raw, new URL(req.url), env.address);
    });
  }
  const chatting = parleyApi({ ...ports, events: sockets.events });
  const rooms = nestChatApi(ports);
  for (const path of ["/api", "/api/*"]) {
    app.all(path, async (context) => {
      const { req: { raw }, env } = context;
      const response = await chatting(raw, env.address) ?? rooms.fetch(raw);
      return withCors(context, await response);
    });
  }
  app.get("/links", (context) => withCors(context, links(ports.linksUrl)));
  app.get(
    "/metrics",
    ({ req: { raw: request }, env: { address } }) =>
      answerMetrics(ports, { request, address }),
  );
  app.get("/healthz", (context) => withCors(context, ok()));
  app.get("/readyz", (context) => {
    const trouble = readiness.trouble ??
      (ports.neighbourhood?.isLost ? "the store does not answer" : undefined);
    const response = trouble === undefined
      ? ok()
      : refusal(STATUS_CODE.ServiceUnavailable, trouble);
    return withCors(context, response);
  });
  app.notFound((context) => withCors(context, endpointNotFound()));
  app.onError((error, context) => {
    if (error instanceof ChatError) {
      const { ServiceUnavailable } = STATUS_CODE;
      return withCors(context, refusal(ServiceUnavailable, error.message));
    }
    observer.bug("route", error);
    const response = refusal(STATUS_CODE.InternalServerError, "Internal error");
    return withCors(context, response);
  });
  return app;

  function withCors(context: Context, response: Response): Response {
    const origin = context.req.header("origin") ?? null;
    for (const [name, value] of Object.entries(origins.headers(origin))) {
      response.headers.set(name, value);
    }
    return response;
  }
}
