/** What comes out as it was changes nothing for who reads it: its revision stays. */
import { fencedLookUp, type Sql } from '../../cache/database.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { RowsBySlice, sameRows } from '../slices/slice-rows.ts'
import { slicesAt } from '../slices/slice-sql.ts'
import { isRowOf, type StageTable } from '../slices/stage-table.ts'
import type { ComputedSlice } from './compute.ts'

/** A computed slice, and whether that is different from what is stored. */
export interface BackdatedSlice extends ComputedSlice {
  isDifferent: boolean
  /** Whether rows are stored for it that are not its own any more. */
  hasOldRows: boolean
}

/** Compares with what is stored. A slice without values has none that anyone may have read: whatever came out is different. */
export async function backdate(
  sql: Sql,
  stage: Stage,
  table: StageTable,
  computed: readonly ComputedSlice[],
): Promise<BackdatedSlice[]> {
  const known = computed.filter(({ inputSum }) => inputSum !== null)
  const stored = await readStored(
    sql,
    stage,
    table,
    known.map(({ slice }) => slice),
  )
  return computed.map((own) => {
    if (own.inputSum === null) return { ...own, isDifferent: true, hasOldRows: false }
    const before = stored.of(own.slice)
    const isDifferent = !sameRows(own.rows, before)
    return { ...own, isDifferent, hasOldRows: isDifferent && before.length > 0 }
  })
}

/** The stored rows of these slices. */
export async function readStored(
  sql: Sql,
  stage: Stage,
  table: StageTable,
  slices: readonly Window[],
): Promise<RowsBySlice> {
  const stored = new RowsBySlice(table, slices)
  if (slices.length === 0) return stored
  const names = table.columns.map((column) => column.name)
  const own = `SELECT * FROM ${table.name} WHERE logic = $4 AND ${isRowOf('asked', table)}`
  const rows = await sql<Record<string, unknown>>(
    `WITH ${slicesAt('asked')}
     SELECT ${names.map((name) => `own.${name}`).join(', ')} FROM asked CROSS JOIN ${fencedLookUp(own)} own`,
    [...windowColumns(slices), stage.logic],
  )
  for (const row of rows) {
    const key = [table.subject, ...table.period].map((name) => row[name])
    const values = names.map((name) => row[name])
    if (!stored.add(key, values)) {
      throw new Error(`Broken invariant: ${table.name} gave a row of ${key.join(' ')}, which was not asked for.`)
    }
  }
  return stored
}
