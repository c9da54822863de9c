import type { Encoder } from "../../src/core/encoder.ts";
import type { LimitName } from "../../src/core/limits.ts";
import type { RoomId } from "../../src/core/types.ts";
import { ChatKit } from "../support/chat_kit.ts";
import { FakeStreet, type House } from "../support/fake_neighbours.ts";

/** Renders all that there is to know, rosters too. */
export const raw: Encoder = {
  dialect: "raw",
  wantsRoster: true,
  encode: (events) => events.map((event) => JSON.stringify(event)),
};

/** Chats on one KV that hear each other when a test says so. */
export class Town implements Disposable {
  readonly street = new FakeStreet();
  readonly kv: Deno.Kv;
  readonly kits: ChatKit[] = [];

  private constructor(kv: Deno.Kv) {
    this.kv = kv;
  }

  /** Two of them: here and there. */
  static async open(
    limits: Partial<Record<LimitName, number>> = {},
  ): Promise<Town & { here: ChatKit; there: ChatKit }> {
    const town = new Town(await Deno.openKv(":memory:"));
    const here = await town.build("here", limits);
    const there = await town.build("there", limits);
    return Object.assign(town, { here, there });
  }

  /** One more. */
  async build(
    name: string,
    limits: Partial<Record<LimitName, number>> = {},
  ): Promise<ChatKit> {
    return await this.buildIn(this.street.open(name), limits);
  }

  /** One more, in that house. */
  async buildIn(
    neighbours: House,
    limits: Partial<Record<LimitName, number>> = {},
  ): Promise<ChatKit> {
    const { kv } = this;
    const kit = await ChatKit.open({ kv, shared: true, neighbours, limits });
    this.kits.push(kit);
    this.street.deliver();
    return kit;
  }

  /** All hear what the others told. */
  hear(): void {
    // Who is online is told a while later.
    for (const kit of this.kits) kit.timers.tick(100);
    this.street.deliver();
  }

  /** All, or these, see what is new in a room's log. */
  async read(room: string, kits = this.kits): Promise<void> {
    for (const { chat } of kits) {
      chat.listener.moved(room as RoomId);
      await (await chat.room(room as RoomId))?.refresh();
    }
  }

  /** Lets time pass everywhere, and all hear what comes of it. */
  elapse(ms: number): void {
    for (const kit of this.kits) {
      kit.nowMs += ms;
      kit.timers.tick(ms);
      kit.chat.tick();
    }
    this.street.deliver();
  }

  [Symbol.dispose](): void {
    this.kv.close();
  }
}
