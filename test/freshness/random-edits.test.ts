import pg from 'pg'
import { addDays, datesBetween, weekStart } from '../../src/model/calendar.ts'
import { emptyReceipt } from '../../src/model/receipt.ts'
import type { Window } from '../../src/model/window.ts'
import type { Annotation } from '../../src/periods/annotation.ts'
import { type StageTruths, truthOf } from '../support/oracle.ts'
import { int, pick, randomOf } from '../support/random.ts'
import { addSprints, DAYS, editAtRandom, FIRST_DAY } from '../support/random-writes.ts'
import { type Counts, readDuringWrites } from '../support/reads-during-writes.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople } from '../support/timesheet-rows.ts'

const STEPS = 320

/** Two services on one database, and a client beside them that sees what is in the cache. */
let services: [TestService, TestService]
let client: pg.Client
let users: string[]

beforeAll(async () => {
  const first = await testService()
  services = [first, await testService({ url: first.url })]
  users = Object.values(await addPeople(first))
  client = new pg.Client({ connectionString: first.url })
  await client.connect()
  await addSprints(first)
})

afterAll(async () => {
  await client.end()
  for (const service of services) await service.stop()
})

test.each([1, 2])('a read after random edits equals a full recomputation (seed %d)', async (seed) => {
  const random = randomOf(seed)
  let reads = 0
  for (let step = 0; step < STEPS; step++) {
    const service = pick(random, services)
    if (random() < 0.4) {
      reads++
      await compareRandomRead(service, random, `seed ${seed}, step ${step}`)
    } else await editAtRandom(service, random)
  }
  expect(reads).toBeGreaterThan(100)
  await compareEverything(services[0], `seed ${seed}, at the end`)
})

test('after reads, edits and discards of two services at once everything equals a full recomputation', async () => {
  const random = randomOf(3)
  const writers = services.map(async (service) => {
    for (let i = 0; i < 40; i++) await editAtRandom(service, random)
  })
  const readers = services.map(async (service) => {
    for (let i = 0; i < 40; i++) await readAtRandom(service, random)
  })
  await Promise.all([...writers, ...readers])
  await compareEverything(services[1], 'after the storm')
})

test.each([4, 5])(
  'reads during writes show the truth of a moment of the read, on pages and in windows (seed %d)',
  async (seed) => {
    const isOver = ({ writes }: Counts) => writes === 150
    const { reads, contended } = await readDuringWrites(services, client, { seed, readers: 2, isOver })
    expect(reads).toBeGreaterThan(50)
    expect(contended).toBeLessThan(reads / 20)
  },
)

async function compareRandomRead(service: TestService, random: () => number, when: string): Promise<void> {
  const { stage, windows } = await randomQuestion(random)
  const found = await service.freshness.annotations(stage, windows, emptyReceipt())
  expectTruth(stage, windows, found, await truthOf(client), when)
}

async function readAtRandom(service: TestService, random: () => number): Promise<void> {
  const { stage, windows } = await randomQuestion(random)
  await service.freshness.annotations(stage, windows, emptyReceipt())
}

async function randomQuestion(random: () => number): Promise<{ stage: keyof StageTruths; windows: Window[] }> {
  const stage = pick(random, ['time_split', 'nva_summary', 'waste_trend', 'sprint_summary'] as const)
  const asked = random() < 0.5 ? users : [pick(random, users)]
  if (stage === 'sprint_summary') return { stage, windows: await sprintWindows(asked) }
  const from = addDays(FIRST_DAY, int(random, DAYS))
  const to = addDays(from, int(random, 30))
  return { stage, windows: asked.map((subjectId) => ({ subjectId, from, to })) }
}

async function compareEverything(service: TestService, when: string): Promise<void> {
  const truth = await truthOf(client)
  const windows = users.map((subjectId) => ({ subjectId, from: '2025-12-29', to: '2026-12-27' }))
  for (const stage of ['time_split', 'nva_summary', 'waste_trend', 'sprint_summary'] as const) {
    const asked = stage === 'sprint_summary' ? await sprintWindows(users) : windows
    const found = await service.freshness.annotations(stage, asked, emptyReceipt())
    expectTruth(stage, asked, found, truth, when)
    expect(found.length).toBe(truth[stage].size)
  }
}

async function sprintWindows(asked: readonly string[]): Promise<Window[]> {
  const sprints = await client.query('SELECT DISTINCT start_date::text AS "from", end_date::text AS "to" FROM sprint')
  return asked.flatMap((subjectId) => sprints.rows.map((sprint) => ({ subjectId, ...sprint })))
}

function expectTruth(
  stage: keyof StageTruths,
  windows: readonly Window[],
  found: Annotation[],
  truth: StageTruths,
  when: string,
): void {
  const expected = new Map([...truth[stage]].filter(([key]) => isAskedFor(stage, key, windows)))
  expect({ when, stage, rows: plain(new Map(found.map((annotation) => entryOf(stage, annotation)))) }).toEqual({
    when,
    stage,
    rows: plain(expected),
  })
}

function isAskedFor(stage: keyof StageTruths, key: string, windows: readonly Window[]): boolean {
  const [userId, start = '', end = ''] = key.split(' ')
  return windows.some((window) => {
    if (window.subjectId !== userId) return false
    if (stage === 'sprint_summary') return window.from === start && window.to === end
    if (stage === 'waste_trend') return window.from <= start && addDays(start, 6) <= window.to
    return window.from <= start && start <= window.to
  })
}

function entryOf(stage: keyof StageTruths, annotation: Annotation): [string, object] {
  const {
    userId,
    date,
    activityId,
    weekStart: week,
    startDate,
    endDate,
    ...rest
  } = annotation as unknown as Record<string, string>
  const { stage: _, version, computedAt, changedAt, logic, isFresh, ...values } = rest
  switch (stage) {
    case 'time_split':
      return [`${userId} ${date} ${activityId}`, values]
    case 'nva_summary':
      return [`${userId} ${date}`, { nva: values.nvaSecondsSum, va: values.vaSecondsSum, total: values.totalSum }]
    case 'waste_trend':
      return [`${userId} ${week}`, values]
    case 'sprint_summary':
      return [`${userId} ${startDate} ${endDate}`, values]
  }
}

/** Sorted, and rounded to where two ways of summing floats agree. */
function plain(rows: ReadonlyMap<string, object>): object {
  const round = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toFixed(9)) + 0 : value)
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.parse(JSON.stringify(Object.fromEntries(sorted), round))
}

test('the days on which the edits fall span enough weeks for a baseline', () => {
  expect(new Set(datesBetween(FIRST_DAY, addDays(FIRST_DAY, DAYS - 1)).map(weekStart)).size).toBe(11)
})
