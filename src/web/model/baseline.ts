/** A week held against its own past, as the stage `waste_trend` does it for people: here for teams, projects and kinds. */

const WEEKS_BEFORE = 8
const LEAST = 4
const FLAGGED_FROM = 2

export interface WeekValue {
  week: string
  /** Of whatever is held against each other: shares, hours. */
  value: number | null
}

export interface AgainstBaseline extends WeekValue {
  mean: number | null
  /** Of the sample (n − 1). */
  deviation: number | null
  zScore: number | null
  isFlagged: boolean
}

/**
 * Each week against the mean of those of the 8 weeks before it that have time; null where fewer than 4 have.
 * @param weeks the oldest first, none left out
 */
export function againstBaseline(weeks: readonly WeekValue[]): AgainstBaseline[] {
  return weeks.map((week, index) => {
    const past = weeks.slice(Math.max(0, index - WEEKS_BEFORE), index).flatMap(({ value }) => value ?? [])
    if (past.length < LEAST) return { ...week, mean: null, deviation: null, zScore: null, isFlagged: false }
    const mean = past.reduce((sum, value) => sum + value, 0) / past.length
    const deviation = Math.sqrt(past.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (past.length - 1))
    const zScore = week.value === null || deviation === 0 ? null : (week.value - mean) / deviation
    return { ...week, mean, deviation, zScore, isFlagged: zScore !== null && zScore >= FLAGGED_FROM }
  })
}
