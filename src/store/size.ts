/** Framing of one value, in bytes. */
const VALUE_BYTES = 12;

/** At least as many bytes as a plain value takes when serialised. */
export function bytesMax(value: unknown): number {
  if (typeof value === "string") return VALUE_BYTES + value.length * 2;
  if (typeof value !== "object" || value === null) return VALUE_BYTES;
  let bytes = VALUE_BYTES;
  for (const [key, item] of Object.entries(value)) {
    bytes += VALUE_BYTES + key.length * 2 + bytesMax(item);
  }
  return bytes;
}
