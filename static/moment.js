/**
 * Times in the words of the reader's language.
 *
 * @module
 */

const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
const both = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "short",
});

/** @param {number} at ms since the epoch, as all of these. */
export function timeOf(at) {
  return time.format(at);
}

export function dayOf(at) {
  return day.format(at);
}

/** The time, with its day unless that is today. */
export function momentOf(at) {
  return dayOf(at) === dayOf(Date.now()) ? timeOf(at) : both.format(at);
}

export function fullMomentOf(at) {
  return both.format(at);
}

/** Whether two times are of one day, here. */
export function isSameDay(one, other) {
  const a = new Date(one);
  const b = new Date(other);
  return a.getDate() === b.getDate() && a.getMonth() === b.getMonth() &&
    a.getFullYear() === b.getFullYear();
}
