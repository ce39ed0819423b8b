/** A week held against its own past, as the stage `waste_trend` does it for people: here for teams, projects and kinds. */

const WEEKS_BEFORE = 8
const LEAST = 4
const FLAGGED_FROM = 2

export interface WeekRatio {
  week: string
  ratio: number | null
}

export interface AgainstBaseline extends WeekRatio {
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
export function againstBaseline(weeks: readonly WeekRatio[]): AgainstBaseline[] {
  return weeks.map((week, index) => {
    const past = weeks.slice(Math.max(0, index - WEEKS_BEFORE), index).flatMap(({ ratio }) => ratio ?? [])
    if (past.length < LEAST) return { ...week, mean: null, deviation: null, zScore: null, isFlagged: false }
    const mean = past.reduce((sum, ratio) => sum + ratio, 0) / past.length
    const deviation = Math.sqrt(past.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / (past.length - 1))
    const zScore = week.ratio === null || deviation === 0 ? null : (week.ratio - mean) / deviation
    return { ...week, mean, deviation, zScore, isFlagged: zScore !== null && zScore >= FLAGGED_FROM }
  })
}
