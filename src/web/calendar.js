/** Dates as the API has them, ISO text (`2026-03-02`), and as people read them. No clock but `today`. */

const DAY_MS = 86_400_000

/** The calendar date where the reader is. */
export function today(now = new Date()) {
  const two = (number) => String(number).padStart(2, '0')
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

/** The ISO date `days` later (earlier when negative). */
export function addDays(date, days) {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10)
}

/** The Monday of the date's ISO week. */
export function mondayOf(date) {
  return addDays(date, -((new Date(date).getUTCDay() + 6) % 7))
}

/** The Mondays of `count` weeks, the oldest first; the last week is the one that the date lies in. */
export function weeksUntil(date, count) {
  const last = mondayOf(date)
  return Array.from({ length: count }, (_, index) => addDays(last, 7 * (index + 1 - count)))
}

/** True for a day that exists, written as ISO 8601. */
export function isDate(text) {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text
}

/** `Nov 2`. */
export function dayName(date) {
  return format(date, { month: 'short', day: 'numeric' })
}

/** `Nov 2, 2026`. */
export function fullName(date) {
  return format(date, { month: 'short', day: 'numeric', year: 'numeric' })
}

/** `Aug 24 – Nov 22, 2026`; both years where they differ. */
export function spanName(from, to) {
  return `${from.slice(0, 4) === to.slice(0, 4) ? dayName(from) : fullName(from)} – ${fullName(to)}`
}

function format(date, options) {
  return new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' }).format(new Date(date))
}
