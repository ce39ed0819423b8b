/** In which days slices may be stale once activities of users changed. */
import type { Sql } from '../../cache/database.ts'
import { daysOfActivities } from '../../cache/extent.ts'
import { allSprints } from '../../cache/reference-reads.ts'
import { addDays } from '../../model/calendar.ts'
import { user } from '../../model/subject.ts'
import { mergeWindows, type ToldWindows, type Window } from '../../model/window.ts'
import type { CalendarPeriod } from '../../periods/period.ts'
import type { Stage } from '../../stages/stage-graph.ts'

/** The windows of users in which something changed; `many`: nobody knows which those are. */
export type Touched = readonly Window[] | 'many'

/** More than these are nobody knows which. */
const MOST_TOUCHED = 1_000

export function touchedOf({ windows, isComplete }: ToldWindows): Touched {
  return isComplete ? windows : 'many'
}

export function addTouched(a: Touched, b: Touched): Touched {
  if (a === 'many' || b === 'many') return 'many'
  const all = mergeWindows([...a, ...b])
  return all.length > MOST_TOUCHED ? 'many' : all
}

/** The windows in which slices of the stage depend on what was touched: those that reach back to it, too. */
export async function windowsTouched(sql: Sql, stage: Stage, touched: Touched): Promise<Window[]> {
  const ofSubjects = await touchedSubjects(sql, stage, touched)
  const { period } = stage
  if (period.kind === 'calendar') {
    return mergeWindows(ofSubjects.map((window) => ({ ...window, ...reached(period, stage, window) })))
  }
  const sprints = await allSprints(sql)
  return ofSubjects.flatMap(({ subjectId, from, to }) =>
    sprints
      .filter(({ startDate, endDate }) => startDate <= addDays(to, stage.reach.days) && from <= endDate)
      .map(({ startDate, endDate }) => ({ subjectId, from: startDate, to: endDate })),
  )
}

/** Of each of the stage's own subjects the days that were touched: of users as they are told, of others, or where nobody knows, all. */
async function touchedSubjects(sql: Sql, { subject }: Stage, touched: Touched): Promise<readonly Window[]> {
  if (touched !== 'many' && subject === user) return touched
  const [first, last] = touched === 'many' ? await daysOfActivities(sql) : boundsOf(touched)
  if (first > last) return []
  const ids = await sql<{ id: string }>(`SELECT id FROM ${subject.table} ORDER BY id`)
  return ids.map(({ id }) => ({ subjectId: id, from: first, to: last }))
}

function boundsOf(windows: readonly Window[]): [first: string, last: string] {
  const [firsts, lasts] = [windows.map(({ from }) => from).sort(), windows.map(({ to }) => to).sort()]
  return [firsts[0] ?? '1', lasts.at(-1) ?? '0']
}

/** The days of all periods that have some of these days, or reach back to one. */
function reached(period: CalendarPeriod, { reach }: Stage, { from, to }: Window): { from: string; to: string } {
  let last = period.endOf(addDays(to, reach.days))
  for (let i = 0; i < reach.periods; i++) last = period.endOf(addDays(last, 1))
  return { from: period.startOf(from), to: last }
}
