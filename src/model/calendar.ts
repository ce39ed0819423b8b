/** Stands for an ISO calendar date in type declarations; the values are plain text. */
export class CalendarDate {}

/** Activities and sprints lie from here to `LAST_DATE`. */
export const FIRST_DATE = '1900-01-01'
export const LAST_DATE = '2200-12-31'

const DAY_MS = 86_400_000
const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** True for a calendar day that exists, written as ISO 8601 (`2026-03-02`). */
export function isIsoDate(text: string): boolean {
  if (!ISO_DATE.test(text)) return false
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))]
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = (MONTH_DAYS[month - 1] ?? 0) + (month === 2 && isLeap ? 1 : 0)
  return day >= 1 && day <= days
}

/** Today's ISO date in UTC. */
export function utcToday(): string {
  return isoDate(Math.floor(Date.now() / DAY_MS))
}

/** The ISO date `days` later (earlier when negative). */
export function addDays(date: string, days: number): string {
  return isoDate(dayNumber(date) + days)
}

/** The Monday of the date's ISO week. */
export function weekStart(date: string): string {
  const day = dayNumber(date)
  // 1970-01-01 was a Thursday, three days after its Monday.
  return isoDate(day - ((((day + 3) % 7) + 7) % 7))
}

/** The Sunday of the date's ISO week. */
export function weekEnd(date: string): string {
  return addDays(weekStart(date), 6)
}

/** The first day of the date's month. */
export function monthStart(date: string): string {
  return `${date.slice(0, 7)}-01`
}

/** Every ISO date from `from` to `to`, both included. */
export function datesBetween(from: string, to: string): string[] {
  const first = dayNumber(from)
  const count = dayNumber(to) - first + 1
  return Array.from({ length: Math.max(0, count) }, (_, i) => isoDate(first + i))
}

/** How many days there are from `from` to `to`, both included; 0 where there is none. */
export function daysBetween(from: string, to: string): number {
  return Math.max(0, dayNumber(to) - dayNumber(from) + 1)
}

/** The same dates come again and again, by the thousand: so many are remembered. */
const MOST_REMEMBERED = 10_000

const dayNumber = remembered((date: string) => Date.parse(`${date}T00:00:00Z`) / DAY_MS)

const isoDate = remembered((day: number) =>
  Number.isFinite(day) ? new Date(day * DAY_MS).toISOString().slice(0, 10) : 'not a date',
)

function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>()
  return (key) => {
    let value = made.get(key)
    if (value === undefined) {
      value = make(key)
      if (made.size >= MOST_REMEMBERED) made.clear()
      made.set(key, value)
    }
    return value
  }
}
