import 'reflect-metadata'
import { table } from 'arquero'
import { Column, PrimaryColumn } from 'typeorm'
import { StageError } from '../../src/model/errors.ts'
import { Annotation } from '../../src/periods/annotation.ts'
import { DayAnnotation } from '../../src/periods/day.ts'
import { NO_REACH, type Reach } from '../../src/periods/period.ts'
import { defineStage, type StageDefinition } from '../../src/stages/define-stage.ts'
import { stages } from '../../src/stages/index.ts'
import { stageGraph, stageOf } from '../../src/stages/stage-graph.ts'

class Output extends Annotation {
  logic = ''
}

class One extends DayAnnotation {
  @Column('integer')
  one!: number
}

class Same extends DayAnnotation {
  @Column({ type: 'integer', name: 'one' })
  another!: number
}

class OneMore extends One {
  @Column('integer')
  more!: number
}

class OtherType extends DayAnnotation {
  @Column('bigint')
  one!: number
}

class Nullable extends DayAnnotation {
  @Column('integer', { nullable: true })
  one!: number | null
}

class LongerKey extends DayAnnotation {
  @PrimaryColumn('integer')
  one!: number
}

/** A stage that is of no use but for its place. */
function stage(name: string, reads: string[], other: Partial<StageDefinition> = {}): StageDefinition {
  return defineStage({
    name,
    version: 1,
    description: '',
    reads,
    period: 'day',
    output: Output,
    annotate: () => table({}),
    ...other,
  })
}

const DAYS = stage('days', ['activities'])

function back(periods: number, days = 0): Reach {
  return { periods, days }
}

test('the stages that there are make a graph, in the order of the registry', () => {
  expect([...stageGraph(stages).keys()]).toEqual(stages.map(({ name }) => name))
})

test('a stage knows what it reads and how far back its values depend', () => {
  const graph = stageGraph(stages)
  expect(stageOf(graph, 'nva_summary')).toMatchObject({ readsActivities: true, lookback: NO_REACH, reach: NO_REACH })
  expect(stageOf(graph, 'nva_summary').stages).toEqual([stageOf(graph, 'time_split')])
  expect(stageOf(graph, 'waste_trend')).toMatchObject({ readsActivities: false, lookback: back(8), reach: back(8) })
  expect(stageOf(graph, 'sprint_summary')).toMatchObject({
    readsActivities: false,
    lookback: NO_REACH,
    reach: NO_REACH,
  })
})

test('a lookback is carried on to those who read it', () => {
  const graph = stageGraph([
    DAYS,
    stage('average', ['days'], { lookback: 30 }),
    stage('rank', ['average']),
    stage('weeks', ['days'], { period: 'week', lookback: 2 }),
  ])
  expect([...graph.values()].map(({ lookback, reach }) => [lookback, reach])).toEqual([
    [NO_REACH, NO_REACH],
    [back(30), back(30)],
    [NO_REACH, back(30)],
    [back(2), back(2)],
  ])
})

test('lookbacks add up along a chain of reads', () => {
  const graph = stageGraph([
    DAYS,
    stage('average', ['days'], { lookback: 3 }),
    stage('smooth', ['average', 'days'], { lookback: 2 }),
    stage('weeks', ['smooth'], { period: 'week', lookback: 1 }),
    stage('trends', ['weeks', 'days'], { period: 'week', lookback: 2 }),
    stage('months', ['smooth', 'days'], { period: 'month', lookback: 2 }),
    stage('sprints', ['average'], { period: 'sprint' }),
  ])
  expect([...graph.values()].map(({ reach }) => reach)).toEqual([
    NO_REACH,
    back(3),
    back(5),
    back(1, 5),
    back(3, 5),
    back(2, 5),
    back(0, 3),
  ])
})

test('a stage that is read twice counts once', () => {
  const [twice, once] = [
    ['days', 'activities', 'days'],
    ['days', 'activities'],
  ].map((reads) => stageOf(stageGraph([DAYS, stage('b', reads)]), 'b'))
  expect(twice?.stages).toHaveLength(1)
  expect(twice?.logic).toBe(once?.logic)
})

test('a stage may be listed before what it reads', () => {
  const graph = stageGraph([stage('late', ['days']), DAYS])
  expect([...graph.keys()]).toEqual(['late', 'days'])
  expect(stageOf(graph, 'late').stages).toEqual([stageOf(graph, 'days')])
})

const refused: [what: string, definitions: StageDefinition[], message: RegExp][] = [
  ['a name given twice', [DAYS, stage('days', ['activities'])], /same name/],
  ['a read that there is not', [stage('a', ['nothing'])], /"a" reads "nothing"/],
  ['nothing read at all', [stage('a', [])], /"a" reads nothing/],
  ['a stage that reads itself', [stage('a', ['a'])], /cycle: a reads a\./],
  ['a cycle', [stage('a', ['b']), stage('b', ['c']), stage('c', ['a'])], /cycle: a reads b reads c reads a\./],
  ['a sprint with a lookback', [stage('a', ['activities'], { period: 'sprint', lookback: 1 })], /"a".*no lookback/],
  [
    'a stage of projects that reads one of users',
    [DAYS, stage('a', ['days'], { subject: 'project' })],
    /"a" \(of projects\) can't read "days" \(of users\)/,
  ],
  [
    'a sum over sprints',
    [stage('a', ['activities'], { period: 'sprint', sums: ['one'] })],
    /"a": sprints may overlap, so nothing of theirs is a sum/,
  ],
  [
    'the sums of a stage with others',
    [stage('d', ['activities'], { sums: ['one'] }), stage('m', ['d'], { period: 'month', sums: ['two'], sumsOf: 'd' })],
    /"m" has the sums of "d": it must read that, a stage of days with the same sums/,
  ],
  [
    'a ratio of what is no sum',
    [stage('a', ['activities'], { sums: ['one'], ratios: { r: { part: 'one', whole: 'two', description: '' } } })],
    /"a": "two" is part of a ratio, so it must be one of its sums/,
  ],
  [
    'a day that reads weeks',
    [stage('w', ['activities'], { period: 'week' }), stage('d', ['w'])],
    /"d" \(day\) can't read "w" \(week\)/,
  ],
  [
    'a week that reads sprints',
    [stage('s', ['activities'], { period: 'sprint' }), stage('w', ['s'], { period: 'week' })],
    /"w" \(week\) can't read "s" \(sprint\)/,
  ],
  [
    'a sprint that reads weeks',
    [stage('w', ['activities'], { period: 'week' }), stage('s', ['w'], { period: 'sprint' })],
    /"s" \(sprint\) can't read "w" \(week\)/,
  ],
]

test.each(refused)('%s is refused', (_, definitions, message) => {
  expect(() => stageGraph(definitions)).toThrow(StageError)
  expect(() => stageGraph(definitions)).toThrow(message)
})

test('a stage that there is not is named', () => {
  expect(() => stageOf(stageGraph([DAYS]), 'weeks')).toThrow('"weeks"')
})

describe('the logic of a stage', () => {
  const logicOf = (name: string, ...definitions: StageDefinition[]) => stageOf(stageGraph(definitions), name).logic
  const readers = [stage('b', ['days']), stage('c', ['b', 'activities'])]
  const before = logicOf('c', DAYS, ...readers)

  test('is the same for the same definitions, in whatever order', () => {
    expect(logicOf('c', ...[DAYS, ...readers].reverse())).toBe(before)
  })

  test('is the same whatever the stage is said to do', () => {
    expect(logicOf('c', DAYS, ...readers.map((reader) => ({ ...reader, description: 'Better said.' })))).toBe(before)
  })

  test('changes with its version', () => {
    expect(logicOf('c', DAYS, stage('b', ['days']), stage('c', ['b', 'activities'], { version: 2 }))).not.toBe(before)
  })

  test('changes with its name', () => {
    expect(logicOf('d', DAYS, stage('b', ['days']), stage('d', ['b', 'activities']))).not.toBe(before)
  })

  test('changes with the version of what it reads, however far upstream', () => {
    expect(logicOf('c', DAYS, stage('b', ['days'], { version: 2 }), stage('c', ['b', 'activities']))).not.toBe(before)
    expect(logicOf('c', { ...DAYS, version: 2 }, ...readers)).not.toBe(before)
  })

  test.each<[what: string, other: Partial<StageDefinition>]>([
    ['period', { period: 'week' }],
    ['subject', { subject: 'project' }],
    ['lookback', { lookback: 1 }],
    ['output columns: one more', { output: OneMore }],
    ["output columns: another type of one that it shares with others'", { output: OtherType }],
    ['output columns: one that may be null', { output: Nullable }],
    ['output columns: one more in its key', { output: LongerKey }],
  ])('changes with its %s', (_, other) => {
    const logics = [{}, other].map((own) => logicOf('weeks', stage('weeks', ['activities'], { output: One, ...own })))
    expect(logics[1]).not.toBe(logics[0])
  })

  test('is the same for another class of the same columns, and for a lookback of 0', () => {
    const logics = [{}, { output: Same, lookback: 0 }].map((own) =>
      logicOf('weeks', stage('weeks', ['activities'], { output: One, ...own })),
    )
    expect(logics[1]).toBe(logics[0])
  })

  test('does not change with stages that it does not read', () => {
    expect(logicOf('c', DAYS, ...readers, stage('z', ['c'], { version: 9 }))).toBe(before)
  })

  test('is different for each of the stages that there are', () => {
    const logics = [...stageGraph(stages).values()].map(({ logic }) => logic)
    expect(new Set(logics).size).toBe(stages.length)
  })
})
