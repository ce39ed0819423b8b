/** A stage sees frozen tables of one snapshot, and the sums that belong to them. */
import type { ColumnTable } from 'arquero'
import { fencedLookUp, jsonColumns, type Sql } from '../../cache/database.ts'
import type { Subject } from '../../model/subject.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import { ACTIVITIES, type Stage } from '../../stages/stage-graph.ts'
import type { TableOf } from '../slices/stage-table.ts'
import { READING, readingValues, type Sums, sumsOf } from '../slices/sums.ts'
import { type Columns, frozenTable, mapValues } from './frozen-table.ts'

/** What a stage reads for some slices, and the sums that belong to it, of each of them. */
export interface StageInputs {
  tables: Record<string, ColumnTable>
  sums: (Window & Sums)[]
}

/**
 * Reads the inputs of these slices together with their sums in one statement: one snapshot, so that the sums
 * are those of the values read. Each table comes as one JSON object of columns, ordered by user and date.
 */
export async function readInputs(
  sql: Sql,
  stage: Stage,
  tableOf: TableOf,
  slices: readonly Window[],
): Promise<StageInputs> {
  const reads = stage.stages.map((read) => {
    const { name, columns, subject, period, keys } = tableOf(read)
    const names = columns.map((column) => column.name)
    const text = tableSql(names, keys, {
      from: name,
      where: `logic = '${read.logic}' AND ${subject} = days.subject_id AND ${period[0]} BETWEEN days.first_date AND days.last_date`,
    })
    return `${text} AS "${read.definition.name}"`
  })
  if (stage.readsActivities) reads.push(`${activitiesSql(stage.subject)} AS "${ACTIVITIES}"`)
  const [row] = await sql<Record<string, Columns>>(
    `${READING}
     SELECT (
       SELECT ${jsonColumns(['subject_id', 'start_date', 'end_date', 'input_sum', 'source_sum', 'needed'])}
       FROM (${sumsOf(stage, { slices: 'asked', days: 'days' })}) sums
     ) AS ":sums"${reads.map((read) => `,\n${read}`).join('')}`,
    readingValues(stage, slices),
  )
  const { ':sums': sums = {}, ...columns } = row ?? {}
  return {
    tables: { slices: sliceTable(stage, slices), ...mapValues(columns, frozenTable) },
    sums: sumsOfColumns(sums),
  }
}

function sumsOfColumns(columns: Columns): (Window & Sums)[] {
  const { subject_id = [], start_date = [], end_date = [], input_sum = [], source_sum = [], needed = [] } = columns
  return subject_id.map((subjectId, i) => ({
    subjectId: String(subjectId),
    from: String(start_date[i]),
    to: String(end_date[i]),
    inputSum: Number(input_sum[i]),
    sourceSum: source_sum[i] === null ? null : Number(source_sum[i]),
    needed: Number(needed[i]),
  }))
}

const ACTIVITY_COLUMNS = [
  'activity_id',
  'user_id',
  'date',
  'duration_seconds',
  'type',
  'stereotype_id',
  'stereotype_code',
]

const ACTIVITY_ROWS = `(
         SELECT a.id AS activity_id, a.user_id, a.project_id, a.date, a.duration_seconds, a.type, a.stereotype_id, s.code AS stereotype_code
         FROM activity a JOIN stereotype s ON s.id = a.stereotype_id
       ) a`

/** SQL for the activities of the windows `days`, a relation, as one JSON object of columns. */
export function activitiesSql({ column }: Subject): string {
  return tableSql([...new Set([column, ...ACTIVITY_COLUMNS])], [column, 'date', 'activity_id'], {
    from: ACTIVITY_ROWS,
    where: `${column} = days.subject_id AND date BETWEEN days.first_date AND days.last_date`,
  })
}

function tableSql(
  columns: readonly string[],
  order: readonly string[],
  { from, where }: { from: string; where: string },
): string {
  return `(SELECT ${jsonColumns(columns)}
       FROM (
         SELECT ${columns.map((column) => `t.${column}`).join(', ')}
         FROM days CROSS JOIN ${fencedLookUp(`SELECT * FROM ${from} WHERE ${where}`)} t
         ORDER BY ${order.map((column) => `t.${column}`).join(', ')}
       ) r)`
}

/** The table `slices` that a stage is given. */
export function sliceTable({ subject }: Stage, slices: readonly Window[]): ColumnTable {
  const [ids, start_date, end_date] = windowColumns(slices)
  return frozenTable({ [subject.column]: ids, start_date, end_date })
}
