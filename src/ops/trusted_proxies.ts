import { BlockList, isIP } from "node:net";

/** An IPv4 address that an IPv6 socket sees (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An address with a port, as some proxies write it. */
const WITH_PORT = /^(\d+\.\d+\.\d+\.\d+|\[[^\]]*\]):\d+$/;

/** Bits of an address, by the version of IP. */
const BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

interface Range {
  readonly address: string;
  readonly bits: number;
}

/**
 * Whose word on where a request comes from is taken.
 *
 * Each proxy appends to `X-Forwarded-For` the address that it was connected
 * from; what stands left of the entry of a trusted one may be anybody's claim.
 */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #isEmpty: boolean;

  /**
   * @param ranges Addresses, or ranges such as `10.0.0.0/8`; see
   *   `isAddressRange`.
   */
  constructor(ranges: readonly string[]) {
    this.#isEmpty = ranges.length === 0;
    for (const text of ranges) {
      const range = parseRange(text);
      if (!range) throw new TypeError(`Cannot trust "${text}": no address`);
      this.#list.addSubnet(range.address, range.bits, family(range.address));
    }
  }

  /**
   * Where a request comes from: the rightmost address that is not trusted.
   *
   * Where a trusted proxy says nothing, or nothing that is an address, it is
   * the proxy's own.
   *
   * @param peer Who has connected.
   */
  clientOf(headers: Headers, peer: string): string {
    if (this.#isEmpty) return peer;
    let client = plainAddress(peer) ?? peer;
    if (!this.#trusts(client)) return client;
    const hops = headers.get("x-forwarded-for")?.split(",") ?? [];
    for (const hop of hops.reverse()) {
      const address = plainAddress(hop);
      if (address === undefined) break;
      client = address;
      if (!this.#trusts(client)) break;
    }
    return client;
  }

  #trusts(address: string): boolean {
    return isIP(address) !== 0 && this.#list.check(address, family(address));
  }
}

/** Whether a text is an address, or a range of them in CIDR notation. */
export function isAddressRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/** Whether only this machine can have connected from there. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.check(...checkable(address));
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function checkable(address: string): [string, "ipv4" | "ipv6"] {
  // 0.0.0.0 is nobody's address.
  const plain = plainAddress(address) ?? "0.0.0.0";
  return [plain, family(plain)];
}

function parseRange(text: string): Range | undefined {
  const [typed = "", length, ...rest] = text.split("/");
  const address = plainAddress(typed);
  if (address === undefined || rest.length > 0) return undefined;
  const bitsMax = BITS[isIP(address)] ?? 0;
  if (length === undefined) return { address, bits: bitsMax };
  // The prefix of a mapped address counts other bits than that of its plain one.
  const isMapped = address !== typed && MAPPED.test(typed);
  const bits = Number(length);
  if (isMapped || !/^\d{1,3}$/.test(length) || bits > bitsMax) return undefined;
  return { address, bits };
}

/** One way to write an address, without port and zone. */
function plainAddress(text: string): string | undefined {
  const trimmed = text.trim();
  const bare = (WITH_PORT.exec(trimmed)?.[1] ?? trimmed)
    .replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  const version = isIP(bare);
  if (version === 4) return bare;
  if (version !== 6) return undefined;
  const mapped = MAPPED.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  // A URL has the shortest form (RFC 5952), in brackets.
  return URL.parse(`http://[${bare}]`)?.hostname.slice(1, -1);
}

function family(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}
