import { assertEquals } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import type { Profile } from "../../src/dialects/dialect.ts";
import type { TestServer } from "../support/server.ts";
import type { Probe } from "../support/transcript.ts";
import { WsClient } from "../support/ws_client.ts";

/** No name may have a control character in it. */
const REFUSED_NAME = "\u0000";

/** Identity waits for this socket's messages to be on disk; this name is refused. */
export const PROBE: Probe = {
  frame: JSON.stringify({ type: "identity", user: REFUSED_NAME }),
  isAnswer: (frame) => {
    const { type, success } = fieldsOf(frame);
    return type === "identity" && String(success) === "false";
  },
};

/** Where a server has a channel, whose id is the path's last segment. */
export function channelUrl(
  { url }: TestServer,
  channel: string,
  profile: Profile = "document",
): string {
  const prefix = profile === "original" ? "/x/y" : "";
  return `${url}${prefix}/${channel}?profile=${profile}`;
}

/** A frame's fields. */
export function fieldsOf(frame: Json): Record<string, Json> {
  return Object.fromEntries(Object.entries(frame ?? {}));
}

/** A client of one channel; heartbeats are heard only by who listens for them. */
export class Angler implements AsyncDisposable {
  readonly client: WsClient;

  private constructor(client: WsClient) {
    this.client = client;
  }

  /** Connects, and hears nothing yet. */
  static async open(url: string): Promise<Angler> {
    return new Angler(await WsClient.open(url));
  }

  /** Connects and hears that it is connected. */
  static async connect(url: string): Promise<Angler> {
    const angler = await Angler.open(url);
    const { type } = fieldsOf(await angler.next());
    assertEquals(type, "connection");
    return angler;
  }

  /** As `connect`, under a name. */
  static async named(url: string, user: string): Promise<Angler> {
    const angler = await Angler.connect(url);
    const answer = await angler.identify(user);
    assertEquals(String(answer.success), "true");
    return angler;
  }

  send(frame: Json | Uint8Array<ArrayBuffer>): void {
    this.client.send(frame);
  }

  say(text: string): void {
    this.send({ type: "message", text });
  }

  /** Asks for a name; resolves to the answer. */
  async identify(user: Json): Promise<Record<string, Json>> {
    this.send({ type: "identity", user });
    return fieldsOf(await this.next());
  }

  /** The next frame that is no heartbeat, as it is written. */
  async nextText(): Promise<string> {
    for (;;) {
      const text = await this.client.nextText();
      if (!isHeartbeat(JSON.parse(text))) return text;
    }
  }

  /** The next frame that is no heartbeat. */
  async next(): Promise<Json> {
    return JSON.parse(await this.nextText());
  }

  /** The next heartbeat; what comes before it is dropped. */
  async heartbeat(): Promise<Json> {
    for (;;) {
      const frame = await this.client.next();
      if (isHeartbeat(frame)) return frame;
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function isHeartbeat(frame: Json): boolean {
  return fieldsOf(frame).type === "heartbeat";
}

/** Fails if a client has heard anything but heartbeats that was not read. */
export async function expectSilence(...anglers: Angler[]): Promise<void> {
  // The first round proves that all was handled; the answers of the second
  // come behind whatever that made the server say to others.
  for (let round = 1; round <= 2; round++) {
    for (const angler of anglers) {
      const { type, success } = await angler.identify(REFUSED_NAME);
      assertEquals([type, String(success)], ["identity", "false"]);
    }
  }
}
