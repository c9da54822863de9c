/** The file that takes up space until it is given back. */
const BALLAST = "ballast";

/** A file system of its own that is soon full: a tmpfs, unmounted afterwards. */
export class SmallDisk implements AsyncDisposable {
  readonly folder: string;
  /** Why there is none; "" if there is. It takes Linux and the right to mount. */
  readonly missing: string;

  private constructor(folder: string, missing: string) {
    this.folder = folder;
    this.missing = missing;
  }

  /** Mounts one of which `ballast` bytes are taken. */
  static async mount(
    { bytes, ballast }: { bytes: number; ballast: number },
  ): Promise<SmallDisk> {
    const folder = await Deno.makeTempDir({ prefix: "parley-disk-" });
    const options = `size=${bytes},mode=700`;
    const missing = Deno.build.os === "linux"
      ? await run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder])
      : "needs Linux";
    if (missing === "") {
      await Deno.writeFile(`${folder}/${BALLAST}`, new Uint8Array(ballast));
    }
    return new SmallDisk(folder, missing);
  }

  /** Gives the ballast's space back. */
  async free(): Promise<void> {
    await Deno.remove(`${this.folder}/${BALLAST}`);
  }

  /** Copies the KV file, with what SQLite keeps beside it, to where there is space. */
  async copy(name: string, to: string): Promise<void> {
    for await (const file of Deno.readDir(this.folder)) {
      // The -shm file is rebuilt, and the lock is of no use.
      if (file.name !== name && file.name !== `${name}-wal`) continue;
      await Deno.copyFile(`${this.folder}/${file.name}`, `${to}/${file.name}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const why = this.missing === "" ? await run(["umount", this.folder]) : "";
    if (why !== "") throw new Error(`Cannot unmount: ${why}`);
    await Deno.remove(this.folder);
  }
}

/** Why a program failed; "" if it did not. */
async function run(
  [program = "", ...args]: readonly string[],
): Promise<string> {
  try {
    const { success, stderr } = await new Deno.Command(program, {
      args: [...args],
    }).output();
    return success ? "" : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return String(error);
  }
}
