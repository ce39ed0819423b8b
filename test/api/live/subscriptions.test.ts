import { sourceDatabase } from '../../source/source-database.ts'
import { freshDatabase } from '../../support/databases.ts'
import { type TestService, testService } from '../../support/service.ts'
import { type Subscriber, TRANSPORTS } from '../../support/subscribers.ts'
import { ANN, addPeople, BEN, ingest, row } from '../../support/timesheet-rows.ts'
import { until } from '../../support/until.ts'

const TOUCHED = 'touched { windows { subjectId from to } windowCount isComplete }'
const SLICES = `slicesRefreshed { stage ${TOUCHED} receipt { checked recomputed unchanged verified } }`

let service: TestService
let address: string
let people: Record<string, string>

beforeAll(async () => {
  service = await testService({
    sources: [{ name: 'gone', adapter: 'timesheets', url: await freshDatabase('nothing') }],
  })
  address = await service.server.listen({ host: '127.0.0.1', port: 0 })
  people = await addPeople(service)
})

afterAll(() => service.stop())

describe.each(TRANSPORTS)('by %s', (_, subscribe) => {
  const subscribers: Subscriber[] = []

  afterEach(async () => {
    for (const subscriber of subscribers.splice(0)) await subscriber.leave()
    await until(() => service.live.subscriberCount === 0)
    const externalIds = ['1', '2', '3']
    await service.get('mutation ($ids: [String!]!) { deleteActivities(source: "timesheets", externalIds: $ids) }', {
      ids: externalIds,
    })
    await service.dispatcher.idle()
  })

  /** Subscribes, and waits until that is so. */
  async function subscribed(query: string, variables?: Record<string, unknown>): Promise<Subscriber> {
    const before = service.live.subscriberCount
    const subscriber = subscribe(address, query, variables)
    subscribers.push(subscriber)
    const first = subscriber.next()
    first.catch(() => undefined)
    let isFirst = true
    await until(() => service.live.subscriberCount > before)
    return {
      ...subscriber,
      next: () => {
        const next = isFirst ? first : subscriber.next()
        isFirst = false
        return next
      },
    }
  }

  /** The errors of what can't be subscribed to. */
  async function refused(query: string, variables?: Record<string, unknown>) {
    const subscriber = subscribe(address, query, variables)
    subscribers.push(subscriber)
    // An error before anything is run ends a subscription over a WebSocket, and is thrown by the client.
    const answer = await subscriber.next().catch((errors: unknown) => ({ errors }))
    expect(service.live.subscriberCount).toBe(0)
    return JSON.parse(JSON.stringify(answer.errors))
  }

  test('activities that are written are told with their users and days, and so are those that go', async () => {
    const subscriber = await subscribed(`subscription {
      activitiesIngested(source: "timesheets") { source batchId inserted updated deleted ${TOUCHED} }
    }`)
    const { id } = await ingest(service, [
      row('1'),
      row('2', { activity_date: '2026-03-06' }),
      row('3', { user_id: BEN }),
    ])
    const told = async () => {
      const { data } = await subscriber.next()
      data.activitiesIngested.touched.windows.sort((a: { to: string }, b: { to: string }) => (a.to < b.to ? 1 : -1))
      return data.activitiesIngested
    }
    const windows = [
      { subjectId: people[ANN], from: '2026-03-02', to: '2026-03-06' },
      { subjectId: people[BEN], from: '2026-03-02', to: '2026-03-02' },
    ]
    const touched = { windows, windowCount: 2, isComplete: true }
    expect(await told()).toEqual({ source: 'timesheets', batchId: id, inserted: 3, updated: 0, deleted: 0, touched })
    await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["1", "2", "3"]) }')
    expect(await told()).toEqual({ source: 'timesheets', batchId: null, inserted: 0, updated: 0, deleted: 3, touched })
  })

  test('what another source brings is not told to who asks for one', async () => {
    const subscriber = await subscribed('subscription { activitiesIngested(source: "timesheets") { source } }')
    const event = { batchId: null, inserted: 1, updated: 0, deleted: 0, windows: [], windowCount: 0, isComplete: true }
    await service.publish('activities.ingested', { ...event, source: 'jira_worklogs' })
    await service.publish('activities.ingested', { ...event, source: 'timesheets' })
    expect(await subscriber.next()).toEqual({ data: { activitiesIngested: { source: 'timesheets' } } })
  })

  test('who asks for something else of the same event is told that', async () => {
    const query = 'subscription ($kind: Boolean!) { sourceChanged { name kind @include(if: $kind) } }'
    const told = [
      await subscribed(query, { kind: true }),
      await subscribed(query, { kind: false }),
      await subscribed('subscription { sourceChanged { called: name } }'),
      await subscribed(query, { kind: true }),
    ]
    await service.publish('pull.began', { source: 's', batchId: '1' })
    const answers = await Promise.all(told.map((subscriber) => subscriber.next()))
    expect(answers.map(({ data }) => data.sourceChanged)).toEqual([
      { name: 's', kind: 'PULL_BEGAN' },
      { name: 's' },
      { called: 's' },
      { name: 's', kind: 'PULL_BEGAN' },
    ])
  })

  test('slices that a read brings up to date are told with what was done for them', async () => {
    await ingest(service, [row('1')])
    const subscriber = await subscribed(`subscription { ${SLICES} }`)
    const range = `from: "2026-03-02", to: "2026-03-02", userIds: ["${people[ANN]}"]`
    await service.get(`{ nvaSummary(${range}, groupBy: [USER]) { totalSum } }`)
    const { data } = await subscriber.next()
    const windows = [{ subjectId: people[ANN], from: '2026-03-02', to: '2026-03-02' }]
    const count = expect.any(Number)
    expect(data.slicesRefreshed).toEqual({
      stage: 'nva_summary',
      touched: { windows, windowCount: 1, isComplete: true },
      receipt: { checked: count, recomputed: count, unchanged: count, verified: count },
    })
    expect(data.slicesRefreshed.receipt.recomputed).toBeGreaterThan(0)
  })

  test.each([
    ['a stage', { stage: 'time_split' }],
    ['users', { userIds: ['00000000-0000-7000-8000-00000000000A'] }],
    ['days', { from: '2026-03-10', to: '2026-03-10' }],
    ['days from one on', { from: '2026-03-10' }],
  ])('of slices only those of %s are told that are asked for', async (_, filter) => {
    const subscriber = await subscribed(
      `subscription ($stage: String, $userIds: [ID!], $from: Date, $to: Date) {
        slicesRefreshed(stage: $stage, userIds: $userIds, from: $from, to: $to) { receipt { checked } }
      }`,
      filter,
    )
    const publish = (checked: number, stage: string, id: string, from: string, isComplete = true) =>
      service.dispatcher.hint('slices.refreshed', {
        ...{ stage, version: 1, receipt: { checked, recomputed: 1, unchanged: 0, verified: 0 } },
        ...{
          windows: [{ subjectId: `00000000-0000-7000-8000-00000000000${id}`, from, to: from }],
          windowCount: 1,
          isComplete,
        },
      })
    publish(1, 'nva_summary', 'b', '2026-03-09')
    publish(2, 'time_split', 'a', '2026-03-10')
    expect(await subscriber.next()).toEqual({ data: { slicesRefreshed: { receipt: { checked: 2 } } } })
    // Nobody can tell what it is of.
    publish(3, 'time_split', 'b', '2026-03-09', false)
    expect(await subscriber.next()).toEqual({ data: { slicesRefreshed: { receipt: { checked: 3 } } } })
  })

  test('rows that are refused are told by what is wrong with them', async () => {
    const subscriber = await subscribed(
      'subscription { rowsQuarantined { source batchId count countsByCode { code count } } }',
    )
    const { id } = await ingest(service, [row(`a ${_}`, { user_id: 'who' }), row(`b ${_}`, { value_type: '?' })])
    const { data } = await subscriber.next()
    expect(data.rowsQuarantined).toMatchObject({ source: 'timesheets', batchId: id, count: 2 })
    expect(data.rowsQuarantined.countsByCode).toEqual(
      expect.arrayContaining([
        { code: 'UNKNOWN_USER', count: 1 },
        { code: 'UNKNOWN_VALUE_TYPE', count: 1 },
      ]),
    )
  })

  test('a pull is told when it begins and when it fails, and a source when it is removed', async () => {
    const subscriber = await subscribed(
      'subscription { sourceChanged(name: "gone") { name kind batchId changed error } }',
    )
    await service.ask('mutation { syncSource(name: "gone") { id } }')
    const event = { name: 'gone', batchId: expect.any(String), changed: null, error: null }
    expect((await subscriber.next()).data.sourceChanged).toEqual({ ...event, kind: 'PULL_BEGAN' })
    expect((await subscriber.next()).data.sourceChanged).toEqual({
      ...event,
      kind: 'PULL_FAILED',
      error: expect.stringMatching(/time_entry|relation|table/),
    })
    await service.get('mutation { removeSource(name: "gone") { activities } }')
    expect((await subscriber.next()).data.sourceChanged).toEqual({
      ...event,
      ...{ kind: 'REMOVED', batchId: null, changed: 0 },
    })
  })

  test.each([
    ['stage', 'slicesRefreshed(stage: "nope") { stage }', /There is no stage "nope"; there is time_split/],
    ['stage', 'slicesRefreshed(stage: "") { stage }', /There is no stage ""/],
    ['userIds', 'slicesRefreshed(userIds: ["me"]) { stage }', /userIds must be a UUID; "me" is none/],
    [
      'from',
      'slicesRefreshed(from: "2026-03-02", to: "2026-03-01") { stage }',
      /from \(2026-03-02\) must not come after/,
    ],
    ['from', 'slicesRefreshed(from: "yesterday") { stage }', /ISO 8601/],
    ['source', 'activitiesIngested(source: "nope") { source }', /Unknown source "nope"; there is/],
    ['source', 'rowsQuarantined(source: "nope") { source }', /Unknown source "nope"/],
    ['name', 'sourceChanged(name: "nope") { name }', /Unknown source "nope"/],
  ])('a wrong %s is named: %s', async (argument, selection, message) => {
    const errors = await refused(`subscription { ${selection} }`)
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })])
    expect(errors[0].extensions).toEqual({ code: 'BAD_USER_INPUT', argument })
  })

  test('a list of ids that is too long is refused', async () => {
    const ids = Array.from({ length: 10_001 }, (_, i) => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`)
    const [error] = await refused('subscription ($ids: [ID!]) { slicesRefreshed(userIds: $ids) { stage } }', { ids })
    expect(error).toMatchObject({
      message: 'userIds may hold at most 10,000 entries, not 10,001.',
      extensions: { code: 'BAD_USER_INPUT', argument: 'userIds' },
    })
  })

  test.each([
    ['{ users { totalCount } }', /^Only subscriptions are answered here/, 'BAD_REQUEST'],
    ['mutation { removeSource(name: "timesheets") { users } }', /^Only subscriptions are answered here/, 'BAD_REQUEST'],
    ['subscription {', /^Syntax Error/, 'GRAPHQL_PARSE_FAILED'],
    ['subscription { nope }', /^Cannot query field "nope"/, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'subscription { slicesRefreshed { stage } sourceChanged { name } }',
      /must select only one top level field/,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'subscription A { slicesRefreshed { stage } } subscription B { sourceChanged { name } }',
      /^operationName/,
      'BAD_REQUEST',
    ],
  ])('%s is refused', async (query, message, code) => {
    const [error] = await refused(query)
    expect(error).toMatchObject({ message: expect.stringMatching(message), extensions: { code } })
    expect(JSON.stringify(error)).not.toMatch(/node_modules|\.ts:\d/)
  })

  test('limits of queries hold', async () => {
    const aliases = Array.from({ length: 51 }, (_, i) => `a${i}: stage`).join(' ')
    const long = `subscription { slicesRefreshed { stage ${' '.repeat(70_000)} } }`
    for (const [limit, query] of [
      ['MAX_QUERY_ALIASES', `subscription { slicesRefreshed { ${aliases} } }`],
      ['MAX_QUERY_BYTES', long],
    ]) {
      const [error] = await refused(query ?? '')
      expect({ limit, extensions: error.extensions }).toMatchObject({ extensions: { code: 'LIMIT_EXCEEDED', limit } })
    }
  })

  test('what an event would cost is limited as what a query costs', async () => {
    const small = await testService({ url: service.url, limits: { MAX_QUERY_ROWS: 50 } })
    const own = await small.server.listen({ host: '127.0.0.1', port: 0 })
    const subscriber = subscribe(own, `subscription { slicesRefreshed { stage ${TOUCHED} } }`)
    const { errors } = await subscriber.next().catch((thrown) => ({ errors: thrown }))
    expect(errors?.[0].extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'MAX_QUERY_ROWS', allowed: 50 })
    await subscriber.leave()
    await small.stop()
  })
})

test('a pull that went well is told with how much it changed', async () => {
  const source = await sourceDatabase()
  const other = await testService({ url: service.url, sources: [{ name: 'good', adapter: 'timesheets', url: source }] })
  const queue = await other.live.subscribe({ 'pull.began': () => true, 'pull.ended': () => true })
  const { syncSource } = await other.get('mutation { syncSource(name: "good") { id inserted } }')
  const began = { type: 'pull.began', event: { source: 'good', batchId: syncSource.id } }
  expect((await queue.next()).value).toMatchObject(began)
  let told = (await queue.next()).value
  // What is handed over may be so again, where it couldn't be marked in time.
  while (told && 'type' in told && told.type === 'pull.began') {
    expect(told).toMatchObject(began)
    told = (await queue.next()).value
  }
  expect(told).toMatchObject({
    type: 'pull.ended',
    event: { source: 'good', batchId: syncSource.id, changed: syncSource.inserted },
  })
  await other.stop()
})
