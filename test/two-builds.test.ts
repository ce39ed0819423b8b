import { freshDatabase } from './support/databases.ts'
import { type OtherBuild, otherBuild } from './support/other-build.ts'
import { type ServiceProcess, serviceProcess } from './support/service-process.ts'
import { addPeople, BEN, ingest, row } from './support/timesheet-rows.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'
const SUMS = `nvaSummary(${MARCH}) { user { name } nvaSecondsSum totalSum } wasteTrends(${MARCH}) { weekStart wasteRatio }`
const ASKED = `{ ${SUMS} activities(${'first: 20'}) { nodes { externalId nvaSummary { version totalSum } timeSplit { totalSeconds } } } }`

let newer: OtherBuild

/** A later version: a stage has one column more, which is never null, and another one less. */
beforeAll(async () => {
  newer = otherBuild()
  newer.edit(
    'src/stages/nva-summary.ts',
    ['version: 2,', 'version: 3,'],
    [
      '  totalSum!: number\n',
      "  totalSum!: number\n\n  @Field(() => GraphQLBigInt)\n  @Column('integer')\n  parts!: number\n",
    ],
    ['op.sum(row.total_seconds * row.counts),', 'op.sum(row.total_seconds * row.counts),\n        parts: op.count(),'],
  )
  newer.edit(
    'src/stages/waste-trend.ts',
    ['version: 1,', 'version: 2,'],
    [
      "  @Field({ description: 'True where the z-score is 2 or more, once the week is over.' })\n  @Column('boolean')\n  flagged!: boolean\n",
      '',
    ],
    ['  untilOver: { flagged: false },\n', ''],
    [", 'flagged')", ')'],
  )
  newer.edit('src/api/waste-resolver.ts', [
    'flagged === null || flagged === undefined || trend.flagged === flagged',
    'Boolean(trend) || flagged',
  ])
  await newer.build()
}, 60_000)

const services: ServiceProcess[] = []

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop()
})

async function started(url: string, main?: string): Promise<ServiceProcess> {
  const service = await serviceProcess(url, main ? { main } : {})
  services.push(service)
  return service
}

test('of two builds on one database the one answers that has the active versions, and none takes anything from the other', async () => {
  const url = await freshDatabase()
  const older = await started(url)
  await addPeople(older)
  await ingest(older, [row(1), row(2, { user_id: BEN, duration_seconds: 60 })])
  await older.get(ASKED)

  const { migration, said } = await newer.generate(url, 'AddParts')
  expect(migration.match(/ALTER TABLE "\w+" [^`]*/g)).toEqual([
    'ALTER TABLE "nva_summary" ADD "parts" integer',
    'ALTER TABLE "nva_summary" DROP COLUMN "parts"',
  ])
  expect(said).toContain('The column "flagged" of the table "waste_trend" is not used any more; it stays')
  await newer.build()
  // Its raised versions take over.
  const later = await started(url, newer.main)

  const ready = async (service: ServiceProcess) => (await fetch(`${service.address}/readyz`)).status
  const check = async (own: ServiceProcess, other: ServiceProcess, version: number, [ann, ben]: [number, number]) => {
    expect([await ready(own), await ready(other)]).toEqual([200, 503])
    expect((await other.ask(ASKED)).errors).toContainEqual(
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'STAGE_VERSION_UNKNOWN' }) }),
    )
    const { activities, nvaSummary } = await own.get(ASKED)
    expect(nvaSummary).toEqual([
      { user: { name: 'Ann' }, nvaSecondsSum: ann, totalSum: ann },
      { user: { name: 'Ben' }, nvaSecondsSum: ben, totalSum: ben },
    ])
    for (const node of activities.nodes) expect(node.nvaSummary.version).toBe(version)
  }
  const promote = (service: ServiceProcess, summary: number, trend: number) =>
    service.get(`mutation { a: promoteStage(stage: "nva_summary", version: ${summary}) { version }
      b: promoteStage(stage: "waste_trend", version: ${trend}) { version } }`)

  await check(later, older, 3, [3600, 60])
  await ingest(older, [row(3, { activity_date: '2026-03-03', duration_seconds: 40 })])
  await check(later, older, 3, [3640, 60])
  await promote(older, 2, 1)
  await check(older, later, 2, [3640, 60])
  await ingest(later, [row(2, { user_id: BEN, duration_seconds: 600 })])
  await older.get('mutation { discardAnnotations(stage: "nva_summary") }')
  await check(older, later, 2, [3640, 600])
  await promote(later, 3, 2)
  await check(later, older, 3, [3640, 600])
  expect((await later.get(`{ nvaSummaries(${MARCH}) { nodes { parts } } }`)).nvaSummaries.nodes).toEqual([
    { parts: 1 },
    { parts: 1 },
    { parts: 1 },
  ])
}, 90_000)

test('a service whose column no migration makes says so, and how to write one', async () => {
  const url = await freshDatabase()
  const build = otherBuild()
  build.edit('src/stages/nva-summary.ts', [
    '  totalSum!: number\n',
    "  totalSum!: number\n\n  @Column('integer')\n  parts!: number\n",
  ])
  await build.build()
  await expect(started(url, build.main)).rejects.toThrow('The service ended before it was ready')
}, 60_000)

test.each([
  [
    'another type',
    "  @Column('bigint')\n  totalSum!: number",
    "  @Column('text')\n  totalSum!: string",
    'The column "total_sum" of "nva_summary" would become another',
  ],
  [
    'another key',
    '  totalSum!: number\n',
    "  totalSum!: number\n\n  @PrimaryColumn('uuid')\n  stereotypeId!: string\n",
    'The key of the table "nva_summary" would change',
  ],
])(
  '%s is refused, as older versions use what is there',
  async (_, from, to, message) => {
    const build = otherBuild()
    build.edit(
      'src/stages/nva-summary.ts',
      [from, to],
      ['import { Column, Entity }', 'import { Column, Entity, PrimaryColumn }'],
    )
    await build.build()
    await expect(build.generate(await freshDatabase(), 'Other')).rejects.toThrow(message)
  },
  60_000,
)
