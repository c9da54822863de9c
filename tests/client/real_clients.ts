import {
  type ClientOptions,
  memoryStorage,
  ParleyClient,
  type Room,
} from "../../static/client.js";
import { soon } from "../http/until.ts";

/** Short pauses, so that tests are quick. */
const LIMITS = { backoffMsMin: 20, backoffMsMax: 200 };

/** Clients over real sockets, which are closed at the end. */
export class RealClients implements AsyncDisposable {
  readonly #clients: ParleyClient[] = [];
  readonly #closings: Promise<unknown>[] = [];

  /** A client of a server; each has a storage of its own, if none is given. */
  make(url: string, options: ClientOptions = {}): ParleyClient {
    const closings = this.#closings;
    class Tracked extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol);
        closings.push(
          new Promise((resolve) => this.addEventListener("close", resolve)),
        );
      }
    }
    const client = new ParleyClient(`${url}/parley`, {
      WebSocket: Tracked,
      storage: memoryStorage(),
      limits: LIMITS,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** A client that is online and in a room. */
  async join(
    url: string,
    options: ClientOptions & { room?: string } = {},
  ): Promise<{ client: ParleyClient; room: Room }> {
    const { room: id = "general", ...rest } = options;
    const client = this.make(url, rest);
    await soon("client is online", client.start());
    const room = client.room(id);
    await soon("room is joined", room.join());
    return { client, room };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.stop();
    await Promise.all(this.#closings);
  }
}
