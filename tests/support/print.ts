/** Prints a line that is not the test's own, past what the runner captures. */
export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
