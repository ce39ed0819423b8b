import 'reflect-metadata'
import { namesOf } from '../../../src/api/stages/names.ts'
import { stages } from '../../../src/stages/index.ts'
import { nvaSummary } from '../../../src/stages/nva-summary.ts'

test.each([
  ['meeting_load', 'meetingLoad', 'meetingLoads'],
  ['day_summary', 'daySummary', 'daySummaries'],
  ['day', 'day', 'days'],
  ['focus_loss', 'focusLoss', 'focusLosses'],
])('%s is %s, and several are %s', (name, one, many) => {
  const stage = { ...nvaSummary, name, queries: undefined }
  expect(namesOf(stage)).toEqual({ ofActivity: one, ofSubject: many, annotations: one, totals: `${one}Totals` })
})

test('an activity may lie in several sprints', () => {
  expect(namesOf({ ...nvaSummary, name: 'sprint_load', period: 'sprint' }).ofActivity).toBe('sprintLoads')
})

test('no two stages have a query of the same name', () => {
  const names = stages.map(namesOf).flatMap(({ annotations, totals }) => [annotations, totals])
  expect(new Set(names).size).toBe(names.length)
})
