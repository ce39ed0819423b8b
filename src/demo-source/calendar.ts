const dayMs = 86_400_000

/** Days since 1970-01-01. A `RangeError` if the text isn't a real ISO date. */
export function dayNumber(isoDay: string): number {
  const day = Date.parse(`${isoDay}T00:00:00Z`) / dayMs
  if (!Number.isInteger(day) || isoDate(day) !== isoDay) throw new RangeError(`not an ISO date: ${isoDay}`)
  return day
}

/** The ISO date of a day number. */
export function isoDate(day: number): string {
  return timestamp(day, 0).slice(0, 10)
}

/** The ISO time, in UTC, of a second of a day. */
export function timestamp(day: number, second: number): string {
  return new Date(day * dayMs + second * 1000).toISOString()
}

/** 0 on a Monday … 6 on a Sunday. */
export function weekday(day: number): number {
  // Day 0 was a Thursday.
  return (((day + 3) % 7) + 7) % 7
}

/** The Monday of the day's ISO week. */
export function mondayOf(day: number): number {
  return day - weekday(day)
}
