import { soon } from "./until.ts";

/** Reads a stream of events as a client would: block by block, or line by line. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #separator: string;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor({ body }: Response, separator = "\n\n") {
    if (!body) throw new TypeError("Cannot read events: there is no body");
    this.#reader = body.getReader();
    this.#separator = separator;
  }

  /** The next block; `undefined` at the end. Fails if neither comes. */
  next(): Promise<string | undefined> {
    return soon("the next event", this.#next());
  }

  /** The next blocks, so many of them. */
  async take(count: number): Promise<(string | undefined)[]> {
    const blocks = [];
    while (blocks.length < count) blocks.push(await this.next());
    return blocks;
  }

  /** All blocks up to the end. */
  async rest(): Promise<string[]> {
    const blocks: string[] = [];
    for (;;) {
      const block = await this.next();
      if (block === undefined) return blocks;
      blocks.push(block);
    }
  }

  /** Goes away. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }

  async #next(): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf(this.#separator);
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + this.#separator.length);
        return block;
      }
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }
}

/** A block in short: its id, its kind, and the text or kind of its data. */
export function brief(block = ""): string {
  const field = (name: string) =>
    block.split("\n").find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const data = field("data");
  const { text, user } = data === undefined ? {} : JSON.parse(data);
  return [field("id"), field("event"), text ?? user?.name]
    .filter((part) => part !== undefined).join(" ");
}
