/** Runs a line in a shell; resolves to what it prints, fails if it fails. */
export async function shell(line: string): Promise<string> {
  const command = new Deno.Command("sh", { args: ["-c", line] });
  const { stdout, success } = await command.output();
  if (!success) throw new Error(`Cannot run ${line}`);
  return new TextDecoder().decode(stdout);
}

/** Whether curl is here; tests that need it are skipped without, and say so. */
export async function hasCurl(): Promise<boolean> {
  try {
    await shell("curl --version");
    return true;
  } catch {
    // deno-lint-ignore no-console -- a notice for whoever runs the tests
    console.warn("The tests of curl lines are skipped: no curl");
    return false;
  }
}
