import 'reflect-metadata'
import { Database } from '../../../src/cache/database.ts'
import { cacheDataSource } from '../../../src/data-source.ts'
import type { Carrier, Fact } from '../../../src/dispatch/events/carrier.ts'
import type { EventBus } from '../../../src/dispatch/events/event-bus.ts'
import { freshDatabase, onDatabase } from '../../support/databases.ts'
import { eventBus } from '../../support/event-bus.ts'
import { until } from '../../support/until.ts'

let url: string
let database: Database
const buses: EventBus[] = []

beforeAll(async () => {
  url = await freshDatabase()
  database = new Database(await (await cacheDataSource(url)).initialize())
})

afterEach(async () => {
  for (const bus of buses.splice(0)) await bus.close()
  await database.transaction((sql) => sql('TRUNCATE outbox, undelivered_event'))
})

afterAll(() => database.dataSource.destroy())

function bus(...options: Parameters<typeof eventBus> extends [Database, ...infer Rest] ? Rest : never): EventBus {
  const made = eventBus(database, ...options)
  buses.push(made)
  return made
}

function publish(own: EventBus, batchId: string): Promise<void> {
  return database.transaction((sql) => own.publish(sql, 'pull.began', { source: 's', batchId }))
}

/** What waits of facts, and of what handlers failed at. */
async function left(): Promise<{ waiting: number; undelivered: number }> {
  const [row] = await database.sql<{ waiting: number; undelivered: number }>(
    `SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS waiting,
       (SELECT count(*) FROM undelivered_event) AS undelivered`,
  )
  return row ?? { waiting: -1, undelivered: -1 }
}

/** A carrier that keeps what it takes, of which it says what it likes. */
function carrierOf(take: Carrier['take']): Carrier {
  return {
    take,
    subscribe: () => undefined,
    hint: () => undefined,
    listen: async () => async () => undefined,
    reachesAll: true,
    idle: async () => undefined,
    close: async () => undefined,
  }
}

const idOf = ({ payload }: Fact) => (payload as { batchId: string }).batchId

describe('from the outbox', () => {
  test('what a process left that died after its commit is handed over by another', async () => {
    const seen: string[] = []
    // The dead one's.
    await onDatabase(url, (client) =>
      client.query(
        `INSERT INTO outbox (id, type, payload) VALUES (gen_random_uuid(), 'pull.began', '{"source":"s","batchId":"left"}')`,
      ),
    )
    bus().subscribe('pull.began', 'one', ({ batchId }) => void seen.push(batchId))
    await until(() => seen.length > 0)
    expect(seen).toEqual(['left'])
  })

  test('of several processes one hands each fact over, in the order in which they were told', async () => {
    const seen: string[] = []
    const own = [bus(), bus(), bus()]
    for (const each of own) each.subscribe('pull.began', 'one', ({ batchId }) => void seen.push(batchId))
    const ids = Array.from({ length: 60 }, (_, i) => `${i}`)
    for (const [i, id] of ids.entries()) await publish(own[i % 3] as EventBus, id)
    for (const each of own) await each.idle()
    expect(seen).toEqual(ids)
  })

  test.each([7, [], { windows: 'none' }, { windows: [null] }])(
    'what none of ours can have told (%j) stops nothing that comes behind it',
    async (payload) => {
      const seen: unknown[] = []
      const own = bus()
      own.subscribe('pull.began', 'one', (event) => void seen.push(event))
      await database.transaction((sql) => own.publish(sql, 'pull.began', payload as never))
      await publish(own, 'a')
      await own.idle()
      expect(seen).toEqual([payload, { source: 's', batchId: 'a' }])
      expect(await left()).toEqual({ waiting: 0, undelivered: 0 })
    },
  )

  test('more than are handed over at once come in their order, too', async () => {
    const taken: string[] = []
    const own = bus({
      carrier: carrierOf(async (facts) => {
        taken.push(...facts.map(idOf))
        return facts
      }),
    })
    await database.transaction(async (sql) => {
      for (let i = 0; i < 250; i++) await own.publish(sql, 'pull.began', { source: 's', batchId: `${i}` })
    })
    await own.idle()
    expect(taken).toEqual(Array.from({ length: 250 }, (_, i) => `${i}`))
  })

  test('what the carrier does not take waits, and comes again with its id', async () => {
    const taken: Fact[] = []
    let isThere = false
    const own = bus({
      carrier: carrierOf(async (facts) => {
        taken.push(...facts)
        return isThere ? facts : []
      }),
    })
    await publish(own, 'a')
    await own.idle()
    expect(await left()).toMatchObject({ waiting: 1 })
    isThere = true
    await own.idle()
    expect(await left()).toMatchObject({ waiting: 0 })
    expect(new Set(taken.map(({ id }) => id)).size).toBe(1)
    expect(taken.length).toBeGreaterThan(1)
  })

  test('what was handed over by one that died before it said so comes again', async () => {
    const taken: Fact[] = []
    const own = bus({
      carrier: carrierOf(async (facts) => {
        taken.push(...facts)
        if (taken.length > 1) return facts
        // It dies with its transaction.
        throw new Error('killed')
      }),
    })
    await publish(own, 'a')
    await own.idle()
    await own.idle()
    expect(taken.map(idOf)).toEqual(['a', 'a'])
    expect(new Set(taken.map(({ id }) => id)).size).toBe(1)
    expect(await left()).toMatchObject({ waiting: 0 })
  })
})

describe('a handler that fails', () => {
  /** Has what waits be due at once. */
  const hurry = () =>
    database.transaction((sql) => sql('UPDATE undelivered_event SET due_at = now() WHERE due_at IS NOT NULL'))

  test('is tried again until it succeeds, and no other with it', async () => {
    const seen: string[] = []
    const attempts: number[] = []
    const own = bus({ handlerFailed: (_, __, ___, attempt) => attempts.push(attempt.attempts) })
    own.subscribe('pull.began', 'fails', ({ batchId }) => {
      if (attempts.length < 2) throw new Error('not yet')
      seen.push(batchId)
    })
    own.subscribe('pull.began', 'works', ({ batchId }) => void seen.push(`works ${batchId}`))
    await publish(own, 'a')
    await own.idle()
    expect(await left()).toEqual({ waiting: 0, undelivered: 1 })
    for (let i = 0; i < 2; i++) {
      await hurry()
      await own.idle()
    }
    expect(attempts).toEqual([1, 2])
    expect(seen).toEqual(['works a', 'a'])
    expect(await left()).toEqual({ waiting: 0, undelivered: 0 })
  })

  test('is tried again by itself, after a pause', async () => {
    let attempts = 0
    const own = bus()
    own.subscribe('pull.began', 'fails', () => {
      attempts++
      if (attempts === 1) throw new Error('not yet')
    })
    await publish(own, 'a')
    await until(() => attempts === 2)
    await until(async () => (await left()).undelivered === 0)
  })

  test('for the fifth time leaves a dead letter, with what failed and why', async () => {
    const told: object[] = []
    const own = bus({ handlerFailed: (_, type, name, attempt) => told.push({ type, name, ...attempt }) })
    own.subscribe('pull.began', 'fails', () => {
      throw new Error('never')
    })
    await publish(own, 'a')
    await own.idle()
    for (let i = 0; i < 6; i++) {
      await hurry()
      await own.idle()
    }
    const dead = await database.sql(
      'SELECT type, subscription, payload, error, attempts, due_at AS "dueAt" FROM undelivered_event',
    )
    expect(dead).toEqual([
      {
        ...{ type: 'pull.began', subscription: 'fails', payload: { source: 's', batchId: 'a' } },
        ...{ error: 'never', attempts: 5, dueAt: null },
      },
    ])
    expect(told).toHaveLength(5)
    expect(told.at(-1)).toMatchObject({ name: 'fails', attempts: 5, isDead: true })
  })

  test.each([
    ['of a NUL', new Error('a\0b')],
    ['of no text', Object.assign(new Error(), { message: 7 })],
    ['of nothing', undefined],
  ])('and throws something %s is kept all the same', async (_, thrown) => {
    const own = bus()
    own.subscribe('pull.began', 'fails', () => {
      throw thrown
    })
    await publish(own, 'a')
    await own.idle()
    expect(await left()).toEqual({ waiting: 0, undelivered: 1 })
  })

  test('is tried again by another process where its own has gone, and by none that lacks the subscription', async () => {
    const seen: string[] = []
    const own = bus()
    own.subscribe('pull.began', 'one', () => {
      throw new Error('dies')
    })
    await publish(own, 'a')
    await own.idle()
    await own.close()
    const stranger = bus()
    stranger.subscribe('pull.began', 'other', ({ batchId }) => void seen.push(`other ${batchId}`))
    await hurry()
    await stranger.idle()
    expect(seen).toEqual([])
    const heir = bus()
    heir.subscribe('pull.began', 'one', ({ batchId }) => void seen.push(batchId))
    await heir.idle()
    expect(seen).toEqual(['a'])
  })
})
