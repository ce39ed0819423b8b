import type { Database } from '../cache/database.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import type { Receipt } from '../model/receipt.ts'
import { type Window, windowColumns } from '../model/window.ts'
import type { Annotation } from '../stages/annotation.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { freshRead, type Reading } from './fresh-read.ts'
import { neededSql } from './slice-sql.ts'
import type { StageTable } from './stage-table.ts'
import { windowsFor } from './stage-windows.ts'

/** Where an activity stands: it names the activity's own annotations. */
export interface ActivityPlace {
  id: string
  userId: string
  date: string
}

/** What is to be read of a stage. */
export interface AnnotationQuery {
  stage: Stage
  table: StageTable
  windows: readonly Window[]
  /** Of a stage that annotates activities, only these. */
  activities?: readonly ActivityPlace[]
}

/** The annotations of a stage in the windows, fresh, ordered by user and date, as instances of its output class. */
export async function readAnnotations(
  database: Database,
  dispatcher: Dispatcher,
  { stage, table, windows, activities }: AnnotationQuery,
  receipt: Receipt,
): Promise<Annotation[]> {
  if (windows.length === 0) return []
  const asked = windowsFor(stage.definition.period, windows)
  const some = table.keys.includes('activity_id') ? activities : undefined
  const places = some ? [some.map((a) => a.userId), some.map((a) => a.date), some.map((a) => a.id)] : []
  const values = [...windowColumns(asked), stage.logic, ...places]
  const text = readSql(stage, table, some !== undefined)
  return freshRead(dispatcher, stage.definition.name, asked, receipt, async () =>
    reading(stage, table, await database.sql<Row>(text, values)),
  )
}

interface Row extends Record<string, unknown> {
  userId: string
  from: string
  to: string
  state: 'fresh' | 'stale' | 'missing'
  there: boolean
}

function readSql(stage: Stage, table: StageTable, ofSome: boolean): string {
  const { name, period, keys } = table
  const [start, end] = period
  const rows = ofSome
    ? `(SELECT t.* FROM unnest($5::uuid[], $6::date[], $7::uuid[]) AS place (user_id, date, activity_id)
        JOIN ${name} t ON t.logic = $4 AND t.user_id = place.user_id AND t.date = place.date
          AND t.activity_id = place.activity_id)`
    : name
  return `SELECT slice.user_id AS "userId", slice.start_date AS "from", slice.end_date AS "to",
      CASE WHEN own.verified IS NULL THEN 'missing' WHEN own.verified = slice.needed THEN 'fresh' ELSE 'stale' END AS state,
      own.computed_at AS "computedAt", own.changed_at AS "changedAt", t.logic IS NOT NULL AS there
      ${valuesOf(table)
        .map((column) => `, t.${column.name} AS "${column.property}"`)
        .join('')}
    FROM (${neededSql(stage)}) slice
    LEFT JOIN slice own ON own.logic = $4 AND own.user_id = slice.user_id
      AND own.start_date = slice.start_date AND own.end_date = slice.end_date
    LEFT JOIN ${rows} t ON t.logic = $4 AND t.user_id = slice.user_id AND t.${start} = slice.start_date
      ${end ? `AND t.${end} = slice.end_date` : ''}
    ORDER BY slice.user_id, slice.start_date, ${keys.map((key) => `t.${key}`).join(', ')}`
}

function reading({ definition }: Stage, table: StageTable, rows: readonly Row[]): Reading<Annotation[]> {
  const [start = '', end] = table.period.map((name) => table.columns.find((column) => column.name === name)?.property)
  const columns = valuesOf(table)
  const { output: Output, name, version } = definition
  const count = { fresh: 0, stale: 0, missing: 0 }
  const value: Annotation[] = []
  let last: Row | undefined
  for (const row of rows) {
    if (last?.userId !== row.userId || last.from !== row.from || last.to !== row.to) count[row.state]++
    last = row
    if (!row.there) continue
    const annotation = new Output() as Annotation & Record<string, unknown>
    annotation.stage = name
    annotation.version = version
    annotation.computedAt = row.computedAt as Date
    annotation.changedAt = row.changedAt as Date
    annotation.userId = row.userId
    annotation[start] = row.from
    if (end) annotation[end] = row.to
    for (const { property } of columns) annotation[property] = row[property]
    value.push(annotation)
  }
  const { fresh, stale, missing } = count
  return { checked: fresh + stale + missing, stale: stale + missing, missing, value }
}

/** The columns that don't say which slice a row belongs to. */
function valuesOf({ columns, period }: StageTable): StageTable['columns'] {
  return columns.filter(({ name }) => name !== 'user_id' && !period.includes(name))
}
