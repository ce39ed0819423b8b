import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configOf } from '../src/config/config.ts'
import { freshDatabase, onDatabase } from './support/databases.ts'
import { firstPull } from './support/first-pull.ts'
import { otherBuild } from './support/other-build.ts'
import { testService } from './support/service.ts'
import { serviceProcess } from './support/service-process.ts'

const TEXT = readFileSync(join(import.meta.dirname, '../docs/adding-a-source.md'), 'utf8')
const blocks = (language: string) =>
  [...TEXT.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text)

/** A database in which the statements of one of the text's blocks made everything. */
async function made(statements = ''): Promise<string> {
  const url = await freshDatabase('nothing')
  await onDatabase(url, (client) => client.query(statements))
  return url
}

test('the table that the text describes is pulled as it says', async () => {
  const [yaml = ''] = blocks('yaml')
  const { sources } = configOf({ HOURS_URL: await made(blocks('sql')[0]) }, { name: 'sources.yaml', text: yaml })
  const service = await testService({ sources: [...sources] })
  try {
    const { syncSource } = await service.get(
      'mutation { syncSource(name: "hours") { received inserted quarantined warnings { message } rejections { nodes { problems { code } } } } }',
    )
    expect(syncSource).toEqual({
      received: 3,
      inserted: 2,
      quarantined: 1,
      // Meetings, too, are a kind that somebody should speak of.
      warnings: [{ message: expect.stringContaining('names the kind "Meeting"') }],
      rejections: { nodes: [{ problems: [{ code: 'DURATION_OUT_OF_RANGE' }] }] },
    })
    const [query = ''] = blocks('graphql')
    expect(await service.get(query)).toEqual(JSON.parse(blocks('json')[0] ?? ''))
  } finally {
    await service.stop()
  }
})

test('the adapter that the text writes is checked, built and pulls what it says', async () => {
  const build = otherBuild()
  build.write('src/source/adapters/shifts.ts', blocks('ts')[0] ?? '')
  build.edit(
    'src/source/adapters/index.ts',
    ['import { solidtime }', "import { shifts } from './shifts.ts'\nimport { solidtime }"],
    ['  togglCsv,\n', '  togglCsv,\n  shifts,\n'],
  )
  await build.check()
  await build.build()
  const service = await serviceProcess(await freshDatabase('nothing'), {
    main: build.main,
    env: { SOURCE_SHIFTS_URL: await made(blocks('sql')[1]) },
  })
  try {
    await firstPull(service)
    const { activities, quarantine } = await service.get(`{
      activities(orderBy: DATE_ASC) { nodes { durationSeconds user { name } } }
      quarantine { nodes { problems { code field } } }
    }`)
    expect(activities.nodes).toEqual([
      { durationSeconds: 28_800, user: { name: 'Ann' } },
      { durationSeconds: 14_400, user: { name: 'Ann' } },
    ])
    expect(quarantine.nodes).toEqual([{ problems: [{ code: 'DURATION_OUT_OF_RANGE', field: 'to_quarter' }] }])
  } finally {
    await service.stop()
  }
}, 120_000)
