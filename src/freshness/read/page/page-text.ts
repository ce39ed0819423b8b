/** A page as the text of its answer: Postgres writes it where all is fresh, in the snapshot in which it is. */
import { type ActivityColumns, type ActivityPlace, activityPageSql } from '../../../cache/activity-pages.ts'
import { type JsonPart, jsonTextSql } from '../../../cache/json-text.ts'
import { distinctWindows, type Window } from '../../../model/window.ts'
import type { Reads } from '../moment.ts'
import type { Reading } from '../rounds.ts'
import { annotationOfDay, isSliceColumn, type SliceColumn, sliceColumn, slicesOfDay } from './of-day.ts'
import { broughtBy, type Skeleton } from './skeleton.ts'

/** A column of `ActivityColumns`; an activity's cursor; or a column of a stage's annotation, or when that was computed or changed. */
export type PageColumn = keyof ActivityColumns | 'cursor' | { stage: string; column: string }

/** What is written of a page. */
export interface PageWriting {
  /** What each activity is in each of the page's lists. */
  lists: readonly JsonPart<PageColumn>[]
  /** Whether it must be known if there are more. */
  more: boolean
  /** Whether the places of its first and its last activity must be known. */
  ends: boolean
  /** SQL for an activity's cursor, of SQL for its place as it is in JSON. */
  cursorSql(value: string, id: string): string
  /** Whether the activities are written against the order of the page. */
  isReversed: boolean
}

export interface PageText {
  /** What stands between the brackets of each list. */
  lists: string[]
  hasMore: boolean
  first: ActivityPlace | null
  last: ActivityPlace | null
}

interface Found {
  [list: `list_${number}`]: string | null
  [stale: `stale_${number}`]: [subjectId: string, date: string][] | null
  count: number
  /** Activities of which something can't be written. */
  unwritten: number
  days: number
  first: ActivityPlace | null
  last: ActivityPlace | null
}

/** Reads the page's text; null where something in it can't be written so. */
export async function readPageText(
  reads: Reads,
  skeleton: Skeleton,
  writing: PageWriting,
): Promise<Reading<PageText | null>> {
  const { page, asked } = skeleton
  const { text, values } = activityPageSql(page, !writing.more)
  const [found] = await reads.sql<Found>(writtenOnce(text, values.length, skeleton, writing), values)
  if (!found) throw new Error('Broken invariant: a SELECT of one row gave none.')
  const lists = writing.lists.map((_, i) => found[`list_${i}`] ?? '')
  const value = { lists, hasMore: found.count > page.limit, first: found.first, last: found.last }
  return {
    value: found.unwritten === 0 ? value : null,
    parts: asked.map(({ stage }, i) => {
      const stale = (found[`stale_${i}`] ?? []).map(
        ([subjectId, date]): Window => ({ subjectId, from: date, to: date }),
      )
      // How many are unusable matters only to who takes what is stale.
      return {
        stage,
        checked: found.days,
        stale: distinctWindows(stale),
        unusable: 0,
        windows: null,
        brings: broughtBy(stage),
      }
    }),
  }
}

/** So many ways to ask for the same lists are kept: orders, filters, and sizes. */
const MOST_WAYS = 50

/** Statements by what they write, and by the page that they write it of. */
const statements = new WeakMap<PageWriting['lists'], Map<string, string>>()

function writtenOnce(page: string, limit: number, skeleton: Skeleton, writing: PageWriting): string {
  const own = statements.get(writing.lists) ?? new Map<string, string>()
  statements.set(writing.lists, own)
  const key = `${writing.isReversed} ${page}`
  const known = own.get(key)
  if (known) return known
  const statement = pageTextSql(page, limit, skeleton, writing)
  if (own.size >= MOST_WAYS) own.clear()
  own.set(key, statement)
  return statement
}

/**
 * Rows are sorted once, before anything is made of them. No aggregate asks for an order of its own, or for what is distinct:
 * Postgres would sort all of them by that.
 * @param limit The number of the parameter that is the page's limit.
 */
function pageTextSql(
  page: string,
  limit: number,
  { page: { sort }, asked }: Skeleton,
  { lists, ends, cursorSql, isReversed }: PageWriting,
): string {
  const ofSlices = new Set<SliceColumn>(['source_sum'])
  const sqlOf = (column: PageColumn): string => {
    if (column === 'cursor')
      return cursorSql(
        sort === 'date' ? `to_json(page.date)::text` : 'page."durationSeconds"::text',
        'to_json(page.id)::text',
      )
    if (typeof column === 'string') return `page."${column}"`
    const i = asked.findIndex(({ stage }) => stage.definition.name === column.stage)
    if (!isSliceColumn(column.column)) return `own_${i}.${column.column}`
    ofSlices.add(column.column)
    return `slices.${sliceColumn(i, column.column)}`
  }
  const columns = ['page.position', ...lists.map((list, i) => `${jsonTextSql(list, sqlOf)} AS activity_${i}`)]
  const joins = asked.map((each, i) => `LEFT JOIN ${annotationOfDay(each)} own_${i} ON true`)
  const isShown = `position <= $${limit}`
  const found = [
    ...lists.map((_, i) => `string_agg(activity_${i}, ',') FILTER (WHERE ${isShown}) AS list_${i}`),
    'count(*)::integer AS count',
    `count(*) FILTER (WHERE ${isShown} AND (${lists.map((_, i) => `activity_${i} IS NULL`).join(' OR ')}))::integer AS unwritten`,
  ]
  if (asked.length > 0) {
    joins.push(`CROSS JOIN ${slicesOfDay(asked, [...ofSlices])} slices`)
    columns.push('page."userId"', 'page.date', 'slices.*')
    found.push(
      `(SELECT count(DISTINCT day) FROM unnest(array_agg(day) FILTER (WHERE ${isShown})) day)::integer AS days`,
    )
  }
  for (const i of asked.keys()) {
    const isStale = `${isShown} AND ${sliceColumn(i, 'source_sum')} IS DISTINCT FROM needed`
    found.push(`json_agg(json_build_array("userId", date)) FILTER (WHERE ${isStale}) AS stale_${i}`)
  }
  if (ends) {
    const place = `json_build_array(${sort === 'date' ? 'page.date' : 'page."durationSeconds"'}, page.id)`
    columns.push(`${place} AS place`)
    const places = `array_agg(place) FILTER (WHERE ${isShown})`
    found.push(`(${places})[1] AS first`, `(${places})[count(*) FILTER (WHERE ${isShown})] AS last`)
  }
  return `WITH page AS (${page})
SELECT ${found.join(',\n  ')}
FROM (
  SELECT ${columns.join(',\n    ')}
  FROM page ${joins.join('\n    ')}
  ORDER BY page.position${isReversed ? ' DESC' : ''}
) page`
}
