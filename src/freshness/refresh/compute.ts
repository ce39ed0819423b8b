/** What a stage reads and the sums that belong to it come out of one statement, and the stage sees nothing else. */
import type { ColumnTable } from 'arquero'
import type { Sql } from '../../cache/database.ts'
import { StageOutputError } from '../../model/errors.ts'
import type { Window } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { bySlice } from '../slices/by-slice.ts'
import type { SliceRows } from '../slices/slice-rows.ts'
import type { TableOf } from '../slices/stage-table.ts'
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
  tableOf: TableOf,
  outdated: readonly LockedSlice[],
): Promise<ComputedSlice[]> {
  if (outdated.length === 0) return []
  const slices = outdated.map(({ slice }) => slice)
  const { tables, sums } = await readInputs(sql, stage, tableOf, slices)
  const rows = rowsBySlice(stage, tableOf(stage), annotate(stage, tables, slices), slices)
  return bySlice(outdated, sums).map(([own, { inputSum, sourceSum, needed }]) => {
    return { ...own, sums: { inputSum, sourceSum, needed }, rows: rows.of(own.slice) }
  })
}

/** Runs the stage. @throws StageOutputError where it fails. */
export function annotate(
  { definition, subject }: Stage,
  tables: Record<string, ColumnTable>,
  slices: readonly Window[],
): ColumnTable {
  try {
    return definition.annotate(tables)
  } catch (cause) {
    const { name, version } = definition
    const [slice] = slices
    const what =
      slices.length === 1 && slice ? `${subject.name} ${slice.subjectId}, ${slice.from} to ${slice.to}` : 'some slices'
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StageOutputError(`Stage "${name}", version ${version}, failed for ${what}: ${reason}`, {}, cause)
  }
}
