/**
 * A stand-in for nest-chat: says every event back.
 *
 * @module
 */
import { frame } from "../../core/encoder.ts";
import type { Dialect } from "../dialect.ts";

/** nest-chat. */
export const nestChat: Dialect = {
  name: "nest-chat",
  carrier: "socket.io",
  open: (link) => ({
    start: () => {},
    receive(text) {
      const [, id = "", json = ""] = /^42(\d*)(.*)$/s.exec(text) ?? [];
      link.send(frame(`42${json}`));
      if (id !== "") link.send(frame(`43${id}["ok"]`));
    },
    refuse: (error) =>
      link.send(frame(`42${JSON.stringify(["exception", error.message])}`)),
    end: () => {},
  }),
};
