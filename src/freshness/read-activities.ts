import {
  type ActivityColumns,
  type ActivityPageQuery,
  type ActivityRow,
  activityColumns,
  activityPageSql,
  activityRows,
} from '../cache/activity-pages.ts'
import { type Database, jsonColumns } from '../cache/database.ts'
import { SOURCE_LOGIC } from '../cache/entities/slice.ts'
import type { Sprint } from '../cache/entities/sprint.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { addDays, weekStart } from '../model/calendar.ts'
import type { Receipt } from '../model/receipt.ts'
import type { Window } from '../model/window.ts'
import type { Annotation } from '../stages/annotation.ts'
import type { Period } from '../stages/define-stage.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { type AnnotationColumns, annotationsOf, annotationsSql } from './annotation-rows.ts'
import { freshRead } from './fresh-read.ts'
import { isOfOneDay, slicesIn } from './slice-sql.ts'
import type { StageTable } from './stage-table.ts'
import { windowsFor } from './stage-windows.ts'

/** An activity with its annotations: by stage, those of itself, its day, its week, or each of its sprints. */
export interface AnnotatedActivity {
  activity: ActivityRow
  annotations: Map<string, { annotation: Annotation; sprint: Sprint | null }[]>
}

/** A stage to be read along with activities. */
export interface StageAsked {
  stage: Stage
  table: StageTable
}

/**
 * A page of activities, and one more without annotations where the list goes on; with their fresh annotations of some stages.
 * All out of one statement and so out of one snapshot: an activity that moves is seen where it was or where it is, with what belongs there.
 */
export async function readActivities(
  database: Database,
  dispatcher: Dispatcher,
  page: ActivityPageQuery,
  asked: readonly StageAsked[],
  receipt: Receipt | null,
): Promise<AnnotatedActivity[]> {
  const { text, values } = activityPageSql(page)
  const statement = readSql(text, values.length, asked)
  const read = async () => {
    const [found] = await database.sql<Found>(statement, values)
    if (!found) throw new Error('Broken invariant: a SELECT of one row gave none.')
    return annotated(asked, page.limit, found)
  }
  return receipt ? freshRead(dispatcher, receipt, read) : (await read()).value
}

/** Columns of JSON: the page, the sprints, and what belongs to each stage under its name. */
type Found = { page: ActivityColumns; sprints: Sprint[] } & Record<`:${string}`, AnnotationColumns>

function readSql(page: string, limit: number, asked: readonly StageAsked[]): string {
  const ofOneDay = asked.filter(({ stage }) => isOfOneDay(stage)).map(({ stage }) => stage.logic)
  const stages = asked.map(({ stage, table }) => {
    const windows = WINDOWS_OF_PAGE[stage.definition.period]
    const annotations = annotationsSql(stage, table, { windows, slices: 'day_slices slice', places: PLACES })
    return `${annotations} AS ":${stage.definition.name}"`
  })
  const sprints = asked.some(({ stage }) => stage.definition.period === 'sprint') ? SPRINTS : `'[]'::json`
  return `WITH page AS MATERIALIZED (${page}),
shown AS (SELECT * FROM page WHERE position <= $${limit}),
day_slices AS MATERIALIZED (SELECT slice.* FROM ${slicesIn(WINDOWS_OF_PAGE.day, [SOURCE_LOGIC, ...ofOneDay])})
SELECT (SELECT ${jsonColumns(activityColumns)} FROM (SELECT * FROM page ORDER BY position) page) AS page,
  ${[`${sprints} AS sprints`, ...stages].join(',\n  ')}`
}

const PLACES = '(SELECT "userId" AS user_id, date, id AS activity_id FROM shown)'

const WINDOWS_OF_PAGE: Readonly<Record<Period, string>> = {
  day: '(SELECT DISTINCT "userId" AS user_id, date AS first_date, date AS last_date FROM shown) w',
  week: `(SELECT DISTINCT "userId" AS user_id, monday AS first_date, monday + 6 AS last_date FROM shown
    CROSS JOIN LATERAL (SELECT shown.date - (extract(isodow FROM shown.date)::integer - 1)) AS week (monday)) w`,
  sprint: `(SELECT DISTINCT "userId" AS user_id, sprint.start_date AS first_date, sprint.end_date AS last_date FROM shown
    JOIN sprint ON shown.date BETWEEN sprint.start_date AND sprint.end_date) w`,
}

const SPRINTS = `(SELECT coalesce(json_agg(json_build_object(
    'id', id, 'name', name, 'startDate', start_date, 'endDate', end_date) ORDER BY start_date, end_date, name), '[]')
  FROM sprint WHERE EXISTS (SELECT FROM shown WHERE shown.date BETWEEN sprint.start_date AND sprint.end_date))`

function annotated(asked: readonly StageAsked[], limit: number, found: Found) {
  const { page, sprints } = found
  const value = activityRows(page).map((activity): AnnotatedActivity => ({ activity, annotations: new Map() }))
  let complete = true
  const parts = asked.map(({ stage, table }) => {
    const { name, period } = stage.definition
    const { annotations, states } = annotationsOf(stage, table, found[`:${name}`] as AnnotationColumns)
    const bySubject = new Map(annotations.map((annotation) => [subjectOf(annotation), annotation]))
    const windows: Window[] = []
    for (const { activity, annotations: own } of value.slice(0, limit)) {
      const periods = periodsOf(activity, period, sprints)
      const there = periods.flatMap(({ window, sprint }) => {
        const annotation = bySubject.get(activity.id) ?? bySubject.get(`${window.userId} ${window.from} ${window.to}`)
        return annotation ? { annotation, sprint } : []
      })
      complete &&= there.length === periods.length
      own.set(name, there)
      if (states.stale > 0) windows.push(...periods.map(({ window }) => window))
    }
    return { stage: name, windows: windowsFor(period, windows), states }
  })
  return { value, parts, complete }
}

function periodsOf(
  { userId, date }: ActivityRow,
  period: Period,
  sprints: readonly Sprint[],
): { window: Window; sprint: Sprint | null }[] {
  if (period === 'day') return [{ window: { userId, from: date, to: date }, sprint: null }]
  if (period === 'week') {
    const from = weekStart(date)
    return [{ window: { userId, from, to: addDays(from, 6) }, sprint: null }]
  }
  return sprints
    .filter(({ startDate, endDate }) => startDate <= date && date <= endDate)
    .map((sprint) => ({ window: { userId, from: sprint.startDate, to: sprint.endDate }, sprint }))
}

/** An annotation's activity, or its user and period. */
function subjectOf(annotation: Annotation): string {
  const {
    activityId,
    userId,
    date,
    weekStart: week,
    startDate,
    endDate,
  } = annotation as Annotation & Record<string, string | undefined>
  if (activityId) return activityId
  if (date) return `${userId} ${date} ${date}`
  return week ? `${userId} ${week} ${addDays(week, 6)}` : `${userId} ${startDate} ${endDate}`
}
