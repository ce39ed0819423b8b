import {
  type ActivityColumns,
  type ActivityPageQuery,
  type ActivityRow,
  activityColumns,
  activityPageSql,
  activityRows,
} from '../cache/activity-pages.ts'
import { type Database, jsonColumns, lookUp, named } from '../cache/database.ts'
import { SOURCE_LOGIC } from '../cache/entities/slice.ts'
import type { Sprint } from '../cache/entities/sprint.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { addDays, weekStart } from '../model/calendar.ts'
import type { Receipt } from '../model/receipt.ts'
import type { Window } from '../model/window.ts'
import type { Annotation } from '../stages/annotation.ts'
import type { Period } from '../stages/define-stage.ts'
import { type AnnotationColumns, annotationsOf, annotationsSql, ownColumns } from './annotation-rows.ts'
import { freshRead, type Reading } from './fresh-read.ts'
import { inSprint } from './in-sprint.ts'
import { isOfOneDay } from './slice-sql.ts'
import type { StageAsked } from './stage-table.ts'

/** An activity with its annotations: by stage, those of itself, its day, its week, or each of its sprints. */
export interface AnnotatedActivity {
  activity: ActivityRow
  annotations: Map<string, Annotation[]>
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
  signal: AbortSignal | undefined,
): Promise<AnnotatedActivity[]> {
  if (!receipt) return (await readPage(database, page, asked)).value
  let seen: PageReading | undefined
  const read = async (isSettling: boolean) => {
    const again = isSettling && seen ? await readAgain(database, page, asked, seen) : undefined
    seen = again ?? (await readPage(database, page, asked))
    return seen
  }
  return freshRead(dispatcher, receipt, read, signal)
}

type PageReading = Reading<AnnotatedActivity[]>

async function readPage(
  database: Database,
  page: ActivityPageQuery,
  asked: readonly StageAsked[],
): Promise<PageReading> {
  const { text, values } = activityPageSql(page)
  const [found] = await database.sql<Found>(readSql(text, values.length, asked), values)
  if (!found) throw new Error('Broken invariant: a SELECT of one row gave none.')
  return annotated(asked, page.limit, found)
}

/**
 * The page with the activities that were seen on it, so that those which others add don't make it another page each
 * time. Undefined where it isn't a page any more, as one of them was deleted or moved away.
 */
async function readAgain(
  database: Database,
  page: ActivityPageQuery,
  asked: readonly StageAsked[],
  seen: PageReading,
): Promise<PageReading | undefined> {
  const ids = seen.value.map(({ activity }) => activity.id)
  const again = await readPage(database, { ...page, criteria: { ...page.criteria, ids } }, asked)
  const isSame = again.value.length === ids.length && again.value.every(({ activity }, i) => activity.id === ids[i])
  return isSame ? again : undefined
}

/**
 * JSON: the page's columns, the sprints, and the columns of each stage under its name: of those that are read along
 * with the page's rows in `rows`, of the others in the statement's own columns.
 */
type Found = { rows: Rows; sprints: Sprint[] } & Record<`:${string}`, AnnotationColumns>
type Rows = { activities: ActivityColumns; needed: number[] } & Record<`:${string}`, Record<string, unknown[]>>

function readSql(page: string, limit: number, asked: readonly StageAsked[]): string {
  const ofOneDay = asked.filter(({ stage }) => isOfOneDay(stage)).map(joinedTo)
  const others = asked
    .filter(({ stage }) => !isOfOneDay(stage))
    .map(({ stage, table }) => {
      const { name, period } = stage.definition
      return `${annotationsSql(stage, table, WINDOWS_OF_PAGE[period])} AS ":${name}"`
    })
  const sprints = asked.some(({ stage }) => stage.definition.period === 'sprint') ? SPRINTS : `'[]'::json`
  const shown = others.length > 0 ? `, shown AS (SELECT * FROM page WHERE position <= $${limit})` : ''
  // One object for each stage: Postgres takes no more than 50 columns in one.
  const objects = [`'activities', ${jsonColumns(activityColumns)}`]
  const columns = ['page.*']
  const joins: string[] = []
  if (ofOneDay.length > 0) {
    objects.push(`'needed', coalesce(json_agg(needed), '[]')`)
    columns.push('source.revision AS needed')
    joins.push(`LEFT JOIN ${sliceOfDay('revision', SOURCE_LOGIC)} source ON true`)
  }
  for (const { name, columns: own, joins: ownJoins } of ofOneDay) {
    objects.push(`':${name}', ${jsonColumns(Object.keys(own))}`)
    columns.push(named(own))
    joins.push(...ownJoins)
  }
  return `WITH page AS (${page})${shown}
SELECT (SELECT json_build_object(${objects.join(', ')}) FROM (
    SELECT ${columns.join(', ')}
    FROM page ${joins.join('\n    ')}
    ORDER BY page.position
  ) page) AS rows,
  ${[`${sprints} AS sprints`, ...others].join(',\n  ')}`
}

/**
 * What a stage whose slices depend on their own day adds to each row of the page, by two look-ups: how the slice of its
 * user's day stands, and its annotation. The source's slice is the same for all such stages.
 */
function joinedTo({ stage, table }: StageAsked, i: number) {
  const ofActivity = table.keys.includes('activity_id') ? 'AND activity_id = page.id' : ''
  const annotation = `SELECT * FROM ${table.name}
      WHERE user_id = page."userId" AND date = page.date AND logic = '${stage.logic}' ${ofActivity}`
  return {
    name: stage.definition.name,
    columns: Object.fromEntries(
      Object.entries(ownColumns(table, `slice_${i}`, `own_${i}`)).map(([name, column]) => [`${i} ${name}`, column]),
    ),
    joins: [
      `LEFT JOIN ${sliceOfDay('verified, computed_at, changed_at', stage.logic)} slice_${i} ON true`,
      `LEFT JOIN ${lookUp(annotation)} own_${i} ON true`,
    ],
  }
}

function sliceOfDay(columns: string, logic: string): string {
  return lookUp(`SELECT ${columns} FROM slice
      WHERE user_id = page."userId" AND start_date = page.date AND end_date = page.date AND logic = '${logic}'`)
}

/** The columns of a stage, wherever they were read. */
function columnsOf({ stage }: StageAsked, limit: number, { rows, ...others }: Found): AnnotationColumns {
  const name = `:${stage.definition.name}` as const
  if (!isOfOneDay(stage)) return others[name] as AnnotationColumns
  const { userId, date } = rows.activities
  const own = Object.entries(rows[name] ?? {}).map(([column, values]) => [
    column.slice(column.indexOf(' ') + 1),
    values,
  ])
  const columns = { userId, from: date, to: date, needed: rows.needed, ...Object.fromEntries(own) }
  const shown = Object.entries<unknown[]>(columns).map(([column, values]) => [column, values.slice(0, limit)])
  return Object.fromEntries(shown) as AnnotationColumns
}

const WINDOWS_OF_PAGE: Readonly<Record<Period, string>> = {
  day: '(SELECT DISTINCT "userId" AS user_id, date AS first_date, date AS last_date FROM shown) w',
  week: `(SELECT DISTINCT "userId" AS user_id, monday AS first_date, monday + 6 AS last_date FROM shown
    CROSS JOIN LATERAL (SELECT shown.date - (extract(isodow FROM shown.date)::integer - 1)) AS week (monday)) w`,
  sprint: `(SELECT DISTINCT "userId" AS user_id, sprint.start_date AS first_date, sprint.end_date AS last_date FROM shown
    JOIN sprint ON shown.date BETWEEN sprint.start_date AND sprint.end_date) w`,
}

const SPRINTS = `(SELECT coalesce(json_agg(json_build_object(
    'id', id, 'source', source, 'externalId', external_id, 'name', name, 'startDate', start_date, 'endDate', end_date)
    ORDER BY start_date, end_date, name, source), '[]')
  FROM sprint WHERE EXISTS (SELECT FROM shown WHERE shown.date BETWEEN sprint.start_date AND sprint.end_date))`

function annotated(asked: readonly StageAsked[], limit: number, found: Found): PageReading {
  const value = activityRows(found.rows.activities).map(
    (activity): AnnotatedActivity => ({ activity, annotations: new Map() }),
  )
  const shown = value.slice(0, limit)
  let complete = true
  const parts = asked.map((one) => {
    const { name, period } = one.stage.definition
    const { annotations, slices } = annotationsOf(one.stage, one.table, columnsOf(one, limit, found))
    const annotationsAt = isOfOneDay(one.stage)
      ? (_: ActivityRow, row: number) => [annotations[row]]
      : bySubject(annotations, period, found.sprints)
    for (const [row, { activity, annotations: own }] of shown.entries()) {
      const there = annotationsAt(activity, row)
      complete &&= there.every(isThere)
      own.set(name, there.filter(isThere))
    }
    const { fresh, stale, unusable } = slices
    return { stage: name, checked: fresh.length + stale.length, fresh, stale, unusable, windows: null }
  })
  return { value, parts, complete }
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined
}

/** Finds an activity's annotations among all: one for each period that it lies in, undefined where it isn't there. */
function bySubject(
  annotations: readonly (Annotation | undefined)[],
  period: Period,
  sprints: readonly Sprint[],
): (activity: ActivityRow) => (Annotation | undefined)[] {
  const found = new Map(annotations.filter(isThere).map((annotation) => [subjectOf(annotation), annotation]))
  return (activity) =>
    periodsOf(activity, period, sprints).map(({ window, sprint }) => {
      const annotation = found.get(activity.id) ?? found.get(`${window.userId} ${window.from} ${window.to}`)
      return annotation && sprint ? inSprint(annotation, sprint) : annotation
    })
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
