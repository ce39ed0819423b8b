import { type ColumnTable, table } from 'arquero'
import { jsonColumns, lookUp, type Sql } from '../cache/database.ts'
import { type Window, windowColumns } from '../model/window.ts'
import { ACTIVITIES, type Stage } from '../stages/stage-graph.ts'
import { bySlice } from './by-slice.ts'
import { countersSql, READING, readingValues, type SliceCounters } from './counters.ts'
import type { StageTable } from './stage-table.ts'

type Columns = Record<string, unknown[]>

/** What a stage reads for some slices, and the counters that belong to it. */
export interface StageInputs {
  tables: Record<string, ColumnTable>
  /** In the order of the slices. */
  counters: SliceCounters[]
}

/**
 * Reads the inputs of these slices together with their counters in one statement: one snapshot, so that the counters
 * are those of the values read. Each table comes as one JSON object of columns, ordered by user and date.
 */
export async function readInputs(
  sql: Sql,
  stage: Stage,
  tableOf: (read: Stage) => StageTable,
  slices: readonly Window[],
): Promise<StageInputs> {
  const reads = stage.stages.map((read) => {
    const { name, columns, period, keys } = tableOf(read)
    const names = columns.map((column) => column.name)
    return tableSql(read.definition.name, names, keys, {
      from: name,
      where: `logic = '${read.logic}' AND user_id = w.user_id AND ${period[0]} BETWEEN w.first_date AND w.last_date`,
    })
  })
  if (stage.readsActivities) {
    reads.push(
      tableSql(ACTIVITIES, ACTIVITY_COLUMNS, ['user_id', 'date', 'activity_id'], {
        from: ACTIVITY_ROWS,
        where: 'user_id = w.user_id AND date BETWEEN w.first_date AND w.last_date',
      }),
    )
  }
  const [row] = await sql<Record<string, Columns>>(
    `${READING}
     SELECT (
       SELECT ${jsonColumns(['user_id', 'start_date', 'end_date', 'inputs', 'verified', 'needed'])}
       FROM (${countersSql(stage)}) counters
     ) AS ":counters"${reads.map((read) => `,\n${read}`).join('')}`,
    readingValues(stage, slices),
  )
  const { ':counters': counters = {}, ...columns } = row ?? {}
  return {
    tables: { slices: sliceTable(slices), ...mapValues(columns, frozenTable) },
    counters: bySlice(slices, countersOf(counters)).map(([, own]) => own),
  }
}

function countersOf({
  user_id = [],
  start_date = [],
  end_date = [],
  inputs = [],
  verified = [],
  needed = [],
}: Columns) {
  return user_id.map(
    (userId, i): SliceCounters => ({
      userId: String(userId),
      from: String(start_date[i]),
      to: String(end_date[i]),
      inputs: Number(inputs[i]),
      verified: verified[i] === null ? null : Number(verified[i]),
      needed: Number(needed[i]),
    }),
  )
}

const ACTIVITY_COLUMNS = ['activity_id', 'user_id', 'date', 'duration_seconds', 'type', 'stereotype_code']

const ACTIVITY_ROWS = `(
         SELECT a.id AS activity_id, a.user_id, a.date, a.duration_seconds, a.type, s.code AS stereotype_code
         FROM activity a JOIN stereotype s ON s.id = a.stereotype_id
       ) a`

function tableSql(
  name: string,
  columns: readonly string[],
  order: readonly string[],
  { from, where }: { from: string; where: string },
): string {
  return `(SELECT ${jsonColumns(columns)}
       FROM (
         SELECT ${columns.map((column) => `t.${column}`).join(', ')}
         FROM w CROSS JOIN ${lookUp(`SELECT * FROM ${from} WHERE ${where}`)} t
         ORDER BY ${order.map((column) => `t.${column}`).join(', ')}
       ) r) AS "${name}"`
}

function sliceTable(slices: readonly Window[]): ColumnTable {
  const [user_id, start_date, end_date] = windowColumns(slices)
  return frozenTable({ user_id, start_date, end_date })
}

function frozenTable(columns: Columns): ColumnTable {
  return table(mapValues(columns, (values) => Object.freeze(values)))
}

function mapValues<T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
