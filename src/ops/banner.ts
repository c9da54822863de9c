/** What a started server says of itself. */
export interface Banner {
  readonly version: string;
  readonly host: string;
  readonly ports: readonly number[];
  /** https and wss instead of http and ws. */
  readonly secure: boolean;
  readonly dialects: readonly {
    readonly name: string;
    readonly path: string;
    /** Its clients are given the URL that a browser would be given. */
    readonly isHttp?: boolean;
  }[];
  /** Where the data lies. */
  readonly place: string;
}

/** The width of the first column. */
const LABEL_WIDTH = 14;

/** The lines that are printed at start: where the page is, each endpoint, the data. */
export function bannerText(banner: Banner): string {
  const { version, host, ports, secure, dialects, place } = banner;
  const s = secure ? "s" : "";
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  const authority = name.includes(":") ? `[${name}]` : name;
  const lines = ports.flatMap((port) => {
    const address = `${authority}:${port}`;
    return [
      line("page", `http${s}://${address}/`),
      ...dialects.map(({ name, path, isHttp }) =>
        line(name, `${isHttp ? "http" : "ws"}${s}://${address}${path}`)
      ),
      line("rooms", `http${s}://${address}/rooms`),
      line("docs", `http${s}://${address}/docs`),
      line("health", `http${s}://${address}/healthz and /readyz`),
    ];
  });
  return [`parley ${version}`, ...lines, line("data", place)].join("\n");
}

function line(label: string, what: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${what}`;
}
