import type { Counter, Counters, Meter } from "../core/ports.ts";
import type { About, Metrics } from "./metrics.ts";

/** From a free disk to one that hangs, in s. */
const COMMIT_SECONDS = [
  0.000_5,
  0.001,
  0.002_5,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
];

const COMMIT_ENTRIES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/** From instance to instance, in s: 0.02 and 0.1 are what is aimed at. */
const BELL_DELAY_SECONDS = [
  0.001,
  0.002_5,
  0.005,
  0.01,
  0.02,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
];

/** What parley counts, each under its name. */
export function makeMeter(metrics: Metrics): Meter {
  const meter: Meter = {
    ...addSocketMetrics(metrics),
    ...addStoreMetrics(metrics),
    signIns: counters(metrics, {
      name: "sign_ins",
      help: "Sign-ins and sign-ups with a password, by result.",
      labels: ["result"],
    }),
    httpRequests: counters(metrics, {
      name: "http_requests",
      help: "HTTP requests, by route and class of the status.",
      labels: ["route", "status"],
    }),
  };
  // There from the start: a rate needs a zero to grow from.
  for (const outcome of ["landed", "lost_race", "failed"]) {
    meter.commits.by(outcome);
  }
  for (const result of ["ok", "wrong"]) meter.signIns.by(result);
  return meter;
}

function addSocketMetrics(metrics: Metrics) {
  return {
    socketsOpened: counter(metrics, {
      name: "sockets_opened",
      help: "Sockets that were opened.",
    }),
    socketsClosed: counters(metrics, {
      name: "sockets_closed",
      help: "Sockets that have ended, by who ended them and the code.",
      labels: ["by", "code"],
    }),
    slowReadersDropped: counter(metrics, {
      name: "slow_readers_dropped",
      help: "Sockets that were ended because too much waited for them to read.",
    }),
    framesReceived: counter(metrics, {
      name: "frames_received",
      help: "Frames from clients.",
    }),
    framesSent: counter(metrics, {
      name: "frames_sent",
      help: "Frames to clients.",
    }),
    framesRateLimited: counter(metrics, {
      name: "frames_rate_limited",
      help: "Frames that were refused because too many came before.",
    }),
    refusals: counters(metrics, {
      name: "refusals",
      help: "Requests of sessions that were refused, by why.",
      labels: ["code"],
    }),
  };
}

function addStoreMetrics(metrics: Metrics) {
  return {
    commits: counters(metrics, {
      name: "commits",
      help: "Commits of entries, by what became of them.",
      labels: ["outcome"],
    }),
    commitEntries: metrics.histogram({
      name: "parley_commit_entries",
      help: "Entries in a commit that has landed.",
    }, COMMIT_ENTRIES),
    commitSeconds: metrics.histogram({
      name: "parley_commit_duration_seconds",
      help: "Time that a commit took that has landed.",
    }, COMMIT_SECONDS),
    journalFolds: counter(metrics, {
      name: "journal_folds",
      help: "Times that the journal was brought into the rooms' logs.",
    }),
    logReads: counter(metrics, {
      name: "log_reads",
      help: "Reads of rooms' logs from the store.",
    }),
    bellDelaySeconds: metrics.histogram({
      name: "parley_bell_delay_seconds",
      help:
        "Time from the commit of an entry by another instance to its delivery here.",
    }, BELL_DELAY_SECONDS),
  };
}

function counter(metrics: Metrics, about: About): Counter {
  return metrics.counter({ ...about, name: `parley_${about.name}_total` });
}

function counters(metrics: Metrics, about: About): Counters {
  return metrics.counters({ ...about, name: `parley_${about.name}_total` });
}
