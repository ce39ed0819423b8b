/** To look is not to touch: slices are counted as they stand, and nothing is refreshed. */
import type { Sql } from '../../cache/database.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { windowsAt } from '../slices/slice-sql.ts'
import { standingIn } from '../slices/standing.ts'

/** How many of a stage's slices are fresh, stale, or have no values that could be shown; counted in person-periods. */
export interface SliceCounts {
  fresh: number
  stale: number
  missing: number
}

/** What takes no longer is counted each time. */
const QUICK_MS = 50
/** All else is counted again once so many times as long as it took has passed: so whoever polls it costs a twentieth of a core. */
const PAUSE = 20
const MOST_KEPT = 200

interface Kept {
  counts: SliceCounts & { countedAt: Date }
  until: number
}

/** Counts that took long, for as long as that is to last. */
export class KeptCounts {
  private readonly kept = new Map<string, Kept>()

  /** The counts of this key, or how long ago. @param count Counts them. */
  async of(key: string, count: () => Promise<SliceCounts>): Promise<Kept['counts']> {
    const begun = performance.now()
    const known = this.kept.get(key)
    if (known && begun < known.until) return known.counts
    const countedAt = new Date()
    const counts = { ...(await count()), countedAt }
    const took = performance.now() - begun
    this.kept.delete(key)
    if (this.kept.size >= MOST_KEPT) this.kept.clear()
    if (took > QUICK_MS) this.kept.set(key, { counts, until: begun + took * (1 + PAUSE) })
    return counts
  }
}

/** Counts the stage's slices in the windows, as they are: nothing is refreshed. */
export async function countSlices(sql: Sql, stage: Stage, windows: readonly Window[]): Promise<SliceCounts> {
  const [counts] = await sql<SliceCounts>(
    `WITH ${windowsAt('windows')}
     SELECT count(*) FILTER (WHERE source_sum = needed) AS fresh,
       count(*) FILTER (WHERE source_sum <> needed) AS stale,
       count(*) FILTER (WHERE source_sum IS NULL) AS missing
     FROM (${standingIn('windows', stage)}) standing`,
    windowColumns(windows),
  )
  return counts ?? { fresh: 0, stale: 0, missing: 0 }
}
