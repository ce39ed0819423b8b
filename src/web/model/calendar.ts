/** Dates as the API has them, ISO text (`2026-03-02`), and as people read them. No clock but `today`. */

const DAY_MS = 86_400_000

/** The calendar date where the reader is. */
export function today(now = new Date()): string {
  const two = (number: number) => String(number).padStart(2, '0')
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

/** The ISO date `days` later (earlier when negative). */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10)
}

/** How many days lie in a range, both ends included. */
export function daysIn({ from, to }: Range): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1
}

/** Days from one date to another, both included. */
export interface Range {
  from: string
  to: string
}

/** The Monday of the date's ISO week. */
export function mondayOf(date: string): string {
  return addDays(date, -((new Date(date).getUTCDay() + 6) % 7))
}

/** The Mondays of `count` weeks, the oldest first; the last week is the one that the date lies in. */
export function weeksUntil(date: string, count: number): string[] {
  const last = mondayOf(date)
  return Array.from({ length: count }, (_, index) => addDays(last, 7 * (index + 1 - count)))
}

/** True for a day that exists, written as ISO 8601, from 1900 to 2200. */
export function isDate(text: string | null | undefined): text is string {
  if (!text || !/^(19|20|21)\d{2}-\d{2}-\d{2}$/.test(text)) return false
  return !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text
}

/** `Nov 2`, as the reader's language has it. */
export function dayName(date: string, locale?: string): string {
  return format(date, { month: 'short', day: 'numeric' }, locale)
}

/** `Nov 2, 2026`. */
export function fullName(date: string, locale?: string): string {
  return format(date, { month: 'short', day: 'numeric', year: 'numeric' }, locale)
}

/** `Aug 24 – Nov 22, 2026`; one day where it is one. */
export function spanName({ from, to }: Range, locale?: string): string {
  const options = { month: 'short', day: 'numeric', year: 'numeric', timeZone: 'UTC' } as const
  return new Intl.DateTimeFormat(locale, options).formatRange(new Date(from), new Date(to))
}

/** `Nov 2, 2026, 14:30`, by the reader's clock. */
export function momentName(iso: string, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso))
}

const UNITS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** `3 minutes ago`, in the language of the sentence around it; by the service's clock, so never in the future. */
export function ago(iso: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1_000)
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? ['second', 1]
  return new Intl.RelativeTimeFormat('en').format(-Math.floor(seconds / size), unit)
}

function format(date: string, options: Intl.DateTimeFormatOptions, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(new Date(date))
}
