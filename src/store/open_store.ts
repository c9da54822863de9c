/**
 * Opening the KV that a setting names.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { isAttached } from "./attached.ts";
import { type Capabilities, LOCAL, NETWORK } from "./capabilities.ts";
import { keys, SCHEMA_VERSION } from "./keys.ts";
import { delay, REAL_PACE } from "./pace.ts";
import { retryLocked, within } from "./retry.ts";
import { ROOM_CHECKS, type WriterClaim, WriterFence } from "./writer_claim.ts";

/** Only the owner may look into the folder of the data. */
const FOLDER_MODE = 0o700;

/** Only the owner may read and write the data. */
const FILE_MODE = 0o600;

/** How long a lock is waited for, in ms: a killed process holds it a while. */
const LOCK_WAIT_MS = 2_000;

/** The first pause before a KV service is tried again, in ms. */
const SERVICE_PAUSE_MS = 500;

/** The longest one, in ms. */
const SERVICE_PAUSE_MS_MAX = 5_000;

/** How long it may take to answer when it is opened, in ms. */
const SERVICE_REPLY_MS = 10_000;

/** What it says to whoever has no business there: no use to try again. */
const FORBIDDEN = /\b40[13]\b|unauthorized|forbidden|access token|invalid url/i;

/** Where it was asked: that may look like an answer. */
const ADDRESSES = /https?:\/\/[^\s'"]+/g;

/** The pause between tries to get it, in ms. */
const LOCK_PAUSE_MS = 20;

/** The files that SQLite puts beside a database. */
const SIDE_FILES = ["-wal", "-shm"];

/** Why a store could not be opened, in words for the operator. */
export class StoreError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
  }
}

/** A KV with what it allows. */
export interface Store {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly claim: WriterClaim;
  /** This process's id among those that are on the KV. */
  readonly instance: string;
  /** Where the data lies, for people. */
  readonly place: string;
  close(): void;
}

/** How to open a store. */
export interface StoreOptions {
  /** A path, `:memory:`, an http(s) URL, or "" for the platform's own. */
  readonly location: string;
  readonly instance: string;
  /** Another process took the store over; called once. */
  readonly lost: () => void;
  /** A KV service does not answer; it is tried again, for ever. */
  readonly waits: (why: string) => void;
}

/**
 * Opens the store, alone on it if it is a file.
 *
 * @throws {StoreError} It is in use, cannot be opened, or is of another version.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { location } = options;
  if (location === "") return await openAttached(options);
  if (/^https?:\/\//.test(location)) {
    return await openRemote(location, options);
  }
  if (location === ":memory:") {
    const kv = await Deno.openKv(":memory:");
    return await finishLocal(kv, options, { place: "memory only" });
  }
  const path = resolve(location);
  const lock = await makeFile(path);
  try {
    const kv = await Deno.openKv(path);
    return await finishLocal(kv, options, { place: path, lock });
  } catch (error) {
    lock.close();
    if (error instanceof StoreError) throw error;
    throw new StoreError(`Cannot open ${path}: ${messageOf(error)}`);
  }
}

/** Where none is attached there is a KV all the same: it would be lost. */
async function openAttached(options: StoreOptions): Promise<Store> {
  if (await isAttached()) return await openRemote(undefined, options);
  throw new StoreError(
    "Cannot open the attached database: none is attached; attach a Deno KV database to the app, or name one by PARLEY_KV",
  );
}

/** Whoever starts before its KV service waits for it. */
async function openRemote(
  url: string | undefined,
  { instance, waits }: StoreOptions,
): Promise<Store> {
  const place = url === undefined ? "attached KV database" : hostOf(url);
  for (let pauseMs = SERVICE_PAUSE_MS;; pauseMs *= 2) {
    try {
      const kv = await openService(url);
      const close = () => kv.close();
      const shared = { capabilities: NETWORK, claim: ROOM_CHECKS, instance };
      return { kv, ...shared, place, close };
    } catch (error) {
      if (error instanceof StoreError) throw error;
      const why = messageOf(error);
      if (isForbidden(why)) {
        throw new StoreError(`Cannot open ${place}: ${why}`);
      }
      waits(`Cannot open ${place} yet: ${why}`);
      await delay(Math.min(pauseMs, SERVICE_PAUSE_MS_MAX), REAL_PACE);
    }
  }
}

/** Whether a KV service that says so will never let us in. */
export function isForbidden(why: string): boolean {
  return FORBIDDEN.test(why.replaceAll(ADDRESSES, ""));
}

async function openService(url: string | undefined): Promise<Deno.Kv> {
  const kv = await Deno.openKv(url);
  try {
    const limit = { ms: SERVICE_REPLY_MS, pace: REAL_PACE };
    await within(checkSchema(kv), limit);
    return kv;
  } catch (error) {
    kv.close();
    throw error;
  }
}

async function finishLocal(
  kv: Deno.Kv,
  { instance, lost }: StoreOptions,
  { place, lock }: { place: string; lock?: Deno.FsFile },
): Promise<Store> {
  try {
    await checkSchema(kv);
    const claim = await retryLocked(
      () => WriterFence.claim(kv, instance, lost),
      REAL_PACE,
    );
    const close = () => {
      kv.close();
      lock?.close();
    };
    return { kv, capabilities: LOCAL, claim, instance, place, close };
  } catch (error) {
    kv.close();
    throw error;
  }
}

/**
 * Makes the file before SQLite does, which would make it readable for all, and
 * locks its neighbour: the system lets the lock go when the process ends,
 * however it ends.
 */
async function makeFile(path: string): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
    const lock = await Deno.open(`${path}.lock`, {
      create: true,
      write: true,
      mode: FILE_MODE,
    });
    if (!await lockWithin(lock, LOCK_WAIT_MS)) {
      lock.close();
      throw new StoreError(`Cannot open ${path}: another parley uses it`);
    }
    const file = await Deno.open(path, {
      create: true,
      write: true,
      mode: FILE_MODE,
    });
    file.close();
    await narrow(path);
    return lock;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`Cannot open ${path}: ${messageOf(error)}`);
  }
}

async function lockWithin(file: Deno.FsFile, ms: number): Promise<boolean> {
  // Deno 2.5 has no locks; the writer fence is there too.
  if (typeof file.tryLock !== "function") return true;
  const deadline = performance.now() + ms;
  while (!await file.tryLock(true)) {
    if (performance.now() > deadline) return false;
    await delay(LOCK_PAUSE_MS, REAL_PACE);
  }
  return true;
}

/** A file of an earlier time may be readable for others. */
async function narrow(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  for (const name of [path, ...SIDE_FILES.map((side) => path + side)]) {
    try {
      await Deno.chmod(name, FILE_MODE);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

async function checkSchema(kv: Deno.Kv): Promise<void> {
  const { value } = await kv.get<number>(keys.schema());
  if (value === SCHEMA_VERSION) return;
  if (value !== null) {
    throw new StoreError(
      `Cannot open the store: its layout is version ${value}, this parley knows ${SCHEMA_VERSION}`,
    );
  }
  await retryLocked(
    () => kv.set(keys.schema(), SCHEMA_VERSION),
    REAL_PACE,
  );
}

/** Without path and query: they may hold secrets. */
function hostOf(url: string): string {
  return URL.parse(url)?.origin ?? "KV service";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
