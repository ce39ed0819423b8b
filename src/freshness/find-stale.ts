import { lookUp, type Sql } from '../cache/database.ts'
import { SOURCE_LOGIC } from '../cache/entities/slice.ts'
import { type Window, windowColumns } from '../model/window.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { isOfLogic, isOfOneDay, standingSql } from './slice-sql.ts'
import { windowsFor } from './stage-windows.ts'

export interface StaleSlices {
  /** How many slices lie in the windows. */
  checked: number
  /** Those whose values don't reflect the source as it is now. */
  stale: Window[]
  /** How many of the stale were computed once and must not be taken: they, or what they read, were discarded or are torn. */
  unusable: number
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
  const asked = windowsFor(stage.definition.period, windows)
  const text = isOfOneDay(stage) ? staleInWindowsBehind(stage) : staleInWindows(stage)
  const [found] = await sql<{ checked: number; unusable: number; users: string[]; from: string[]; to: string[] }>(
    text,
    [...windowColumns(asked), most],
  )
  const { checked = 0, unusable = 0, users = [], from = [], to = [] } = found ?? {}
  return { checked, stale: users.map((userId, i) => ({ userId, from: from[i] ?? '', to: to[i] ?? '' })), unusable }
}

function staleInWindows(stage: Stage): string {
  return `WITH standing AS MATERIALIZED (${standingSql(stage)})
     SELECT (SELECT count(*) FROM standing) AS checked, ${STALE_COLUMNS}
     FROM ${staleOf('standing')} stale`
}

/**
 * The same, where each slice depends on its own day: the windows' sums are compared first, and slices one by one only
 * where they differ. No slice is ahead of its source, so equal sums of equally many slices mean that each is equal: what
 * this costs where all is fresh is one pass over the counters.
 */
function staleInWindowsBehind(stage: Stage): string {
  const ofSource = `FILTER (WHERE logic = '${SOURCE_LOGIC}')`
  // Slices of the source have no `verified`.
  const sums = `SELECT count(*) ${ofSource} AS slices, count(verified) AS known,
      coalesce(sum(revision) ${ofSource}, 0) AS needed, coalesce(sum(verified), 0) AS verified
    FROM slice
    WHERE user_id = asked.user_id AND start_date BETWEEN asked.first_date AND asked.last_date
      AND ${isOfLogic([SOURCE_LOGIC, stage.logic])}`
  const behind = '(SELECT * FROM summed WHERE needed <> verified OR slices <> known) w'
  return `WITH summed AS MATERIALIZED (
       SELECT asked.*, sums.*
       FROM unnest($1::uuid[], $2::date[], $3::date[]) AS asked (user_id, first_date, last_date)
       CROSS JOIN ${lookUp(sums)} sums
     )
     SELECT (SELECT coalesce(sum(slices), 0)::bigint FROM summed) AS checked, ${STALE_COLUMNS}
     FROM ${staleOf(`(${standingSql(stage, behind)}) standing`)} stale`
}

function staleOf(standing: string): string {
  return `(SELECT * FROM ${standing} WHERE verified IS DISTINCT FROM needed LIMIT $4)`
}

const STALE_COLUMNS = [
  'count(computed_at) FILTER (WHERE verified IS NULL) AS unusable',
  ...Object.entries({ users: 'user_id', from: 'start_date', to: 'end_date' }).map(
    ([name, column]) => `coalesce(json_agg(${column}), '[]') AS "${name}"`,
  ),
].join(', ')
