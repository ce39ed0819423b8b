/** To look is not to touch: slices are counted as they stand, and nothing is refreshed. */
import { LRUCache } from 'lru-cache'
import type { Sql } from '../../cache/database.ts'
import { Lanes } from '../../model/lanes.ts'
import { neverAborted } from '../../model/until-aborted.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { summedIn } from '../refresh/find-stale.ts'
import { windowsAt } from '../slices/slice-sql.ts'
import { isOfOneSource } from '../slices/source-sum.ts'
import { standingIn } from '../slices/standing.ts'

/** How many of a stage's slices are fresh, stale, or have no values that could be shown; counted in person-periods. */
export interface SliceCounts {
  fresh: number
  stale: number
  missing: number
}

/** Slices that take up so many bytes, some 100,000, are counted whenever somebody asks. */
const FEW_BYTES = 16 * 1024 * 1024

/** Whether there are so few slices that they may be counted each time. */
export async function areFewSlices(sql: Sql): Promise<boolean> {
  const [size] = await sql<{ isSmall: boolean }>(`SELECT pg_relation_size('slice') <= $1 AS "isSmall"`, [FEW_BYTES])
  return size?.isSmall ?? true
}

/** All else is counted again once so many times as long as it took has passed: so whoever polls it costs a twentieth of a core. */
const PAUSE = 20
const MOST_KEPT = 200

interface Kept {
  counts: (SliceCounts & { countedAt: Date }) | undefined
  until: number
  underWay: Promise<SliceCounts & { countedAt: Date }> | undefined
}

/** Counts of many slices: one after the other, and beside whoever asks, who is told those before meanwhile. */
export class KeptCounts {
  private readonly kept = new LRUCache<string, Kept>({ max: MOST_KEPT })
  private readonly lane = new Lanes(1)

  /** The counts of this key. @param count Counts them. */
  async of(key: string, count: () => Promise<SliceCounts>): Promise<SliceCounts & { countedAt: Date }> {
    const known = this.kept.get(key) ?? { counts: undefined, until: 0, underWay: undefined }
    this.kept.set(key, known)
    if (!known.underWay && performance.now() >= known.until) {
      known.underWay = this.lane
        .run(neverAborted(), () => this.count(known, count))
        .finally(() => {
          known.underWay = undefined
        })
      // Who waits for it is told; nobody else need be.
      known.underWay.catch(() => undefined)
    }
    return known.counts ?? (known.underWay as NonNullable<Kept['underWay']>)
  }

  private async count(known: Kept, count: () => Promise<SliceCounts>): Promise<SliceCounts & { countedAt: Date }> {
    const begun = performance.now()
    const countedAt = new Date()
    const counts = { ...(await count()), countedAt }
    known.counts = counts
    known.until = performance.now() + PAUSE * (performance.now() - begun)
    return counts
  }
}

/**
 * Counts the stage's slices in the windows, as they are: nothing is refreshed. Where each depends on one of the source, windows
 * are summed up first, and those alone are looked into that are neither fresh nor missing as a whole.
 */
export async function countSlices(sql: Sql, stage: Stage, windows: readonly Window[]): Promise<SliceCounts> {
  const isSummed = isOfOneSource(stage)
  const summed = isSummed
    ? `, summed AS MATERIALIZED (${summedIn('windows', stage)}),
       looked_into AS (SELECT * FROM summed WHERE usable > 0 AND (needed <> source_sum OR slices <> usable))`
    : ''
  const whole = (condition: string) =>
    isSummed ? `(SELECT coalesce(sum(slices), 0)::bigint FROM summed WHERE ${condition}) + ` : ''
  const [counts] = await sql<SliceCounts>(
    `WITH ${windowsAt('windows')}${summed}
     SELECT ${whole('usable > 0 AND needed = source_sum AND slices = usable')}count(*) FILTER (WHERE source_sum = needed) AS fresh,
       count(*) FILTER (WHERE source_sum <> needed) AS stale,
       ${whole('usable = 0')}count(*) FILTER (WHERE source_sum IS NULL) AS missing
     FROM (${standingIn(isSummed ? 'looked_into' : 'windows', stage)}) standing`,
    windowColumns(windows),
  )
  return counts ?? { fresh: 0, stale: 0, missing: 0 }
}
