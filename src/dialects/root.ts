/**
 * The path `/`, which belongs to two dialects: the client's behaviour decides.
 *
 * wschat greets, chat-ws is silent until the client speaks. A client that is
 * silent for a while is greeted, which a chat-ws client ignores; its first
 * frame of a known type decides. A socket that was greeted and never decided
 * is wschat's.
 *
 * @module
 */
import type { Chat } from "../core/chat.ts";
import type { ChatError } from "../core/errors.ts";
import type { Link } from "../core/ports.ts";
import { chatWs, isFrameType as isChatWs } from "./chat_ws.ts";
import type { Dialect, OpenRequest, Session } from "./dialect.ts";
import { parseObject } from "./json.ts";
import { wschat } from "./wschat.ts";
import { isFrameType as isWschat } from "./wschat_codec.ts";

class RootSession implements Session {
  readonly #link: Link;
  readonly #chat: Chat;
  readonly #request: OpenRequest;
  #session: Session | undefined;
  #spoken: Dialect | undefined;
  #decided = false;
  #ended = false;
  #greeting: Promise<void> | undefined;
  #cancelSilence: () => void = () => {};

  constructor(link: Link, chat: Chat, request: OpenRequest) {
    this.#link = link;
    this.#chat = chat;
    this.#request = request;
  }

  get speaks(): string | undefined {
    return this.#spoken?.name;
  }

  start(): Promise<void> | void {
    const { timers, settings, resume } = this.#request;
    // Decided by an earlier connection.
    if (resume?.dialect === chatWs.name) return this.#choose(chatWs);
    if (resume?.dialect === wschat.name) return this.#choose(wschat);
    this.#cancelSilence = timers.after(settings.rootSilenceMs, () => {
      if (this.#ended || this.#decided) return;
      this.#greeting = this.#speak(wschat);
      // Awaited by the first frame; a client without one is told of its end.
      this.#greeting.catch(() => this.#link.close(1011, "internal error"));
    });
  }

  async receive(text: string): Promise<void> {
    await this.#greeting;
    // Nobody would end a session that is opened from here on.
    if (this.#ended) return;
    if (!this.#decided) await this.#decide(text);
    await this.#session?.receive(text);
  }

  refuse(error: ChatError): void {
    this.#session?.refuse(error);
  }

  end(): void {
    this.#ended = true;
    this.#cancelSilence();
    this.#session?.end();
  }

  async #decide(text: string): Promise<void> {
    const parsed = parseObject(text, this.#chat.limits);
    const type = parsed.ok ? parsed.value.type : undefined;
    if (isChatWs(type)) await this.#choose(chatWs);
    else if (isWschat(type)) await this.#choose(wschat);
  }

  async #choose(dialect: Dialect): Promise<void> {
    this.#decided = true;
    this.#cancelSilence();
    const greeted = this.#session;
    if (greeted && dialect === wschat) return;
    greeted?.end();
    await this.#speak(dialect);
  }

  async #speak(dialect: Dialect): Promise<void> {
    this.#spoken = dialect;
    this.#session = dialect.open(this.#link, this.#chat, this.#request);
    await this.#session.start();
  }
}

/** chat-ws or wschat. */
export const root: Dialect = {
  name: "chat-ws or wschat",
  resumes: [chatWs.name, wschat.name],
  open: (link, chat, request) => new RootSession(link, chat, request),
};
