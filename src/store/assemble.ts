import type { Limits } from "../core/limits.ts";
import { type NeighboursPort, nobody } from "../core/neighbours.ts";
import { type NameClaims, UNCLAIMED } from "../core/name_claims.ts";
import type { Clock, Observer } from "../core/ports.ts";
import type { RoomId } from "../core/types.ts";
import { DIRECT } from "./entry_writer.ts";
import { Journal } from "./journal.ts";
import { KvAccounts } from "./kv_accounts.ts";
import { KvDirectory } from "./kv_directory.ts";
import { KvLog } from "./kv_log.ts";
import { KvMarkers } from "./kv_markers.ts";
import { KvNames } from "./kv_names.ts";
import { KvResumes } from "./kv_resumes.ts";
import { NO_BELL } from "./lane_bell.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import type { Store } from "./open_store.ts";
import { type Pace, REAL_PACE } from "./pace.ts";
import { Sweeper } from "./sweeper.ts";

/** The store's ports on one KV. */
export interface StoreParts<News, Kept> {
  readonly log: KvLog;
  readonly directory: KvDirectory;
  readonly accounts: KvAccounts;
  readonly markers: KvMarkers;
  readonly resumes: KvResumes;
  readonly sweeper: Sweeper;
  /** Absent: no other instance can be on this KV. */
  readonly neighbourhood: Neighbourhood<News, Kept> | undefined;
  readonly neighbours: NeighboursPort<News, Kept>;
  readonly names: NameClaims;
}

/** Puts the store's parts together. */
export function assembleStore<News, Kept>(
  { kv, capabilities, claim, instance }: Omit<Store, "place" | "close">,
  options: {
    readonly observer: Observer;
    readonly clock: Clock;
    readonly limits: Limits;
    readonly historyAgeMaxMs: number;
    /** The process's own, where there is none. */
    readonly pace?: Pace;
  },
): StoreParts<News, Kept> {
  const { observer, clock, limits, historyAgeMaxMs } = options;
  const { pace = REAL_PACE } = options;
  const now = () => clock.now();
  const shared = { kv, capabilities, observer, pace };
  const directory = new KvDirectory({ ...shared, claim, limits });
  const { alone } = capabilities;
  const accountsMax = limits.ACCOUNTS_MAX;
  const accounts = new KvAccounts({ ...shared, accountsMax });
  const journal = new Journal({ ...shared, claim });
  const neighbourhood = alone ? undefined : new Neighbourhood<News, Kept>({
    ...shared,
    now,
    instance,
    heard: {
      entries: (room, entries) => log.heard(room, entries),
      moved: (room, from) => log.listener.moved(room, from),
      missed: () => log.listener.missed(),
      listed: () => directory.heard(),
      wake: (lane) => log.wake(lane),
      settled: () => log.settled(),
    },
  });
  const log: KvLog = new KvLog({
    ...shared,
    claim,
    writer: alone ? journal : DIRECT,
    now,
    noted: (record, entries) => directory.noted(record, entries),
    bellOf: (lane) => neighbourhood?.bellOf(lane) ?? NO_BELL,
  });
  const fold = () => journal.fold();
  const swept = (room: RoomId) => log.swept(room);
  const names = alone ? undefined : new KvNames({ ...shared, instance });
  const sweepNames = async () => await names?.sweep();
  const sweeper = new Sweeper({
    ...shared,
    ...{ now, fold, swept, sweepNames, historyAgeMaxMs },
  });
  const markers = new KvMarkers(shared);
  const resumes = new KvResumes({ ...shared, clock, limits });
  return {
    log,
    directory,
    accounts,
    markers,
    resumes,
    sweeper,
    neighbourhood,
    neighbours: neighbourhood ?? nobody(),
    names: names ?? UNCLAIMED,
  };
}
