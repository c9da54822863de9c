import { STATUS_CODE } from "@std/http/status";
import type { Chat } from "../core/chat.ts";
import { ChatError } from "../core/errors.ts";
import type { Resumption } from "../core/resumption.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { refusal, unavailable } from "./handshake.ts";
import { SOCKET_IO_IDLE_MS } from "./socket_io/engine.ts";

/** What resuming needs. */
export interface ResumingPorts {
  readonly chat: Chat;
  /** ms without a sign of life after which the runtime ends a socket; 0: never. */
  readonly idleTimeoutMs: number;
}

type Answering = (resume?: Resumption) => Response | Promise<Response>;

/** Takes hold of the resume tokens that connections bring. */
export class Resuming {
  readonly #ports: ResumingPorts;

  constructor(ports: ResumingPorts) {
    this.#ports = ports;
  }

  /**
   * Answers a request for a connection, with the hold on its token, if it
   * brings one: `?resume=<token>`; or says what is wrong with that.
   */
  begin(
    { searchParams: query }: URL,
    dialect: Dialect,
    answer: Answering,
  ): Response | Promise<Response> {
    const token = query.get("resume");
    // Later requests of a Socket.IO connection repeat what the first one says.
    if (token === null || query.has("sid")) return answer();
    return this.#begin(token, dialect, answer);
  }

  async #begin(
    token: string,
    { name, carrier, resumes: dialects = [name] }: Dialect,
    answer: Answering,
  ): Promise<Response> {
    const { chat } = this.#ports;
    if (dialects.length === 0) {
      const why = `${name} resumes by positions: see join`;
      const { BadRequest } = STATUS_CODE;
      return refusal(BadRequest, `Cannot use resume token: ${why}`);
    }
    const idleTimeoutMs = carrier === "socket.io"
      ? SOCKET_IO_IDLE_MS
      : this.#ports.idleTimeoutMs;
    let resume: Resumption;
    try {
      resume = await chat.resumes.open({ token, dialects, idleTimeoutMs });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      return error.retryable
        ? unavailable(error.message)
        : refusal(STATUS_CODE.BadRequest, error.message);
    }
    try {
      const response = await answer(resume);
      // Refused after all.
      if (response.status >= STATUS_CODE.BadRequest) resume.abandon();
      return response;
    } catch (error) {
      resume.abandon();
      throw error;
    }
  }
}
