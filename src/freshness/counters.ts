import { SOURCE_LOGIC } from '../cache/entities/slice.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { sourceSum } from './slice-sql.ts'

/** The counters of what a slice reads, summed. */
export interface Counters {
  /** The sum of the revisions. */
  inputs: number
  /** The sum of the source revisions that what it reads reflects; null while a part of that has no values. */
  verified: number | null
  /** What `verified` must be for the slice to be fresh. */
  needed: number
}

/**
 * SQL for the counters of each slice of the relation `asked (user_id, start_date, end_date)`: rows of the slice,
 * `inputs`, `verified`, `needed`. Where a stage reads several tables, the one that is furthest behind counts.
 */
export function countersSql(stage: Stage): string {
  const reads = [
    ...(stage.readsActivities ? [sourceRead(stage)] : []),
    ...stage.stages.map((read) => stageRead(stage, read)),
  ]
  // What is read of the source may be all that the slice depends on.
  const isSourceAll = stage.readsActivities && stage.daysBack === stage.lookbackDays
  const needed = isSourceAll ? 'read_0.inputs' : sourceSum('asked', stage.daysBack)
  const names = reads.map((_, i) => `read_${i}`)
  const anyUnknown = names.map((name) => `${name}.verified IS NULL`).join(' OR ')
  return `SELECT asked.user_id, asked.start_date, asked.end_date,
    ${names.map((name) => `${name}.inputs`).join(' + ')} AS inputs,
    CASE WHEN ${anyUnknown} THEN NULL ELSE least(${names.map((name) => `${name}.verified`).join(', ')}) END AS verified,
    ${needed} AS needed
  FROM asked
  ${reads.map((read, i) => `CROSS JOIN LATERAL (${read}) read_${i}`).join('\n  ')}`
}

function stageRead(stage: Stage, read: Stage): string {
  const inPeriod =
    read.definition.period === 'sprint'
      ? 'slice.start_date = asked.start_date AND slice.end_date = asked.end_date'
      : `slice.start_date BETWEEN asked.start_date - ${stage.lookbackDays} AND asked.end_date`
  return `SELECT coalesce(sum(slice.revision), 0)::bigint AS inputs,
      CASE WHEN count(*) = count(slice.verified) THEN coalesce(sum(slice.verified), 0)::bigint END AS verified
    FROM slice
    WHERE slice.logic = '${read.logic}' AND slice.user_id = asked.user_id AND ${inPeriod}`
}

function sourceRead(stage: Stage): string {
  return `SELECT coalesce(sum(slice.revision), 0)::bigint AS inputs, coalesce(sum(slice.revision), 0)::bigint AS verified
    FROM slice
    WHERE slice.logic = '${SOURCE_LOGIC}' AND slice.user_id = asked.user_id
      AND slice.start_date BETWEEN asked.start_date - ${stage.lookbackDays} AND asked.end_date`
}
