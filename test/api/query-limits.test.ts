import { setImmediate } from 'node:timers/promises'
import type { GraphQLSchema } from 'graphql'
import { getIntrospectionQuery, getNamedType, getNullableType, isListType, isObjectType } from 'graphql'
import { requestContext } from '../../src/api/loaders.ts'
import { resultText } from '../../src/api/query-limits.ts'
import { apiSchema } from '../../src/api/schema.ts'
import { ANYBODY } from '../../src/model/caller.ts'
import { DEFAULT_LIMITS } from '../../src/model/limits.ts'
import { stages } from '../../src/stages/index.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'

const RANGE = '(from: "2026-03-02", to: "2026-03-04")'

let service: TestService
let tight: TestService

beforeAll(async () => {
  service = await testService()
  await addPeople(service)
  await ingest(
    service,
    [2, 3, 4].map((day) => row(day, { activity_date: `2026-03-0${day}` })),
  )
  tight = await testService({
    url: service.url,
    limits: {
      MAX_QUERY_ROWS: 20,
      MAX_QUERY_VALUES: 30,
      MAX_QUERY_PERSON_PERIODS: 10,
      MAX_RESULT_BYTES: 2_000,
      MAX_BODY_BYTES: 10_000,
    },
  })
})

afterAll(async () => {
  await tight.stop()
  await service.stop()
})

function nested(depth: number): string {
  let inner = 'name'
  for (let i = 0; i < depth; i++) inner = `nvaSummaries${RANGE} { user { ${inner} } }`
  return `{ users { nodes { ${inner} } } }`
}

const post = (of: TestService, query: string) =>
  of.server.inject({ method: 'POST', url: '/graphql', payload: { query } })

describe('what one request may ask for', () => {
  test.each([
    ['MAX_QUERY_DEPTH', nested(7), 'Query depth limit of 15 exceeded, found 17. MAX_QUERY_DEPTH sets the limit.'],
    [
      'MAX_QUERY_ALIASES',
      `{ ${Array.from({ length: 51 }, (_, i) => `a${i}: stages { name }`).join(' ')} }`,
      /found 51/,
    ],
    [
      'MAX_QUERY_ALIASES',
      `{ stages { ${Array.from({ length: 51 }, (_, i) => `a${i}: __typename`).join(' ')} } }`,
      /found 51/,
    ],
    ['MAX_QUERY_TOKENS', `{ ${'stages { name } '.repeat(1_300)} }`, /5,001 tokens or more; 5,000 are allowed/],
    ['MAX_QUERY_BYTES', `{ stages { name } } # ${'x'.repeat(70_000)}`, /70,022 bytes; 65,536 are allowed/],
  ])('%s names itself and is not run', async (limit, query, message) => {
    const answer = await post(service, query)
    expect(answer.statusCode).toBe(400)
    const { data, errors } = answer.json()
    expect(data).toBeUndefined()
    const [error] = errors
    expect(error.message).toMatch(message)
    expect(error.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit })
  })

  test('fields that are named again and again are refused with what would be right', async () => {
    const { errors } = await service.ask(`{ ${'stages { name } '.repeat(1_200)} }`)
    expect(errors).toMatchObject([{ message: expect.stringContaining('name each once') }])
  })

  test('rows are counted along the nesting', async () => {
    const answer = await post(tight, nested(2))
    expect(answer.statusCode).toBe(400)
    expect(answer.json().errors).toMatchObject([
      {
        message: expect.stringContaining('MAX_QUERY_ROWS sets the limit.'),
        // 1 + 2 x (1 + 3 x (1 + 1 + 3 x (1 + 1))): a page, 2 users, their 3 days with the user, and those of that again.
        extensions: { code: 'LIMIT_EXCEEDED', limit: 'MAX_QUERY_ROWS', allowed: 20, asked: 51 },
      },
    ])
  })

  test('person-periods are counted over all fields, and those that there are not do not count', async () => {
    const once = `{ nvaSummary(from: "1990-01-01", to: "2199-12-31") { totalSum } }`
    expect((await post(tight, once)).json()).toEqual({
      data: { nvaSummary: [{ totalSum: 10_800 }] },
      extensions: expect.anything(),
    })
    const more = `{ ${['a', 'b', 'c', 'd'].map((alias) => `${alias}: nvaSummary(from: "1990-01-01", to: "2199-12-31") { totalSum }`).join(' ')} }`
    expect((await post(tight, more)).json()).toEqual({
      errors: [
        {
          message:
            'The query looks at up to 12 person-periods; 10 are allowed. Ask for a shorter range, fewer users or a smaller page. MAX_QUERY_PERSON_PERIODS sets the limit.',
          extensions: { code: 'LIMIT_EXCEEDED', limit: 'MAX_QUERY_PERSON_PERIODS', allowed: 10, asked: 12 },
        },
      ],
    })
  })

  test('values are counted for each row that may be there', async () => {
    const users = 'users { nodes { id name source externalId __typename } }'
    const stereotypes = (fields: string) => `stereotypes { id code name ${fields} }`
    expect((await tight.ask(`{ ${users} ${stereotypes('')} }`)).errors).toBeUndefined()
    expect((await tight.ask(`{ ${users} ${stereotypes('source externalId __typename')} }`)).errors).toMatchObject([
      {
        // The page, its nodes, 2 x 5 of users; the list, and 3 x 6 of stereotypes.
        message:
          'The query asks for up to 31 values; 30 are allowed. Ask for fewer fields, a shorter range, fewer users or a smaller page. MAX_QUERY_VALUES sets the limit.',
        extensions: { code: 'LIMIT_EXCEEDED', limit: 'MAX_QUERY_VALUES', allowed: 30, asked: 31 },
      },
    ])
  })

  test('what is asked of the schema itself is counted, too', async () => {
    expect((await tight.ask('{ __schema { types { name } } }')).errors).toMatchObject([
      { extensions: { limit: 'MAX_QUERY_ROWS' } },
    ])
    expect((await service.ask(getIntrospectionQuery())).errors).toBeUndefined()
  })

  test('a day far from all others makes nothing dearer but what reaches to it', async () => {
    const long = '{ users { nodes { nvaSummaries(from: "1900-01-01", to: "2026-12-31") { date } } } }'
    const far = await testService({ limits: { MAX_QUERY_ROWS: 50 } })
    await addPeople(far)
    await ingest(far, [row(1), row(2, { activity_date: '1926-03-02' })])
    expect((await far.get(long)).users.nodes).toEqual([
      { nvaSummaries: [{ date: '1926-03-02' }, { date: '2026-03-02' }] },
      { nvaSummaries: [] },
    ])
    await far.stop()
  })

  test('counts of stages look at the days of all, and at all in each sprint', async () => {
    const counts = '{ stages { counts { fresh } } }'
    // Of each stage the days of all, or as many of what is longer at most; only those of projects are of nobody.
    const ofUsers = stages.filter(({ subject = 'user', period }) => subject === 'user' && period !== 'sprint').length
    expect((await tight.ask(counts)).errors).toMatchObject([{ extensions: { asked: 3 * ofUsers } }])
    const sprint = '{ name: "S0", startDate: "2026-03-02", endDate: "2026-03-08" }'
    await service.get(`mutation { upsertSprints(input: [${sprint}]) { id } }`)
    // And of 2 users a sprint.
    expect((await tight.ask(counts)).errors).toMatchObject([
      { extensions: { limit: 'MAX_QUERY_PERSON_PERIODS', asked: 3 * ofUsers + 2 } },
    ])
    expect((await tight.ask('{ stages { counts(to: "2026-02-01") { fresh } } }')).errors).toBeUndefined()
    const { sprints } = await service.get('{ sprints { id } }')
    await service.get('mutation ($ids: [ID!]!) { deleteSprints(ids: $ids) }', { ids: [sprints[0].id] })
  })

  test('what a directive leaves out and what fragments ask twice costs nothing', async () => {
    const query = `query ($no: Boolean!) { a: nvaSummary${RANGE} { totalSum } ...F ...F
      b: nvaSummary${RANGE} @include(if: $no) { totalSum } }
      fragment F on Query { c: nvaSummary${RANGE} { totalSum } }`
    expect((await tight.ask(query, { no: false })).errors).toBeUndefined()
  })

  test('an answer that is too large is refused', async () => {
    const fieldsOf = (type: string) => `${type}: __type(name: "${type}") { fields { name description } }`
    const query = `{ ${fieldsOf('Query')} ${fieldsOf('Mutation')} }`
    expect((await post(tight, query)).json()).toEqual({
      errors: [
        {
          message: expect.stringMatching(/The answer has [\d,]+ bytes; 2,000 are allowed/),
          extensions: { code: 'LIMIT_EXCEEDED', limit: 'MAX_RESULT_BYTES', allowed: 2_000, asked: expect.any(Number) },
        },
      ],
    })
  })

  describe('quarantined rows that are together more than an answer may have', () => {
    let ids: string[]

    beforeAll(async () => {
      await ingest(
        service,
        [9, 10].map((id) => row(id, { activity_date: 'x'.repeat(1_500) })),
      )
      const { quarantine } = await service.get('{ quarantine { nodes { id } } }')
      ids = quarantine.nodes.map(({ id }: { id: string }) => id)
    })

    const tooLarge = expect.objectContaining({
      message: expect.stringMatching(
        /^The quarantined rows have 3,\d+ bytes; 2,000 are allowed. Ask for a smaller page, or for it without `row`./,
      ),
      extensions: expect.objectContaining({ code: 'LIMIT_EXCEEDED', limit: 'MAX_RESULT_BYTES' }),
    })

    test('are not even read, on whichever pages they are', async () => {
      expect((await tight.ask('{ quarantine(first: 5) { nodes { row } } }')).errors).toEqual([tooLarge])
      const pages = `{ a: quarantine(first: 1) { nodes { row } } ingestBatches(first: 1) { nodes { rejections(first: 5) { nodes { row } } } } }`
      expect((await tight.ask(pages)).errors).toEqual([tooLarge])
    })

    test('are counted together where they are read at the same time', async () => {
      const limits = { ...DEFAULT_LIMITS, MAX_RESULT_BYTES: 2_000 }
      const { loaders } = await requestContext({ ...service, limits }, new AbortController().signal, ANYBODY)
      const reads = ids.map(async (id, ticks) => {
        for (let tick = 0; tick < ticks; tick++) await setImmediate()
        return loaders.rows.load(id)
      })
      const outcomes = await Promise.allSettled(reads)
      expect(outcomes.map(({ status }) => status)).toContain('rejected')
    })

    test('are read where they are few, and shown without what they hold', async () => {
      const { quarantine } = await tight.get('{ quarantine(first: 1) { nodes { row } } }')
      expect(quarantine.nodes).toEqual([{ row: expect.objectContaining({ id: 9 }) }])
      expect((await tight.get('{ quarantine(first: 5) { nodes { id } } }')).quarantine.nodes).toEqual(
        ids.map((id) => ({ id })),
      )
    })

    test('are not discarded where they would have to be answered', async () => {
      const discard = (fields: string) =>
        tight.ask(`mutation ($ids: [ID!]!) { discardQuarantine(ids: $ids, reason: "r") { ${fields} } }`, { ids })
      expect((await discard('id row')).errors).toEqual([tooLarge])
      const statuses = async () =>
        (await service.get('{ quarantine { nodes { status } } }')).quarantine.nodes.map(
          ({ status }: { status: string }) => status,
        )
      expect(await statuses()).toEqual(['OPEN', 'OPEN'])
      expect((await discard('id')).errors).toBeUndefined()
      expect(await statuses()).toEqual(['DISCARDED', 'DISCARDED'])
    })
  })

  test('an answer longer than a text can be is too large, too', () => {
    const long = 'x'.repeat(2 ** 28)
    const { errors } = JSON.parse(resultText({ data: { long: [long, long, long] } }, DEFAULT_LIMITS))
    expect(errors).toEqual([
      {
        message: expect.stringMatching(/^The answer has [\d,]+ bytes or more; 67,108,864 are allowed. Ask for less./),
        extensions: expect.objectContaining({ limit: 'MAX_RESULT_BYTES' }),
      },
    ])
  })

  test('a body that is too large is refused', async () => {
    const answer = await post(tight, `{ stages { name } } # ${'x'.repeat(20_000)}`)
    expect(answer.statusCode).toBe(413)
    expect(answer.json().errors).toMatchObject([
      { message: expect.stringContaining('10,000 bytes'), extensions: { limit: 'MAX_BODY_BYTES' } },
    ])
  })

  test('a mutation whose answer would cost too much is not run', async () => {
    const sprint = '{ name: "S1", startDate: "2026-03-02", endDate: "2026-03-08" }'
    const deep = `summaries { user { nvaSummaries${RANGE} { user { nvaSummaries${RANGE} { date } } } } }`
    const { errors } = await tight.ask(`mutation { upsertSprints(input: [${sprint}]) { ${deep} } }`)
    expect(errors).toMatchObject([{ extensions: { limit: 'MAX_QUERY_ROWS' } }])
    expect(await service.get('{ sprints { name } }')).toEqual({ sprints: [] })
  })
})

test('every list of objects says what it costs, but for those that hold a few', async () => {
  expect(listsWithoutCost(await apiSchema())).toEqual([
    'Freshness.causes',
    'IngestReport.warnings',
    'Provenance.reads',
    'QuarantinedRow.problems',
    'ReplayPreview.stay',
  ])
})

function listsWithoutCost(schema: GraphQLSchema): string[] {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'))
  return types
    .flatMap((type) =>
      isObjectType(type)
        ? Object.values(type.getFields())
            .filter(
              ({ type: of, extensions }) =>
                isListType(getNullableType(of)) && 'getFields' in getNamedType(of) && extensions.cost === undefined,
            )
            .map(({ name }) => `${type.name}.${name}`)
        : [],
    )
    .sort()
}
