import { type ColumnTable, table } from 'arquero'
import { Column, Entity } from 'typeorm'
import { CacheDataSource } from '../../src/cache/cache-data-source.ts'
import { Database } from '../../src/cache/database.ts'
import { cacheDataSource } from '../../src/data-source.ts'
import { InProcessDispatcher } from '../../src/dispatch/in-process-dispatcher.ts'
import { Freshness } from '../../src/freshness/freshness.ts'
import { addDays, weekStart } from '../../src/model/calendar.ts'
import { emptyReceipt } from '../../src/model/receipt.ts'
import { distinctWindows, type Window } from '../../src/model/window.ts'
import type { Annotation } from '../../src/periods/annotation.ts'
import { DayAnnotation } from '../../src/periods/day.ts'
import type { PeriodName } from '../../src/periods/index.ts'
import { MonthAnnotation } from '../../src/periods/month.ts'
import { SprintAnnotation } from '../../src/periods/sprint.ts'
import { WeekAnnotation } from '../../src/periods/week.ts'
import type { StageDefinition, StageTables } from '../../src/stages/define-stage.ts'
import { ACTIVITIES, stageGraph } from '../../src/stages/stage-graph.ts'
import { int, pick, randomOf } from '../support/random.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, ingest, row } from '../support/timesheet-rows.ts'

@Entity('day_value')
class DayValue extends DayAnnotation {
  @Column('bigint')
  value!: number
}

@Entity('week_value')
class WeekValue extends WeekAnnotation {
  @Column('bigint')
  value!: number
}

@Entity('month_value')
class MonthValue extends MonthAnnotation {
  @Column('bigint')
  value!: number
}

@Entity('sprint_value')
class SprintValue extends SprintAnnotation {
  @Column('bigint')
  value!: number
}

const OUTPUTS = { day: DayValue, week: WeekValue, month: MonthValue, sprint: SprintValue }
const KEYS = { day: ['date'], week: ['week_start'], month: ['month_start'], sprint: ['start_date', 'end_date'] }
const FIRST_DAY = '2026-03-02'
const DAYS = 42
const SPRINTS = [
  ['2026-03-04', '2026-03-12'],
  ['2026-03-10', '2026-03-29'],
  ['2026-04-01', '2026-04-01'],
] as const

let service: TestService
let database: Database
let users: string[]

beforeAll(async () => {
  service = await testService()
  users = Object.values(await addPeople(service))
  const { options, isPooled } = await cacheDataSource(service.url)
  const entities = [...(Array.isArray(options.entities) ? options.entities : []), ...Object.values(OUTPUTS)]
  const dataSource = await new CacheDataSource({ ...options, entities }, { isPooled }).initialize()
  database = new Database(dataSource)
  for (const [period, keys] of Object.entries(KEYS)) {
    const columns = keys.map((key) => `${key} date`).join(', ')
    await database.sql(`CREATE TABLE ${period}_value (user_id uuid, ${columns}, logic text, value bigint NOT NULL,
      PRIMARY KEY (user_id, ${keys.join(', ')}, logic))`)
  }
})

afterAll(async () => {
  await database.dataSource.destroy()
  await service.stop()
})

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a graph of any shape gives what a full recomputation does, and is fresh then (seed %d)',
  async (seed) => {
    const random = randomOf(seed * 7_919)
    const definitions = randomGraph(random, seed)
    const when = definitions.map(({ name, period, lookback, reads }) => `${name} ${period}-${lookback}: ${reads}`)
    const dispatcher = new InProcessDispatcher()
    const freshness = new Freshness(database, dispatcher, stageGraph(definitions))
    freshness.respond()
    for (let step = 0; step < 12; step++) {
      await editAtRandom(random)
      if (random() < 0.4) {
        const from = random() < 0.5 ? addDays(FIRST_DAY, int(random, DAYS)) : null
        await freshness.discard(pick(random, definitions).name, { from, to: null })
      }
      const { name, period } = pick(random, definitions)
      const windows = windowsAtRandom(random, period)
      const found = await freshness.annotations(name, windows, emptyReceipt())
      const truth = await recompute(definitions)
      const expected = texts(truth(name, windows))
      expect({ seed, step, name, when, values: texts(found.map(valueOf)) }).toEqual({
        seed,
        step,
        name,
        when,
        values: expected,
      })
      const before = await written()
      const again = emptyReceipt()
      await freshness.annotations(name, windows, again)
      expect({ seed, step, name, when, ...again }).toMatchObject({ recomputed: 0, verified: 0 })
      expect(await written()).toEqual(before)
    }
  },
)

/** Stages that read the activities and each other, of all periods, with lookbacks, some of them twice. */
function randomGraph(random: () => number, seed: number): StageDefinition[] {
  const definitions: StageDefinition[] = []
  for (let i = 0; i < 7; i++) {
    const period = i === 0 ? 'day' : pick(random, ['day', 'day', 'week', 'week', 'month', 'sprint'] as const)
    const fitting = definitions.filter((read) => read.period === period || read.period === 'day')
    // The last ones more often: so chains become long.
    const readable = [ACTIVITIES, ...[...fitting, ...fitting.slice(-2)].map(({ name }) => name)]
    const reads = Array.from({ length: 1 + int(random, 3) }, () => pick(random, readable))
    const lookback = period === 'sprint' ? 0 : pick(random, [0, 0, 1, 2])
    const shape = { name: `s${seed}_${i}`, version: 1, description: '', reads, period, lookback }
    definitions.push({ ...shape, output: OUTPUTS[period], annotate: (tables) => annotate(shape, tables) })
  }
  return definitions
}

type Shape = Pick<StageDefinition, 'reads' | 'period' | 'lookback'>

/** A number of a user's period: what an activity, a slice or an annotation is to these stages. */
interface Value extends Window {
  value: number
}

/** The sum of what is read, each table with a weight of its own; small, so that often nothing changes. */
function valueFrom({ reads, period, lookback = 0 }: Shape, slice: Window, valuesOf: (read: string) => Value[]): number {
  const first = before(period, slice.from, lookback)
  const sums = [...new Set(reads)].map((read, i) =>
    valuesOf(read)
      .filter(({ subjectId, from, to }) => subjectId === slice.subjectId && first <= from && to <= slice.to)
      .reduce((sum, { value }) => sum + value * (i + 1), 0),
  )
  return sums.reduce((a, b) => a + b, 0) % 11
}

function annotate(shape: Shape, tables: StageTables): ColumnTable {
  const slices = rowsOf(tables.slices?.objects() ?? [])
  const read = new Map([...new Set(shape.reads)].map((name) => [name, rowsOf(tables[name]?.objects() ?? [])]))
  const values = slices.map((slice) => {
    const isOwn = ({ from, to }: Value) => shape.period !== 'sprint' || (from === slice.from && to === slice.to)
    return valueFrom(shape, slice, (name) => (read.get(name) ?? []).filter((one) => !one.isSprint || isOwn(one)))
  })
  const ends = { date: slices.map(({ from }) => from), end_date: slices.map(({ to }) => to) }
  const periods: Partial<Record<PeriodName, Record<string, string[]>>> = {
    day: { date: ends.date },
    week: { week_start: ends.date },
    month: { month_start: ends.date },
    sprint: { start_date: ends.date, end_date: ends.end_date },
  }
  return table({ user_id: slices.map(({ subjectId }) => subjectId), ...periods[shape.period], value: values })
}

/** Rows of a stage's tables. */
function rowsOf(rows: readonly object[]): (Value & { isSprint: boolean })[] {
  return (rows as Partial<Record<string, string | number>>[]).map((one) => {
    const from = String(one.date ?? one.week_start ?? one.month_start ?? one.start_date)
    const end = one.week_start ? addDays(from, 6) : one.month_start ? endOfMonth(from) : from
    const to = String(one.end_date ?? end)
    const isSprint = 'value' in one && 'end_date' in one
    return { subjectId: String(one.user_id), from, to, value: Number(one.value ?? one.duration_seconds), isSprint }
  })
}

/** What each stage must say of each of its slices in some windows, out of the activities as they are now. */
async function recompute(
  definitions: readonly StageDefinition[],
): Promise<(name: string, windows: Window[]) => Value[]> {
  const activities = await database.sql<Value>(
    'SELECT user_id AS "subjectId", date AS "from", date AS "to", duration_seconds AS value FROM activity',
  )
  // A day that had activities once has slices.
  const days = await database.sql<Window>(
    `SELECT subject_id AS "subjectId", start_date AS "from", end_date AS "to" FROM slice WHERE logic = 'activities'`,
  )
  const known = new Map<string, Value[]>()
  const valuesOf = (name: string): Value[] => {
    if (name === ACTIVITIES) return activities
    const values = known.get(name) ?? compute(name)
    known.set(name, values)
    return values
  }
  const compute = (name: string) => {
    const shape = definitions.find((definition) => definition.name === name)
    if (!shape) throw new Error(`There is no ${name}.`)
    return slicesIn(shape.period, days).map((slice) => {
      const read = (from: string) => {
        const isSprint = definitions.some((one) => one.name === from && one.period === 'sprint')
        return valuesOf(from).filter((one) => !isSprint || (one.from === slice.from && one.to === slice.to))
      }
      return { ...slice, value: valueFrom(shape, slice, read) }
    })
  }
  return (name, windows) => {
    const isSprint = definitions.some((one) => one.name === name && one.period === 'sprint')
    const isIn = (slice: Window) => (window: Window) =>
      slice.subjectId === window.subjectId &&
      (isSprint
        ? slice.from === window.from && slice.to === window.to
        : window.from <= slice.from && slice.to <= window.to)
    return valuesOf(name).filter((slice) => windows.some(isIn(slice)))
  }
}

/** The start of the period that is so many before the one that starts then. */
function before(period: PeriodName, start: string, count: number): string {
  if (period === 'month') return monthStart(start, -count)
  return addDays(start, -count * (period === 'week' ? 7 : 1))
}

function monthStart(date: string, later = 0): string {
  return new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1 + later)).toISOString().slice(0, 10)
}

function endOfMonth(date: string): string {
  return addDays(monthStart(date, 1), -1)
}

function slicesIn(period: PeriodName, days: readonly Window[]): Window[] {
  const slices = days.flatMap((day) => {
    if (period === 'day') return [day]
    if (period === 'week') return [{ ...day, from: weekStart(day.from), to: addDays(weekStart(day.from), 6) }]
    if (period === 'month') return [{ ...day, from: monthStart(day.from), to: endOfMonth(day.from) }]
    return SPRINTS.filter(([from, to]) => from <= day.from && day.from <= to).map(([from, to]) => ({
      ...day,
      from,
      to,
    }))
  })
  return distinctWindows(slices)
}

function windowsAtRandom(random: () => number, period: PeriodName): Window[] {
  const asked = random() < 0.5 ? users : [pick(random, users)]
  const from = addDays(FIRST_DAY, int(random, DAYS) - 7)
  const length = 7 + int(random, DAYS)
  const months = [addDays(monthStart(from), -int(random, 3)), addDays(from, length + 31)] as const
  const days = [from, addDays(from, length)] as const
  const ranges = period === 'sprint' ? SPRINTS : [period === 'month' ? months : days]
  return asked.flatMap((subjectId) => ranges.map(([start, end]) => ({ subjectId, from: start, to: end })))
}

async function editAtRandom(random: () => number): Promise<void> {
  const rows = Array.from({ length: 1 + int(random, 3) }, () =>
    row(int(random, 40), {
      activity_date: addDays(FIRST_DAY, int(random, DAYS)),
      duration_seconds: int(random, 4),
      user_id: pick(random, [ANN, BEN]),
    }),
  )
  await ingest(service, [...new Map(rows.map((one) => [one.id, one])).values()])
  if (random() < 0.3) {
    const gone = JSON.stringify([int(random, 40), int(random, 40)].map(String))
    await service.get(`mutation { deleteActivities(source: "timesheets", externalIds: ${gone}) }`)
  }
}

/** A text of each slice and its value. */
function texts(values: readonly Value[]): string[] {
  return values.map(({ subjectId, from, to, value }) => `${subjectId} ${from} ${to}: ${value}`).sort()
}

function valueOf(annotation: Annotation): Value {
  if (annotation instanceof DayValue)
    return { ...annotation, subjectId: annotation.userId, from: annotation.date, to: annotation.date }
  if (annotation instanceof WeekValue) {
    return {
      ...annotation,
      subjectId: annotation.userId,
      from: annotation.weekStart,
      to: addDays(annotation.weekStart, 6),
    }
  }
  if (annotation instanceof MonthValue) {
    return {
      ...annotation,
      subjectId: annotation.userId,
      from: annotation.monthStart,
      to: endOfMonth(annotation.monthStart),
    }
  }
  if (annotation instanceof SprintValue)
    return { ...annotation, subjectId: annotation.userId, from: annotation.startDate, to: annotation.endDate }
  throw new Error('It is an annotation of none of these stages.')
}

/** What tells whether anything was written to a slice. */
async function written(): Promise<object[]> {
  return database.sql('SELECT count(*) AS slices, max(xmin::text::bigint) AS last FROM slice')
}
