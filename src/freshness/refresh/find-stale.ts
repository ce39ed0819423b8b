/** Nothing stale is overlooked, and nothing fresh is looked at twice: sums are compared, one for each slice or window. */
import { fencedLookUp, type Sql } from '../../cache/database.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { startsIn, windowsAt } from '../slices/slice-sql.ts'
import { isOfOneSource, neededIn, sourceLogicOf } from '../slices/source-sum.ts'
import { windowsFor } from '../slices/stage-windows.ts'
import { prunesOf, standingIn } from '../slices/standing.ts'

export interface StaleSlices {
  /** How many slices lie in the windows. */
  checked: number
  /** Those whose values don't reflect the source as it is now. */
  stale: Window[]
  /** Those of the stale that were never computed. */
  untried: Window[]
  /** How many of the stale were computed once and must not be taken: they, or what they read, were discarded or are torn. */
  unusable: number
  /** How often slices of the stage were pruned; null where its logic was never used. */
  prunes: number | null
}

/**
 * Finds the slices of a stage in the windows that are not fresh: one comparison each, however deep the cascade. Where
 * `most` is given, so many of them at most, and what is unusable among those.
 */
export async function findStale(
  sql: Sql,
  stage: Stage,
  windows: readonly Window[],
  most: number | null = null,
): Promise<StaleSlices> {
  const asked = windowsFor(stage.period, windows)
  const text = isOfOneSource(stage) ? staleInWindowsBehind(stage) : staleInWindows(stage)
  const [found] = await sql<{
    checked: number
    unusable: number
    prunes: number | null
    subjects: string[]
    from: string[]
    to: string[]
    untried: boolean[]
  }>(text, [...windowColumns(asked), most])
  const { checked = 0, unusable = 0, prunes = null, subjects = [], from = [], to = [], untried = [] } = found ?? {}
  const stale = subjects.map((subjectId, i) => ({ subjectId, from: from[i] ?? '', to: to[i] ?? '' }))
  return { checked, stale, untried: stale.filter((_, i) => untried[i]), unusable, prunes }
}

function staleInWindows(stage: Stage): string {
  return `WITH ${windowsAt('windows')}, standing AS MATERIALIZED (${standingIn('windows', stage)})
     SELECT (SELECT count(*) FROM standing) AS checked, ${prunesOf(stage)} AS prunes, ${STALE_COLUMNS}
     FROM ${staleOf('standing')} stale`
}

/**
 * The same, where each slice depends on one of the source: the windows' sums are compared first, and slices one by one only
 * where they differ. No slice is ahead of its source, so equal sums of equally many slices mean that each is equal: what
 * this costs where all is fresh is one pass over the counters.
 */
function staleInWindowsBehind(stage: Stage): string {
  return `WITH ${windowsAt('windows')}, summed AS MATERIALIZED (${summedIn('windows', stage)}),
     behind AS (SELECT * FROM summed WHERE needed <> source_sum OR slices <> usable)
     SELECT (SELECT coalesce(sum(slices), 0)::bigint FROM summed) AS checked, ${prunesOf(stage)} AS prunes, ${STALE_COLUMNS}
     FROM ${staleOf(`(${standingIn('behind', stage)}) standing`)} stale`
}

/**
 * SQL for windows, a relation, with what their slices of such a stage come to: how many there are, how many have values that are
 * usable, and the sums of what they need and of what those reflect.
 */
export function summedIn(windows: string, stage: Stage): string {
  // Slices of the source have no `source_sum`.
  const sums = `SELECT count(*) FILTER (WHERE logic = '${sourceLogicOf(stage)}') AS slices, count(source_sum) AS usable,
      ${neededIn('slice', stage)} AS needed, coalesce(sum(source_sum), 0) AS source_sum
    FROM slice
    WHERE ${startsIn(windows, [sourceLogicOf(stage), stage.logic], stage.period)}`
  return `SELECT ${windows}.*, sums.* FROM ${windows} CROSS JOIN ${fencedLookUp(sums)} sums`
}

function staleOf(standing: string): string {
  return `(SELECT * FROM ${standing} WHERE source_sum IS DISTINCT FROM needed LIMIT $4)`
}

const STALE_COLUMNS = [
  'count(computed_at) FILTER (WHERE source_sum IS NULL) AS unusable',
  ...Object.entries({ subjects: 'subject_id', from: 'start_date', to: 'end_date', untried: 'computed_at IS NULL' }).map(
    ([name, column]) => `coalesce(json_agg(${column}), '[]') AS "${name}"`,
  ),
].join(', ')
