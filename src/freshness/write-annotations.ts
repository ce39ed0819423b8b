import { lookUp, plainArray, type Sql } from '../cache/database.ts'
import { type Window, windowColumns } from '../model/window.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { RowsBySlice, type SliceRows } from './slice-rows.ts'
import { ASKED } from './slice-sql.ts'
import type { StageTable } from './stage-table.ts'

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
  const rows = await sql<Record<string, unknown>>(
    `SELECT ${names.map((name) => `t.${name}`).join(', ')}
     FROM ${ASKED} CROSS JOIN ${lookUp(`SELECT * FROM ${table.name} WHERE logic = $4 AND ${ofSlice(table)}`)} t`,
    [...windowColumns(slices), stage.logic],
  )
  for (const row of rows) {
    const key = ['user_id', ...table.period].map((name) => row[name])
    const isOwn = stored.add(
      key,
      names.map((name) => row[name]),
    )
    if (!isOwn)
      throw new Error(`Broken invariant: ${table.name} gave a row of ${key.join(' ')}, which was not asked for.`)
  }
  return stored
}

/** Deletes the stored rows of these slices, which are locked: only who holds them changes their rows. */
export async function deleteStored(
  sql: Sql,
  stage: Stage,
  table: StageTable,
  slices: readonly Window[],
): Promise<void> {
  if (slices.length === 0) return
  await sql(
    `DELETE FROM ${table.name} t
     USING ${ASKED} CROSS JOIN ${lookUp(`SELECT ctid FROM ${table.name} WHERE logic = $4 AND ${ofSlice(table)}`)} own
     WHERE t.ctid = own.ctid`,
    [...windowColumns(slices), stage.logic],
  )
}

/** Inserts rows, each the values of the table's columns in order. */
export async function insertRows(sql: Sql, stage: Stage, table: StageTable, rows: SliceRows): Promise<void> {
  if (rows.length === 0) return
  const names = table.columns.map((column) => column.name).join(', ')
  const arrays = table.columns.map((column, i) => `$${i + 2}::${column.type}[]`).join(', ')
  await sql(`INSERT INTO ${table.name} (logic, ${names}) SELECT $1, * FROM unnest(${arrays})`, [
    stage.logic,
    ...table.columns.map(({ type }, i) => {
      const values = rows.map((row) => row[i])
      return UNQUOTED.has(type) ? plainArray(values.map((value) => (value ?? 'NULL') as string | number)) : values
    }),
  ])
}

/** Types whose values need no quotes in an array. */
const UNQUOTED = new Set(['uuid', 'date', 'integer', 'bigint', 'double precision'])

function ofSlice({ period }: StageTable): string {
  const [start, end] = period
  return `user_id = asked.user_id AND ${start} = asked.start_date${end ? ` AND ${end} = asked.end_date` : ''}`
}
