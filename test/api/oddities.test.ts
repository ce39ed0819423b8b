import { onDatabase } from '../support/databases.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, row } from '../support/timesheet-rows.ts'

const INGEST = `mutation ($rows: [JSONObject!]!) { ingestActivities(input: { source: "timesheets", rows: $rows }) {
  received inserted unchanged quarantined rejections { nodes { id externalId problems { code field message } row } } } }`

let service: TestService

beforeAll(async () => {
  service = await testService()
  await addPeople(service)
})

beforeEach(() => service.database.sql('TRUNCATE quarantined_row, rejection, activity'))

afterAll(() => service.stop())

function post(payload: string | Buffer) {
  return service.server.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'content-type': 'application/json' },
    payload,
  })
}

/** Rows as JSON text. */
function pushed(...rows: readonly string[]) {
  return post(`{"query":${JSON.stringify(INGEST)},"variables":{"rows":[${rows.join(',')}]}}`)
}

/** A good row but for a field whose value is JSON text. */
function rowWith(field: string, json: string): string {
  return JSON.stringify(row('odd', { [field]: '@' })).replace('"@"', json)
}

function nested(levels: number, inside = '1'): string {
  return `${'{"a":['.repeat(levels / 2)}${inside}${']}'.repeat(levels / 2)}`
}

test.each(['1e400', '-1e400', '9007199254740993.5', '0.12345678901234567890', '123456789012345678901234567890.0'])(
  'a refused %s is kept with its digits, shown, and replayed',
  async (number) => {
    const sent = rowWith('duration_seconds', number)
    const answer = await pushed(sent)
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toContain(`"row":${sent}`)
    const [kept] = await service.database.sql<{ id: string; row: string }>('SELECT id, row FROM quarantined_row')
    expect(kept?.row).toBe(sent)
    const { message } = answer.json().data.ingestActivities.rejections.nodes[0].problems[0]
    expect(message).toMatch(new RegExp(`, not ${number.replace('.', '\\.')}$`))
    await pushed(sent)
    await service.get(`mutation { replayQuarantine(ids: ["${kept?.id}"]) { quarantined } }`)
    expect(await service.database.sql('SELECT row, attempts FROM quarantined_row')).toEqual([
      { row: sent, attempts: 3 },
    ])
  },
)

test('rows that differ in their last digit are two', async () => {
  await pushed(rowWith('duration_seconds', '9007199254740992'), rowWith('duration_seconds', '9007199254740993'))
  const rows = await service.database.sql<{ row: string }>('SELECT row FROM quarantined_row ORDER BY row_index')
  expect(rows.map(({ row: text }) => /"duration_seconds":(\d+)/.exec(text)?.[1])).toEqual([
    '9007199254740992',
    '9007199254740993',
  ])
})

test.each(['9007199254740992', '9007199254740993', '-9007199254740993', '123456789012345678901234567890'])(
  'the whole number %s is a key',
  async (id) => {
    const { data } = (await pushed(rowWith('id', id))).json()
    expect(data.ingestActivities).toMatchObject({ inserted: 1, quarantined: 0 })
    expect((await service.get('{ activities { nodes { externalId } } }')).activities.nodes).toEqual([
      { externalId: id },
    ])
  },
)

test('literals keep their digits, beside variables', async () => {
  const query = `mutation ($who: String!, $more: JSONObject!) { ingestActivities(input: { source: "timesheets", rows: [{
      id: 9007199254740993, activity_date: null, duration_seconds: -1e400, value_type: $who, stereotype_id: [[1.0, $who]], user_id: $more, __proto__: 1
    }] }) { rejections { nodes { externalId row } } } }`
  const answer = await post(
    `{"query":${JSON.stringify(query)},"variables":{"who":"me","more":{"deep":0.10000000000000000001}}}`,
  )
  expect(answer.body).toContain(
    '"externalId":"9007199254740993","row":{"id":9007199254740993,"activity_date":null,"duration_seconds":-1e400,' +
      '"value_type":"me","stereotype_id":[[1,"me"]],"user_id":{"deep":0.10000000000000000001},"__proto__":1}',
  )
})

test.each([
  ['rows', 'rows: [7]', /must be a JSON object/],
  ['rows', 'rows: [[]]', /must be a JSON object/],
  ['value_type', 'rows: [{ id: 1, value_type: NVA }]', /"NVA".*quoted/],
])('a wrong literal of %s is named: %s', async (argument, rows, message) => {
  const { errors } = await service.ask(`mutation { ingestActivities(input: { source: "timesheets", ${rows} }) { id } }`)
  expect(errors).toMatchObject([
    { message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT', argument } },
  ])
})

test('an exact number where another type is asked for is named as it came', async () => {
  const answer = await post(
    '{"query":"query ($n: Int) { users(first: $n) { totalCount } }","variables":{"n":9007199254740993}}',
  )
  expect(answer.json().errors).toMatchObject([
    { message: expect.stringContaining('9007199254740993'), extensions: { code: 'BAD_USER_INPUT', argument: 'n' } },
  ])
})

test('100 levels are looked into; 101 are too deep, and the rest of the batch is taken in', async () => {
  const at = (levels: number) => JSON.stringify({ ...row(`${levels}`), more: '@' }).replace('"@"', nested(levels - 1))
  const answer = await pushed(at(101), at(9_999), at(99), JSON.stringify(row('good')))
  expect(answer.statusCode).toBe(200)
  const problem = { code: 'TOO_DEEP', field: null, message: 'the row is nested more than 100 levels deep' }
  expect(answer.json().data.ingestActivities).toMatchObject({
    ...{ received: 4, inserted: 2, quarantined: 2 },
    rejections: {
      nodes: [
        { externalId: '101', problems: [problem] },
        { externalId: '9999', problems: [problem] },
      ],
    },
  })
  expect(answer.body).toContain(at(9_999))
  const found = await post(`{"query":"{ quarantine(filter: { code: TOO_DEEP }) { totalCount nodes { row } } }"}`)
  expect(found.body).toContain(at(9_999))
})

test.each([10_002, 900_000])(
  'a row of %d levels is refused with its request, and nothing is written',
  async (levels) => {
    const answer = await pushed(JSON.stringify(row('good')), nested(levels))
    expect(answer.json().errors).toMatchObject([
      { message: expect.stringContaining('10000 levels'), extensions: { code: 'BAD_USER_INPUT', argument: 'rows' } },
    ])
    expect(await service.database.sql('SELECT FROM activity')).toEqual([])
  },
)

test('a row of 1,000,000 levels is more than a request may hold', async () => {
  const answer = await pushed(JSON.stringify(row('good')), nested(1_000_000))
  expect(answer.statusCode).toBe(413)
  expect(answer.json().errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'MAX_BODY_VALUES' } }])
  expect(await service.database.sql('SELECT FROM activity')).toEqual([])
})

test('deep variables of other types are named', async () => {
  for (const [type, argument] of [
    ['Int', 'v'],
    ['[ID!]', 'v'],
    ['ActivityFilter', 'v'],
  ] as const) {
    const use = type === 'Int' ? 'first: $v' : type === '[ID!]' ? 'filter: { userIds: $v }' : 'filter: $v'
    const query = JSON.stringify(`query ($v: ${type}) { activities(${use}) { totalCount } }`)
    for (const value of [nested(100_000), `${'['.repeat(100_000)}${']'.repeat(100_000)}`]) {
      const answer = await post(`{"query":${query},"variables":{"v":${value}}}`)
      expect(answer.statusCode).toBeLessThan(500)
      expect(answer.json().errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', argument } })
    }
  }
})

test.each([
  [
    'a literal',
    (n: number) =>
      `mutation { ingestActivities(input: { source: "timesheets", rows: [${'{a:['.repeat(n / 2)}1${']}'.repeat(n / 2)}] }) { id } }`,
  ],
  ['an argument', (n: number) => `{ users(first: ${'['.repeat(n)}${']'.repeat(n)}) { totalCount } }`],
  [
    'a selection',
    (n: number) =>
      `{ users { nodes { ${'nvaSummaries(from: "2026-03-02", to: "2026-03-02") { user { '.repeat(n / 2)} name ${'} } '.repeat(n / 2)} } } }`,
  ],
  ['inline fragments', (n: number) => `{ ${'... { '.repeat(n)} __typename ${'} '.repeat(n)} }`],
  ['a list type', (n: number) => `query ($x: ${'['.repeat(n)}Int${']'.repeat(n)}) { users(first: $x) { totalCount } }`],
  ['what never ends', (n: number) => '{ users '.repeat(n)],
])('%s that is nested deep in a query is answered or refused, never failed', async (_, queryOf) => {
  for (const depth of [2, 100, 400, 480, 490, 600, 7_000, 100_000]) {
    const answer = await post(JSON.stringify({ query: queryOf(depth) }))
    expect({ depth, isFailure: answer.statusCode >= 500 || answer.body.includes('INTERNAL_SERVER_ERROR') }).toEqual({
      depth,
      isFailure: false,
    })
    if (depth > 500) {
      expect(answer.statusCode).toBe(400)
      const [{ message, extensions }] = answer.json().errors
      expect(message).toMatch(/500 levels|MAX_QUERY_(TOKENS|BYTES)/)
      expect(extensions.code).toMatch(/BAD_REQUEST|LIMIT_EXCEEDED/)
    }
  }
  const byGet = await service.server.inject({
    url: `/graphql?query=${encodeURIComponent(queryOf(3_000))}`,
    headers: { 'apollo-require-preflight': 'yes' },
  })
  expect(byGet.statusCode).toBe(400)
  expect(service.logged.filter(({ msg }) => msg === 'a query failed')).toEqual([])
})

test('brackets in texts and comments are no nesting', async () => {
  const query = `# ${'{'.repeat(1_000)}\n{ users(after: null) { totalCount } user(id: "${'['.repeat(1_000)}") { id } }`
  expect((await service.ask(query)).errors).toMatchObject([{ extensions: { argument: 'id' } }])
})

test.each([
  [
    'invalid UTF-8',
    Buffer.from([...Buffer.from('{"query":"{ users { totalCount } }","x":"'), 0xff, ...Buffer.from('"}')]),
    /UTF-8/,
  ],
  ['half a character', Buffer.from('{"query":"é"}').subarray(0, 11), /UTF-8/],
  ['no JSON', Buffer.from('{ nonsense'), /must be JSON: .*position 2/],
  ['nothing', Buffer.from(''), /must be JSON/],
  ['NaN', Buffer.from('{"query":"{ users { totalCount } }","variables":{"n":NaN}}'), /must be JSON/],
  ['a number as it is', Buffer.from('9007199254740993'), /non-empty/],
])('a body that is %s is refused', async (_, body, message) => {
  const answer = await post(body)
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({
    errors: [{ message: expect.stringMatching(message), extensions: { code: 'BAD_REQUEST' } }],
  })
})

test('a body that is too large or of another type is refused in the same shape', async () => {
  const large = await post(`{"query":"${' '.repeat(33 * 1024 * 1024)}"}`)
  const other = await service.server.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'content-type': 'x/y' },
    payload: 'x',
  })
  for (const [answer, status, code] of [
    [large, 413, 'LIMIT_EXCEEDED'],
    [other, 415, 'BAD_REQUEST'],
  ] as const) {
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { code } }] })
  }
})

test('rows that were kept before are read as they were', async () => {
  await onDatabase(service.url, (client) =>
    client.query(`INSERT INTO quarantined_row (id, source, batch_id, row_index, row, fingerprint, problems, first_seen_at, last_seen_at)
      VALUES (gen_random_uuid(), 'timesheets', gen_random_uuid(), 0, '{"nul":"\\u0000","b":1,"a":2}', 'f', '[]', now(), now())`),
  )
  const { quarantine } = await service.get('{ quarantine { nodes { row } } }')
  expect(JSON.stringify(quarantine.nodes)).toBe('[{"row":{"nul":"\\u0000","b":1,"a":2}}]')
})
