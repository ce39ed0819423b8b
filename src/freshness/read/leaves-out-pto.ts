/** What a stage makes of one activity says what that contributes: stages are pure. */
import type { ColumnTable } from 'arquero'
import { ActivityType } from '../../model/activity.ts'
import { ACTIVITIES, type Stage } from '../../stages/stage-graph.ts'
import { frozenTable } from '../refresh/frozen-table.ts'
import { sliceTable } from '../refresh/read-inputs.ts'

const DATE = '2026-01-01'
const ID = '00000000-0000-7000-8000-000000000000'

/** One activity, of PTO. */
const TIME_OFF = {
  activity_id: [ID],
  user_id: [ID],
  project_id: [ID],
  date: [DATE],
  duration_seconds: [1],
  type: [ActivityType.NON_VALUE_ADD],
  stereotype_id: [ID],
  stereotype_code: ['pto'],
}

const known = new WeakMap<Stage, boolean>()

/** Whether PTO is in none of the sums of a stage, or of what it reads where it has none itself. */
export function leavesOutPto(stage: Stage): boolean {
  const answer = known.get(stage) ?? lookUp(stage)
  known.set(stage, answer)
  return answer
}

function lookUp(stage: Stage): boolean {
  const { sums = [] } = stage.definition
  if (sums.length === 0) return stage.stages.some(leavesOutPto)
  const made = annotated(stage)
  return made.numRows() === 0 || sums.every((sum) => Number(made.get(sum, 0)) === 0)
}

/** What a stage makes of time off alone. */
function annotated(stage: Stage): ColumnTable {
  const { period, definition } = stage
  const from = period.kind === 'calendar' ? period.startOf(DATE) : DATE
  const to = period.kind === 'calendar' ? period.endOf(DATE) : DATE
  const reads = stage.stages.map((read) => [read.definition.name, annotated(read)] as const)
  return definition.annotate({
    slices: sliceTable(stage, [{ subjectId: ID, from, to }]),
    [ACTIVITIES]: frozenTable(TIME_OFF),
    ...Object.fromEntries(reads),
  })
}
