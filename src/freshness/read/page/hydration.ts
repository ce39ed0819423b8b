/** What belongs to a page comes out of one statement, and so out of one snapshot: nothing is lacking that was there. */
import {
  type ActivityColumns,
  type ActivityRow,
  activityColumns,
  activityPageSql,
  activityRows,
  SUBJECTS_OF_PAGE,
} from '../../../cache/activity-pages.ts'
import { jsonColumns, named } from '../../../cache/database.ts'
import type { Sprint } from '../../../cache/entities/sprint.ts'
import { sprint } from '../../../periods/sprint.ts'
import type { Stage } from '../../../stages/stage-graph.ts'
import { type AnnotationColumns, annotationsIn, ownColumns } from '../annotation-columns.ts'
import type { Reads } from '../moment.ts'
import { annotationOfDay, sliceColumn, slicesOfDay } from './of-day.ts'
import type { Skeleton, StageOfPage } from './skeleton.ts'

/** A page as it was read. */
export interface Hydration {
  /** Those of the page, and one more where the list goes on. */
  activities: ActivityRow[]
  /** Those in which days of the page lie, where a stage of sprints is asked for. */
  sprints: Sprint[]
  /** By logic. Of a stage of days each row is that of the page's activity in the same place. */
  columns: ReadonlyMap<string, AnnotationColumns>
}

/** JSON: the page's columns, the sprints, and the columns of each stage under its logic. */
interface Found {
  rows: Rows
  sprints: Sprint[]
  [logic: `:${string}`]: AnnotationColumns
}

/** What is read along with the page's rows; of each stage only what is its own. */
interface Rows {
  activities: ActivityColumns
  needed: number[]
  [logic: `:${string}`]: Record<string, unknown[]>
}

export async function hydrate(reads: Reads, skeleton: Skeleton): Promise<Hydration> {
  const { text, values } = activityPageSql(skeleton.page)
  const [found] = await reads.sql<Found>(hydrationSql(text, values.length, skeleton), values)
  if (!found) throw new Error('Broken invariant: a SELECT of one row gave none.')
  const { limit } = skeleton.page
  const { activities, needed, ...own } = found.rows
  const columnsOf = ({ stage, isOfDay }: StageOfPage): [string, AnnotationColumns] => {
    const { logic } = stage
    if (!isOfDay) return [logic, found[`:${logic}`] as AnnotationColumns]
    const columns = {
      subjectId: activities.userId,
      from: activities.date,
      to: activities.date,
      needed,
      ...own[`:${logic}`],
    }
    return [logic, firstRows(columns, limit) as unknown as AnnotationColumns]
  }
  return {
    activities: activityRows(activities),
    sprints: found.sprints,
    columns: new Map(skeleton.asked.map(columnsOf)),
  }
}

function firstRows(columns: Readonly<Record<string, unknown[]>>, count: number): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.slice(0, count)]))
}

/** @param limit The number of the parameter that is the page's limit. */
function hydrationSql(page: string, limit: number, { asked }: Skeleton): string {
  const ofPeriods = asked.filter(({ isOfDay }) => !isOfDay)
  const periods = new Map(ofPeriods.map(({ stage }) => [windowsOf(stage), stage]))
  const shown = `shown AS (SELECT * FROM page WHERE position <= $${limit})`
  const windows = [...periods].map(([name, stage]) => `${name} AS (${windowsOfDays(stage)})`)
  const relations = [`page AS (${page})`, ...(periods.size > 0 ? [shown, ...windows] : [])]
  const ofStages = ofPeriods.map(({ stage, table }) => {
    return `${annotationsIn(windowsOf(stage), stage, table)} AS ":${stage.logic}"`
  })
  const sprints = ofPeriods.some(({ stage }) => stage.period === sprint) ? SPRINTS : `'[]'::json`
  return `WITH ${relations.join(', ')}
SELECT ${[`${rowsSql(asked.filter(({ isOfDay }) => isOfDay))} AS rows`, `${sprints} AS sprints`, ...ofStages].join(',\n  ')}`
}

/** SQL for the page's rows with what stages of days have for each of them. */
function rowsSql(ofDays: readonly StageOfPage[]): string {
  const own = ofDays.map(({ table }, i) =>
    ownColumns(table, (column) => `slices.${sliceColumn(i, column)}`, `own_${i}`),
  )
  const inRow = (i: number) => (column: string) => `${i}.${column}`
  const columns = [
    'page.*',
    ...own.map((each, i) =>
      named(Object.fromEntries(Object.entries(each).map(([column, sql]) => [inRow(i)(column), sql]))),
    ),
  ]
  // One object for each stage: Postgres takes no more than 50 columns in one.
  const objects = [
    `'activities', ${jsonColumns(activityColumns)}`,
    ...ofDays.map(({ stage }, i) => {
      return `':${stage.logic}', ${jsonColumns(Object.keys(own[i] ?? {}), inRow(i))}`
    }),
  ]
  const joins = ofDays.map((each, i) => `LEFT JOIN ${annotationOfDay(each)} own_${i} ON true`)
  if (ofDays.length > 0) {
    columns.push('slices.needed')
    objects.push(`'needed', coalesce(json_agg(needed), '[]')`)
    joins.unshift(`CROSS JOIN ${slicesOfDay(ofDays, ['source_sum', 'computed_at', 'changed_at'])} slices`)
  }
  return `(SELECT json_build_object(${objects.join(', ')}) FROM (
    SELECT ${columns.join(', ')}
    FROM page ${joins.join('\n    ')}
    ORDER BY page.position
  ) page)`
}

/** The relation of the windows in which slices of the stage's subject and period are looked for. */
function windowsOf({ subject, period }: Stage): string {
  return `${period.name}s_of_${subject.name}s`
}

/** SQL for the periods in which days of the page lie, as windows of its users or of whatever the stage is about. */
function windowsOfDays({ subject, period }: Stage): string {
  const id = `"${SUBJECTS_OF_PAGE[subject.name]}"`
  if (period.kind === 'given') {
    return `SELECT DISTINCT ${id} AS subject_id, given.start_date AS first_date, given.end_date AS last_date
    FROM shown JOIN ${period.table} given ON shown.date BETWEEN given.start_date AND given.end_date
    WHERE ${id} IS NOT NULL`
  }
  return `SELECT subject_id, start_date AS first_date, ${period.sql.endOf('start_date')} AS last_date
    FROM (
      SELECT DISTINCT ${id} AS subject_id, ${period.sql.startOf('shown.date')} AS start_date FROM shown WHERE ${id} IS NOT NULL
    ) period`
}

const SPRINTS = `(SELECT coalesce(json_agg(json_build_object(
    'id', id, 'source', source, 'externalId', external_id, 'name', name, 'startDate', start_date, 'endDate', end_date)
    ORDER BY start_date, end_date, name, source), '[]')
  FROM sprint WHERE EXISTS (SELECT FROM shown WHERE shown.date BETWEEN sprint.start_date AND sprint.end_date))`
