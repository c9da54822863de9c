import type { Json } from "../../src/core/types.ts";
import type { Profile } from "../../src/dialects/dialect.ts";
import { WsClient } from "./ws_client.ts";

/** What a person hears, in no dialect's words. */
export type Heard =
  | { readonly kind: "joined"; readonly who: string }
  | { readonly kind: "left"; readonly who: string }
  | { readonly kind: "renamed"; readonly from: string; readonly to: string }
  | { readonly kind: "message"; readonly text: string; readonly author: string }
  /** What is told to nobody else. */
  | { readonly kind: "other"; readonly type: string };

/**
 * What a dialect can tell of others: that one joined, left by saying so, left
 * because its socket is gone, or changed its name; what was said before one
 * joined; and that one has left oneself.
 */
export type Hearing =
  | "joined"
  | "left"
  | "gone"
  | "renamed"
  | "history"
  | "own leave";

/** A frame as JSON, whatever is in it. */
export type Frame = { readonly [key: string]: Json };

/** A request without an effect on anybody else. */
export interface Probe {
  readonly frame: Frame;
  isAnswer(frame: Frame): boolean;
}

/** One dialect, as a client speaks and understands it. */
export interface Speaker {
  readonly dialect: string;
  /** Path and query at which it is spoken; the path may say the room. */
  path(options: PersonOptions): string;
  /** Connects; absent: by a WebSocket on which each frame is JSON. */
  connect?(url: URL): Promise<Wire>;
  /** What a session is handed for a frame in JSON, or what is none; absent: that. */
  pack?(text: string): string;
  /** The frame in JSON of what a session sends; absent: that. */
  unpack?(text: string): string;
  /** Goes into the person's room under its name; resolves once it is in. */
  enter(person: Person): Promise<void>;
  /** The frame that says something in the person's room. */
  words(text: string, person: Person): Frame;
  /** Leaves the room; resolves once it is out. */
  leave(person: Person): Promise<void>;
  /** What one who is out may ask, and how it is answered; absent: nothing. */
  probe?(person: Person): Probe;
  /** What a frame says. */
  understand(frame: Frame): Heard[];
  readonly hears: readonly Hearing[];
  /** What there is to tell of its coming. */
  arrival(name: string): Heard[];
  /** What there is to tell of its going. */
  readonly departure: "left" | "gone";
  /** Frames by type ("" has none): all that may be in them, as `a.b c.*.d`. */
  readonly knows: { readonly [type: string]: string };
}

/** What a person speaks through. */
export interface Wire {
  send(text: string): void;
  /** The next frame; fails if none comes. */
  nextText(): Promise<string>;
  close(): Promise<void>;
}

/** How somebody is to be. */
export interface PersonOptions {
  readonly name: string;
  readonly room: string;
  readonly profile: Profile;
}

/** Somebody who speaks one dialect in one room. */
export class Person implements AsyncDisposable {
  readonly speaker: Speaker;
  readonly name: string;
  readonly room: string;
  readonly profile: Profile;
  /** All that it has heard so far. */
  readonly heard: Heard[] = [];
  /** What came that its protocol does not know: `text.verified`. */
  readonly strange: string[] = [];
  readonly #wire: Wire;

  constructor(wire: Wire, speaker: Speaker, options: PersonOptions) {
    this.#wire = wire;
    this.speaker = speaker;
    this.name = options.name;
    this.room = options.room;
    this.profile = options.profile;
  }

  /** Connects to a server; it is in no room yet, if its dialect can tell. */
  static async connect(
    url: string,
    speaker: Speaker,
    options: PersonOptions,
  ): Promise<Person> {
    const target = new URL(speaker.path(options), url);
    target.searchParams.set("profile", options.profile);
    const wire = await (speaker.connect ?? WsClient.open)(target);
    return new Person(wire, speaker, options);
  }

  /** Connects to a server and goes into the room. */
  static async join(
    url: string,
    speaker: Speaker,
    options: PersonOptions,
  ): Promise<Person> {
    const person = await Person.connect(url, speaker, options);
    await speaker.enter(person);
    return person;
  }

  send(frame: Json): void {
    this.#wire.send(JSON.stringify(frame));
  }

  /** Sends what may be no JSON at all. */
  sendText(text: string): void {
    this.#wire.send(text);
  }

  say(text: string): void {
    this.send(this.speaker.words(text, this));
  }

  /** Listens until a frame is the one; returns that. */
  async until(isIt: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const frame = await this.#listen();
      if (isIt(frame)) return frame;
    }
  }

  /** Once out: resolves when all that it was told before was heard. */
  async settle(): Promise<void> {
    const probe = this.speaker.probe?.(this);
    if (!probe) return;
    this.send(probe.frame);
    for (;;) {
      const frame = await this.#next();
      if (probe.isAnswer(frame)) return;
      this.#take(frame);
    }
  }

  /** Listens until something is said for the `count`th time. */
  async hear(text: string, count = 1): Promise<void> {
    while (this.texts().filter((one) => one === text).length < count) {
      await this.#listen();
    }
  }

  /** All that was said, in order. */
  texts(): string[] {
    return this.heard.flatMap((one) => one.kind === "message" ? one.text : []);
  }

  /** All that was heard but for what was told to it alone. */
  news(): Heard[] {
    return this.heard.filter(({ kind }) => kind !== "other");
  }

  /** Forgets what it has heard. */
  forget(): void {
    this.heard.length = 0;
  }

  async close(): Promise<void> {
    await this.#wire.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #listen(): Promise<Frame> {
    const frame = await this.#next();
    this.#take(frame);
    return frame;
  }

  async #next(): Promise<Frame> {
    return JSON.parse(await this.#wire.nextText());
  }

  #take(frame: Frame): void {
    this.strange.push(...strangeIn(frame, this.speaker));
    this.heard.push(...this.speaker.understand(frame));
  }
}

/** What a listener is told of a speaker's coming and going. */
export function told(listener: Speaker, news: readonly Heard[]): Heard[] {
  return news.filter(({ kind }) =>
    (listener.hears as readonly string[]).includes(kind)
  );
}

/** Paths in a frame that its type does not know in that dialect. */
export function strangeIn(frame: Frame, { knows }: Speaker): string[] {
  const type = String(frame.type ?? "");
  if (!Object.hasOwn(knows, type)) return [`the type "${type}"`];
  const known = (knows[type] ?? "").split(" ");
  return pathsIn(frame)
    .filter((path) =>
      !known.some((one) => one === path || one.startsWith(`${path}.`))
    )
    .map((path) => `${type}: ${path}`);
}

/** Where a value has leaves; what is counted or numbered is `*`. */
function pathsIn(value: Json): string[] {
  if (typeof value !== "object" || value === null) return [""];
  const entries = Object.entries(value);
  if (entries.length === 0) return [""];
  return entries.flatMap(([key, inner]) => {
    const name = /^\d+$/.test(key) ? "*" : key;
    return pathsIn(inner).map((path) => path === "" ? name : `${name}.${path}`);
  });
}
