import type { Frame } from "./person.ts";
import { WsClient } from "./ws_client.ts";

/** A client of parley.v1 that asks one thing at a time. */
export class Native implements AsyncDisposable {
  readonly #socket: WsClient;
  /** All that was read so far. */
  readonly heard: Frame[] = [];
  #asked = 0;

  private constructor(socket: WsClient) {
    this.#socket = socket;
  }

  static async open(url = ""): Promise<Native> {
    return new Native(await WsClient.open(`${url}/parley`));
  }

  /** The result of a request; fails if it is refused. */
  async ask(request: Frame): Promise<Frame> {
    const answer = await this.answer(request);
    if (answer.type !== "ok") throw new Error(JSON.stringify(answer));
    return answer.result as Frame;
  }

  /** The answer to a request, also if it is refused. */
  async answer(request: Frame): Promise<Frame> {
    const id = ++this.#asked;
    this.#socket.send({ ...request, id });
    return await this.until((frame) => frame.id === id);
  }

  /** The first frame that is the one. */
  async until(isIt: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.heard.find(isIt);
      if (found) return found;
      this.heard.push(await this.#socket.next() as Frame);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#socket.close();
  }
}
