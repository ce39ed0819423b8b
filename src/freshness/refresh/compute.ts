/** What a stage reads and the sums that belong to it come out of one statement, and the stage sees nothing else. */
import type { Sql } from '../../cache/database.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { bySlice } from '../slices/by-slice.ts'
import type { SliceRows } from '../slices/slice-rows.ts'
import { annotate, type Means } from './annotate.ts'
import { rowsBySlice } from './check-output.ts'
import type { LockedSlice } from './lock.ts'
import { readInputs } from './read-inputs.ts'
import type { VerifiedSlice } from './verify.ts'

/** A slice with what its stage made of what it read, which had these sums. */
export interface ComputedSlice extends VerifiedSlice {
  rows: SliceRows
}

/** Runs the stage once over the union of what the slices read. @throws StageOutputError where it fails for one of them. */
export async function compute(
  sql: Sql,
  stage: Stage,
  means: Means,
  outdated: readonly LockedSlice[],
): Promise<ComputedSlice[]> {
  if (outdated.length === 0) return []
  const slices = outdated.map(({ slice }) => slice)
  const { tables, sums } = await readInputs(sql, stage, means.tableOf, slices)
  const output = await annotate(sql, means, stage, tables, slices)
  const rows = rowsBySlice(stage, means.tableOf(stage), output, slices)
  return bySlice(outdated, sums).map(([own, { inputSum, sourceSum, needed }]) => {
    return { ...own, sums: { inputSum, sourceSum, needed }, rows: rows.of(own.slice) }
  })
}
