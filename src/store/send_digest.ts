import type { Draft } from "../core/types.ts";

/** What makes two sends with one key the same: the sender's words. */
export function digestOf(draft: Draft): string {
  switch (draft.kind) {
    case "message": {
      const { text, extra = null, replyTo, data } = draft;
      if (replyTo === undefined && !data) return JSON.stringify([text, extra]);
      return JSON.stringify([text, extra, replyTo ?? null, data ?? null]);
    }
    case "edited":
      return JSON.stringify(["edited", draft.target.seq, draft.text]);
    case "deleted":
      return JSON.stringify(["deleted", draft.target.seq]);
    case "reacted": {
      const { target, reaction, removed } = draft;
      return JSON.stringify(["reacted", target.seq, reaction, removed]);
    }
    case "closed":
      return "closed";
  }
}
