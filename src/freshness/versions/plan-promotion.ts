/** What promoting a version would change is known before anything is computed for it. */
import type { Sql } from '../../cache/database.ts'
import { windowColumns } from '../../model/window.ts'
import { countSlices } from '../read/count-slices.ts'
import { slicesIn, windowsAt } from '../slices/slice-sql.ts'
import { type ComparedTables, comparedRowsSql } from './compare-versions.ts'

/** What becomes of a stage whose logic is another one then. */
export interface PlannedStage {
  /** The first and the last day of what there is of it; null where there is nothing. */
  from: string | null
  to: string | null
  personPeriods: number
  /** Those that have been computed by the new logic, and are up to date. */
  computed: number
  /** Annotations that both have computed, and how many of those differ, or are there by one alone. */
  compared: number
  different: number
}

/** Without a base nothing is compared: this build lacks the version that answers. */
export async function planStage(
  sql: Sql,
  { base, candidate }: Pick<ComparedTables, 'candidate'> & Partial<ComparedTables>,
): Promise<PlannedStage> {
  const { stage, windows } = candidate
  const { fresh, stale, missing } = await countSlices(sql, stage, windows)
  const [span] = await sql<{ from: string | null; to: string | null }>(
    `WITH ${windowsAt('windows')}
     SELECT min(slice.start_date) AS from, max(slice.end_date) AS to FROM ${slicesIn('windows', [stage.subject.sourceLogic])}`,
    windowColumns(windows),
  )
  const [rows] = base
    ? await sql<{ compared: number; different: number }>(
        `WITH ${windowsAt('windows')} ${comparedRowsSql({ base, candidate })}`,
        windowColumns(windows),
      )
    : []
  return {
    ...(span ?? { from: null, to: null }),
    personPeriods: fresh + stale + missing,
    computed: fresh,
    ...(rows ?? { compared: 0, different: 0 }),
  }
}
