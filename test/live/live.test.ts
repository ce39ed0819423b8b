import type pg from 'pg'
import type { EventQueue } from '../../src/live/event-queue.ts'
import { MOST_SUBSCRIBERS, type Told } from '../../src/live/live.ts'
import { TooManySubscribersError, type TooSlowError } from '../../src/model/errors.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { noPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { type TestService, testService } from '../support/service.ts'
import { until } from '../support/until.ts'

const REFRESHED = {
  ...{ stage: 'time_split', version: 1, receipt: { checked: 1, recomputed: 1, unchanged: 0, verified: 0 } },
  ...{ windows: [], windowCount: 0, isComplete: true },
}

let url: string
let one: TestService
let other: TestService
let queues: EventQueue<Told | TooSlowError>[]

beforeAll(async () => {
  url = await freshDatabase()
  one = await testService({ url })
  other = await testService({ url })
})

afterAll(async () => {
  for (const service of [one, other]) await service.stop()
})

beforeEach(() => {
  queues = []
})

afterEach(async () => {
  for (const queue of queues) queue.end()
  await until(async () => (await listeners()) === 0)
})

/** Tells the ids of batches that brought something. */
async function subscribed({ live }: TestService): Promise<EventQueue<Told | TooSlowError>> {
  const queue = await live.subscribe({ 'pull.began': () => true })
  queues.push(queue)
  return queue
}

function publish(service: TestService, batchId: string): Promise<void> {
  return service.publish('pull.began', { source: 's', batchId })
}

function idOf(told: Told | TooSlowError | undefined): string {
  return told && 'type' in told && told.type === 'pull.began' ? told.event.batchId : `${told}`
}

/** What comes until the event of this id; with that it leaves. */
async function cameUntil(queue: EventQueue<Told | TooSlowError>, last: string): Promise<string[]> {
  const ids: string[] = []
  for await (const event of queue) {
    ids.push(idOf(event))
    if (ids.at(-1) === last) return ids
  }
  throw new Error(`It ended before "${last}" came.`)
}

const LISTENING = `SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = current_database() AND pid <> pg_backend_pid()`

function listeners(): Promise<number> {
  return onDatabase(url, async (client: pg.Client) => (await client.query(LISTENING)).rowCount ?? 0)
}

test('what happens in one process is told to the subscribers of all, once each', async () => {
  const told = [await subscribed(one), await subscribed(one), await subscribed(other)]
  for (const id of ['a', 'b']) await publish(one, id)
  await one.dispatcher.idle()
  await publish(other, 'c')
  await publish(one, 'd')
  await one.dispatcher.idle()
  // Notices come in the order in which they were sent: what were told twice would come before this one.
  await publish(other, 'last')
  for (const queue of told) {
    const ids = await Promise.all(Array.from({ length: 5 }, () => queue.next()))
    expect(ids.map(({ value }) => idOf(value)).sort()).toEqual(['a', 'b', 'c', 'd', 'last'])
  }
})

test('a process listens by one connection, and only while somebody is subscribed', async () => {
  expect(await listeners()).toBe(0)
  const [first, second] = [await subscribed(one), await subscribed(one)]
  expect(await listeners()).toBe(1)
  first.end()
  await publish(other, 'last')
  expect(await cameUntil(second, 'last')).toEqual(['last'])
  second.end()
  await until(async () => (await listeners()) === 0)
  const again = await subscribed(one)
  await publish(other, 'again')
  expect(await cameUntil(again, 'again')).toEqual(['again'])
})

test('where nobody listens, a hint leaves no trace in Postgres', async () => {
  const snapshot = () =>
    onDatabase(
      url,
      async (client) => (await client.query('SELECT pg_snapshot_xmax(pg_current_snapshot()) AS xmax')).rows[0]?.xmax,
    )
  // Others write meanwhile on the same server; each hint would be seen.
  await until(async () => {
    const before = await snapshot()
    one.dispatcher.hint('slices.refreshed', REFRESHED)
    await one.dispatcher.idle()
    return (await snapshot()) === before
  })
})

test('a connection that is lost is made anew', async () => {
  const [here, there] = [await subscribed(one), await subscribed(other)]
  await onDatabase(url, (client) => client.query(`SELECT pg_terminate_backend(pid) FROM (${LISTENING}) listening`))
  // Its own process tells it without a connection.
  await publish(one, 'meanwhile')
  expect(await cameUntil(here, 'meanwhile')).toEqual(['meanwhile'])
  await until(async () => (await listeners()) === 1)
  // Whoever tells something may come before who listens again has said so.
  let isBack = false
  void cameUntil(there, 'back').then(() => {
    isBack = true
  })
  await until(async () => {
    await publish(one, 'back')
    await one.dispatcher.idle()
    return isBack
  })
})

test('notices that are none of ours are passed over', async () => {
  const queue = await subscribed(one)
  const odd = await one.live.subscribe({ 'slices.refreshed': ({ windows }) => windows.some(() => false) })
  await onDatabase(url, async (client) => {
    for (const text of ['', 'nonsense', '["x","users.deleted",{}]', '["x","slices.refreshed",{}]']) {
      await client.query(`SELECT pg_notify('steelthread', $1)`, [text])
    }
    await client.query(`SELECT pg_notify('steelthread', '["x","pull.began",{"source":"s","batchId":"theirs"}]')`)
  })
  expect(await cameUntil(queue, 'theirs')).toEqual(['theirs'])
  odd.end()
})

test('a process takes so many subscribers, and one more once one has left', async () => {
  const many = await Promise.all(Array.from({ length: MOST_SUBSCRIBERS }, () => subscribed(one)))
  await expect(subscribed(one)).rejects.toThrow(TooManySubscribersError)
  many[0]?.end()
  const late = await subscribed(one)
  await publish(one, 'last')
  expect(await cameUntil(late, 'last')).toEqual(['last'])
})

test('what Postgres refuses to tell slows and fails nothing, and the log says so', async () => {
  const own = await testService()
  await onDatabase(own.url, (client) => client.query(`ALTER FUNCTION pg_catalog.pg_notify(text, text) RENAME TO gone`))
  await publish(own, 'lost')
  await own.dispatcher.idle()
  expect(own.logged).toContainEqual(
    expect.objectContaining({ level: 40, msg: 'subscribers of other processes were not told of an event' }),
  )
  await own.stop()
})

const throughPooler = noPgBouncer ? test.skip : test

throughPooler(
  'behind a pooler subscribers are told what happens in their own process, and the log says so once',
  async () => {
    const pooler = await startPgBouncer({ ignore_startup_parameters: 'options,extra_float_digits' })
    const pooled = await testService({ url: pooler.through(url) })
    const [first, second] = [await subscribed(pooled), await subscribed(pooled)]
    const direct = await subscribed(one)
    await publish(one, 'elsewhere')
    await one.dispatcher.idle()
    await publish(pooled, 'here')
    expect(await cameUntil(first, 'here')).toEqual(['here'])
    expect(await cameUntil(second, 'here')).toEqual(['here'])
    expect(await cameUntil(direct, 'here')).toEqual(['elsewhere', 'here'])
    const said = pooled.logged.filter(({ msg }) => /subscribers are told only what happens/.test(String(msg)))
    expect(said).toHaveLength(1)
    await pooled.stop()
    await pooler.stop()
  },
)
