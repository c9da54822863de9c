import type { Json } from "../../src/core/types.ts";
import {
  okFrame,
  type RESULTS,
  SERVER_FRAMES,
} from "../../src/dialects/parley_v1/frames.ts";
import { parleyV1 } from "../../src/dialects/parley_v1/session.ts";
import type { SessionKit, Visit } from "../support/session_kit.ts";

/** A frame as JSON, whatever is in it. */
// deno-lint-ignore no-explicit-any -- tests look into it
export type Frame = { readonly [key: string]: any };

type RequestType = keyof typeof RESULTS;

/**
 * A session of parley.v1. Each frame that it hears is held against the schema
 * of its type: nothing may be missing, and nothing may be more.
 */
export class Native {
  readonly visit: Visit;
  readonly welcome: Frame;
  readonly #kit: SessionKit;
  readonly #asked = new Map<number, RequestType>();
  #news: Frame[] = [];
  #replies: Frame[] = [];

  private constructor(kit: SessionKit, visit: Visit) {
    this.#kit = kit;
    this.visit = visit;
    const [welcome] = visit.heard() as Frame[];
    this.welcome = SERVER_FRAMES.welcome.parse(welcome);
  }

  static async open(kit: SessionKit, name?: string): Promise<Native> {
    const native = new Native(kit, await kit.open(parleyV1));
    if (name !== undefined) await native.ask({ type: "hello", name });
    return native;
  }

  /** Its user's id. */
  get id(): string {
    return this.welcome.user.id;
  }

  /** Says something, without waiting for the answer; returns its id. */
  async say(request: { type: RequestType; [field: string]: Json }): Promise<
    number
  > {
    const id = this.#asked.size + 1;
    this.#asked.set(id, request.type);
    await this.visit.say({ ...request, id });
    return id;
  }

  /** The answer to a request that was said. */
  async reply(id: number): Promise<Frame> {
    for (;;) {
      this.#sort(this.visit.heard() as Frame[]);
      const reply = this.#replies.find((frame) => frame.id === id);
      if (reply) return reply;
      this.#sort(await this.visit.next() as Frame[]);
    }
  }

  /** The result of a request that must be carried out. */
  async ask(
    request: { type: RequestType; [field: string]: Json },
  ): Promise<Frame> {
    const reply = await this.reply(await this.say(request));
    if (reply.type === "ok") return reply.result;
    throw new Error(`${request.type}: ${reply.code}: ${reply.message}`);
  }

  /** The code of the refusal of a request that must be refused. */
  async refused(
    request: { type: RequestType; [field: string]: Json },
  ): Promise<string> {
    const reply = await this.reply(await this.say(request));
    if (reply.type === "error") return reply.code;
    throw new Error(`${request.type} was not refused`);
  }

  /** All but replies that came since the last call, once all has come. */
  async news(): Promise<Frame[]> {
    await this.#kit.settled();
    // Behind what the store was asked for because of what was said.
    await this.#kit.kit.kv.get(["nothing"]);
    await this.#kit.settled();
    this.#sort(this.visit.heard() as Frame[]);
    return this.#news.splice(0);
  }

  /** The replies so far, in the order in which they came. */
  get replies(): readonly Frame[] {
    return this.#replies;
  }

  #sort(frames: readonly Frame[]): void {
    for (const frame of frames) {
      const isReply = frame.type === "ok" ||
        frame.type === "error" && frame.id !== null;
      this.#check(frame);
      if (isReply) this.#replies.push(frame);
      else this.#news.push(frame);
    }
  }

  #check(frame: Frame): void {
    if (frame.type === "ok") {
      const type = this.#asked.get(frame.id);
      if (!type) throw new Error(`${frame.id} was never asked`);
      okFrame(type).parse(frame);
    } else {
      const type = frame.type as keyof typeof SERVER_FRAMES;
      SERVER_FRAMES[type].parse(frame);
    }
  }
}

/** The texts of events frames, or what else there is, in short. */
export function inShort(frames: readonly Frame[]): string[] {
  return frames.flatMap((frame) => {
    switch (frame.type) {
      case "events": {
        const entries = frame.entries as Frame[];
        const seqs = entries.map((entry) =>
          `${entry.seq} ${entry.text ?? entry.kind}`
        );
        return `${frame.epoch}: ${frame.after} < ${seqs.join(", ")}`;
      }
      case "caught_up":
        return `caught up ${frame.epoch}/${frame.seq}`;
      case "arrived":
      case "departed":
        return `${frame.user.name} ${frame.type} (${frame.member_count})`;
      case "ended":
        return `ended ${frame.code}`;
      default:
        return frame.type;
    }
  });
}

/** Somebody who is in the room "r", and has read all that comes of that. */
export async function member(kit: SessionKit, name: string): Promise<Native> {
  const native = await Native.open(kit, name);
  await native.ask({ type: "join", room: "r" });
  await native.news();
  return native;
}
