/** What was told before is another number now: late and edited rows, and new logic, are causes of their own. */
import type { GraphQLResolveInfo } from 'graphql'
import { editSums } from '../cache/edits.ts'
import { revisionsAt } from '../cache/revisions.ts'
import { type ActivitiesFilter, filterSql, filterValues } from '../freshness/read/provenance.ts'
import type { RollUp } from '../freshness/read/rollups.ts'
import { type WasteRow, wasteOf } from '../freshness/read/waste.ts'
import { type Change, type ChangeMetric, changeSince, type Side, type StepKind, sumOf } from '../model/change-parts.ts'
import type { Window } from '../model/window.ts'
import type { Span } from '../periods/period.ts'
import type { StageVersion } from '../stages/stage-versions.ts'
import { inPast, placeIn } from './reading.ts'
import { type Reading, receiptOf } from './request-context.ts'

/** The days before, as they were looked at. */
export interface Since {
  range: Span
  windows: readonly Window[]
  filter: ActivitiesFilter
  /** What the change is taken apart by. */
  rollUp: RollUp<WasteRow>
  /** What it begins with, by that. */
  now: Side
  asOf: Date | null
  versions: readonly StageVersion[]
}

/** The change since then, taken apart into what moved the days before meanwhile, and the rest. */
export async function changedSince<Group>(
  context: Reading,
  { path }: GraphQLResolveInfo,
  metric: ChangeMetric,
  change: Change<Group>,
  { range, windows, filter, rollUp, now, asOf, versions }: Since,
): Promise<Change<Group>> {
  const graph =
    versions.length > 0 ? await context.versions.readable(versions, 'beforeVersions') : context.freshness.graph
  const former: Reading = { ...context, freshness: context.freshness.by(graph) }
  const sumUp = async (own: Reading, by: RollUp<WasteRow>): Promise<Side> =>
    sumOf(await own.freshness.rollUp(by, windows, receiptOf(own), own.how))
  // What isn't taken apart is by the stages' own logic; where that differs from what is, lines are to add up to the latter.
  const whole = wasteOf({ by: [], filter, isCounted: false })
  const isSame = isEqualSide(await sumUp(context, whole), now)
  const sideOf = (own: Reading) => sumUp(own, isSame ? whole : rollUp)
  const seen = asOf
    ? await inPast(former, asOf, [...placeIn(path), 'before'].join(' '), sideOf, 'beforeAsOf')
    : await sideOf(former)
  const byFormer = await sideOf(former)
  const steps: { kind: StepKind; side: Side }[] = []
  if (asOf) {
    const { sql } = context.database
    const condition = filterSql(filter, { user: 'x.user_id', start: 'x.date', project: 'x.project_id' }, 4)
    const sums = await editSums(sql, {
      ...{ ...range, userIds: windows.map(({ subjectId }) => subjectId), condition, values: filterValues(filter) },
      ...{ before: await revisionsAt(sql, asOf), after: null },
    })
    const late = sumOf([seen, ...sums.filter(({ kind }) => kind === 'LATE_ROWS')])
    const removed = sumOf([late, ...sums.filter(({ kind }) => kind === 'REMOVED_ROWS')])
    // What they don't come to by the stages' own logic is with the edited.
    steps.push(
      { kind: 'LATE_ROWS', side: late },
      { kind: 'REMOVED_ROWS', side: removed },
      { kind: 'EDITED_ROWS', side: byFormer },
    )
  }
  if (graph !== context.freshness.graph) steps.push({ kind: 'NEW_LOGIC', side: await sideOf(context) })
  return changeSince(metric, change, seen, steps)
}

function isEqualSide(one: Side, other: Side): boolean {
  return one.nvaSeconds === other.nvaSeconds && one.totalSeconds === other.totalSeconds
}
