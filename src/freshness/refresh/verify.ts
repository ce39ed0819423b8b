/** No stage runs for a slice unless something that it reads differs: the sum of its inputs says whether. */
import { fencedLookUp, type Sql } from '../../cache/database.ts'
import { bySubjectAndDate, type Window } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { bySlice } from '../slices/by-slice.ts'
import { isSliceOf } from '../slices/slice-sql.ts'
import { READING, readingValues, type Sums, sumsOf } from '../slices/sums.ts'
import type { LockedSlice } from './lock.ts'

/** A slice whose values are those of what it reads now, which has these sums. */
export interface VerifiedSlice extends LockedSlice {
  sums: Sums
}

/**
 * Looks at locked slices again, as another process may have done the work meanwhile. Those that are fresh by now are
 * neither verified nor outdated.
 */
export async function verify(
  sql: Sql,
  stage: Stage,
  locked: readonly LockedSlice[],
): Promise<{ verified: VerifiedSlice[]; outdated: LockedSlice[] }> {
  const verified: VerifiedSlice[] = []
  const outdated = locked.filter(({ inputSum }) => inputSum === null)
  const known = locked.filter(({ inputSum }) => inputSum !== null)
  for (const [own, { isFresh, ...sums }] of bySlice(known, await readSums(sql, stage, known))) {
    if (isFresh) continue
    if (own.inputSum === sums.inputSum) verified.push({ ...own, sums })
    else outdated.push(own)
  }
  outdated.sort((a, b) => bySubjectAndDate(a.slice, b.slice))
  return { verified, outdated }
}

async function readSums(
  sql: Sql,
  stage: Stage,
  slices: readonly LockedSlice[],
): Promise<(Window & Sums & { isFresh: boolean })[]> {
  if (slices.length === 0) return []
  const own = `SELECT source_sum FROM slice WHERE logic = '${stage.logic}' AND ${isSliceOf('sums')}`
  return sql(
    `${READING}
     SELECT sums.subject_id AS "subjectId", sums.start_date AS "from", sums.end_date AS "to", sums.input_sum AS "inputSum",
       sums.source_sum AS "sourceSum", sums.needed,
       own.source_sum IS NOT DISTINCT FROM sums.needed AS "isFresh"
     FROM (${sumsOf(stage, { slices: 'asked', days: 'days' })}) sums CROSS JOIN ${fencedLookUp(own)} own`,
    readingValues(
      stage,
      slices.map(({ slice }) => slice),
    ),
  )
}
