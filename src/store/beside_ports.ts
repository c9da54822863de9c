import type { Observer } from "../core/ports.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Pace } from "./pace.ts";

/** What everything needs that lives beside other instances on a KV. */
export interface BesidePorts {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly observer: Observer;
  readonly pace: Pace;
  /** ms since the epoch. */
  readonly now: () => number;
  /** This instance's id. */
  readonly instance: string;
}
