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

/** What is to be read of a stage. */
export interface AnnotationQuery {
  stage: Stage
  table: StageTable
  windows: readonly Window[]
  /** Of a stage that annotates activities, only these. */
  activityIds?: readonly string[]
}

/** The annotations of a stage in the windows, fresh, ordered by user and date, as instances of its output class. */
export async function readAnnotations(
  database: Database,
  dispatcher: Dispatcher,
  { stage, table, windows, activityIds }: AnnotationQuery,
  receipt: Receipt,
): Promise<Annotation[]> {
  if (windows.length === 0) return []
  const asked = windowsFor(stage.definition.period, windows)
  const ofActivities = activityIds && table.keys.includes('activity_id')
  const values = [...windowColumns(asked), stage.logic, ...(ofActivities ? [activityIds] : [])]
  const text = readSql(stage, table, ofActivities ?? false)
  return freshRead(dispatcher, stage.definition.name, asked, receipt, async () =>
    reading(stage, table, await database.sql<Row>(text, values)),
  )
}

interface Row extends Record<string, unknown> {
  state: 'fresh' | 'stale' | 'missing'
  slice: string
  there: boolean
}

function readSql(stage: Stage, { name, columns, period, keys }: StageTable, ofActivities: boolean): string {
  const [start, end] = period
  return `SELECT slice.state, slice.user_id || ' ' || slice.start_date || ' ' || slice.end_date AS slice,
      slice.computed_at AS "computedAt", slice.changed_at AS "changedAt", t.logic IS NOT NULL AS there,
      ${columns.map((column) => `t.${column.name} AS "${column.property}"`).join(', ')}
    FROM (
      SELECT needed.*, own.computed_at, own.changed_at,
        CASE WHEN own.verified IS NULL THEN 'missing' WHEN own.verified = needed.needed THEN 'fresh' ELSE 'stale' END AS state
      FROM (${neededSql(stage)}) needed
      LEFT JOIN (SELECT * FROM slice WHERE logic = $4) own USING (user_id, start_date, end_date)
    ) slice
    LEFT JOIN ${name} t ON t.logic = $4 AND t.user_id = slice.user_id AND t.${start} = slice.start_date
      ${end ? `AND t.${end} = slice.end_date` : ''} ${ofActivities ? 'AND t.activity_id = ANY ($5::uuid[])' : ''}
    ORDER BY slice.user_id, slice.start_date, ${keys.map((key) => `t.${key}`).join(', ')}`
}

function reading({ definition }: Stage, { columns }: StageTable, rows: readonly Row[]): Reading<Annotation[]> {
  const states = new Map(rows.map((row) => [row.slice, row.state]))
  const count = (...wanted: Row['state'][]) => [...states.values()].filter((state) => wanted.includes(state)).length
  const value = rows
    .filter((row) => row.there)
    .map((row) => {
      const annotation = new definition.output()
      annotation.stage = definition.name
      annotation.version = definition.version
      annotation.computedAt = row.computedAt as Date
      annotation.changedAt = row.changedAt as Date
      for (const { property } of columns) Object.assign(annotation, { [property]: row[property] })
      return annotation
    })
  return { checked: states.size, stale: count('stale', 'missing'), missing: count('missing'), value }
}
