import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pulled } from './pulled.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steelthread-exports-'))
})

afterEach(() => rm(folder, { recursive: true }))

async function exported(name: string, content: string): Promise<string> {
  await writeFile(join(folder, `${name}.new`), content)
  await rename(join(folder, `${name}.new`), join(folder, name))
  return pathToFileURL(join(folder, name)).href
}

/** The same without the keys, which are hashes. */
const lines = (activities: readonly string[]) => activities.map((line) => line.replace(/^[0-9a-f]{32}/, '#')).sort()

describe('toggl-csv', () => {
  const HEADER =
    'User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags'
  const ROW = 'Ann Lee,Ann@x.example,City,Bridge,Design,"a, b",Yes,2026-03-02,23:30:00,2026-03-03,00:30:00,01:00:00,'

  test('brings people, tasks and projects along; equal rows are several', async () => {
    const url = await exported(
      'toggl.csv',
      [
        `\ufeff${HEADER}`,
        ROW,
        ROW,
        'Ann Lee,ann@x.example,,,,,No,2026-03-03,10:00:00,2026-03-03,10:00:01,0:00:01,tag',
        'Ben,ben@x.example,,2026,,,No,2026-03-03,10:00:00,2026-03-03,10:00:01,100:00:00,',
        'Ben,ben@x.example,,2026,,,Maybe,03/03/2026,10:00:00,2026-03-03,10:00:01,1 h,',
      ].join('\r\n'),
    )
    const { service, ...all } = await pulled('toggl-csv', url)
    expect(all.report).toEqual({ received: 5, inserted: 3, quarantined: 2, skipped: 0, warnings: [] })
    expect(lines(all.activities)).toEqual([
      '# | 2026-03-02 | 3600 | VALUE_ADD | Ann Lee | Design | Bridge',
      '# | 2026-03-03 | 1 | NON_VALUE_ADD | Ann Lee | No task',
      '#-2 | 2026-03-02 | 3600 | VALUE_ADD | Ann Lee | Design | Bridge',
    ])
    expect(all.refused.map((line: string) => line.replace(/^\S+ /, ''))).toEqual(
      expect.arrayContaining([
        'DURATION_OUT_OF_RANGE Duration',
        'INVALID_DATE Start date, INVALID_TYPE Duration, INVALID_TYPE Billable',
      ]),
    )
    expect(all.projects).toEqual([
      { name: '2026', client: null },
      { name: 'Bridge', client: 'City' },
    ])
    await exported('toggl.csv', [HEADER, ROW, ROW, ROW].join('\n'))
    const { syncSource } = await service.get(
      'mutation { syncSource(name: "toggl-csv") { received inserted unchanged } }',
    )
    expect(syncSource).toEqual({ received: 3, inserted: 1, unchanged: 2 })
  })
})

test('clockify-csv: the month first, two ways of writing times, and short rows', async () => {
  const url = await exported(
    'clockify.csv',
    `"Project","Client","Description","Task","User","Group","Email","Tags","Billable","Start Date","Start Time","End Date","End Time","Duration (h)","Duration (decimal)"
"Bridge","City","x","","Ann Lee","","ann@x.example","","Yes","03/02/2026","10:23 AM","03/02/2026","11:23 AM","01:00:00","1.00"
"Bridge","City","x","Design","Ann Lee","","ann@x.example","","No","12/31/2026","10:23:52 AM","12/31/2026","10:24:52 AM","00:01:00","0.02"
"Bridge","City","x","Design","Ann Lee","","ann@x.example","","No","31/12/2026","10:23 AM","12/31/2026","10:24 AM","00:01:00","0.02"
"Bridge","City","short","Design","Ann Lee","","ann@x.example"
`,
  )
  const { report, activities, refused } = await pulled('clockify-csv', url)
  expect(report).toMatchObject({ received: 4, inserted: 2, quarantined: 2 })
  expect(lines(activities)).toEqual([
    '# | 2026-03-02 | 3600 | VALUE_ADD | Ann Lee | No task | Bridge',
    '# | 2026-12-31 | 60 | NON_VALUE_ADD | Ann Lee | Design | Bridge',
  ])
  expect(refused.map((line: string) => line.replace(/^\S+ /, '')).sort()).toEqual([
    'INVALID_DATE Start Date',
    'MISSING_FIELD Start Date, MISSING_FIELD Duration (h)',
  ])
})

describe('jira-worklogs', () => {
  const worklog = (id: string, other: object = {}) => ({
    id,
    issueId: '10002',
    author: { accountId: 'acc-1', displayName: 'Ann Lee' },
    started: '2026-03-02T23:30:00.000+0545',
    timeSpentSeconds: 3600,
    updated: '2026-03-03T08:00:00.000+0000',
    ...other,
  })

  test('as JSON, by the day on which they were started there', async () => {
    const url = await exported(
      'worklogs.json',
      JSON.stringify([
        worklog('1'),
        worklog('2', { issueKey: 'ABC-12', issueType: { name: 'Bug' } }),
        worklog('3', { started: '2026-02-30T10:00:00.000+0000' }),
        worklog('4', { timeSpentSeconds: 2 ** 31 }),
        worklog('5', { author: { name: "Robert'); DROP TABLE app_user;--" } }),
        worklog('6', { author: null }),
      ]),
    )
    const { report, activities, refused } = await pulled('jira-worklogs', url)
    expect(report).toMatchObject({ received: 6, inserted: 3, quarantined: 3 })
    expect(activities).toEqual([
      '1 | 2026-03-02 | 3600 | NON_VALUE_ADD | Ann Lee | Worklog',
      '2 | 2026-03-02 | 3600 | NON_VALUE_ADD | Ann Lee | Bug | ABC',
      "5 | 2026-03-02 | 3600 | NON_VALUE_ADD | Robert'); DROP TABLE app_user;-- | Worklog",
    ])
    expect(refused).toEqual([
      '3: INVALID_TIME started',
      '4: DURATION_OUT_OF_RANGE timeSpentSeconds',
      '6: MISSING_FIELD author.accountId',
    ])
  })

  test('as CSV', async () => {
    const url = await exported(
      'worklogs.csv',
      'id,author.accountId,author.displayName,started,timeSpentSeconds,issueKey\n7,acc-1,Ann Lee,2026-03-02T10:00:00.000+0000,60,ABC-1\n',
    )
    const { activities } = await pulled('jira-worklogs', url)
    expect(activities).toEqual(['7 | 2026-03-02 | 60 | NON_VALUE_ADD | Ann Lee | Worklog | ABC'])
  })
})
