import type { Profile } from "./dialect.ts";

/** The channel that a path names; "" is none. */
export function channelOf(path: string, profile: Profile): string {
  const segments = path.replace(/\/$/, "").split("/");
  const id = segments.slice(profile === "original" ? 3 : 1).join("/");
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
