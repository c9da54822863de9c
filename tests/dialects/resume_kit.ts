import type { Json } from "../../src/core/types.ts";
import { WsClient } from "../support/ws_client.ts";

export const TOKEN = "one-token-per-client";

/** Engine.IO's heartbeat, and the answer to it. */
const PING = "2";
const PONG = "3";

/** How a client of a dialect is in the lobby, and what it hears there. */
export interface Driver {
  readonly dialect: string;
  /** The URL's path, without a query. */
  readonly path: string;
  readonly query?: string;
  /** Is in the lobby, as Ann. */
  enter(client: Client): Promise<void>;
  /** What has to be said before anything comes back; by default nothing. */
  comeBack?(client: Client): Promise<void>;
  /** The text in a frame, if one was said. */
  textOf(frame: Heard): string | undefined;
}

/** A frame as JSON; of Socket.IO `{"0":event,"1":payload}`. */
export type Heard = { readonly [key: string]: Json };

/** A socket of a dialect, and all that it was sent. */
export class Client implements AsyncDisposable {
  readonly socket: WsClient;
  readonly #driver: Driver;
  /** The texts, in order. */
  readonly texts: string[] = [];
  readonly frames: Heard[] = [];
  /** The last frame as it came. */
  last = "";

  private constructor(socket: WsClient, driver: Driver) {
    this.socket = socket;
    this.#driver = driver;
  }

  /** Connects, by a token or without one. */
  static async open(
    url: string,
    driver: Driver,
    token?: string,
  ): Promise<Client> {
    const { path, query = "" } = driver;
    const resume = token === undefined ? "" : `resume=${token}`;
    const asked = [query, resume].filter((one) => one !== "").join("&");
    const socket = await WsClient.open(`${url}${path}?${asked}`);
    const client = new Client(socket, driver);
    if (driver.dialect === "nest-chat") {
      await socket.nextText();
      socket.send("40");
      await socket.nextText();
    }
    return client;
  }

  /** Says a frame; of Socket.IO `[event, payload]`. */
  send(frame: Json): void {
    const text = JSON.stringify(frame);
    this.socket.send(this.#driver.dialect === "nest-chat" ? `42${text}` : text);
  }

  /** Reads on up to such a frame. */
  async until(is: (frame: Heard) => boolean): Promise<Heard> {
    for (;;) {
      const frame = await this.#next();
      if (is(frame)) return frame;
    }
  }

  /** Reads on until that text has come; the texts that have come by then. */
  async heard(text: string): Promise<string[]> {
    while (this.texts.at(-1) !== text) await this.#next();
    return this.texts;
  }

  async close(): Promise<void> {
    await this.socket.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #next(): Promise<Heard> {
    const text = await this.socket.nextText();
    if (text === PING) {
      this.socket.send(PONG);
      return await this.#next();
    }
    this.last = text;
    const parsed = JSON.parse(text.replace(/^4\d+(?=\[)/, ""));
    const frame: Heard = { ...parsed };
    this.frames.push(frame);
    const said = this.#driver.textOf(frame);
    if (said !== undefined) this.texts.push(said);
    return frame;
  }
}

const ANN = { name: "Ann", password: "secret" };

/** yordevs/chat-ws. */
export const CHAT_WS: Driver = {
  dialect: "chat-ws",
  path: "/",
  query: "dialect=chat-ws",
  async enter(client) {
    const join = { type: "join-room", ["room_id"]: "general", from: "Ann" };
    client.send(join);
    await client.until(({ type, from }) =>
      type === "join-room" && from === "Ann"
    );
  },
  textOf: ({ type, message }) =>
    type === "receive-message" ? String(message) : undefined,
};

/** TylerCorkill/ws-chat-server. */
export const CHANNEL_CHAT: Driver = {
  dialect: "channel-chat",
  path: "/general",
  async enter(client) {
    client.send({ type: "identity", user: "Ann" });
    const { success } = await client.until(({ type }) => type === "identity");
    if (success !== "true") throw new Error("Cannot be Ann: it is taken");
  },
  textOf: ({ type, text }) => type === "message" ? String(text) : undefined,
};

const WSCHAT: Driver = {
  dialect: "wschat",
  path: "/",
  query: "dialect=wschat",
  async enter(client) {
    client.send({ type: "change_name", name: "Ann" });
    client.send({ type: "list_rooms" });
    const { rooms } = await client.until(({ type, rooms }) =>
      type === "list_rooms" && numberOf(rooms) !== undefined
    );
    client.send({ type: "enter_room", roomId: numberOf(rooms) ?? 0 });
    await client.until(({ type }) => type === "enter_room");
  },
  textOf: ({ type, text }) => type === "text" ? String(text) : undefined,
};

const REDIS_CHAT: Driver = {
  dialect: "redis-chat",
  path: "/ws",
  async enter(client) {
    await this.comeBack?.(client);
    const channelJoin = { recipientUUID: "0" };
    client.send({ type: "channelJoin", channelJoin });
    await client.until(({ type }) => type === "channelJoin");
  },
  async comeBack(client) {
    const { name: username, password } = ANN;
    client.send({ type: "signIn", signIn: { username, password } });
    await client.until(({ type }) => type === "sys");
  },
  textOf({ type, channelMessage }) {
    if (type !== "channelMessage") return undefined;
    return String((channelMessage as Heard).message);
  },
};

const NEST_CHAT: Driver = {
  dialect: "nest-chat",
  path: "/socket.io/",
  query: "EIO=4&transport=websocket",
  async enter(client) {
    client.send(["participants", { roomId: "general", username: "Ann" }]);
    await client.until(({ 0: event, 1: list }) =>
      event === "exchanges" && Array.isArray(list)
    );
  },
  textOf({ 0: event, 1: payload }) {
    if (event !== "exchanges" || Array.isArray(payload)) return undefined;
    return String((payload as Heard).content);
  },
};

/** All dialects that cannot resume by themselves. */
export const DRIVERS: readonly Driver[] = [
  CHAT_WS,
  CHANNEL_CHAT,
  WSCHAT,
  REDIS_CHAT,
  NEST_CHAT,
];

/** The number of the lobby in wschat's list of rooms. */
function numberOf(rooms: Json | undefined): number | undefined {
  const found = Object.values(rooms ?? {}).find(({ title }) =>
    title === "general"
  );
  return found?.id;
}

/** Says something in the lobby, by nobody in particular. */
export async function say(url: string, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    const path = `${url}/api/v1/rooms/general/messages`;
    const response = await fetch(path, { method: "POST", body: text });
    await response.text();
    if (!response.ok) throw new Error(`Cannot say ${text}: ${response.status}`);
  }
}
