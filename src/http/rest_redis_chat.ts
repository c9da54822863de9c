/** `GET /links`, which redis-chat's own web client asks for. */
export function links(url: string): Response {
  return Response.json({ github: url });
}
