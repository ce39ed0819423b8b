import pg from 'pg'
import { addDays, datesBetween, weekStart } from '../../src/model/calendar.ts'
import { emptyReceipt } from '../../src/model/receipt.ts'
import type { Window } from '../../src/model/window.ts'
import type { Annotation } from '../../src/stages/annotation.ts'
import { type Truth, truthOf } from '../support/oracle.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, MEETING, PTO, row } from '../support/timesheet-rows.ts'

const STEPS = 320
const FIRST_DAY = '2026-01-05'
const DAYS = 77

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
  await first.get(
    `mutation { upsertSprints(input: [
      { name: "A", startDate: "2026-01-05", endDate: "2026-01-18" }, { name: "B", startDate: "2026-01-12", endDate: "2026-02-10" }
    ]) { id } }`,
  )
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

/** One of: insert, edit, move in time, move to another user, delete, recode, discard, move a sprint. */
async function editAtRandom(service: TestService, random: () => number): Promise<void> {
  const kind = random()
  if (kind < 0.7) {
    const rows = new Map(
      Array.from({ length: 1 + int(random, 6) }, () => randomRow(random)).map((each) => [each.id, each]),
    )
    await ingest(service, [...rows.values()])
  } else if (kind < 0.8) {
    const externalIds = [1, 2, 3].map(() => String(int(random, 90)))
    await service.get('mutation ($ids: [String!]!) { deleteActivities(source: "timesheets", externalIds: $ids) }', {
      ids: externalIds,
    })
  } else if (kind < 0.87) {
    const input = { source: 'timesheets', externalId: pick(random, [MEETING, CODING]), name: 'Recoded' }
    await service.get('mutation ($input: [StereotypeInput!]!) { upsertStereotypes(input: $input) { id } }', {
      input: [{ ...input, code: pick(random, ['meeting', 'coding', 'Pto']) }],
    })
  } else if (kind < 0.96) {
    const from = addDays(FIRST_DAY, int(random, DAYS))
    await service.get('mutation ($stage: String!, $from: Date) { discardAnnotations(stage: $stage, from: $from) }', {
      stage: pick(random, ['time_split', 'nva_summary', 'waste_trend', 'sprint_summary']),
      from: random() < 0.5 ? from : null,
    })
  } else {
    const startDate = addDays(FIRST_DAY, int(random, DAYS))
    await service.get('mutation ($input: [SprintInput!]!) { upsertSprints(input: $input) { id } }', {
      input: [{ name: pick(random, ['A', 'B']), startDate, endDate: addDays(startDate, 3 + int(random, 14)) }],
    })
  }
}

function randomRow(random: () => number) {
  return row(int(random, 90), {
    activity_date: addDays(FIRST_DAY, int(random, DAYS)),
    duration_seconds: int(random, 5) * 1800,
    value_type: pick(random, ['VA', 'NVA']),
    stereotype_id: pick(random, [CODING, MEETING, PTO]),
    user_id: pick(random, [ANN, BEN]),
  })
}

async function compareRandomRead(service: TestService, random: () => number, when: string): Promise<void> {
  const { stage, windows } = await randomQuestion(random)
  const found = await service.freshness.annotations(stage, windows, emptyReceipt())
  expectTruth(stage, windows, found, await truthOf(client), when)
}

async function readAtRandom(service: TestService, random: () => number): Promise<void> {
  const { stage, windows } = await randomQuestion(random)
  await service.freshness.annotations(stage, windows, emptyReceipt())
}

async function randomQuestion(random: () => number): Promise<{ stage: keyof Truth; windows: Window[] }> {
  const stage = pick(random, ['time_split', 'nva_summary', 'waste_trend', 'sprint_summary'] as const)
  const asked = random() < 0.5 ? users : [pick(random, users)]
  if (stage === 'sprint_summary') return { stage, windows: await sprintWindows(asked) }
  const from = addDays(FIRST_DAY, int(random, DAYS))
  const to = addDays(from, int(random, 30))
  return { stage, windows: asked.map((userId) => ({ userId, from, to })) }
}

async function compareEverything(service: TestService, when: string): Promise<void> {
  const truth = await truthOf(client)
  const windows = users.map((userId) => ({ userId, from: '2025-12-29', to: '2026-12-27' }))
  for (const stage of ['time_split', 'nva_summary', 'waste_trend', 'sprint_summary'] as const) {
    const asked = stage === 'sprint_summary' ? await sprintWindows(users) : windows
    const found = await service.freshness.annotations(stage, asked, emptyReceipt())
    expectTruth(stage, asked, found, truth, when)
    expect(found.length).toBe(truth[stage].size)
  }
}

async function sprintWindows(asked: readonly string[]): Promise<Window[]> {
  const sprints = await client.query('SELECT DISTINCT start_date::text AS "from", end_date::text AS "to" FROM sprint')
  return asked.flatMap((userId) => sprints.rows.map((sprint) => ({ userId, ...sprint })))
}

function expectTruth(
  stage: keyof Truth,
  windows: readonly Window[],
  found: Annotation[],
  truth: Truth,
  when: string,
): void {
  const expected = new Map([...truth[stage]].filter(([key]) => isAskedFor(stage, key, windows)))
  expect({ when, stage, rows: plain(new Map(found.map((annotation) => entryOf(stage, annotation)))) }).toEqual({
    when,
    stage,
    rows: plain(expected),
  })
}

function isAskedFor(stage: keyof Truth, key: string, windows: readonly Window[]): boolean {
  const [userId, start = '', end = ''] = key.split(' ')
  return windows.some((window) => {
    if (window.userId !== userId) return false
    if (stage === 'sprint_summary') return window.from === start && window.to === end
    if (stage === 'waste_trend') return window.from <= start && addDays(start, 6) <= window.to
    return window.from <= start && start <= window.to
  })
}

function entryOf(stage: keyof Truth, annotation: Annotation): [string, object] {
  const {
    userId,
    date,
    activityId,
    weekStart: week,
    startDate,
    endDate,
    ...rest
  } = annotation as unknown as Record<string, string>
  const { stage: _, version, computedAt, changedAt, logic, ...values } = rest
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

function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
}

function int(random: () => number, below: number): number {
  return Math.floor(random() * below)
}

function pick<T>(random: () => number, from: readonly T[]): T {
  const chosen = from[int(random, from.length)]
  if (chosen === undefined) throw new Error('There is nothing to pick from.')
  return chosen
}

test('the days on which the edits fall span enough weeks for a baseline', () => {
  expect(new Set(datesBetween(FIRST_DAY, addDays(FIRST_DAY, DAYS - 1)).map(weekStart)).size).toBe(11)
})
