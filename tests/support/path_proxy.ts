/** A proxy that has a server below a path, as one puts it behind nginx or Caddy. */
export interface PathProxy extends AsyncDisposable {
  /** Of the server's root, with a slash at its end. */
  readonly url: string;
  /** Paths that were asked for, of which the server saw only the end. */
  readonly asked: readonly string[];
}

/**
 * Starts one on 127.0.0.1; what is not below the path is answered 404.
 *
 * @param base Such as `/chat/`.
 */
export function startPathProxy(server: string, base: string): PathProxy {
  const asked: string[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const proxy = Deno.serve(options, (request) => {
    const { pathname, search } = new URL(request.url);
    asked.push(pathname);
    if (!pathname.startsWith(base)) return new Response(null, { status: 404 });
    const target = `${server}/${pathname.slice(base.length)}${search}`;
    return request.headers.has("upgrade")
      ? passSocket(request, target)
      : passRequest(request, target);
  });
  return {
    url: `http://127.0.0.1:${proxy.addr.port}${base}`,
    asked,
    [Symbol.asyncDispose]: () => proxy.shutdown(),
  };
}

async function passRequest(
  request: Request,
  target: string,
): Promise<Response> {
  const { method, headers, body } = request;
  const answer = await fetch(target, { method, headers, body });
  return new Response(answer.body, answer);
}

function passSocket(request: Request, target: string): Response {
  const protocol = request.headers.get("sec-websocket-protocol");
  const offered = protocol === null ? {} : { protocol };
  const { socket: near, response } = Deno.upgradeWebSocket(request, offered);
  const far = new WebSocket(target.replace(/^http/, "ws"), protocol ?? []);
  const early: string[] = [];
  near.onmessage = ({ data }) => {
    if (far.readyState === WebSocket.OPEN) far.send(data);
    else early.push(data);
  };
  far.onopen = () => early.forEach((data) => far.send(data));
  far.onmessage = ({ data }) => near.send(data);
  near.onclose = () => far.close();
  far.onclose = () => near.close();
  return response;
}
