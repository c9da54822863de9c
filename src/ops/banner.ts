/** What a started server says of itself. */
export interface Banner {
  readonly version: string;
  readonly host: string;
  readonly ports: readonly number[];
  /** Where the data lies. */
  readonly place: string;
}

/** The lines that are printed at start: where the page is, each endpoint, the data. */
export function bannerText({ version, host, ports, place }: Banner): string {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  const authority = name.includes(":") ? `[${name}]` : name;
  const lines = ports.flatMap((port) => {
    const address = `${authority}:${port}`;
    return [
      `  page      http://${address}/`,
      `  chat-ws   ws://${address}/`,
      `  rooms     http://${address}/rooms`,
      `  health    http://${address}/healthz and /readyz`,
    ];
  });
  return [`parley ${version}`, ...lines, `  data      ${place}`].join("\n");
}
