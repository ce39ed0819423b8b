import { type TestService, testService } from '../support/service.ts'

let service: TestService
let isBroken: boolean
let told: string[]

beforeAll(async () => {
  service = await testService()
  service.dispatcher.subscribe('pull.began', 'test', ({ batchId }) => {
    if (isBroken) throw new Error('the mail server is away')
    told.push(batchId)
  })
})

afterAll(() => service.stop())

beforeEach(async () => {
  isBroken = true
  told = []
  await service.database.transaction((sql) => sql('TRUNCATE undelivered_event'))
})

const LIST = `query ($first: Int, $after: String) { deadLetters(first: $first, after: $after) {
  totalCount pageInfo { endCursor hasNextPage } nodes { id eventId type subscription payload error attempts failedAt } } }`

/** Facts that failed for the last time, the newest first. */
async function dead(...batchIds: string[]): Promise<{ id: string; payload: { batchId: string } }[]> {
  for (const batchId of batchIds) {
    await service.publish('pull.began', { source: 's', batchId })
    await service.dispatcher.idle()
  }
  for (let i = 0; i < 4; i++) {
    await service.database.transaction((sql) =>
      sql('UPDATE undelivered_event SET due_at = now() WHERE due_at IS NOT NULL'),
    )
    await service.dispatcher.idle()
  }
  return (await service.get(LIST)).deadLetters.nodes
}

test('what failed for the last time is listed with why, page by page, and is in the log', async () => {
  const nodes = await dead('a', 'b', 'c')
  expect(nodes.map(({ payload }) => payload.batchId)).toEqual(['c', 'b', 'a'])
  expect(nodes[0]).toEqual({
    ...{ id: expect.any(String), eventId: expect.any(String), failedAt: expect.any(String) },
    ...{ type: 'pull.began', subscription: 'test', payload: { source: 's', batchId: 'c' } },
    ...{ error: 'the mail server is away', attempts: 5 },
  })
  const { deadLetters: page } = await service.get(LIST, { first: 2 })
  expect(page).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } })
  const { deadLetters: rest } = await service.get(LIST, { first: 2, after: page.pageInfo.endCursor })
  expect(rest.nodes.map(({ id }: { id: string }) => id)).toEqual([nodes[2]?.id])
  expect(service.logged).toContainEqual(
    expect.objectContaining({
      level: 50,
      msg: 'a handler failed for the last time: the event is among the deadLetters',
      attempts: 5,
    }),
  )
})

test('one that only waits to be tried again is no dead letter', async () => {
  await service.publish('pull.began', { source: 's', batchId: 'a' })
  await service.dispatcher.idle()
  expect((await service.get(LIST)).deadLetters.totalCount).toBe(0)
})

test('a redelivered one is handled once more, and gone', async () => {
  const [letter] = await dead('a')
  isBroken = false
  expect(await service.get('mutation ($ids: [ID!]!) { redeliver(ids: $ids) }', { ids: [letter?.id] })).toEqual({
    redeliver: 1,
  })
  await service.dispatcher.idle()
  expect(told).toEqual(['a'])
  expect((await service.get(LIST)).deadLetters.totalCount).toBe(0)
})

test('one that is redelivered to a subscription that nobody has any more is listed again, and can be dropped', async () => {
  const [letter] = await dead('a')
  await service.database.transaction((sql) => sql(`UPDATE undelivered_event SET subscription = 'former'`))
  await service.get('mutation ($ids: [ID!]!) { redeliver(ids: $ids) }', { ids: [letter?.id] })
  await service.dispatcher.idle()
  await service.database.transaction((sql) =>
    sql(`UPDATE undelivered_event SET due_at = due_at - interval '11 minutes'`),
  )
  expect((await service.get(LIST)).deadLetters.nodes).toMatchObject([{ id: letter?.id, subscription: 'former' }])
  expect(
    await service.get('mutation ($ids: [ID!]!) { dropDeadLetters(ids: $ids, reason: "renamed") }', {
      ids: [letter?.id],
    }),
  ).toEqual({ dropDeadLetters: 1 })
})

test('a dropped one is gone, and the log says why', async () => {
  const [letter] = await dead('a')
  const DROP = 'mutation ($ids: [ID!]!, $reason: String!) { dropDeadLetters(ids: $ids, reason: $reason) }'
  expect(await service.get(DROP, { ids: [letter?.id], reason: 'told by phone' })).toEqual({ dropDeadLetters: 1 })
  expect((await service.get(LIST)).deadLetters.totalCount).toBe(0)
  expect(service.logged).toContainEqual(
    expect.objectContaining({ msg: 'a dead letter was dropped', subscription: 'test', reason: 'told by phone' }),
  )
})

const NOBODY = '00000000-0000-7000-8000-000000000000'

test.each([
  ['redeliver(ids: ["x"])', 'ids must be a UUID; "x" is none.'],
  ['redeliver(ids: [])', 'ids must name at least one dead letter.'],
  [`redeliver(ids: ["${NOBODY}"])`, `There is no dead letter ${NOBODY}.`],
  [`dropDeadLetters(ids: ["${NOBODY}"], reason: "gone")`, `There is no dead letter ${NOBODY}.`],
  [`dropDeadLetters(ids: ["${NOBODY}"], reason: " ")`, /^reason .*; it says why nobody needs to be told any more\.$/],
])('%s is refused', async (mutation, message) => {
  const { errors } = await service.ask(`mutation { ${mutation} }`)
  expect(errors).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })])
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
})

test('where one of several is none, nothing is done', async () => {
  const [letter] = await dead('a')
  const { errors } = await service.ask('mutation ($ids: [ID!]!) { redeliver(ids: $ids) }', {
    ids: [letter?.id, NOBODY],
  })
  expect(errors).toHaveLength(1)
  expect((await service.get(LIST)).deadLetters.totalCount).toBe(1)
})
