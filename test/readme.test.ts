import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillDemoSource } from '../src/demo-source/fill-demo-source.ts'
import { freshDatabase, onDatabase } from './support/databases.ts'
import { firstPull } from './support/first-pull.ts'
import { otherBuild } from './support/other-build.ts'
import { type TestService, testService } from './support/service.ts'
import { serviceProcess } from './support/service-process.ts'

const ROOT = join(import.meta.dirname, '..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const RANGE = 'from: "2000-01-01", to: "2099-12-31"'
const MEETING_LOAD = blocks('graphql').at(-1) ?? ''

/** The fenced blocks of a language, in order, without what they are indented by. */
function blocks(language: string): string[] {
  const found = README.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([^]*?)^ *\`\`\``, 'gm'))
  return [...found].map(([, indent = '', text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))
}

/** Where a list of an answer is empty. */
function emptyLists(value: unknown, path = 'data'): string[] {
  if (Array.isArray(value) && value.length === 0) return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inside]) => emptyLists(inside, `${path}.${key}`))
}

/** A value as what it consists of: fields by name, a list by its first entry, all else by its type. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [shapeOf(value[0])]
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, shapeOf(inside)]))
}

test('the README shows queries, an answer and a stage', () => {
  expect(blocks('graphql').map((query) => /\w+(?=\()/.exec(query)?.[0])).toEqual([
    'nvaSummaryTotals',
    'activities',
    'ingestActivities',
    'meetingLoadTotals',
  ])
  expect(blocks('json')).toHaveLength(1)
  expect(blocks('ts')).toHaveLength(1)
})

describe.each(['2026-11-26', '2027-05-24'])('with the demo as it is made on %s', (today) => {
  let service: TestService

  beforeAll(async () => {
    const url = await freshDatabase('nothing')
    await onDatabase(url, (client) => fillDemoSource(client, { today }))
    service = await testService({ sources: [{ name: 'demo', adapter: 'timesheets', url }] })
    await service.get('mutation { syncSource(name: "demo") { id } }')
  })

  afterAll(() => service.stop())

  test('what the README asks is answered as it shows, and recomputes what it says', async () => {
    const [summary = '', activities = '', ingest = ''] = blocks('graphql')
    const first = await service.ask(summary)
    const shown = JSON.parse((blocks('json')[0] ?? '').replace(/,\s*…/, ''))
    expect(shapeOf(first)).toEqual(shapeOf(shown))
    expect(first.data.nvaSummaryTotals).toHaveLength(25)
    expect((await service.receipt(summary))?.recomputed).toBe(0)

    for (const query of [activities, ingest]) {
      const answer = await service.ask(query)
      expect(answer.errors).toBeUndefined()
      expect(emptyLists(answer.data)).toEqual([])
      if (query !== ingest) continue
      expect(answer.data.ingestActivities).toMatchObject({ received: 2, inserted: 1, quarantined: 1 })
      const [refused] = answer.data.ingestActivities.rejections.nodes
      expect(README).toContain(`\`${refused.problems[0].message}\``)
    }
    expect(await service.receipt(summary)).toMatchObject({ recomputed: 2, unchanged: 0 })
  })
})

test('the stage that the README adds is checked, migrated and answers, by the steps that it says', async () => {
  const build = otherBuild()
  const url = await freshDatabase('nothing')
  build.write('src/stages/meeting-load.ts', blocks('ts')[0] ?? '')
  // Where somebody followed the README already, it is in the list.
  const isListed = build.read('src/stages/index.ts').includes('meetingLoad')
  if (!isListed)
    build.edit(
      'src/stages/index.ts',
      ['import { nvaSummary }', "import { meetingLoad } from './meeting-load.ts'\nimport { nvaSummary }"],
      ['  projectSummary,\n', '  projectSummary,\n  meetingLoad,\n'],
    )

  await build.check()
  await build.build()
  const { migration } = await build.generate(url, 'CreateMeetingLoad')
  expect(migration.match(/(CREATE|ALTER|DROP) \w+ "\w+"/g)).toEqual([
    'CREATE TABLE "meeting_load"',
    'DROP TABLE "meeting_load"',
  ])

  await build.build()
  const source = await freshDatabase('nothing')
  await onDatabase(source, (client) => fillDemoSource(client, { today: '2026-11-26' }))
  const service = await serviceProcess(url, {
    main: build.main,
    env: { SOURCE_TIMESHEETS_URL: source },
  })
  try {
    await firstPull(service)
    const { meetingLoadTotals, meetingLoads } = await service.get(MEETING_LOAD)
    const [user, seconds] = [{ name: expect.any(String) }, expect.any(Number)]
    expect(meetingLoadTotals.length).toBeGreaterThanOrEqual(25 * 6)
    for (const group of meetingLoadTotals) {
      expect(group).toEqual({ user, period: expect.stringMatching(/-01$/), meetingSeconds: seconds })
    }
    const day = { user, date: expect.any(String), meetingSeconds: seconds, changedAt: expect.any(String) }
    expect(meetingLoads.nodes).toEqual([day, day, day, day, day])
    expect(meetingLoads.pageInfo.hasNextPage).toBe(true)
    const again = await service.get(`{
      activities(first: 1) { nodes { meetingLoad { meetingSeconds } user { meetingLoads(${RANGE}) { meetingSeconds } } } }
    }`)
    expect(again.activities.nodes[0]).toMatchObject({ meetingLoad: { meetingSeconds: seconds } })
    expect(again.activities.nodes[0].user.meetingLoads.length).toBeGreaterThan(0)
  } finally {
    await service.stop()
  }
}, 120_000)
