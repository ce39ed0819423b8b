/** Who may ask for which field, each asked by each role over HTTP. */
import {
  type GraphQLArgument,
  type GraphQLInputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'
import { apiSchema } from '../../../src/api/schema.ts'
import { createKey } from '../../../src/auth/new-key.ts'
import { Role } from '../../../src/model/caller.ts'
import { timesheets } from '../../../src/source/adapters/timesheets.ts'
import { type TestService, testService } from '../../support/service.ts'

const READERS = ['viewer', 'operator', 'admin']
const LIMITED = ['limited', ...READERS]
const OPERATORS = ['operator', 'admin']

/** Who is let through, by field; of each field that there is. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  caller: ['limited', 'viewer', 'ingester', 'operator', 'admin'],
  sources: ['limited', 'viewer', 'ingester', 'operator', 'admin'],
  ingestBatch: ['viewer', 'ingester', 'operator', 'admin'],
  ...named(
    LIMITED,
    `activities activity completeness waste explainChange activityHistory compareTimes node projectsConnection projects
     sprintsConnection sprints stages stereotypesConnection stereotypes teamsConnection teams user users wasteByStereotype
     wasteTrends timeSplits timeSplit timeSplitTotals nvaSummaries nvaSummaryTotals nvaSummary wasteTrendsConnection wasteTrend
     sprintSummaries sprintSummary monthSummaries monthSummary monthSummaryTotals stereotypeSummaries stereotypeSummary
     stereotypeSummaryTotals`,
  ),
  ...named(
    READERS,
    `deadLetters ingestBatches quarantine quarantineSummary previewValueRules compareVersions planPromotion projectSummaries
     projectSummary projectSummaryTotals`,
  ),
  ...named(['ingester', ...OPERATORS], 'ingestActivities syncSource'),
  ...named(
    OPERATORS,
    `redeliver dropDeadLetters replayQuarantine discardQuarantine deleteActivities upsertProjects deleteProjects previewReplay
     replayQuarantineWhere discardQuarantineWhere reopenQuarantine reprocess upsertSprints deleteSprints discardAnnotations
     upsertStereotypes deleteStereotypes upsertTeams deleteTeams upsertUsers deleteUsers promoteStage`,
  ),
  ...named(['admin'], 'eraseUser removeSource apiKeys createApiKey revokeApiKey auditLog'),
}

function named(who: readonly string[], fields: string): Record<string, readonly string[]> {
  return Object.fromEntries(fields.split(/\s+/).map((field) => [field, who]))
}

const schema = await apiSchema()
const asked = [schema.getQueryType(), schema.getMutationType()].flatMap((root) =>
  root ? Object.values(root.getFields()).map((field) => ({ root, field })) : [],
)

let service: TestService
let keys: Record<string, string>

beforeAll(async () => {
  service = await testService({ auth: {}, sources: [{ name: 'timesheets', adapter: timesheets.name }] })
  const team = '01938d5e-0000-7000-8000-00000000000a'
  await service.database.transaction((sql) => sql(`INSERT INTO team (id, name) VALUES ($1, 'Red')`, [team]))
  const keyOf = async (role: Role, teamIds: string[] | null = null) => {
    const made = await createKey(service.database, { name: role, role, teamIds }, { by: 'the test', sourceNames: [] })
    return made.secret
  }
  keys = {
    limited: await keyOf(Role.VIEWER, [team]),
    viewer: await keyOf(Role.VIEWER),
    ingester: await keyOf(Role.INGESTER),
    operator: await keyOf(Role.OPERATOR),
    admin: await keyOf(Role.ADMIN),
  }
})

afterAll(() => service.stop())

test('the matrix has every field', () => {
  expect(asked.map(({ field }) => field.name).sort()).toEqual(Object.keys(ALLOWED).sort())
})

test.each(asked.map(({ root, field }) => [`${root.name}.${field.name}`, root, field] as const))(
  '%s is answered to whom it is for, and refused to all others before anything is done',
  async (_, root, field) => {
    const selection = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : ''
    const args = field.args.filter(isRequired).map((arg) => `${arg.name}: ${valueOf(arg.type, arg.name)}`)
    const query = `${root.name.toLowerCase()} { ${field.name}${args.length ? `(${args.join(', ')})` : ''}${selection} }`
    const passed: string[] = []
    for (const [who, key] of Object.entries(keys)) {
      const { status, errors = [] } = await service.askAs(key, query)
      const codes = errors.map(({ extensions }) => extensions.code)
      // What it says of arguments that name nothing it says to those who may ask.
      if (!codes.includes('FORBIDDEN')) passed.push(who)
      else expect({ who, status, codes }).toEqual({ who, status: 403, codes: ['FORBIDDEN'] })
      expect(codes).not.toContain('GRAPHQL_VALIDATION_FAILED')
    }
    expect(passed).toEqual(Object.keys(keys).filter((who) => ALLOWED[field.name]?.includes(who)))
    expect(await service.askAs(null, query)).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    })
  },
)

function isRequired(arg: GraphQLArgument): boolean {
  return isNonNullType(arg.type) && arg.defaultValue === undefined
}

/** A value of the type that names nothing which is there. */
function valueOf(given: GraphQLInputType, name: string): string {
  const type = isNonNullType(given) ? given.ofType : given
  if (isListType(type)) return `[${valueOf(type.ofType, name)}]`
  if (isEnumType(type)) return type.getValues()[0]?.name ?? ''
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(({ type }) => isNonNullType(type))
    return `{ ${fields.map((field) => `${field.name}: ${valueOf(field.type, field.name)}`).join(', ')} }`
  }
  switch (String(type)) {
    case 'Date':
      return '"2026-03-02"'
    case 'DateTime':
      return '"2026-03-02T00:00:00Z"'
    case 'ID':
      return '"01938d5e-0000-7000-8000-0000000000ff"'
    case 'Int':
      return '1'
    case 'Boolean':
      return 'false'
    case 'JSONObject':
      return '{ nothing: 1 }'
    default:
      return '"nothing"'
  }
}

test('an ingester sees of what it sent in what became of it, and nothing beyond', async () => {
  const send = (selection: string) =>
    service.askAs(
      keys.ingester ?? '',
      `mutation { ingestActivities(input: { source: "timesheets", rows: [{ id: 1, activity_date: "2026-03-02", duration_seconds: 1, value_type: "NVA", stereotype_id: "s", user_id: "u" }] }) ${selection} }`,
    )
  expect((await send('{ received quarantined rejections { totalCount nodes { problems { code } } } }')).data).toEqual({
    ingestActivities: {
      received: 1,
      quarantined: 1,
      rejections: { totalCount: 1, nodes: [{ problems: [{ code: 'UNKNOWN_STEREOTYPE' }, { code: 'UNKNOWN_USER' }] }] },
    },
  })
  expect((await send('{ rows(first: 1) { totalCount } }')).errors).toMatchObject([
    { extensions: { code: 'FORBIDDEN', field: 'IngestReport.rows' } },
  ])
})

test('an ingester of named sources sends rows of those alone', async () => {
  const { secret } = await createKey(
    service.database,
    { name: 'a script', role: Role.INGESTER, sources: ['timesheets'] },
    { by: 'the test', sourceNames: ['timesheets', 'other'] },
  )
  const send = (source: string) =>
    service.askAs(secret, 'mutation ($s: String!) { ingestActivities(input: { source: $s, rows: [] }) { received } }', {
      s: source,
    })
  expect((await send('timesheets')).errors?.[0]?.extensions.code).not.toBe('FORBIDDEN')
  expect(await send('other')).toMatchObject({
    errors: [
      {
        message: '"a script" may not send rows of source "other", only of timesheets.',
        extensions: { code: 'FORBIDDEN', source: 'other' },
      },
    ],
  })
  expect((await service.askAs(secret, 'mutation { syncSource(name: "other") { id } }')).errors).toMatchObject([
    { extensions: { code: 'FORBIDDEN', source: 'other' } },
  ])
})

test('what a fragment hides, what is aliased, and what is skipped is looked at, too', async () => {
  const hidden = [
    '{ ...f } fragment f on Query { x: deadLetters { totalCount } }',
    '{ a: deadLetters @skip(if: true) { totalCount } caller { name } }',
  ]
  for (const query of hidden) {
    expect((await service.askAs(keys.limited ?? '', query)).errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN', field: 'Query.deadLetters' } },
    ])
  }
  const node = '{ node(id: "01938d5e-0000-7000-8000-0000000000ff") { ... on IngestReport { received } } }'
  expect((await service.askAs(keys.limited ?? '', node)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
})
