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
  expect(namesOf(stage)).toEqual({
    ofActivity: one,
    ofSubject: many,
    annotations: { name: many },
    totals: { name: `${one}Totals` },
  })
})

test('an activity may lie in several sprints', () => {
  expect(namesOf({ ...nvaSummary, name: 'sprint_load', period: 'sprint' }).ofActivity).toBe('sprintLoads')
})

test('what was called otherwise before has both names', () => {
  const names = namesOf({ ...nvaSummary, name: 'time_split', queries: { totals: 'timeSums' } })
  expect(names.annotations).toEqual({ name: 'timeSplits', former: 'timeSplit' })
  expect(names.totals).toEqual({ name: 'timeSplitTotals', former: 'timeSums' })
  expect(namesOf(nvaSummary).annotations).toEqual({ name: 'nvaSummaries' })
})

test('where a plain list has the plural, pages are its connection', () => {
  expect(namesOf({ ...nvaSummary, name: 'waste_trend' }).annotations.name).toBe('wasteTrendsConnection')
})

test('no two stages have a query of the same name', () => {
  const queries = stages.map(namesOf).flatMap(({ annotations, totals }) => [annotations, totals])
  const names = queries.flatMap(({ name, former }) => [name, ...(former ? [former] : [])])
  expect(new Set(names).size).toBe(names.length)
})
