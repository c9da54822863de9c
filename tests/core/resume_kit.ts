import type { Participant } from "../../src/core/participant.ts";
import type { Resumption } from "../../src/core/resumption.ts";
import type { RoomId } from "../../src/core/types.ts";
import { type ChatKit, plain } from "../support/chat_kit.ts";
import { FakeLink } from "../support/fake_link.ts";

export const TOKEN = "a-token-of-16-characters";
export const R = "r" as RoomId;
export const NOBODY = { id: "nobody", number: 0, name: "", verified: false };
export const IDLE_MS = 45_000;

export interface Connection {
  readonly who: Participant;
  readonly link: FakeLink;
  readonly resume: Resumption;
}

/** A connection that brings the token, as a shell would carry it. */
export async function connect(
  kit: ChatKit,
  token = TOKEN,
): Promise<Connection> {
  const resume = await kit.chat.resumes.open({
    token,
    dialects: ["plain"],
    idleTimeoutMs: IDLE_MS,
  });
  const link = new FakeLink();
  const who = kit.chat.admit({ link, encoder: plain, resume });
  return { who, link, resume };
}

/** One that is in room r from the beginning, as Ann. */
export async function joined(kit: ChatKit): Promise<Connection> {
  const connection = await connect(kit);
  const { who } = connection;
  await kit.chat.members.join(who, { room: R, name: "Ann", replay: 0 });
  connection.link.take();
  return connection;
}

/** What a new connection with the token is sent before it says anything. */
export async function resumed(kit: ChatKit): Promise<unknown[]> {
  const { who, link } = await connect(kit);
  await kit.chat.resumes.restore(who);
  return link.take();
}

export async function say(kit: ChatKit, ...texts: string[]): Promise<void> {
  const { who } = kit.admit();
  for (const text of texts) await kit.say(who, R, text);
}

/** Lets time pass, second by second. */
export async function pass(kit: ChatKit, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    kit.nowMs += 1_000;
    kit.chat.tick();
    await kit.chat.resumes.settled();
  }
}

export function end(
  kit: ChatKit,
  { who, resume }: Connection,
  ending = { drained: true, clean: true },
): void {
  resume.ends(ending);
  kit.chat.dismiss(who);
}
