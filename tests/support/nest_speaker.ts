import type { Json } from "../../src/core/types.ts";
import type { Frame, Heard, Person, Speaker, Wire } from "./person.ts";
import { WsClient } from "./ws_client.ts";

/**
 * Engine.IO 4 on a WebSocket, by hand: a real client of npm would hide what it
 * does not expect. (Those are in tests/http/socket_io_*.)
 */
class SocketIoWire implements Wire {
  readonly #socket: WsClient;

  private constructor(socket: WsClient) {
    this.#socket = socket;
  }

  /** Connects to the namespace "/". */
  static async open(url: URL): Promise<SocketIoWire> {
    const socket = await WsClient.open(url);
    await socket.nextText();
    socket.send("40");
    await socket.nextText();
    return new SocketIoWire(socket);
  }

  send(text: string): void {
    this.#socket.send(pack(text));
  }

  async nextText(): Promise<string> {
    for (;;) {
      const text = await this.#socket.nextText();
      if (text !== PING) return unpack(text);
      this.#socket.send(PONG);
    }
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}

/** Engine.IO's heartbeat: the server asks in version 4. */
const PING = "2";
const PONG = "3";

/** An event packet of `{"type","payload"}`; of anything else, one that is none. */
function pack(text: string): string {
  const event = parse(text);
  if (typeof event?.type !== "string" || event.payload === undefined) {
    return `42${text}`;
  }
  return `42${JSON.stringify([event.type, event.payload])}`;
}

/** `{"type","list"}`, `{"type","message"}` or `{"type","answer"}` of a packet. */
function unpack(text: string): string {
  const [, kind, body = ""] = /^4(\d)\d*(.*)$/s.exec(text) ?? [];
  if (kind === "3") return JSON.stringify({ type: "ack" });
  if (kind !== "2") return JSON.stringify({ type: text });
  const [event, payload] = JSON.parse(body);
  const type = event.replace(/\/.*$/s, "/");
  if (Array.isArray(payload)) return JSON.stringify({ type, list: payload });
  return JSON.stringify({ type, message: payload });
}

function parse(text: string): Frame | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

const PARTICIPANT = "list.*.roomId list.*.username list.*.connected";

/** Somebody who speaks nest-chat. */
export const NEST_CHAT: Speaker = {
  dialect: "nest-chat",
  path: () => "/socket.io/?EIO=4&transport=websocket&dialect=nest-chat",
  connect: (url) => SocketIoWire.open(url),
  pack,
  unpack,
  async enter(person) {
    const { room, name } = person;
    const payload = { roomId: room, username: name };
    person.send({ type: "participants", payload });
    await person.until((frame) => lists(frame, person));
  },
  words: (text, { room, name }) => ({
    type: "exchanges",
    payload: { roomId: room, username: name, content: text },
  }),
  // It has no other way to leave.
  leave: (person) => person.close(),
  understand({ type, list, message }) {
    if (type === "exchanges" && !list) return [said(message)];
    return [{ kind: "other", type: String(type) }];
  },
  // Who is there is shown whole, and gathered: behind what was said meanwhile.
  hears: [],
  arrival: (name) => [{ kind: "joined", who: name }],
  departure: "gone",
  knows: {
    exchanges: `type ${PARTICIPANT} message.roomId message.username ` +
      "message.content message.createdAt message.socketId message.order",
    "participants/": `type ${PARTICIPANT}`,
    exception: "type message.status message.message",
    ack: "type",
  },
};

function lists({ type, list }: Frame, { name }: Person): boolean {
  return type === "exchanges" && Array.isArray(list) &&
    list.some((one) => field(one, "username") === name);
}

function said(message: Json | undefined): Heard {
  const text = String(field(message, "content"));
  return { kind: "message", text, author: String(field(message, "username")) };
}

function field(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Frame)[key];
}
