/**
 * main.ts with two bugs that nobody handles: at SIGUSR1 a timer throws and a
 * promise is rejected.
 *
 * @module
 */
Deno.addSignalListener("SIGUSR1", () => {
  setTimeout(() => {
    throw new Error("slipped out of a timer\nand forged a line");
  });
  Promise.reject(new Error("slipped out of a promise"));
});

await import("../../main.ts");
