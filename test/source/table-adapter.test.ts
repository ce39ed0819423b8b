import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ActivityType } from '../../src/model/activity.ts'
import { ConfigError } from '../../src/model/errors.ts'
import type { TableShape } from '../../src/model/table-shape.ts'
import { sourcesOf } from '../../src/source/sources.ts'
import { freshDatabase } from '../support/databases.ts'
import type { Answer, TestService } from '../support/service.ts'
import { pulling } from './pulling.ts'
import { inSource } from './source-database.ts'

const CLOCKED: TableShape = {
  id: 'id',
  user: 'who',
  kind: 'what',
  date: { moment: 'started', zone: 'zone' },
  duration: { from: 'started', to: 'ended' },
  ended: 'ended',
  value: { column: 'code', codes: { V: ActivityType.VALUE_ADD, 2: ActivityType.NON_VALUE_ADD } },
}

async function pulled(url: string, table: TableShape) {
  const service = await pulling({ clocked: url }, { table })
  return { service, ...(await again(service)) }
}

async function again(service: TestService) {
  const { syncSource } = await service.get(
    'mutation { syncSource(name: "clocked") { received inserted updated unchanged quarantined skipped warnings { message } } }',
  )
  const { activities, quarantine } = await service.get(`{
    activities(orderBy: DATE_ASC) { nodes { externalId date durationSeconds type user { name } stereotype { code } } }
    quarantine { nodes { problems { code field } } }
  }`)
  return {
    report: syncSource,
    activities: activities.nodes.map(
      ({ externalId, date, durationSeconds, type, user, stereotype }: Answer['data']) =>
        `${externalId} ${date} ${durationSeconds} ${type} ${user.name} ${stereotype.code}`,
    ),
    problems: quarantine.nodes.flatMap(({ problems }: { problems: { code: string; field: string }[] }) =>
      problems.map(({ code, field }) => `${code} ${field}`),
    ),
  }
}

test('a described file brings along what it mentions; what has not ended is skipped', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'steelthread-table-'))
  try {
    const file = join(folder, 'clocked.csv')
    await writeFile(
      file,
      `id,who,what,started,ended,zone,code
1,Ann,Design,2026-03-02 18:30:00,2026-03-02 19:00:00,Asia/Kathmandu,V
2,Ann,Meeting,2026-03-02 18:30:00,2026-03-02 19:00:00,,2
3,Ben,Design,2026-03-02 18:30:00,,UTC,V
4,Ben,Design,2026-03-02 18:30:00,2026-03-02 18:00:00,UTC,W`,
    )
    const { report, activities, problems } = await pulled(pathToFileURL(file).href, CLOCKED)
    expect(report).toEqual({
      received: 4,
      inserted: 2,
      updated: 0,
      unchanged: 0,
      quarantined: 1,
      skipped: 1,
      warnings: [],
    })
    expect(activities).toEqual([
      '2 2026-03-02 1800 NON_VALUE_ADD Ann Meeting',
      '1 2026-03-03 1800 VALUE_ADD Ann Design',
    ])
    expect(problems).toEqual(['DURATION_OUT_OF_RANGE ended', 'UNKNOWN_VALUE_TYPE code'])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a query whose rows don’t say when they changed is read again for so many days', async () => {
  const url = await freshDatabase('nothing')
  await inSource(
    url,
    'CREATE TABLE entries (id integer, who text, what text, day date, minutes integer, names text)',
    `INSERT INTO entries VALUES (1, 'a', 'x', current_date - 10, 60), (2, 'a', 'x', current_date - 2, 30), (3, 'b', NULL, current_date, 1)`,
  )
  const { service, report } = await pulled(url, {
    query: 'SELECT id, who, what, day, minutes FROM entries',
    rescanDays: 3,
    id: 'id',
    user: 'who',
    kind: 'what',
    date: 'day',
    duration: { column: 'minutes', unit: 'minutes' },
    users: `SELECT DISTINCT who AS external_id, upper(who) AS name FROM entries ORDER BY 1`,
  })
  expect(report).toMatchObject({ received: 3, inserted: 2, quarantined: 1 })
  await inSource(url, 'UPDATE entries SET minutes = minutes + 1')
  const { report: next, activities } = await again(service)
  expect(next).toMatchObject({ received: 2, updated: 1, quarantined: 1 })
  expect(activities.map((line: string) => line.replace(/ \S+ /, ' day '))).toEqual([
    '1 day 3600 NON_VALUE_ADD A x',
    '2 day 1860 NON_VALUE_ADD A x',
  ])
})

test('columns may be called as SQL calls something else, and days be text', async () => {
  const url = await freshDatabase('nothing')
  await inSource(
    url,
    'CREATE TABLE clocked ("order" integer, "user" text, "group" text, day text, secs integer)',
    `INSERT INTO clocked VALUES (1, 'Ann', 'x', current_date::text, 60)`,
  )
  const shape: TableShape = {
    id: 'order',
    user: 'user',
    kind: 'group',
    date: 'day',
    duration: { column: 'secs', unit: 'seconds' },
  }
  const { service, report, activities } = await pulled(url, shape)
  expect(report).toMatchObject({ inserted: 1, quarantined: 0 })
  expect(activities[0]).toMatch(/Ann x$/)
  expect((await again(service)).report).toMatchObject({ received: 1, unchanged: 1 })
})

test('a column that SQL doesn’t take as it is needs a statement for what it refers to', () => {
  const table = { ...CLOCKED, user: 'Full Name' }
  const setting = { name: 'clocked', adapter: 'clocked', table }
  expect(() => sourcesOf([setting])).toThrow(ConfigError)
  expect(() => sourcesOf([setting])).toThrow(
    'Source "clocked": table.users must be given, as "Full Name" is no name that SQL takes as it is.',
  )
  expect(() => sourcesOf([{ ...setting, table: { ...table, users: 'SELECT …' } }])).not.toThrow()
})
