/**
 * The pages at `/` and `/docs`, and the client library: embedded, so that run,
 * bundle, compile and Deploy serve the same bytes and need no permission to read
 * them.
 *
 * @module
 */
import { eTag, ifNoneMatch } from "@std/http/etag";
import { STATUS_CODE } from "@std/http/status";
import appScript from "../../static/app.js" with { type: "text" };
import clientTypes from "../../static/client.d.ts" with { type: "text" };
import clientScript from "../../static/client.js" with { type: "text" };
import docsStyle from "../../static/docs.css" with { type: "text" };
import docsPage from "../../static/docs.html" with { type: "text" };
import docsScript from "../../static/docs.js" with { type: "text" };
import docsElementScript from "../../static/docs_element.js" with {
  type: "text",
};
import docsOpenApiScript from "../../static/docs_openapi.js" with {
  type: "text",
};
import docsSchemaScript from "../../static/docs_schema.js" with {
  type: "text",
};
import indexPage from "../../static/index.html" with { type: "text" };
import roomLogScript from "../../static/room_log.js" with { type: "text" };
import roomsScript from "../../static/rooms.js" with { type: "text" };
import style from "../../static/style.css" with { type: "text" };

/** Nothing but our own files, no inline code, no HTML from strings. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
};

/** A text that is served as it is. */
export interface StaticFile {
  readonly path: string;
  readonly type: string;
  readonly text: string;
  /** Headers beyond those of all. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The client library may be imported by any page: it holds no secret, and what
 * may connect is decided by the sockets.
 */
const FOR_ALL = { "access-control-allow-origin": "*" };

/** The files of the pages, by path. */
export const STATIC_FILES: readonly StaticFile[] = [
  { path: "/", type: "text/html; charset=utf-8", text: indexPage },
  script("/app.js", appScript),
  {
    ...script("/client.js", clientScript),
    headers: { ...FOR_ALL, "x-typescript-types": "./client.d.ts" },
  },
  {
    path: "/client.d.ts",
    type: "application/typescript; charset=utf-8",
    text: clientTypes,
    headers: FOR_ALL,
  },
  script("/room_log.js", roomLogScript),
  script("/rooms.js", roomsScript),
  sheet("/style.css", style),
  { path: "/docs", type: "text/html; charset=utf-8", text: docsPage },
  script("/docs.js", docsScript),
  script("/docs_element.js", docsElementScript),
  script("/docs_openapi.js", docsOpenApiScript),
  script("/docs_schema.js", docsSchemaScript),
  sheet("/docs.css", docsStyle),
];

function script(path: string, text: string): StaticFile {
  return { path, type: "text/javascript; charset=utf-8", text };
}

function sheet(path: string, text: string): StaticFile {
  return { path, type: "text/css; charset=utf-8", text };
}

/** Answers with one of these files, or with 304. */
export async function serveFile(
  file: StaticFile,
  request: Request,
): Promise<Response> {
  const etag = await eTag(file.text, { weak: true }) ?? "";
  const headers = {
    ...HEADERS,
    ...file.headers,
    "content-type": file.type,
    etag,
  };
  if (!ifNoneMatch(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: STATUS_CODE.NotModified, headers });
  }
  return new Response(file.text, { headers });
}
