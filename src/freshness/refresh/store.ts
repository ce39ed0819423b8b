/** Values and the sums that they reflect are stored together, and only by who holds the lock of their slices. */
import { fencedLookUp, plainArray, type Sql } from '../../cache/database.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { isSliceOf, slicesAt } from '../slices/slice-sql.ts'
import { isRowOf, type StageTable } from '../slices/stage-table.ts'
import type { BackdatedSlice } from './backdate.ts'
import type { VerifiedSlice } from './verify.ts'

/** Stores what became of locked slices: the rows of those that are different, and the sums of all. */
export async function store(
  sql: Sql,
  stage: Stage,
  table: StageTable,
  verified: readonly VerifiedSlice[],
  computed: readonly BackdatedSlice[],
): Promise<void> {
  const outworn = computed.filter(({ hasOldRows }) => hasOldRows)
  await deleteStored(
    sql,
    stage,
    table,
    outworn.map(({ slice }) => slice),
  )
  const rows = computed.flatMap(({ isDifferent, rows }) => (isDifferent ? rows : []))
  const columns = table.columns.map((_, i) => rows.map((row) => row[i]))
  if (rows.length > 0) await insertColumns(sql, stage, table, columns)
  await saveSums(sql, stage, SAVE_VERIFIED, verified)
  await saveSums(sql, stage, SAVE_COMPUTED, computed)
}

/** Deletes the stored rows of these slices, which are locked: only who holds them changes their rows. */
export async function deleteStored(
  sql: Sql,
  stage: Stage,
  table: StageTable,
  slices: readonly Window[],
): Promise<void> {
  if (slices.length === 0) return
  const own = `SELECT ctid FROM ${table.name} WHERE logic = $4 AND ${isRowOf('asked', table)}`
  await sql(
    `WITH ${slicesAt('asked')}
     DELETE FROM ${table.name} t USING asked CROSS JOIN ${fencedLookUp(own)} own
     WHERE t.ctid = own.ctid`,
    [...windowColumns(slices), stage.logic],
  )
}

/** Inserts rows, whose values are given column by column, in the order of the table's. */
export async function insertColumns(
  sql: Sql,
  stage: Stage,
  table: StageTable,
  columns: readonly unknown[][],
): Promise<void> {
  const names = table.columns.map((column) => column.name).join(', ')
  const arrays = table.columns.map((column, i) => `$${i + 2}::${column.type}[]`).join(', ')
  await sql(`INSERT INTO ${table.name} (logic, ${names}) SELECT $1, * FROM unnest(${arrays})`, [
    stage.logic,
    ...columns.map((values, i) => {
      const isUnquoted = UNQUOTED.has(table.columns[i]?.type ?? '')
      return isUnquoted ? plainArray(values.map((value) => (value ?? 'NULL') as string | number)) : values
    }),
  ])
}

/** Types whose values need no quotes in an array. */
const UNQUOTED = new Set(['uuid', 'date', 'integer', 'bigint', 'double precision'])

async function saveSums(
  sql: Sql,
  stage: Stage,
  text: string,
  slices: readonly (VerifiedSlice & Partial<BackdatedSlice>)[],
): Promise<void> {
  if (slices.length === 0) return
  await sql(text, [
    ...windowColumns(slices.map(({ slice }) => slice)),
    stage.logic,
    slices.map(({ sums }) => sums.sourceSum),
    slices.map(({ sums }) => sums.inputSum),
    slices.map(({ isDifferent = false }) => isDifferent),
  ])
}

const SAVE_VERIFIED = saveSql('source_sum = saved.source_sum, verified_at = now()')

const SAVE_COMPUTED = saveSql(
  'source_sum = saved.source_sum, input_sum = saved.input_sum, computed_at = now(), ' +
    'revision = revision + saved.is_different::integer, ' +
    'changed_at = CASE WHEN saved.is_different THEN now() ELSE changed_at END',
)

/** The slices are locked, so each stays where it is found. */
function saveSql(values: string): string {
  const own = `SELECT ctid FROM slice WHERE logic = $4 AND ${isSliceOf('saved')}`
  return `
UPDATE slice SET ${values}
FROM unnest($1::uuid[], $2::date[], $3::date[], $5::bigint[], $6::bigint[], $7::boolean[])
  AS saved (subject_id, start_date, end_date, source_sum, input_sum, is_different)
CROSS JOIN ${fencedLookUp(own)} own
WHERE slice.ctid = own.ctid`
}
