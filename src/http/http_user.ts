/**
 * Who speaks in an HTTP request.
 *
 * @module
 */
import type { Chat } from "../core/chat.ts";
import { ChatError } from "../core/errors.ts";
import type { Participant } from "../core/participant.ts";
import { userName } from "../core/text.ts";
import type { Author } from "../core/types.ts";

/**
 * The one author that all are who bring no token, under whatever name: so
 * that a send key means the same in each of its requests.
 */
export const ANONYMOUS: Author = {
  id: "00000000-0000-0000-0000-000000000000",
  number: 0,
  name: "",
  verified: false,
};

/** Three parts; neither a guest's token nor an access key has that shape. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Makes the session speak for the user of the request's token, or for nobody
 * in particular; `name` is what a guest wants to be called.
 *
 * @throws {ChatError} `bad_token`, `bad_field`, `too_long`, `busy`.
 */
export async function identify(
  chat: Chat,
  who: Participant,
  { headers, name }: { headers: Headers; name: string | undefined },
): Promise<void> {
  const authorization = headers.get("authorization");
  if (authorization === null) {
    const checked = userName(name ?? "", chat.limits);
    return chat.identify(who, { ...ANONYMOUS, name: checked });
  }
  const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) {
    const message = "Cannot use token: the header is not Bearer <token>";
    throw new ChatError("bad_token", message);
  }
  const { identities } = chat;
  const { user } = JWT.test(token)
    ? await identities.vouched(who, token)
    : await identities.restore(who, token);
  if (name === undefined || name === user.name) return;
  identities.rename(who, name);
}
